package sim_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"careline/campaigns"
	"careline/sim"
	"careline/store"
)

var (
	daysRun = flag.Int("days", 30, "days of the property test")
	daySeed = flag.Uint64("day", 0, "the only day to run, by its seed; 0: all")
)

// TestPromises rehearses random days with accidents, and looks after every event
// whether a promise was broken.
func TestPromises(t *testing.T) {
	first, last := uint64(1), uint64(*daysRun)
	if *daySeed > 0 {
		first, last = *daySeed, *daySeed
	}
	for seed := first; seed <= last; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			if broken := newDay(seed).run(t); len(broken) > 0 {
				for _, b := range broken {
					t.Error(b)
				}
				t.Errorf("run it alone with: go test ./sim -run TestPromises -day %d", seed)
			}
		})
	}
}

// lease is how long a node of a day may be silent.
const lease = 4 * time.Minute

// run has the day pass, with its accidents, and returns which promises it broke.
func (d *day) run(t *testing.T) []string {
	t.Helper()
	o := newOracle(d)
	w, err := sim.New(t.Context(), d.setup, sim.Options{Seed: d.seed, Lease: lease, Watch: o.watch})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	o.w = w
	for _, c := range w.Campaigns() {
		for contact, err := range w.Store().Contacts(t.Context(), c.ID) {
			if err != nil {
				t.Fatal(err)
			}
			if contact.State == campaigns.HeldOut {
				o.heldOut[contact.ID] = true
			}
		}
	}
	d.accidents(t, w, o)
	if err := w.Run(); err != nil {
		return append(o.broken, err.Error())
	}
	d.settle(t, o)
	return o.broken
}

// accidents are what goes wrong in the course of the day.
func (d *day) accidents(t *testing.T, w *sim.World, o *oracle) {
	t.Helper()
	some := func(n int, f func()) {
		for range d.r.IntN(n + 1) {
			w.At(begins.Add(time.Duration(d.r.IntN(16*3600))*time.Second), f)
		}
	}
	some(8, func() { d.refuse(t, w, o) })
	some(4, func() { w.Vanish(d.r.IntN(10), time.Duration(1+d.r.IntN(30))*time.Minute) })
	some(3, func() { d.holdOn(t, w) })
	if d.two {
		two, err := w.AddNode("two")
		if err != nil {
			t.Fatal(err)
		}
		d.crashes(t, w, two, "two")
	}
	d.crashes(t, w, w.First(), "one")
	for at := begins; at.Before(d.until); at = at.Add(90 * time.Minute) {
		w.At(at, func() { d.addsUp(o) })
	}
}

// crashes has a node die now and then, and start again.
func (d *day) crashes(t *testing.T, w *sim.World, n *sim.Node, name string) {
	t.Helper()
	if !d.chance(0.5) {
		return
	}
	at := begins.Add(time.Duration(d.r.IntN(14*3600)) * time.Second)
	w.At(at, func() { n.Crash() })
	w.At(at.Add(time.Duration(1+d.r.IntN(900))*time.Second), func() {
		again, err := w.AddNode(name)
		if err != nil {
			t.Error(err)
			return
		}
		again.Start()
	})
}

// refuse has somebody ask not to be called any more, by other ways than a call.
func (d *day) refuse(t *testing.T, w *sim.World, o *oracle) {
	t.Helper()
	list := d.setup.Lists[d.r.IntN(2)].Customers
	e := store.DoNotCall{Number: list[d.r.IntN(len(list))].Number, Why: "asked by letter", At: w.Now()}
	if d.chance(0.3) {
		e.Campaign = w.Campaigns()[0].ID
	}
	if err := w.Store().AddDoNotCall(t.Context(), e); err != nil {
		t.Error(err)
	}
	o.bar(e.Number, e.Campaign)
}

// holdOn pauses a campaign for a while.
func (d *day) holdOn(t *testing.T, w *sim.World) {
	t.Helper()
	id := w.Campaigns()[0].ID
	if _, err := w.Store().Pause(t.Context(), id, w.Now()); err != nil {
		return // it is not running
	}
	w.Reload()
	w.At(w.Now().Add(time.Duration(d.r.IntN(60))*time.Minute), func() {
		if _, err := w.Store().Resume(t.Context(), id, w.Now()); err == nil {
			w.Reload()
		}
	})
}

// addsUp checks that the tables agree with themselves.
func (d *day) addsUp(o *oracle) {
	if _, err := o.w.Result(); err != nil {
		o.broken = append(o.broken, err.Error())
	}
}

// settle checks at the end of the day what only the whole can tell.
func (d *day) settle(t *testing.T, o *oracle) {
	t.Helper()
	d.addsUp(o)
	stored := map[string]map[string]string{}
	rows := 0
	for _, c := range o.w.Campaigns() {
		for a, err := range o.w.Store().Answers(t.Context(), c.ID) {
			if err != nil {
				t.Fatal(err)
			}
			if stored[a.CallID] == nil {
				stored[a.CallID] = map[string]string{}
			}
			stored[a.CallID][a.Result] = a.Value
		}
		for a, err := range o.w.Store().Attempts(t.Context(), c.ID) {
			if err != nil {
				t.Fatal(err)
			}
			if o.attempts[a.ID] != nil {
				rows++
			} else if a.Disposition != campaigns.NotPlaced && a.Disposition != campaigns.NotKnown {
				o.broken = append(o.broken, fmt.Sprintf("attempt %s is in the ledger as %s and was never sent", a.ID, a.Disposition))
			}
		}
	}
	if rows != len(o.attempts) {
		o.broken = append(o.broken, fmt.Sprintf("%d calls were sent, %d of them are in the ledger", len(o.attempts), rows))
	}
	if fmt.Sprint(stored) != fmt.Sprint(o.given) {
		o.broken = append(o.broken, fmt.Sprintf("stored answers %v; given were %v", stored, o.given))
	}
	for id, live := range o.live {
		if lost := o.lost[id]; float64(lost) > 0.03*float64(live)+slack {
			o.broken = append(o.broken, fmt.Sprintf("%d of %d people who answered were abandoned", lost, live))
		}
	}
	if *daySeed > 0 {
		t.Logf("%d events, %d calls, %d answers, live %v, abandoned %v", o.events, len(o.attempts), len(o.given), o.live, o.lost)
	}
}

// slack is how many calls may be abandoned beyond the share: a share of few calls
// is reached by one, and what is on its way then cannot be called back.
const slack = 6
