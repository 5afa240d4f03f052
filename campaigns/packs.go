package campaigns

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"sync"
)

//go:embed packs/*.yaml
var packFiles embed.FS

// shippedPacks are read once, by name. That each can be is tested.
var shippedPacks = sync.OnceValue(func() []*Pack {
	files, err := fs.Glob(packFiles, "packs/*.yaml")
	if err != nil {
		return nil
	}
	var all []*Pack
	for _, file := range files {
		text, err := packFiles.ReadFile(file)
		if err != nil {
			continue
		}
		if p, err := ParsePack(file, text); err == nil {
			all = append(all, p)
		}
	}
	return all
})

// Packs lists the packs that there are, by name.
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
