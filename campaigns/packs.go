package campaigns

import (
	"fmt"
	"slices"
)

// shippedPacks are read from packs/*.yaml.
func shippedPacks() []*Pack { return nil }

// Packs lists the packs that there are.
func Packs() []*Pack { return slices.Clone(shippedPacks()) }

// PackNamed finds a pack.
func PackNamed(id string) (*Pack, error) {
	var ids []string
	for _, p := range shippedPacks() {
		if p.ID == id {
			return p, nil
		}
		ids = append(ids, p.ID)
	}
	return nil, fmt.Errorf("there is no pack of rules %q; there are %s, and none", id, list(ids))
}

// packOf is the pack of campaigns that show a number of a region; nil if there
// is none.
func packOf(region string) *Pack {
	for _, p := range shippedPacks() {
		if region != "" && slices.Contains(p.Regions, region) {
			return p
		}
	}
	return nil
}
