package storetest

import (
	"errors"
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

var trunkTests = tests{
	"trunks stand as their nodes said":        trunksStand,
	"trunks of a node that is gone are stale": trunksStale,
	"inbound calls to any number shown":       routeShown,
}

// trunks returns the trunks by node/name.
func (w *world) trunks(now time.Time) map[string]store.Trunk {
	w.Helper()
	list, err := w.s.Trunks(w.Context(), now)
	w.ok("list trunks", err)
	found := make(map[string]store.Trunk)
	for _, t := range list {
		found[t.Node+"/"+t.Name] = t
	}
	return found
}

func trunksStand(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	until := w.now.Add(time.Hour)
	for _, trunk := range []store.Trunk{
		{Node: theNode, Name: "east", Why: "not asked yet", Since: w.now},
		{Node: theNode, Name: "west", Up: true, Since: w.now, Registered: until},
		{Node: "other", Name: "east", Up: true, Since: w.now},
		{Node: theNode, Name: "east", Why: "OPTIONS answered 503", Since: w.now.Add(time.Second)},
	} {
		w.ok("save a trunk", w.s.SaveTrunk(t.Context(), trunk, w.now.Add(2*time.Second)))
	}
	got := w.trunks(w.now)
	east, west := got[theNode+"/east"], got[theNode+"/west"]
	if len(got) != 3 || east.Up || east.Why != "OPTIONS answered 503" || !east.Since.Equal(w.now.Add(time.Second)) || !east.NotedAt.Equal(w.now.Add(2*time.Second)) {
		t.Errorf("east = %+v of %d; want what was said last", east, len(got))
	}
	if !west.Up || !west.Registered.Equal(until) || west.Stale || !got["other/east"].Up {
		t.Errorf("west = %+v, other %+v", west, got["other/east"])
	}
	w.ok("forget trunks", w.s.KeepTrunks(t.Context(), theNode, []string{"west"}))
	if got := w.trunks(w.now); len(got) != 2 || got[theNode+"/east"].Name != "" {
		t.Errorf("%+v are left; want west, and the other node's", got)
	}
}

func trunksStale(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	w.ok("save a trunk", w.s.SaveTrunk(t.Context(), store.Trunk{Node: theNode, Name: "east", Up: true, Since: w.now}, w.now))
	w.ok("save a trunk", w.s.SaveTrunk(t.Context(), store.Trunk{Node: "never", Name: "east", Up: true, Since: w.now}, w.now))
	if got := w.trunks(w.now); got[theNode+"/east"].Stale || !got["never/east"].Stale {
		t.Errorf("%+v; want that of the node without a lease to be stale", got)
	}
	if got := w.trunks(w.now.Add(24 * time.Hour)); !got[theNode+"/east"].Stale {
		t.Errorf("%+v a day after the lease; want it to be stale", got)
	}
}

// routeShown: a contact that calls any number of its campaign back gets there.
func routeShown(t *testing.T, url func(testing.TB) string) {
	const local, alien = "+8621", "+8622"
	w := newWorld(t, url, 1, func(d *campaigns.Definition) { d.CallerIDs = []phone.Number{local, d.CallerID} })
	c := w.contacts()[0]
	for _, did := range []string{string(callerID), local, "8621"} {
		if r := w.route(did, c.Number); r.Campaign != w.c.ID || r.Contact != c.ID {
			t.Errorf("Route to %s = %+v; want the contact's campaign", did, r)
		}
	}
	if r, err := w.s.Route(t.Context(), alien, c.Number); !errors.Is(err, call.ErrNoRoute) {
		t.Errorf("Route to %s = %+v, %v; want none", alien, r, err)
	}
}
