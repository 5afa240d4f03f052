package campaigns

import (
	"errors"

	"go.yaml.in/yaml/v3"
)

// ParseDefinitionIn reads a campaign that stands inside another file, which has
// been read as YAML. name is that file's, for errors.
func ParseDefinitionIn(name string, n *yaml.Node) (Definition, error) {
	p := parser{file: name}
	p.mapping(n, "a campaign", p.fields())
	p.whole(n)
	if err := errors.Join(p.errs...); err != nil {
		return Definition{}, err
	}
	return p.d.WithDefaults(), nil
}
