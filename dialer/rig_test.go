package dialer_test

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"careline/call"
	"careline/call/calltest"
	"careline/campaigns"
	"careline/dialer"
	"careline/dialer/plan"
	"careline/ivr"
	"careline/phone"
)

// rig is a dialer between a ledger and a carrier, in a bubble of its own time.
type rig struct {
	t       *testing.T
	ledger  *ledger
	carrier *calltest.Carrier
	dialer  *dialer.Dialer
	stop    context.CancelFunc
	done    chan struct{}

	mu     sync.Mutex
	events []dialer.Event
	lost   []campaigns.Attempt
}

// definition is a campaign by the trunks main and spare.
func definition() campaigns.Definition {
	return campaigns.Definition{
		Name: "test", Trunks: []string{"main", "spare"}, CallerID: "10086", RingTimeout: 25 * time.Second, MaxAttempts: 3,
		Retry: map[campaigns.Disposition][]time.Duration{
			campaigns.Busy:       {10 * time.Second, 20 * time.Second},
			campaigns.NoAnswer:   {time.Minute},
			campaigns.Congestion: {30 * time.Second},
			campaigns.NotPlaced:  {30 * time.Second},
		},
	}
}

// trunk is one of 20 lines.
func trunk(name string, perSecond float64) plan.Trunk {
	return plan.Trunk{Name: name, MaxCalls: 20, PerSecond: perSecond, Up: true}
}

// always is a network in which everybody is the same person.
func always(p calltest.Person) func(call.Order) calltest.Person {
	return func(call.Order) calltest.Person { return p }
}

// dials runs a test in a bubble, with a dialer that has not started.
func dials(t *testing.T, person func(o call.Order) calltest.Person, test func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, ledger: newLedger(t), carrier: calltest.NewCarrier(person)}
		r.build(dialer.Options{})
		test(r)
	})
}

// build makes a new dialer, as a new process would.
func (r *rig) build(o dialer.Options) {
	o.Node = "n1"
	o.Trunks = []plan.Trunk{trunk("main", 10), trunk("spare", 10)}
	o.Leg = leg
	o.Notify = r.notify
	o.EndLost = r.endLost
	if o.Allow == nil {
		o.Allow = map[string]phone.Prefixes{"main": {"+86"}, "spare": {"+86"}}
	}
	r.dialer = dialer.New(r.ledger, r.ledger, r.ledger, committed{r}, talker{}, o)
}

// replace makes a dialer that places its calls elsewhere.
func (r *rig) replace(p call.Placer) {
	r.dialer = dialer.New(r.ledger, r.ledger, r.ledger, p, talker{}, dialer.Options{
		Node: "n1", Trunks: []plan.Trunk{trunk("main", 10), trunk("spare", 10)}, Leg: leg,
		Allow: map[string]phone.Prefixes{"main": {"+86"}, "spare": {"+86"}},
	})
}

// replaceBy makes a dialer whose calls are placed, and had, elsewhere.
func (r *rig) replaceBy(p call.Placer, talks dialer.Converser) {
	r.dialer = dialer.New(r.ledger, r.ledger, r.ledger, p, talks, dialer.Options{
		Node: "n1", Trunks: []plan.Trunk{trunk("main", 10)}, Allow: map[string]phone.Prefixes{"main": {"+86"}},
		Leg: func(string, phone.Number) (campaigns.Leg, error) { return campaigns.Leg{Carrier: "cloud"}, nil },
	})
}

func leg(_ string, n phone.Number) (campaigns.Leg, error) {
	return campaigns.Leg{CallID: "id-" + string(n), FromTag: "tag", Branch: "z9hG4bK-1", Target: "sip:" + string(n) + "@carrier"}, nil
}

func (r *rig) notify(ev dialer.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, ev)
}

func (r *rig) endLost(_ context.Context, left []campaigns.Attempt) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = append(r.lost, left...)
	return nil
}

// run starts the dialer.
func (r *rig) run() {
	ctx, stop := context.WithCancel(r.t.Context())
	r.stop, r.done = stop, make(chan struct{})
	go func() {
		defer close(r.done)
		if err := r.dialer.Run(ctx); err != nil {
			r.t.Errorf("Run = %v; want nil", err)
		}
	}()
}

// end tells the dialer to end and waits until it has.
func (r *rig) end() {
	r.stop()
	<-r.done
}

// after waits until so much time has passed and everything has come to rest.
func (r *rig) after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// told returns what was reported.
func (r *rig) told() []dialer.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// kinds returns the kinds of what was reported, in order.
func (r *rig) kinds() []dialer.EventKind {
	events := r.told()
	list := make([]dialer.EventKind, 0, len(events))
	for _, ev := range events {
		list = append(list, ev.Kind)
	}
	return list
}

// committed is the carrier, once it has checked that the row is in the ledger
// before anything leaves.
type committed struct{ r *rig }

func (c committed) Place(ctx context.Context, o call.Order) (call.Line, error) {
	found := false
	for _, a := range c.r.ledger.rows() {
		if string(a.ID) == o.ID && a.EndedAt.IsZero() && reflect.DeepEqual(a.Leg, o.Leg) && a.Number == o.Number {
			found = true
		}
	}
	if !found {
		c.r.t.Errorf("call %s to %s is placed without an open attempt", o.ID, string(o.Number))
	}
	return c.r.carrier.Place(ctx, o)
}

// talker waits until the far end hangs up.
type talker struct{}

func (talker) Converse(ctx context.Context, line call.Line, rec call.Record) error {
	defer line.Hangup(ctx)
	for {
		ev, err := line.Next(ctx)
		if err != nil || ev.Kind == ivr.HungUp {
			return err
		}
	}
}

// broken is a placer that does not keep to the rules.
type broken struct {
	err  error
	sent bool
}

func (b broken) Place(ctx context.Context, o call.Order) (call.Line, error) {
	if b.sent {
		if err := o.Progress(ctx, call.Progress{Stage: call.Sent, At: time.Now(), Leg: o.Leg}); err != nil {
			return nil, err
		}
	}
	return nil, b.err
}
