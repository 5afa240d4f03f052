package campaigns

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// text returns a reader of one word or number.
func text(into *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode || n.Value == "" || n.Tag == "!!null" {
			return errors.New("needs a value")
		}
		*into = n.Value
		return nil
	}
}

// texts returns a reader of a list of words; one word alone will do.
func texts(into *[]string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		items := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			items = n.Content
		}
		list := make([]string, len(items))
		for i, item := range items {
			if err := text(&list[i])(item); err != nil {
				return err
			}
		}
		*into = list
		return nil
	}
}

// count returns a reader of a whole number within bounds.
func count(into *int, least, most int) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		v, err := strconv.Atoi(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || v < least || v > most {
			return fmt.Errorf("%q is not a whole number from %d to %d", n.Value, least, most)
		}
		*into = v
		return nil
	}
}

// span returns a reader of a duration within bounds.
func span(into *time.Duration, least, most time.Duration) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		v, err := duration(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || v < least || v > most {
			return fmt.Errorf("%q is not a time like 30s, 15m, 2h or 1d from %v to %v", n.Value, least, most)
		}
		*into = v
		return nil
	}
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

// delays reads the delays before the 2nd, 3rd, ... attempt; none means that
// there is no further one.
func delays(n *yaml.Node) ([]time.Duration, error) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	if len(items) > mostDelays {
		return nil, fmt.Errorf("more than %d delays", mostDelays)
	}
	list := make([]time.Duration, len(items))
	for i, item := range items {
		if err := span(&list[i], time.Second, longRetry)(item); err != nil {
			return nil, err
		}
	}
	return list, nil
}
