package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"careline/campaigns"
	"careline/store"
)

var claimTests = tests{
	"claims give each contact to one":     claimedOnce,
	"claims put retries first":            retriesFirst,
	"claims say what is left":             whatIsLeft,
	"claims need a lease":                 needsLease,
	"claims of a node that is gone":       goneClaims,
	"claims are given back":               givenBack,
	"claims wait while a node comes back": comesBack,
	"claims find what was put back":       findsPutBack,
}

func claimedOnce(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 300, nil)
	nodes := []string{"a", "b", "c"}
	stores := []*store.Store{w.s, w.open(store.Options{}), w.open(store.Options{})}
	for i, node := range nodes {
		w.renew(stores[i], node)
	}
	var mu sync.Mutex
	taken := map[campaigns.ContactID]int{}
	var wg sync.WaitGroup
	for i := range 9 {
		wg.Go(func() {
			for {
				claims, err := stores[i%3].Claim(t.Context(), nodes[i%3], w.c.ID, 7, w.now)
				if err != nil {
					t.Errorf("Claim: %v", err)
					return
				}
				mu.Lock()
				for _, c := range claims.Contacts {
					taken[c.ID]++
				}
				mu.Unlock()
				if len(claims.Contacts) == 0 && claims.NextDue.IsZero() {
					return
				}
			}
		})
	}
	wg.Wait()
	if len(taken) != 300 {
		t.Errorf("%d contacts were claimed; want 300", len(taken))
	}
	for id, n := range taken {
		if n != 1 {
			t.Errorf("contact %s was claimed %d times", id, n)
		}
	}
}

func retriesFirst(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 20, nil)
	first := w.claim(1)[0]
	w.end(w.begin(first), campaigns.Busy)
	if got := w.claim(1)[0]; got.ID == first.ID {
		t.Error("a contact was claimed before it was due")
	}
	w.now = w.now.Add(10 * time.Minute)
	w.renew(w.s, theNode)
	got := w.claim(3)
	if len(got) != 3 || got[0].ID != first.ID {
		t.Fatalf("Claim = %d contacts, beginning with %v; want 3, beginning with the one to try again", len(got), got)
	}
	want := customers(1)[0]
	if c := got[0]; c.Attempts != 1 || c.Last != campaigns.Busy || c.State != campaigns.Pending ||
		c.Name != want.Name || c.Number != want.Number || c.Attributes["balance"] != "12.30" || c.Zone != want.Zone {
		t.Errorf("Claim = %+v; want the customer with one busy attempt", c)
	}
}

func whatIsLeft(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	look := func(limit int, now time.Time) campaigns.Claims {
		t.Helper()
		claims, err := w.s.Claim(t.Context(), theNode, w.c.ID, limit, now)
		w.ok("claim", err)
		return claims
	}
	one := look(1, w.now)
	if !one.NextDue.Equal(w.now) || one.Open {
		t.Errorf("after one of three: next due %v, open %v; want %v, false", one.NextDue, one.Open, w.now)
	}
	rest := look(9, w.now)
	if len(rest.Contacts) != 2 || !rest.NextDue.IsZero() || rest.Open {
		t.Errorf("the rest = %d, next due %v, open %v; want 2, none, false", len(rest.Contacts), rest.NextDue, rest.Open)
	}
	a := w.begin(one.Contacts[0])
	if got := look(9, w.now); !got.Open {
		t.Error("a contact is being dialed, but Open is false")
	}
	w.end(a, campaigns.Busy)
	if got := look(9, w.now); len(got.Contacts) != 0 || !got.NextDue.Equal(w.now.Add(10*time.Minute)) || got.Open {
		t.Errorf("after a busy one: %d contacts, next due %v, open %v; want 0, in 10 minutes, false", len(got.Contacts), got.NextDue, got.Open)
	}
}

