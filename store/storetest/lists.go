package storetest

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

// isFile tells an SQLite file from a server's address.
func isFile(url string) bool { return !strings.Contains(url, "://") }

var listTests = tests{
	"imports count what they change":    importCounts,
	"imports feed a running campaign":   importFeeds,
	"imports are refused as a whole":    importRefused,
	"withdrawals take people off":       withdraws,
	"withdrawals hold as calls end":     withdrawsAtOnce,
	"withdrawals hold in new campaigns": withdrawsCreating,
	"imports of many are listed":        importMany,
}

func importCounts(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	rows := customers(5)
	rows[1].Segment = "silver"
	rows = append(rows, rows[2], campaigns.Customer{Key: "x", Number: number(0)}, campaigns.Customer{Number: "+8613700000000"})
	want := store.Imported{Added: 4, Updated: 1, Unchanged: 2, Repeated: 1, Shared: 1}
	for _, dry := range []bool{true, false} {
		got, err := w.s.ImportCustomers(t.Context(), theList, rows, store.ImportOptions{DryRun: dry, Now: w.now})
		w.ok("import", err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("dry %v: Imported (-want +got):\n%s", dry, diff)
		}
	}
	got, err := w.s.ImportCustomers(t.Context(), theList, rows, store.ImportOptions{Now: w.now})
	if want = (store.Imported{Unchanged: 7, Repeated: 1, Shared: 1}); err != nil || got != want {
		t.Errorf("the same again = %+v, %v; want %+v", got, err, want)
	}
	lists, err := w.s.Lists(t.Context())
	w.ok("list", err)
	if len(lists) != 1 || lists[0].Name != theList || lists[0].Customers != 7 {
		t.Errorf("Lists = %+v; want one of 7 customers", lists)
	}
}

func importFeeds(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	o := store.ImportOptions{Now: w.now, Enrol: []campaigns.ID{w.c.ID}}
	got, err := w.s.ImportCustomers(t.Context(), theList, customers(5), o)
	if err != nil || got.Enrolled != 3 || got.Added != 3 {
		t.Errorf("ImportCustomers = %+v, %v; want 3 added and enrolled", got, err)
	}
	if got := w.claim(9); len(got) != 5 {
		t.Errorf("%d contacts can be claimed; want 5", len(got))
	}
}

func importRefused(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	refused := func(list string) {
		t.Helper()
		o := store.ImportOptions{Now: w.now, Enrol: []campaigns.ID{w.c.ID}}
		if _, err := w.s.ImportCustomers(t.Context(), list, customers(5), o); !errors.Is(err, store.ErrNotAllowed) {
			t.Errorf("ImportCustomers into %s = %v; want ErrNotAllowed", list, err)
		}
	}
	refused("another")
	_, err := w.s.Stop(t.Context(), w.c.ID, w.now)
	w.ok("stop", err)
	refused(theList)
	if f := w.adds(w.c.ID); f.Submitted != 1 {
		t.Errorf("%d contacts; want 1", f.Submitted)
	}
	lists, err := w.s.Lists(t.Context())
	if err != nil || len(lists) != 1 || lists[0].Customers != 1 {
		t.Errorf("Lists = %+v, %v; want the one of 1 customer", lists, err)
	}
}

