package strict

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Text returns a reader of one word or number.
func Text(into *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode || n.Value == "" || n.Tag == "!!null" {
			return errors.New("needs a value")
		}
		*into = n.Value
		return nil
	}
}

// Texts returns a reader of a list of words; one word alone will do.
func Texts(into *[]string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		items := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			items = n.Content
		}
		list := make([]string, len(items))
		for i, item := range items {
			if err := Text(&list[i])(item); err != nil {
				return err
			}
		}
		*into = list
		return nil
	}
}

// Whole returns a reader of a whole number within bounds; 22_171 is one too.
func Whole(into *int, least, most int) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		v, err := strconv.Atoi(strings.ReplaceAll(n.Value, "_", ""))
		if n.Kind != yaml.ScalarNode || err != nil || v < least || v > most {
			return fmt.Errorf("%q is not a whole number from %d to %d", n.Value, least, most)
		}
		*into = v
		return nil
	}
}

// Number returns a reader of a number within bounds.
func Number(into *float64, least, most float64) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		v, err := strconv.ParseFloat(n.Value, 64)
		if n.Kind != yaml.ScalarNode || err != nil || math.IsNaN(v) || v < least || v > most {
			return fmt.Errorf("%q is not a number from %v to %v", n.Value, least, most)
		}
		*into = v
		return nil
	}
}

// Span returns a reader of a duration within bounds.
func Span(into *time.Duration, least, most time.Duration) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		v, err := Duration(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || v < least || v > most {
			return fmt.Errorf("%q is not a time like 30s, 15m, 2h or 1d from %v to %v", n.Value, least, most)
		}
		*into = v
		return nil
	}
}

// Duration reads Go's durations, and days, as in 30d.
func Duration(s string) (time.Duration, error) {
	days, found := strings.CutSuffix(s, "d")
	if !found {
		return time.ParseDuration(s)
	}
	n, err := strconv.ParseUint(days, 10, 16)
	return time.Duration(n) * 24 * time.Hour, err
}
