package dialer

import (
	"context"
	"maps"
	"sync"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/dialer/plan"
)

// Converser holds the conversation of an answered call. A call.Desk is one.
type Converser interface {
	// Converse returns when the call is over: it hangs the line up in any case.
	Converse(ctx context.Context, line call.Line, rec call.Record) error
}

// Dialer places the calls of the running campaigns.
type Dialer struct {
	queue     Queue
	campaigns Campaigns
	node      Node
	placer    call.Placer
	talker    Converser
	o         Options

	turned chan struct{} // has one when a trunk has changed, or its carrier has pushed back
	cut    chan struct{} // closed by HangUp
	once   sync.Once

	mustered chan struct{} // has one when an agent's standing has changed
	asks     chan *ask     // previews to be dialed
	over     chan struct{} // closed when Run has ended

	mu      sync.Mutex
	trunks  map[string]plan.Trunk
	closed  map[string]time.Time // until when a trunk is not used whose day is used up
	pushed  []plan.Event         // that carriers have, of which the plan has to be told
	agents  map[string]standing
	changed map[string]bool // agents of whom the plan has to be told
	status  Status

	standings []campaigns.Standing
}

// New returns a Dialer that does nothing before Run.
//
//nolint:revive // argument-limit: five parts of the world and the options; a struct around them would only rename them
func New(q Queue, c Campaigns, n Node, p call.Placer, t Converser, o Options) *Dialer {
	d := &Dialer{
		queue: q, campaigns: c, node: n, placer: p, talker: t, o: o.withDefaults(),
		turned: make(chan struct{}, 1), cut: make(chan struct{}), trunks: map[string]plan.Trunk{}, closed: map[string]time.Time{},
		mustered: make(chan struct{}, 1), asks: make(chan *ask), over: make(chan struct{}),
		agents: map[string]standing{}, changed: map[string]bool{},
	}
	d.status.Why = "not started"
	for _, trunk := range o.Trunks {
		d.SetTrunk(trunk)
	}
	return d
}

// SetTrunk tells that a trunk is there, or that its limits, or whether it is
// usable, have changed. It may be called at any time.
func (d *Dialer) SetTrunk(t plan.Trunk) {
	d.mu.Lock()
	d.trunks[t.Name] = t
	d.mu.Unlock()
	d.turn()
}

// Status returns what the Dialer is doing.
func (d *Dialer) Status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.status
}

// HangUp ends the running calls now, where Run was told to end and lets them
// finish; otherwise as soon as it is.
func (d *Dialer) HangUp() { d.once.Do(func() { close(d.cut) }) }

// Run dials until ctx ends. From then on it places no new calls; those that
// run may finish within Options.Drain, or until HangUp, and are then hung up.
// It returns when everything that it started has ended.
func (d *Dialer) Run(ctx context.Context) error {
	final, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := newLoop(d, ctx.Done(), stop)
	defer close(d.over)
	l.run(final)
	l.close(final)
	return nil
}

// known returns the trunks as they are.
func (d *Dialer) known() []plan.Trunk {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]plan.Trunk, 0, len(d.trunks))
	for t := range maps.Values(d.trunks) {
		t.Up = t.Up && !d.closed[t.Name].After(time.Now())
		list = append(list, t)
	}
	return list
}

func (d *Dialer) setStatus(s Status) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status = s
}
