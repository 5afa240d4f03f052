package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Reader collects what is wrong with one file.
type Reader struct {
	File string // as errors name it
	Errs []error
}

// Field is a key of a mapping and what reads its value.
type Field = struct {
	Key  string
	Read func(n *yaml.Node) error
}

// Document returns the root of the only YAML document in a text of at most most
// bytes.
func Document(text []byte, most int) (*yaml.Node, error) {
	if len(text) > most {
		return nil, fmt.Errorf("longer than %d bytes", most)
	}
	var doc, more yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF), err == nil && len(doc.Content) == 0:
		return nil, errors.New("the file is empty")
	case err != nil:
		return nil, err
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one YAML document in the file")
	}
	return doc.Content[0], nil
}

// Err is all that is wrong; nil when nothing is.
func (r *Reader) Err() error { return errors.Join(r.Errs...) }

// Fail notes what is wrong with a key at a node; nil is nothing.
func (r *Reader) Fail(n *yaml.Node, key string, err error) {
	if err != nil {
		r.Errs = append(r.Errs, fmt.Errorf("%s:%d: %s: %w", r.File, n.Line, key, err))
	}
}

// Mapping reads the known keys of a mapping, each at most once. what is what the
// mapping describes, as in "a campaign".
func (r *Reader) Mapping(n *yaml.Node, what string, fields []Field) {
	if n.Kind != yaml.MappingNode {
		r.Fail(n, what, errors.New("not a list of keys and values"))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if line, twice := seen[key.Value]; twice {
			r.Fail(key, key.Value, fmt.Errorf("is already on line %d", line))
			continue
		}
		seen[key.Value] = key.Line
		at := slices.IndexFunc(fields, func(f Field) bool { return f.Key == key.Value })
		if at < 0 {
			r.Fail(key, key.Value, fmt.Errorf("no such key in %s; there are %s", what, keys(fields)))
			continue
		}
		r.Fail(value, key.Value, fields[at].Read(value))
	}
}

func keys(fields []Field) string {
	names := make([]string, 0, len(fields))
	for _, f := range fields {
		names = append(names, f.Key)
	}
	return strings.Join(names, ", ")
}

// Each reads the items of a list.
func Each(n *yaml.Node, read func(item *yaml.Node) error) error {
	if n.Kind != yaml.SequenceNode {
		return errors.New("not a list")
	}
	for _, item := range n.Content {
		if err := read(item); err != nil {
			return err
		}
	}
	return nil
}

// Pairs reads the keys and values of a mapping whose keys anybody may choose.
func Pairs(n *yaml.Node, read func(key string, value *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return errors.New("not a list of keys and values")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		if seen[key] {
			return fmt.Errorf("%s is there twice", key)
		}
		seen[key] = true
		if err := read(key, value); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}
