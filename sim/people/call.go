package people

import (
	"context"
	"fmt"
	"time"
)

// Script is what a subscriber does who calls the service.
type Script struct {
	Persona Persona             // "" is drawn, of those who answer
	Keys    map[string]string   // what to do when a label was heard to its end, over the book's choices
	Turns   map[string][]string // what to do at the first time that a label was heard, the second, ...; the last one stays until they tire of it; over Keys
	Talk    time.Duration       // with an agent, from the agent's first sound; 0 is drawn, below 0 leaves the end to the agent
	Longest time.Duration       // hangs up so long after the answer; 0 means Behaviour.LongestCall
	Record  bool                // record this leg
	Codecs  []string            // as Subscriber.Codecs
}

// Call lets the person behind number call the service at to, and returns when
// the call has ended. A call that is refused is no error: see Leg.Status. When
// ctx ends the person hangs up.
func (n *Network) Call(ctx context.Context, number, to string, s Script) (Leg, error) {
	return n.place(ctx, func() (*leg, error) {
		if n.online[number] != nil {
			return nil, fmt.Errorf("call %s from %s: %w", to, number, ErrOnTheLine)
		}
		n.placed[number]++
		m := n.o.caller(n.subscriber(number), n.placed[number], s)
		l, err := n.carrier.place(m, number, to, *n.service.Load())
		if err == nil {
			l.number = number
			n.online[number] = l
		}
		return l, err
	})
}

// place lets the loop begin a call and waits for its end.
func (n *Network) place(ctx context.Context, begin func() (*leg, error)) (Leg, error) {
	var l *leg
	var err error
	if stopped := n.do(ctx, func() { l, err = begin() }); stopped != nil {
		return Leg{}, stopped
	}
	if err != nil {
		return Leg{}, err
	}
	select {
	case <-l.done:
	case <-n.ended:
	case <-ctx.Done():
		n.post(func() { l.leave(time.Now(), "called away") })
		select {
		case <-l.done:
		case <-n.ended:
		}
		err = context.Cause(ctx)
	}
	n.records.mu.Lock()
	defer n.records.mu.Unlock()
	return l.rec.summary(), err
}
