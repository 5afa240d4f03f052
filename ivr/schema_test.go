package ivr_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"careline/ivr"
)

// The schema takes every good flow, refuses the ones of a bad shape, and
// cannot see the rest.
func TestSchema(t *testing.T) {
	schema := compile(t)
	for _, tt := range []struct {
		pattern string
		valid   bool
	}{
		{"../examples/flows/*.yaml", true},
		{"testdata/*.yaml", true},
		{"testdata/doubtful/*.yaml", true},
		{"testdata/bad/sense-*.yaml", true},
		{"testdata/bad/shape-*.yaml", false},
	} {
		for _, file := range glob(t, tt.pattern) {
			if err := schema.Validate(document(t, file)); (err == nil) != tt.valid {
				t.Errorf("%s: Validate = %v; want it valid: %v", filepath.Base(file), err, tt.valid)
			}
		}
	}
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(ivr.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err = c.AddResource("flow.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("flow.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// document reads YAML as an editor hands it to a schema: as JSON.
func document(t *testing.T, file string) any {
	t.Helper()
	// A day is a text to JSON, which knows no dates.
	text := strings.ReplaceAll(string(read(t, file)), "date: 2026-12-31", `date: "2026-12-31"`)
	var doc map[string]any
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
