package calltest

import (
	"context"
	"sync"
	"time"

	"careline/ivr"
)

// Line is the answered call of a Person. It is a call.Line: prompts take no
// time, and each gather gets the next of the person's keys.
type Line struct {
	keys   []string
	events chan ivr.Event
	over   chan struct{}
	once   sync.Once
	leave  func()
}

func newLine(p Person, leave func()) *Line {
	l := &Line{keys: p.Keys, events: make(chan ivr.Event, 1), over: make(chan struct{}), leave: leave}
	if p.Stays > 0 {
		end := time.AfterFunc(p.Stays, l.end)
		go func() {
			<-l.over
			end.Stop()
		}()
	}
	return l
}

// end is the call's end, whoever brings it about.
func (l *Line) end() {
	l.once.Do(func() {
		close(l.over)
		l.leave()
	})
}

// Start does the actions and makes the event that ends the wait.
func (l *Line) Start(_ context.Context, actions []ivr.Action) error {
	if len(actions) == 0 {
		return nil
	}
	last := actions[len(actions)-1].Kind
	if last == ivr.Hangup {
		l.end()
		return nil
	}
	ends := map[ivr.ActionKind]ivr.EventKind{ivr.Play: ivr.Played, ivr.Gather: ivr.Keys, ivr.Enqueue: ivr.Full, ivr.Dial: ivr.Busy, ivr.Record: ivr.Silent}
	ev := ivr.Event{Kind: ends[last]}
	if last == ivr.Gather && len(l.keys) > 0 {
		ev.Keys, l.keys = l.keys[0], l.keys[1:]
	}
	select {
	case l.events <- ev:
	case <-l.over:
	}
	return nil
}

// Next waits for the line's next event.
func (l *Line) Next(ctx context.Context) (ivr.Event, error) {
	ev := ivr.Event{Kind: ivr.HungUp}
	select {
	case <-l.over:
	case ev = <-l.events:
	case <-ctx.Done():
		return ivr.Event{}, context.Cause(ctx)
	}
	ev.At = time.Now()
	return ev, nil
}

// Hangup ends the call.
func (l *Line) Hangup(context.Context) { l.end() }
