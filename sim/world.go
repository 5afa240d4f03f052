package sim

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

// forever is the lease of a node that nothing is to go wrong with.
const forever = 10 * 365 * 24 * time.Hour

// World is one rehearsal under way. It is used by one goroutine.
type World struct {
	ctx    context.Context //nolint:containedctx // it lives as long as the rehearsal; it never ends, as the store would watch for that
	cause  func() error    // why it shall end early
	setup  Setup
	o      Options
	now    time.Time
	agenda agenda
	ids    ids
	err    error // the first that the store returned: nothing can be relied on after it

	nodes  []*node
	lines  map[string]*line
	phones map[phone.Number]*ringer // that ring or talk
	tries  map[phone.Number]int     // calls to a number so far
	places map[string]*time.Location
	tally  *tally
	hall   *hall
	ours   []campaigns.Campaign // that were created
}

// worlds counts those of this process, so that each has a database.
var worlds atomic.Int64

// New makes the tables and starts the campaigns and one node, "one".
func New(ctx context.Context, s Setup, o Options) (*World, error) {
	s, o = s.withDefaults(), o.withDefaults()
	if err := s.check(); err != nil {
		return nil, err
	}
	if o.Name == "" {
		o.Name = fmt.Sprintf("rehearsal %d", worlds.Add(1))
	}
	w := &World{
		ctx: context.WithoutCancel(ctx), cause: func() error { return context.Cause(ctx) }, setup: s, o: o, now: s.Start, lines: map[string]*line{}, phones: map[phone.Number]*ringer{},
		tries: map[phone.Number]int{}, places: map[string]*time.Location{}, tally: newTally(s.Start),
	}
	w.ids = ids{seed: o.Seed, now: func() time.Time { return w.now }}
	for _, t := range s.Trunks {
		w.lines[t.Name] = &line{Trunk: t}
	}
	w.hall = newHall(w)
	_, err := w.AddNode("one")
	if err != nil {
		return nil, err
	}
	if err = w.prepare(w.nodes[0].store); err != nil {
		w.Close()
		return nil, fmt.Errorf("prepare the rehearsal: %w", err)
	}
	if o.Lease == 0 {
		err = w.nodes[0].store.Group(groupOf)
	}
	return w, err
}

// groupOf is how many writes share a transaction where nothing is to go wrong.
const groupOf = 2000

// prepare fills the tables.
func (w *World) prepare(s *store.Store) error {
	for _, f := range w.setup.Flows {
		if _, err := s.AddFlow(w.ctx, f.Name, f.Text, w.now); err != nil {
			return err
		}
	}
	for _, l := range w.setup.Lists {
		if _, err := s.ImportCustomers(w.ctx, l.Name, l.Customers, store.ImportOptions{Now: w.now}); err != nil {
			return err
		}
	}
	for _, e := range w.setup.DoNotCall {
		if err := s.AddDoNotCall(w.ctx, e); err != nil {
			return err
		}
	}
	for _, c := range w.setup.Campaigns {
		if c.ID != "" {
			w.ids.fixed = append(w.ids.fixed, string(c.ID))
		}
		made, err := s.CreateCampaign(w.ctx, c.Definition, w.now)
		if err != nil {
			return err
		}
		if made, err = s.Start(w.ctx, made.ID, w.now); err != nil {
			return err
		}
		w.ours = append(w.ours, made)
	}
	return nil
}

// Close gives the database up.
func (w *World) Close() error {
	var err error
	for _, n := range w.nodes {
		if n.store != nil {
			err = n.store.Close()
		}
	}
	return err
}

// First is the node that New has made.
func (w *World) First() *Node { return &Node{w.nodes[0]} }

// Now is the rehearsal's time.
func (w *World) Now() time.Time { return w.now }

// Store is the tables, as the latest node has them open.
func (w *World) Store() *store.Store { return w.nodes[len(w.nodes)-1].store }

// Campaigns are those that were started.
func (w *World) Campaigns() []campaigns.Campaign { return w.ours }

// At has f called when its time has come.
func (w *World) At(t time.Time, f func()) {
	if t.Before(w.now) {
		t = w.now
	}
	w.agenda.add(t, f)
}

// Run lets time pass until all campaigns are finished, or until it is enough.
func (w *World) Run() error {
	for _, n := range w.nodes {
		n.start()
	}
	for steps := 0; w.err == nil; steps++ {
		next, some := w.agenda.next()
		if !some || next.at.After(w.setup.Until) {
			break
		}
		w.now = next.at
		next.do()
		if steps%256 == 0 {
			w.o.Step(len(w.tally.touched))
			w.fail(w.cause())
		}
	}
	for _, c := range w.hall.clerks {
		w.tally.worked(c.told, c.since, w.now)
	}
	for _, n := range w.nodes {
		w.fail(n.store.Flush())
	}
	return w.err
}

// fail notes that the rehearsal is worth nothing from here on.
func (w *World) fail(err error) {
	if w.err == nil && err != nil {
		w.err = fmt.Errorf("at %s: %w", w.now.UTC().Format(time.RFC3339), err)
	}
}

// tell passes on what happened.
func (w *World) tell(ev Event) {
	ev.At = w.now
	w.tally.note(ev)
	w.o.Watch(ev)
}
