package sim

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"careline/internal/strict"
)

// The bounds of what a rehearsal file may ask for.
const (
	maxText   = 256 << 10
	mostCount = 10_000_000
	mostSeeds = 1000
	mostSpan  = 366 * 24 * time.Hour
)

// parser reads one file and collects what is wrong with it, by its lines.
type parser struct{ strict.Reader }

func chance(into *float64) func(*yaml.Node) error { return strict.Number(into, 0, 1) }

func span(into *time.Duration) func(*yaml.Node) error { return strict.Span(into, 0, mostSpan) }

// ParseSpan reads a span as 30s, 15m, 2h or 1d.
func ParseSpan(s string) (time.Duration, error) {
	d, err := strict.Duration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a time like 30s, 15m, 2h or 1d", s)
	}
	return d, nil
}

// law reads how long something takes: one time, or a mean with what it varies by.
func (p *parser) law(into *Law) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		*into = Law{}
		if n.Kind == yaml.ScalarNode {
			return span(&into.Mean)(n)
		}
		p.Mapping(n, "a law", []strict.Field{
			{"mean", span(&into.Mean)},
			{"cv", strict.Number(&into.CV, 0, 10)},
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
		err := strict.Pairs(n, func(key string, value *yaml.Node) error {
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