func withdraws(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 4, nil)
	second := w.campaign("second", nil)
	claimed := w.claim(4)
	a := w.begin(claimed[0])
	got, err := w.s.WithdrawFromList(t.Context(), theList, []phone.Number{number(0), number(1), "+8613700000000"}, w.now)
	if want := (store.Withdrawn{Customers: 2, Contacts: 4}); err != nil || got != want {
		t.Errorf("WithdrawFromList = %+v, %v; want %+v", got, err, want)
	}
	got, err = w.s.WithdrawFromCampaign(t.Context(), w.c.ID, []phone.Number{number(2)})
	if want := (store.Withdrawn{Contacts: 1}); err != nil || got != want {
		t.Errorf("WithdrawFromCampaign = %+v, %v; want %+v", got, err, want)
	}
	w.is(claimed[0].ID, campaigns.Dialing)
	w.end(a, campaigns.Busy)
	w.is(claimed[0].ID, campaigns.Withdrawn)
	w.is(claimed[1].ID, campaigns.Withdrawn)
	w.is(claimed[2].ID, campaigns.Withdrawn)
	w.is(claimed[3].ID, campaigns.Pending)
	if f := w.adds(second.ID); f.ByState[campaigns.Withdrawn] != 2 || f.ByState[campaigns.Pending] != 2 {
		t.Errorf("the other campaign = %+v; want 2 withdrawn, 2 pending", f.ByState)
	}
	third := w.campaign("third", nil)
	if f := w.adds(third.ID); f.Submitted != 2 {
		t.Errorf("a campaign created afterwards has %d contacts; want 2", f.Submitted)
	}
}

// withdrawsAtOnce: who is withdrawn while a call with them ends, and they would
// be called again, is not.
func withdrawsAtOnce(t *testing.T, url func(testing.TB) string) {
	const n = 24
	w := newWorld(t, url, n, nil)
	var wg sync.WaitGroup
	for i, c := range w.claim(n) {
		a := w.begin(c)
		wg.Go(func() { w.end(a, campaigns.Busy) })
		wg.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = w.s.WithdrawFromList(t.Context(), theList, []phone.Number{c.Number}, w.now)
			} else {
				err = w.s.AddDoNotCall(t.Context(), store.DoNotCall{Number: c.Number, At: w.now})
			}
			if err != nil {
				t.Errorf("take a number off: %v", err)
			}
		})
		if i%4 == 3 {
			wg.Wait()
		}
	}
	wg.Wait()
	if f := w.adds(w.c.ID); f.ByState[campaigns.Withdrawn] != n/2 || f.ByState[campaigns.Suppressed] != n/2 {
		t.Errorf("contacts = %v; want half withdrawn, half suppressed", f.ByState)
	}
}

// withdrawsCreating: who is withdrawn from a list while a campaign over it is
// created is no contact of it, or a withdrawn one.
func withdrawsCreating(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 100, nil)
	for i := range 3 {
		var wg sync.WaitGroup
		d := w.c.Definition
		d.Name = "another " + strconv.Itoa(i)
		wg.Go(func() {
			c, err := w.s.CreateCampaign(t.Context(), d, w.now)
			if err != nil {
				t.Errorf("CreateCampaign: %v", err)
			}
			w.c = c
		})
		wg.Go(func() {
			if _, err := w.s.WithdrawFromList(t.Context(), theList, []phone.Number{number(i)}, w.now); err != nil {
				t.Errorf("WithdrawFromList: %v", err)
			}
		})
		wg.Wait()
		for _, c := range w.contacts() {
			if c.Number == number(i) && c.State != campaigns.Withdrawn {
				t.Errorf("a contact who was withdrawn is %s", c.State)
			}
		}
	}
}

func importMany(t *testing.T, url func(testing.TB) string) {
	const n = 3_000
	w := newWorld(t, url, n, func(d *campaigns.Definition) { d.HoldOut = 0.1 })
	var listed, heldOut int
	last := ""
	for c, err := range w.s.Contacts(t.Context(), w.c.ID) {
		w.ok("list contacts", err)
		if c.Key <= last {
			t.Fatalf("contact %s comes after %s", c.Key, last)
		}
		last = c.Key
		listed++
		if c.State == campaigns.HeldOut {
			heldOut++
		}
		if (c.State == campaigns.HeldOut) != campaigns.IsHeldOut(c.Key, w.c.ID, 0.1) {
			t.Fatalf("contact %s is %s; want as it was drawn", c.Key, c.State)
		}
	}
	f := w.adds(w.c.ID)
	if listed != n || f.Submitted != n || f.ByState[campaigns.HeldOut] != heldOut || heldOut < n/12 || heldOut > n/8 {
		t.Errorf("%d listed, funnel %+v, %d held out; want %d, the same, about a tenth", listed, f, heldOut, n)
	}
}
