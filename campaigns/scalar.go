package campaigns

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"careline/internal/strict"
)

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
		if err := strict.Span(&list[i], time.Second, longRetry)(item); err != nil {
			return nil, err
		}
	}
	return list, nil
}
