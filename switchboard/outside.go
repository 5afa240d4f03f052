package switchboard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
)

// defaultOutsideRing is how long a call to the outside rings where nobody says.
const defaultOutsideRing = 30 * time.Second

// errNoOutside is a call to the outside where there is none.
var errNoOutside = errors.New("no trunk is there for calls to the outside")

// Dial calls somebody else for a caller and joins the two. Where that is asked
// for the caller's own network is asked to do it; where it cannot, we do.
func (s *Switchboard) Dial(ctx context.Context, w call.Waiting, spec ivr.DialSpec) ivr.EventKind {
	talk := call.Talk{
		ID: newID(), CallID: w.ID, Campaign: w.Campaign, Contact: w.Contact, WaitedFrom: time.Now(),
		Trunk: cmp.Or(spec.Trunk, w.Trunk, s.o.Trunk),
	}
	number, err := phone.Parse(spec.Number, s.o.Region)
	if err != nil {
		s.log.Error("flow dials what is no number", "call_id", w.ID, "err", err)
		return s.leave(ctx, talk, w, ivr.Failed)
	}
	talk.Number = number
	if spec.Refer {
		if result, done := s.refer(ctx, w, number); done {
			talk.Trunk = ""
			return s.handedOver(ctx, talk, w, result)
		}
	}
	talk, leg, err := s.callOut(ctx, talk, call.Order{Serves: w.ID, Ring: spec.Ring})
	if err != nil {
		return s.leave(ctx, talk, w, outcomeOf(ctx, err))
	}
	talk, result := s.join(ctx, talk, w, outsider(ctx, leg))
	return s.leave(ctx, talk, w, result)
}

// refer asks the caller's network to call number in our place. It reports false
// when the network does not do that.
func (s *Switchboard) refer(ctx context.Context, w call.Waiting, number phone.Number) (result ivr.EventKind, done bool) {
	leg, err := w.Media(ctx)
	m, ok := leg.(call.Mover)
	if err != nil || !ok {
		return "", false
	}
	err = m.Refer(ctx, number)
	switch {
	case errors.Is(err, call.ErrNoRefer):
		return "", false
	case err != nil:
		s.log.Info("caller not taken over by the network", "call_id", w.ID, "err", err)
		return outcomeOf(ctx, err), true
	}
	leg.Hangup(context.WithoutCancel(ctx)) // unless the network has done so
	return call.Transferred, true
}

// handedOver notes how a transfer by the caller's network has ended.
func (s *Switchboard) handedOver(ctx context.Context, talk call.Talk, w call.Waiting, result ivr.EventKind) ivr.EventKind {
	if result != call.Transferred {
		return s.leave(ctx, talk, w, result)
	}
	talk.JoinedAt = time.Now()
	s.leave(ctx, talk, w, result)
	return ivr.HungUp
}

// callOut places the call of a talk to the outside. Its dialog is in the books
// before anything is sent, so that a later run can end what this one leaves.
func (s *Switchboard) callOut(ctx context.Context, talk call.Talk, o call.Order) (call.Talk, call.Leg, error) {
	talk.AgentCall = newID()
	if s.o.Leg == nil || talk.Trunk == "" {
		return talk, nil, errNoOutside
	}
	var err error
	if talk.Leg, err = s.o.Leg(talk.Trunk, talk.Number); err != nil {
		return talk, nil, err
	}
	if err = s.store(ctx, talk); err != nil {
		return talk, nil, fmt.Errorf("store a call to the outside: %w", err)
	}
	o.ID, o.Number, o.Trunk, o.Leg, o.Ring = talk.AgentCall, talk.Number, talk.Trunk, talk.Leg, cmp.Or(o.Ring, defaultOutsideRing)
	o.Info.ID, o.Info.Trunk = o.ID, o.Trunk
	o.Progress = func(ctx context.Context, p call.Progress) error {
		if p.Stage != call.Up {
			return nil
		}
		talk.Leg = p.Leg
		return s.store(ctx, talk)
	}
	leg, err := s.placeLeg(ctx, o)
	return talk, leg, err
}

// placeLeg places a call whose sound comes here, so that it can be joined.
func (s *Switchboard) placeLeg(ctx context.Context, o call.Order) (call.Leg, error) {
	line, err := s.phones.Place(ctx, o)
	if err != nil {
		return nil, err
	}
	leg, ok := line.(call.Leg)
	if !ok {
		line.Hangup(context.WithoutCancel(ctx))
		return nil, errNoLeg
	}
	return leg, nil
}

// outsider is somebody outside who was called.
func outsider(ctx context.Context, leg call.Leg) party {
	return party{leg: leg, free: sync.OnceFunc(func() { leg.Hangup(context.WithoutCancel(ctx)) })}
}

// dispositionOf is how a call ended that was not answered; empty where nobody
// says.
func dispositionOf(err error) campaigns.Disposition {
	var f *call.Failure
	if errors.As(err, &f) {
		return f.Disposition
	}
	return ""
}

// handOver asks the network to connect a caller with somebody outside by itself,
// where the same network carries both; meanwhile they talk through us. taken tells
// whether it has.
func (s *Switchboard) handOver(ctx context.Context, caller call.Leg, p party, asking *sync.WaitGroup) (taken func() bool) {
	m, ok := caller.(call.Mover)
	if p.agent != "" || !ok {
		return func() bool { return false }
	}
	ctx, cancel := context.WithCancel(ctx)
	done, handed := make(chan struct{}), false
	asking.Go(func() {
		defer close(done)
		defer cancel()
		if err := m.HandTo(ctx, p.leg); err == nil {
			handed = true
			caller.Hangup(context.WithoutCancel(ctx)) // unless the network has done so
		}
	})
	asking.Go(func() {
		select {
		case <-p.leg.Done():
			cancel()
		case <-ctx.Done():
		}
	})
	return func() bool {
		if !isOver(caller) {
			cancel() // somebody else has ended it
		}
		<-done
		return handed
	}
}
