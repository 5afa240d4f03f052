package campaigns

import (
	"go.yaml.in/yaml/v3"

	"careline/internal/strict"
)

// ParseDefinitionIn reads a campaign that stands inside another file, which has
// been read as YAML. name is that file's, for errors.
func ParseDefinitionIn(name string, n *yaml.Node) (Definition, error) {
	p := parser{Reader: strict.Reader{File: name}}
	p.Mapping(n, "a campaign", p.fields())
	p.whole(n)
	if err := p.Err(); err != nil {
		return Definition{}, err
	}
	return p.d.WithDefaults(), nil
}
