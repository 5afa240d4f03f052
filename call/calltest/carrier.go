package calltest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"careline/call"
	"careline/campaigns"
)

// Person says what happens when a number is called.
type Person struct {
	Trying  time.Duration // before anything comes back
	Rings   bool          // an 18x comes then
	Silent  bool          // nothing further happens, until the call is given up
	Ringing time.Duration // from then to the answer, or to the refusal

	// Disposition and Status refuse the call; a zero Status is an answer,
	// unless Disposition is set: then nothing could be sent.
	Disposition campaigns.Disposition
	Status      int

	Stays time.Duration // on the line, before hanging up; 0 is until the other side does
	Keys  []string      // pressed at one gather after the other; none after the last
}

// Dialed is one call that a Carrier was asked for.
type Dialed struct {
	At    time.Time
	Order call.Order
}

// Carrier places calls to people. It is a call.Placer.
type Carrier struct {
	person func(o call.Order) Person

	mu     sync.Mutex
	dialed []Dialed
	up     int
	most   int
}

// NewCarrier returns a Carrier that asks person how each call goes.
func NewCarrier(person func(o call.Order) Person) *Carrier { return &Carrier{person: person} }

// Dialed returns the calls of which an INVITE has left, in order.
func (c *Carrier) Dialed() []Dialed {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.dialed)
}

// Most returns how many calls there were at once at most, ringing or answered.
func (c *Carrier) Most() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most
}

// Place places a call as a SIP trunk would: it tells each stage, gives up after
// the ring time, and cancels when ctx ends.
func (c *Carrier) Place(ctx context.Context, o call.Order) (call.Line, error) {
	p := c.person(o)
	if p.Status == 0 && p.Disposition != "" {
		return nil, &call.Failure{Disposition: p.Disposition, Evidence: campaigns.Evidence{Text: "nothing was sent"}}
	}
	c.enter(o)
	if err := c.ring(ctx, o, p); err != nil {
		c.leave()
		return nil, err
	}
	return newLine(p, c.leave), nil
}

func (c *Carrier) enter(o call.Order) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dialed = append(c.dialed, Dialed{At: time.Now(), Order: o})
	c.up++
	c.most = max(c.most, c.up)
}

func (c *Carrier) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.up--
}

// ring sees the call to its answer.
func (c *Carrier) ring(ctx context.Context, o call.Order, p Person) error {
	patience := time.NewTimer(cmp.Or(o.Ring, time.Minute))
	defer patience.Stop()
	rang := false
	for _, stage := range []struct {
		name  call.Stage
		after time.Duration
		skip  bool
	}{
		{name: call.Sent},
		{name: call.Ringing, after: p.Trying, skip: !p.Rings},
		{name: call.Up, after: p.Ringing},
	} {
		if f := pass(ctx, patience, stage.after, p.Silent && stage.name == call.Up); f != nil {
			f.Rang = rang
			if f.Disposition == campaigns.NoAnswer && !rang {
				f.Disposition = campaigns.NotKnown // nobody has said anything
			}
			return f
		}
		if stage.name == call.Up && p.Status != 0 {
			return &call.Failure{
				Disposition: p.Disposition, Evidence: campaigns.Evidence{Status: p.Status}, Sent: true, Rang: rang,
			}
		}
		if stage.skip || o.Progress == nil {
			continue
		}
		rang = rang || stage.name == call.Ringing
		if err := o.Progress(ctx, call.Progress{Stage: stage.name, At: time.Now(), Leg: reached(o.Leg, stage.name)}); err != nil {
			return &call.Failure{
				Disposition: campaigns.Cancelled, Evidence: campaigns.Evidence{Text: err.Error()}, Sent: true, Rang: rang,
			}
		}
	}
	return nil
}

// pass waits for a stage. It returns why the call is given up before.
func pass(ctx context.Context, patience *time.Timer, d time.Duration, never bool) *call.Failure {
	stage := time.NewTimer(d)
	defer stage.Stop()
	reached := stage.C
	if never {
		reached = nil
	}
	f := &call.Failure{Sent: true}
	select {
	case <-reached:
		return nil
	case <-patience.C:
		f.Disposition = campaigns.NoAnswer
		f.Evidence = campaigns.Evidence{Status: 487, Text: "given up"}
	case <-ctx.Done():
		f.Disposition = campaigns.Cancelled
		f.Evidence = campaigns.Evidence{Status: 487, Text: fmt.Sprint(context.Cause(ctx))}
	}
	return f
}

// reached adds to a leg what a stage makes known.
func reached(leg campaigns.Leg, s call.Stage) campaigns.Leg {
	if s != call.Sent {
		leg.ToTag = "far-" + leg.FromTag
	}
	if s == call.Up {
		leg.Remote = leg.Target
	}
	return leg
}
