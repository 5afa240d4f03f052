package twin

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Run serves until ctx ends.
func (s *Scripts) Run(ctx context.Context, take func(ctx context.Context, a Arrival)) error {
	var calls sync.WaitGroup
	defer calls.Wait()
	for {
		select {
		case a := <-s.desk:
			calls.Go(func() {
				take(ctx, a)
				a.leave(http.StatusServiceUnavailable) // where nobody has decided about it
			})
		case <-ctx.Done():
			return nil
		}
	}
}

// Dial calls somebody.
func (s *Scripts) Dial(ctx context.Context, d Dialing) (Party, error) {
	sc := s.scriptOf(d)
	if sc.Rings >= 0 {
		if !after(ctx, s.pace(sc.Rings)) {
			return nil, givenUp()
		}
		if d.Ringing != nil {
			d.Ringing()
		}
	}
	if sc.Never {
		<-ctx.Done()
		return nil, givenUp()
	}
	if !after(ctx, s.pace(sc.Answer)) {
		return nil, givenUp()
	}
	if sc.Status != 0 {
		return nil, &UnansweredError{Status: sc.Status, Text: "refused"}
	}
	return newActor(s, sc), nil
}

func (s *Scripts) scriptOf(d Dialing) Script {
	if isSIP(d.To) {
		return s.o.SIP(d)
	}
	s.mu.Lock()
	s.calls[d.To]++
	nth := s.calls[d.To]
	s.mu.Unlock()
	return s.o.Person(d.To, nth)
}

func givenUp() *UnansweredError { return &UnansweredError{Status: 487, Text: "Request Terminated"} }

func (s *Scripts) pace(d time.Duration) time.Duration {
	return time.Duration(float64(d) / s.o.Speed)
}

// Call lets the person behind a number call one of the twin's, and returns when
// the call is over: an *UnansweredError where it was not answered. When ctx ends the
// person hangs up.
func (s *Scripts) Call(ctx context.Context, from, to string, sc Script) error {
	a := &arriving{s: s, from: from, to: to, script: sc, gone: make(chan struct{})}
	select {
	case s.desk <- a:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-a.gone:
	case <-ctx.Done():
		a.leave(http.StatusRequestTimeout)
		return context.Cause(ctx)
	}
	if a.status != 0 {
		return &UnansweredError{Status: a.status, Text: "refused"}
	}
	return nil
}

// arriving is a call from a scripted person. It is an Arrival.
type arriving struct {
	s        *Scripts
	from, to string
	script   Script
	gone     chan struct{} // closed when the call is over, or was refused

	mu     sync.Mutex
	over   bool
	party  *actor
	status int // that has refused it; written before gone is closed
}

func (a *arriving) From() string          { return a.from }
func (a *arriving) To() string            { return a.to }
func (a *arriving) Done() <-chan struct{} { return a.gone }
func (a *arriving) Reject(status int)     { a.leave(status) }

// Answer takes the call.
func (a *arriving) Answer(context.Context) (Party, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return nil, ErrHungUp
	}
	a.party = newActor(a.s, a.script)
	a.party.left = func() { a.leave(0) }
	return a.party, nil
}

// leave ends the call: with a status where it was not answered.
func (a *arriving) leave(status int) {
	a.mu.Lock()
	party := a.party
	if !a.over {
		a.over = true
		if party == nil {
			a.status = status
		}
		close(a.gone)
	}
	a.mu.Unlock()
	if party != nil {
		party.Hangup()
	}
}
