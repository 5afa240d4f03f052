package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"careline/campaigns"
	"careline/ivr"
	"careline/store"
)

// flowOf is the flow of a campaign in a version; an empty hash is the newest one.
func (c config) flowOf(ctx context.Context, s *store.Store, d campaigns.Definition, hash string) (*ivr.Flow, error) {
	var err error
	if hash == "" {
		hash, err = s.NewestFlow(ctx, d.Flow)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("flow: no file under flows in the configuration (%s) holds a flow %q",
			cmp.Or(strings.Join(c.Flows, ", "), "none are named"), d.Flow)
	}
	if err != nil {
		return nil, fmt.Errorf("flow: %w", err)
	}
	flow, err := s.Flow(ctx, hash)
	if err != nil {
		return nil, fmt.Errorf("flow: %w", err)
	}
	return flow, nil
}

// alone tells what is amiss with a campaign that has no agent in mind, but whose
// flow sends everybody to a queue; nothing is as a rule.
func (c config) alone(ctx context.Context, s *store.Store, d campaigns.Definition, hash string) error {
	if d.Mode.NeedsAgents() {
		return nil
	}
	flow, err := c.flowOf(ctx, s, d, hash)
	if err != nil || !flow.Enqueues() {
		return err
	}
	return fmt.Errorf("%w: flow %s begins by sending people to a queue, and in mode %s no agent is kept free for them", errNoAgents, d.Flow, campaigns.Agentless)
}

// errNoAgents is what is wrong with calls that want agents in a mode without.
var errNoAgents = errors.New("mode")

// yields tells whether a flow yields the results by which its campaign counts
// interviews and yeses; else it would never have one.
func yields(flow *ivr.Flow, d campaigns.Definition) error {
	known := map[string][]string{}
	for _, r := range flow.Results() {
		known[r.Name] = r.Values
	}
	there := cmp.Or(strings.Join(slices.Sorted(maps.Keys(known)), ", "), "none")
	for _, name := range d.Complete {
		if _, ok := known[name]; !ok {
			return fmt.Errorf("complete: flow %s has no result %q; there are %s", flow.Name(), name, there)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Success)) {
		values, ok := known[name]
		if !ok {
			return fmt.Errorf("success: flow %s has no result %q; there are %s", flow.Name(), name, there)
		}
		for _, v := range d.Success[name] {
			if len(values) > 0 && !slices.Contains(values, v) {
				return fmt.Errorf("success: result %s of flow %s is never %q; it is one of %s", name, flow.Name(), v, strings.Join(values, ", "))
			}
		}
	}
	return nil
}