func needsLease(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	if _, err := w.s.Claim(t.Context(), "b", w.c.ID, 3, w.now); !errors.Is(err, store.ErrNoLease) {
		t.Errorf("Claim of a node that was never renewed = %v; want ErrNoLease", err)
	}
	if _, err := w.s.Claim(t.Context(), theNode, w.c.ID, 3, w.now.Add(time.Minute)); !errors.Is(err, store.ErrNoLease) {
		t.Errorf("Claim of a node whose lease is over = %v; want ErrNoLease", err)
	}
}

func goneClaims(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 5, nil)
	lost := w.claim(5)
	w.now = w.now.Add(19 * time.Second)
	w.renew(w.s, "b")
	claims, err := w.s.Claim(t.Context(), "b", w.c.ID, 5, w.now)
	w.ok("claim", err)
	if len(claims.Contacts) != 0 || !claims.Open {
		t.Fatalf("%d contacts of a node that lives were claimed, open %v; want 0, true", len(claims.Contacts), claims.Open)
	}
	w.now = w.now.Add(2 * time.Second)
	w.renew(w.s, "b")
	claims, err = w.s.Claim(t.Context(), "b", w.c.ID, 5, w.now)
	w.ok("claim", err)
	if len(claims.Contacts) != 5 {
		t.Fatalf("%d contacts of a node that is gone were claimed; want 5", len(claims.Contacts))
	}
	w.renew(w.s, theNode)
	w.refused(campaigns.Begin{Attempt: attempt(lost[0]), Allowed: true})
}

// comesBack: after an outage that cost all nodes their lease, the first to come
// back does not take the others for gone.
func comesBack(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 5, nil)
	w.renew(w.s, "b")
	claimed := w.claim(5)
	w.now = w.now.Add(time.Minute)
	w.renew(w.s, "b")
	if left, err := w.s.Recover(t.Context(), "b", w.now); err != nil || len(left) != 0 {
		t.Errorf("Recover = %v, %v; want nothing", left, err)
	}
	w.renew(w.s, theNode)
	w.begin(claimed[0])
	w.now = w.now.Add(21 * time.Second)
	w.renew(w.s, "b") // its lease lapsed once more
	w.now = w.now.Add(10 * time.Second)
	w.renew(w.s, "b")
	w.now = w.now.Add(10 * time.Second)
	w.renew(w.s, "b")
	left, err := w.s.Recover(t.Context(), "b", w.now)
	if err != nil || len(left) != 1 {
		t.Errorf("Recover = %v, %v; want the attempt of the node that did not come back", left, err)
	}
}

func givenBack(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 5, nil)
	claimed := w.claim(5)
	a := w.begin(claimed[0])
	ids := make([]campaigns.ContactID, len(claimed))
	for i, c := range claimed {
		ids[i] = c.ID
	}
	w.ok("release", w.s.Release(t.Context(), theNode, ids, w.now))
	w.is(claimed[0].ID, campaigns.Dialing)
	if got := w.claim(9); len(got) != 4 {
		t.Errorf("%d contacts can be claimed after Release; want 4", len(got))
	}
	w.end(a, campaigns.Answered)
}

// findsPutBack: what another process puts back before the place that claims have
// come to is found after the next renewal, or when nothing else is left.
func findsPutBack(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 4, nil)
	first := w.claim(2)
	putBack := func() { w.exec("UPDATE contacts SET claimed_by = '' WHERE id = $1", first[0].ID) }
	putBack()
	w.renew(w.s, theNode)
	if got := w.claim(1); len(got) != 1 || got[0].ID != first[0].ID {
		t.Errorf("after a renewal %v was claimed; want the one that was put back", got)
	}
	if got := w.claim(9); len(got) != 2 {
		t.Errorf("%d contacts were claimed; want the 2 that are left", len(got))
	}
	putBack()
	if got := w.claim(9); len(got) != 1 || got[0].ID != first[0].ID {
		t.Errorf("when nothing else was left %v was claimed; want the one that was put back", got)
	}
}
