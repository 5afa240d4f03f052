package ivr

import (
	_ "embed" // for the schema
	"slices"
)

//go:embed flow.schema.json
var schema []byte

// Schema returns the JSON Schema of flow files, for editors. It describes their
// shape; Parse is stricter.
func Schema() []byte { return slices.Clone(schema) }
