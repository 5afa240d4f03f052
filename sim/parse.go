package sim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// The bounds of what a rehearsal file may ask for.
const (
	maxText   = 256 << 10
	mostCount = 10_000_000
	mostSeeds = 1000
	mostSpan  = 366 * 24 * time.Hour
)

// parser reads one file and collects what is wrong with it, by its lines.
type parser struct {
	file string
	errs []error
}

// field is a key of a mapping and what reads its value.
type field struct {
	key  string
	read func(n *yaml.Node) error
}

// document returns the root of the only YAML document in the text.
func document(text []byte) (*yaml.Node, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("longer than %d bytes", maxText)
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

// fail notes what is wrong at a node. What tells its own line is left as it is.
func (p *parser) fail(n *yaml.Node, key string, err error) {
	if err != nil {
		p.errs = append(p.errs, fmt.Errorf("%s:%d: %s: %w", p.file, n.Line, key, err))
	}
}

// mapping reads the known keys of a mapping, each at most once.
func (p *parser) mapping(n *yaml.Node, what string, fields []field) {
	if n.Kind != yaml.MappingNode {
		p.fail(n, what, errors.New("not a list of keys and values"))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if line, twice := seen[key.Value]; twice {
			p.fail(key, key.Value, fmt.Errorf("is already on line %d", line))
			continue
		}
		seen[key.Value] = key.Line
		at := slices.IndexFunc(fields, func(f field) bool { return f.key == key.Value })
		if at < 0 {
			p.fail(key, key.Value, fmt.Errorf("no such key in %s; there are %s", what, named(fields)))
			continue
		}
		p.fail(value, key.Value, fields[at].read(value))
	}
}

func named(fields []field) string {
	names := make([]string, 0, len(fields))
	for _, f := range fields {
		names = append(names, f.key)
	}
	return strings.Join(names, ", ")
}

// each reads the items of a list.
func each(n *yaml.Node, read func(item *yaml.Node) error) error {
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

// pairs reads the keys and values of a mapping whose keys anybody may choose.
func pairs(n *yaml.Node, read func(key string, value *yaml.Node) error) error {
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

func text(into *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode || n.Value == "" || n.Tag == "!!null" {
			return errors.New("needs a value")
		}
		*into = n.Value
		return nil
	}
}

func whole(into *int, least, most int) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		v, err := strconv.Atoi(strings.ReplaceAll(n.Value, "_", ""))
		if n.Kind != yaml.ScalarNode || err != nil || v < least || v > most {
			return fmt.Errorf("%q is not a whole number from %d to %d", n.Value, least, most)
		}
		*into = v
		return nil
	}
}

func number(into *float64, least, most float64) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		v, err := strconv.ParseFloat(n.Value, 64)
		if n.Kind != yaml.ScalarNode || err != nil || math.IsNaN(v) || v < least || v > most {
			return fmt.Errorf("%q is not a number from %v to %v", n.Value, least, most)
		}
		*into = v
		return nil
	}
}

func chance(into *float64) func(*yaml.Node) error { return number(into, 0, 1) }

func span(into *time.Duration) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		v, err := duration(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || v < 0 || v > mostSpan {
			return fmt.Errorf("%q is not a time like 30s, 15m, 2h or 1d", n.Value)
		}
		*into = v
		return nil
	}
}

// ParseSpan reads a span as 30s, 15m, 2h or 1d.
func ParseSpan(s string) (time.Duration, error) {
	d, err := duration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a time like 30s, 15m, 2h or 1d", s)
	}
	return d, nil
}

// duration reads Go's durations, and days.
func duration(s string) (time.Duration, error) {
	days, found := strings.CutSuffix(s, "d")
	if !found {
		return time.ParseDuration(s)
	}
	n, err := strconv.ParseUint(days, 10, 16)
	return time.Duration(n) * 24 * time.Hour, err
}

// law reads how long something takes: one time, or a mean with what it varies by.
func (p *parser) law(into *Law) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		*into = Law{}
		if n.Kind == yaml.ScalarNode {
			return span(&into.Mean)(n)
		}
		p.mapping(n, "a law", []field{
			{"mean", span(&into.Mean)},
			{"cv", number(&into.CV, 0, 10)},
			{"least", span(&into.Least)},
			{"most", span(&into.Most)},
		})
		if into.Most > 0 && into.Most < into.Least {
			return fmt.Errorf("most, %v, is below least, %v", into.Most, into.Least)
		}
		return nil
	}
}

// chances reads chances by key that come to 1 at most.
func chances(into *map[string]float64) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		*into = map[string]float64{}
		sum := 0.0
		err := pairs(n, func(key string, value *yaml.Node) error {
			var v float64
			err := chance(&v)(value)
			(*into)[key], sum = v, sum+v
			return err
		})
		if err == nil && sum > 1+1e-9 {
			err = fmt.Errorf("the chances come to %.4g, which is more than 1", sum)
		}
		return err
	}
}
