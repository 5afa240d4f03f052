package storetest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

var importTests = tests{
	"imports of many count what they change":      importStreams,
	"imports of many leave nothing when they end": importBreaks,
	"imports of many are judged as a whole":       importJudged,
	"imports of many feed a running campaign":     importStreamFeeds,
	"imports of many let attempts begin":          importAside,
	"imports of many hold nobody":                 importHoldsNobody,
	"campaigns of many let attempts begin":        createsAside,
}

// lots is more rows than are imported at once, on either database.
const lots = 4_500

// stream hands rows on, and calls at before that many of them.
func stream(rows []campaigns.Customer, at int, call func() error) iter.Seq2[campaigns.Customer, error] {
	return func(yield func(campaigns.Customer, error) bool) {
		for i, c := range rows {
			if i == at {
				if err := call(); err != nil {
					yield(c, err)
					return
				}
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

func each(rows []campaigns.Customer) iter.Seq2[campaigns.Customer, error] {
	return stream(rows, -1, nil)
}

// rows counts those of a table.
func (w *world) rows(table string) (n int) {
	w.Helper()
	db, err := openRaw(w.url)
	w.ok("open the database", err)
	defer db.Close()
	w.ok("count "+table, db.Get(&n, "SELECT COUNT(*) FROM "+table))
	return n
}

// holds checks how many rows the tables have that imports write to.
func (w *world) holds(customers, contacts int) {
	w.Helper()
	got := []int{w.rows("customers"), w.rows("contacts"), w.rows("imports"), w.rows("import_rows")}
	if want := []int{customers, contacts, 0, 0}; !slices.Equal(got, want) {
		w.Errorf("customers, contacts, imports, rows put aside = %v; want %v", got, want)
	}
}

func importStreams(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	rows := customers(lots)
	rows[1].Segment = "silver"
	rows[lots-1] = many(lots - 1)
	for _, step := range []struct {
		dry  bool
		want store.Imported
	}{
		{true, store.Imported{Added: lots - 3, Updated: 1, Unchanged: 2}},
		{false, store.Imported{Added: lots - 3, Updated: 1, Unchanged: 2}},
		{true, store.Imported{Unchanged: lots}},
		{false, store.Imported{Unchanged: lots}},
	} {
		var told store.ImportProgress
		o := store.ImportOptions{DryRun: step.dry, Now: w.now, Progress: func(p store.ImportProgress) { told = p }}
		got, err := w.s.Import(t.Context(), theList, each(rows), o)
		w.ok("import", err)
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("dry %v: Imported (-want +got):\n%s", step.dry, diff)
		}
		if told.Read != lots || !step.dry && told.Stored != lots {
			t.Errorf("told at last: %+v; want all %d", told, lots)
		}
	}
	w.holds(lots, 3)
	route, err := w.s.Route(t.Context(), "10086", many(lots - 1).Others[1])
	if err != nil || route.Customer.Key != many(lots-1).Key {
		t.Errorf("the last one's third number leads to %+v, %v; want the last one", route.Customer, err)
	}
}

func importBreaks(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	broken := errors.New("the cable was pulled")
	ctx, cancel := context.WithCancel(t.Context())
	for want, imports := range map[error]func() (store.Imported, error){
		broken: func() (store.Imported, error) {
			rows := stream(customers(lots), lots-10, func() error { return broken })
			return w.s.Import(t.Context(), theList, rows, store.ImportOptions{Now: w.now})
		},
		context.Canceled: func() (store.Imported, error) {
			rows := stream(customers(lots), lots-10, func() error { cancel(); return nil })
			return w.s.Import(ctx, "a new one", rows, store.ImportOptions{Now: w.now})
		},
	} {
		if got, err := imports(); !errors.Is(err, want) || got != (store.Imported{}) {
			t.Errorf("Import = %+v, %v; want nothing, %v", got, err, want)
		}
		w.holds(3, 3)
	}
	if lists, err := w.s.Lists(t.Context()); err != nil || len(lists) != 1 {
		t.Errorf("Lists = %+v, %v; want the one that was there", lists, err)
	}
}

func importJudged(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	bad := errors.New("a row is bad")
	for _, n := range []int{20, lots} {
		read := 0
		rows := stream(customers(n), n-1, func() error { read = n; return nil })
		o := store.ImportOptions{Now: w.now, Enrol: []campaigns.ID{w.c.ID}, Judge: func() error {
			if read != n {
				t.Errorf("judged after %d rows; want %d", read, n)
			}
			return bad
		}}
		got, err := w.s.Import(t.Context(), theList, rows, o)
		if want := (store.Imported{Added: n - 3, Unchanged: 3, Enrolled: n - 3}); !errors.Is(err, bad) || got != want {
			t.Errorf("Import = %+v, %v; want %+v, %v", got, err, want, bad)
		}
		w.holds(3, 3)
	}
}

func importStreamFeeds(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, func(d *campaigns.Definition) { d.HoldOut = 0.2 })
	o := store.ImportOptions{Now: w.now, Enrol: []campaigns.ID{w.c.ID}}
	got, err := w.s.Import(t.Context(), theList, each(customers(lots)), o)
	if err != nil || got.Enrolled != lots-3 {
		t.Errorf("Import = %+v, %v; want %d enrolled", got, err, lots-3)
	}
	w.holds(lots, lots)
	if f := w.adds(w.c.ID); f.Submitted != lots || f.ByState[campaigns.HeldOut] < lots/6 {
		t.Errorf("funnel = %+v; want %d, a fifth of them held out", f, lots)
	}
	_, err = w.s.Stop(t.Context(), w.c.ID, w.now)
	w.ok("stop", err)
	if _, err := w.s.Import(t.Context(), theList, each(customers(lots)), o); !errors.Is(err, store.ErrNotAllowed) {
		t.Errorf("Import into a campaign that was stopped = %v; want ErrNotAllowed", err)
	}
	w.holds(lots, lots)
}

// importAside: an import under way, however long it takes, holds up no attempt.
func importAside(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	other := w.open(store.Options{})
	claimed := w.claim(3)
	call := func() error {
		w.end(w.begin(claimed[0]), campaigns.Busy)
		claimed = claimed[1:]
		return nil
	}
	for range 2 {
		_, err := other.Import(t.Context(), theList, stream(customers(lots), lots-100, call), store.ImportOptions{Now: w.now})
		w.ok("import", err)
	}
	w.holds(lots, 3)
}

// importHoldsNobody: while an import changes the numbers of contacts and brings
// new ones, those it has come to can be called by the numbers that they have, and
// their campaign can be paused. One that finishes meanwhile runs again.
func importHoldsNobody(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	other := w.open(store.Options{})
	claimed := w.claim(2)
	rows := customers(lots)
	for i := range rows {
		rows[i].Number = number(lots + i)
	}
	finished, begun := false, 0
	o := store.ImportOptions{Now: w.now, Enrol: []campaigns.ID{w.c.ID}, Progress: func(store.ImportProgress) {
		if begun++; begun > 1 {
			return
		}
		for _, c := range claimed {
			w.end(w.begin(c), campaigns.InvalidNumber)
		}
		_, err := w.s.Pause(t.Context(), w.c.ID, w.now)
		w.ok("pause", err)
		_, err = w.s.Resume(t.Context(), w.c.ID, w.now)
		w.ok("resume", err)
		finished, err = w.s.Finish(t.Context(), w.c.ID, w.now)
		w.ok("finish", err)
	}}
	_, err := other.Import(t.Context(), theList, each(rows), o)
	if w.ok("import", err); !finished {
		t.Error("the campaign did not finish, though nobody in it was left")
	}
	w.holds(lots, lots)
	c, err := w.s.Campaign(t.Context(), w.c.ID)
	if w.ok("find the campaign", err); c.State != campaigns.Running || !c.EndedAt.IsZero() {
		t.Errorf("the campaign is %s, since %v; want it to run again", c.State, c.EndedAt)
	}
	w.now = w.now.Add(time.Second)
	first := customers(lots)
	for i := range first {
		first[i].Number = number(2*lots + i)
	}
	_, err = other.Import(t.Context(), theList, each(first), store.ImportOptions{Now: w.now})
	w.ok("import", err)
	for _, c := range w.claim(200) {
		if c.Number != c.Customer.Number || c.Number < number(2*lots) {
			t.Fatalf("a contact is to be called by %s; want %s", string(c.Number), string(c.Customer.Number))
		}
	}
}

// createsAside: a campaign over a long list holds up no attempt while it is made,
// is seen when all its contacts are there, and leaves nothing when that is broken
// off.
func createsAside(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	_, err := w.s.Import(t.Context(), theList, each(customers(lots)), store.ImportOptions{Now: w.now})
	w.ok("import", err)
	claimed := w.claim(3)
	d := w.c.Definition
	d.Name = "second"
	ctx, cancel := context.WithCancel(t.Context())
	_, err = w.s.CreateCampaignTold(ctx, d, w.now, func(made, all int) {
		if made == 0 || made > all || all != lots {
			t.Errorf("told of %d of %d contacts; want some of %d", made, all, lots)
		}
		cancel()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("CreateCampaignTold = %v; want that it was cancelled", err)
	}
	w.holds(lots, 3)
	told := 0
	c, err := w.s.CreateCampaignTold(t.Context(), d, w.now, func(int, int) {
		if told++; told > 1 {
			return
		}
		w.end(w.begin(claimed[0]), campaigns.Busy)
		if _, found := w.s.CampaignNamed(t.Context(), d.Name); !errors.Is(found, store.ErrNotFound) {
			t.Errorf("a campaign that is being made can be found: %v", found)
		}
		n, failed := w.s.WithdrawFromList(t.Context(), theList, []phone.Number{number(0), number(lots - 1)}, w.now)
		if failed != nil || n.Customers != 2 {
			t.Errorf("WithdrawFromList = %+v, %v", n, failed)
		}
	})
	w.ok("create", err)
	if f := w.adds(c.ID); f.Submitted != lots-1 || f.ByState[campaigns.Withdrawn] != 1 {
		t.Errorf("funnel = %+v; want %d submitted, the first one withdrawn", f, lots-1)
	}
	w.holds(lots, 3+lots-1)
}
