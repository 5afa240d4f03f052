package main

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documented are the keys of the README's table, by their paths. Of a row with
// several all stand where the first does.
func documented(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	keys, code := make(map[string]bool), regexp.MustCompile("`([^`]+)`")
	_, table, _ := strings.Cut(string(text), "| key | default | meaning |")
	for row := range strings.Lines(table) {
		if row == "\n" && len(keys) > 0 {
			break
		}
		cells := strings.Split(row, "|")
		if len(cells) < 4 {
			continue
		}
		parent := ""
		for i, m := range code.FindAllStringSubmatch(cells[1], -1) {
			key := m[1]
			if i == 0 {
				parent = key[:strings.LastIndex(key, ".")+1]
			} else {
				key = parent + key
			}
			keys[key] = true
		}
	}
	return keys
}

// ofRule are the keys of a rule that rewrites numbers, which the table tells of
// with the rules.
var ofRule = regexp.MustCompile(`rewrite\.\w+\[\]\.`)

// configurable are the keys that hold values, by their paths.
func configurable() (list []string) {
	eachKey(reflect.TypeFor[config](), "", func(_ reflect.Type, path string) {
		if !ofRule.MatchString(path) {
			list = append(list, path)
		}
	})
	return slices.DeleteFunc(slices.Clone(list), func(key string) bool {
		return slices.ContainsFunc(list, func(other string) bool {
			return strings.HasPrefix(other, key+".") || strings.HasPrefix(other, key+"[].")
		})
	})
}

func TestReadmeHasEveryKey(t *testing.T) {
	told, list := documented(t), configurable()
	if len(list) < 60 {
		t.Fatalf("the configuration has %d keys: %v", len(list), list)
	}
	for _, key := range list {
		if !told[key] {
			t.Errorf("the README's table lacks %s", key)
		}
		delete(told, key)
	}
	for key := range told {
		t.Errorf("the README's table has %s, which the configuration has not", key)
	}
}

// The example shows each key, if only as a comment.
func TestExampleHasEveryKey(t *testing.T) {
	text, err := os.ReadFile("../../examples/careline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range configurable() {
		name := key[strings.LastIndex(key, ".")+1:]
		if !regexp.MustCompile(`\b` + name + `:`).Match(text) {
			t.Errorf("examples/careline.yaml does not show %s", key)
		}
	}
}

// What the example has as comments is right when the sign is taken away.
func TestExampleIsRightUncommented(t *testing.T) {
	text, err := os.ReadFile("../../examples/careline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	whole := regexp.MustCompile(`(?m)^( *)# ( *(?:[a-z_]+:|- ))`).ReplaceAll(text, []byte("$1$2"))
	if strings.Count(string(whole), "#") == strings.Count(string(text), "#") {
		t.Fatal("no comment was taken away")
	}
	if _, err := parseConfig("careline.yaml", whole); err != nil {
		t.Error(err)
	}
}
