package switchboard

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
)

// Options tune a Switchboard.
type Options struct {
	Agents []agents.Agent
	Queues []agents.Queue
	Log    *slog.Logger // nil discards

	// Trunk is what calls go by that agents transfer to the outside; empty lets
	// them transfer to colleagues and queues only. Region is the country of
	// numbers in national format.
	Trunk  string
	Region string
	// Leg names the dialog of a call to the outside before it is placed, so that
	// it can be stored. Nil places none.
	Leg func(trunk string, number phone.Number) (campaigns.Leg, error)

	// Confirm is what an agent hears after dialing a feature code. Nil says
	// nothing.
	Confirm func(w agents.Wish) ivr.Prompt

	// Accept is what whoever answers an agent's number is asked before a caller is
	// joined: to press 1. Nil asks nothing, and waits for the key all the same.
	Accept func() ivr.Prompt

	// OnPresence is told what each agent does, at first and whenever that has
	// changed, one at a time; who has asked for a break while talking counts as on
	// break, as no other call is to be placed for them. It must be quick. Nil is
	// told nothing.
	OnPresence func(Status)
}

// Switchboard serves the queues of a node. The zero value is not usable; New
// makes one.
type Switchboard struct {
	phones call.Placer
	ledger Ledger
	o      Options
	log    *slog.Logger
	queues map[string]agents.Queue
	wake   chan struct{} // something has changed that may pair a caller
	later  errands       // entries of the books for which nobody waits but Run

	mu      sync.Mutex
	views   []agents.View // in the order of configuration
	waiting map[string]*waiter
	kept    map[string]string                 // calls that campaigns are placing, each with the queue of which an agent is kept for it
	parties map[campaigns.ContactID]expectant // who waits on the line for a customer
	asides  map[string]*aside                 // by the id of the call that the agent placed

	told   map[string]agents.Presence // what OnPresence was told last
	turns  map[string]chan struct{}   // of the latest entry of a talk that is being stored
	saving map[string]chan struct{}   // full while something is stored of that agent: one after the other
}

// waiter is a caller in a queue.
type waiter struct {
	caller agents.Caller
	offer  chan string   // the agent who shall take the call; buffered
	called bool          // a campaign has called them
	look   chan struct{} // what agents do has changed; of one who was called
}

// New returns a switchboard that rings agents through phones and keeps its
// books in ledger, from which it reads what agents wished before a restart.
func New(ctx context.Context, phones call.Placer, ledger Ledger, o Options) (*Switchboard, error) {
	if err := agents.Check(o.Agents, o.Queues); err != nil {
		return nil, fmt.Errorf("read agents and queues: %w", err)
	}
	s := &Switchboard{
		phones: phones, ledger: ledger, o: o,
		log:     cmp.Or(o.Log, slog.New(slog.DiscardHandler)),
		queues:  make(map[string]agents.Queue),
		wake:    make(chan struct{}, 1),
		waiting: make(map[string]*waiter),
		kept:    make(map[string]string),
		parties: make(map[campaigns.ContactID]expectant),
		told:    make(map[string]agents.Presence),
		asides:  make(map[string]*aside),
		turns:   make(map[string]chan struct{}),
		saving:  make(map[string]chan struct{}),
	}
	for _, q := range o.Queues {
		s.queues[q.Name] = q.WithDefaults()
	}
	for _, a := range o.Agents {
		s.saving[a.Name] = make(chan struct{}, 1)
		s.views = append(s.views, agents.View{Agent: a, Record: agents.Record{Agent: a.Name, Wish: agents.Break}})
	}
	return s, s.load(ctx)
}

// Run pairs callers and agents until ctx ends. Calls that are joined by then
// end with their lines.
func (s *Switchboard) Run(ctx context.Context) error {
	var saved sync.WaitGroup // apart, as callers do not wait for the books
	defer saved.Wait()
	defer s.later.Wait()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		now := time.Now()
		reserved, next := s.match(now)
		for _, status := range s.news(now) {
			s.o.OnPresence(status)
		}
		for _, name := range reserved {
			saved.Go(func() { s.save(ctx, name) })
		}
		timer.Reset(next)
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-timer.C:
		}
	}
}

// load reads what agents wished before a restart. Their reservations ended with
// the process that made them.
func (s *Switchboard) load(ctx context.Context) error {
	records, err := s.ledger.AgentRecords(ctx)
	if err != nil {
		return fmt.Errorf("read what agents wished: %w", err)
	}
	for _, r := range records {
		if v := s.view(r.Agent); v != nil {
			r.Reserved, r.ReservedAt = "", time.Time{}
			v.Record = r
		}
	}
	return nil
}

// match offers callers to agents and returns who is reserved by that, and how
// long nothing will change by itself.
func (s *Switchboard) match(now time.Time) (reserved []string, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var called, callers []agents.Caller
	for _, w := range s.waiting {
		switch {
		case len(w.offer) > 0 || s.taken(w.caller.ID):
		case w.called:
			called = append(called, w.caller)
		default:
			callers = append(callers, w.caller)
		}
	}
	pairs := agents.Match(now, called, s.views)
	pairs = append(pairs, agents.Match(now, callers, s.keeping(now, pairs))...)
	for _, p := range pairs {
		v := s.view(p.Agent)
		v.Record.Reserved, v.Record.ReservedAt = p.Caller.ID, now
		s.waiting[p.Caller.ID].offer <- p.Agent
		reserved = append(reserved, p.Agent)
	}
	for _, w := range s.waiting {
		w.seeAgain()
	}
	next := agents.NextWake(now, callers, s.views)
	if next.IsZero() {
		return reserved, time.Hour
	}
	return reserved, next.Sub(now)
}

// seeAgain has somebody who was called look whether an agent can still come.
func (w *waiter) seeAgain() {
	select {
	case w.look <- struct{}{}:
	default: // it will look anyway, or has called us
	}
}

// taken tells whether an agent is reserved for the caller. s.mu is held.
func (s *Switchboard) taken(caller string) bool {
	return slices.ContainsFunc(s.views, func(v agents.View) bool { return v.Record.Reserved == caller })
}

// view returns the view of an agent, or nil. s.mu is held.
func (s *Switchboard) view(name string) *agents.View {
	i := slices.IndexFunc(s.views, func(v agents.View) bool { return v.Agent.Name == name })
	if i < 0 {
		return nil
	}
	return &s.views[i]
}

// change alters what is known of an agent and has Run look whom that pairs. It
// reports whether there is such an agent.
func (s *Switchboard) change(name string, f func(v *agents.View)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.view(name)
	if v == nil {
		return false
	}
	f(v)
	s.poke()
	return true
}

// record alters what is known of an agent and stores the record.
func (s *Switchboard) record(ctx context.Context, name string, f func(r *agents.Record)) {
	if s.change(name, func(v *agents.View) { f(&v.Record) }) {
		s.save(ctx, name)
	}
}

// poke has Run look again.
func (s *Switchboard) poke() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// save stores the newest record of an agent. A record that cannot be stored
// changes nothing for callers: the state is in memory, and the log says so.
func (s *Switchboard) save(ctx context.Context, name string) {
	s.saving[name] <- struct{}{}
	defer func() { <-s.saving[name] }()
	s.mu.Lock()
	record := s.view(name).Record
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookTime)
	defer cancel()
	if err := s.ledger.SaveAgent(ctx, record); err != nil {
		s.log.Error("agent's wish not stored", "agent_id", name, "err", err)
	}
}

// bookTime is how long the ledger may take for one entry.
const bookTime = 5 * time.Second
