package twilio

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
)

// Of a caller's sound on its way here.
const (
	legTime  = 20 * time.Second // until it is here, from when it is asked for
	legRing  = 10               // seconds that Twilio tries
	legTries = 2
)

var (
	errNoSound   = errors.New("no address of ours is set for callers' sound (webhooks.sip)")
	errNoLeg     = errors.New("the caller's sound did not come")
	errMovedOn   = errors.New("the caller's flow has moved on")
	errBusyAgent = errors.New("the agent's telephone is busy")
	errNoAgent   = errors.New("the agent's telephone was not answered, or by nobody who takes the caller")
)

// media brings the caller's sound to this node, once.
func (s *caller) media(ctx context.Context) (call.Leg, error) {
	select {
	case s.bring <- struct{}{}:
		defer func() { <-s.bring }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.mu.Lock()
	leg := s.sound
	s.mu.Unlock()
	if leg != nil && !isGone(leg) {
		return leg, nil
	}
	if s.c.opt.Legs == nil || s.c.opt.SIP == "" {
		return nil, errNoSound
	}
	var err error
	for range legTries {
		if leg, err = s.fetch(ctx); err == nil || ctx.Err() != nil || errors.Is(err, errMovedOn) || isOver(err) {
			break
		}
		s.c.log.Warn("caller's sound not here yet", "call_id", s.id, "trunk", s.t.Name, "err", err)
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sound, s.talked = leg, true
	return leg, nil
}

// fetch has Twilio send the caller's sound here, by a secret that opens the door
// once.
func (s *caller) fetch(ctx context.Context) (call.Leg, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	expecting, enough := context.WithCancel(ctx)
	defer enough()
	token := newToken()
	arrived, err := s.c.opt.Legs.ExpectLeg(expecting, call.Expected{
		Secret: token, From: s.c.opt.Sources, Within: legTime, Serves: s.id,
		Info: call.Info{ID: uuid.Must(uuid.NewV7()).String(), Trunk: s.t.Name},
	})
	if err != nil {
		return nil, fmt.Errorf("expect a caller's sound: %w", err)
	}
	k := s.connect(dialVerb{Timeout: legRing, CallerID: s.own, Nouns: []any{sipNoun{URI: s.c.address(token)}}})
	if err = s.push(ctx, s.c.queueURL(s.t, s.id, s.seq, kindLeg)); err == nil {
		select {
		case leg, ok := <-arrived:
			if ok {
				return leg, nil
			}
			err = errNoLeg
		case kind := <-k.parted:
			err = fmt.Errorf("%w: Twilio says %s", errNoLeg, kind)
		}
	}
	s.disconnect(k)
	return nil, err
}

func isGone(l call.Leg) bool {
	select {
	case <-l.Done():
		return true
	default:
		return false
	}
}

// address is our SIP address by a name.
func (c *Carrier) address(name string) string {
	return "sip:" + name + "@" + strings.TrimPrefix(c.opt.SIP, "sip:")
}

// ready waits until the caller can be given another document, and makes sure that
// their flow still waits: another node may have moved it on.
func (s *caller) ready(ctx context.Context) error {
	if err := s.settled(ctx); err != nil {
		return err
	}
	rec, err := s.c.moved(ctx, s.id, -1, ivr.Event{})
	if err == nil && (rec.Seq != s.seq || rec.Ending != "") {
		s.goesOn()
		s.gone()
		return errMovedOn
	}
	return err
}

// connect makes the document that connects the caller.
func (s *caller) connect(d dialVerb) *link {
	d.Limit, d.Action, d.Method = wholeSeconds(s.t.TimeLimit), s.c.queueURL(s.t, s.id, s.seq, kindLeft), "POST"
	k := &link{verb: d, parted: make(chan ivr.EventKind, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link = k
	return k
}

// disconnect takes that document back.
func (s *caller) disconnect(k *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == k {
		s.link = nil
	}
}

// bridge has Twilio call an agent's number and connect the two, where the call
// and the number's trunk are of one account.
func (s *caller) bridge(ctx context.Context, o call.Order, joined func(at time.Time)) error {
	t := s.c.trunks[o.Trunk]
	if t == nil || t.AccountSID != s.t.AccountSID {
		return call.ErrNoBridge
	}
	s.mu.Lock()
	here := s.sound != nil
	s.mu.Unlock()
	if here { // they have talked with somebody here
		return call.ErrNoBridge
	}
	if why := t.Allow.Refuses(o.Number); why != "" {
		return notPlaced("trunk %s does not permit the destination: %s", t.Name, why)
	}
	if o.Progress != nil {
		if err := o.Progress(ctx, call.Progress{Stage: call.Sent, At: time.Now()}); err != nil {
			return err
		}
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	k := s.connect(dialVerb{
		Timeout: min(max(wholeSeconds(o.Ring), shortestRing), longestRing), CallerID: t.shown(s.own),
		Nouns: []any{numberNoun{URL: s.c.queueURL(s.t, s.id, s.seq, kindAsked), Method: "POST", Number: string(o.Number)}},
	})
	s.mu.Lock()
	k.taken = make(chan time.Time, 1)
	s.mu.Unlock()
	defer s.disconnect(k)
	if err := s.push(ctx, s.c.queueURL(s.t, s.id, s.seq, kindLeg)); err != nil {
		return err
	}
	return s.talk(ctx, o, k, joined)
}

// bridgeGrace is how much longer than it may ring an agent's telephone may take
// until Twilio has told what came of it.
const bridgeGrace = 30 * time.Second

// talk waits until an agent who was called by Twilio has talked with the caller.
func (s *caller) talk(ctx context.Context, o call.Order, k *link, joined func(at time.Time)) error {
	late := time.NewTimer(o.Ring + bridgeGrace)
	defer late.Stop()
	for up := false; ; {
		select {
		case at := <-k.taken:
			joined(at)
			up = true
			late.Stop()
		case kind := <-k.parted:
			return notTaken(kind, up)
		case <-late.C:
			return &call.Failure{Disposition: campaigns.NotKnown, Sent: true, Evidence: campaigns.Evidence{Text: "Twilio has not told what came of it"}}
		case <-ctx.Done():
			if up {
				return nil
			}
			return ctx.Err()
		}
	}
}

// notTaken is why an agent did not talk with a caller; nil where they did.
func notTaken(kind ivr.EventKind, talked bool) error {
	f := &call.Failure{Disposition: campaigns.NoAnswer, Sent: true, Rang: true, Evidence: campaigns.Evidence{Text: errNoAgent.Error()}}
	switch {
	case talked:
		return nil
	case kind == ivr.Busy:
		f.Disposition, f.Evidence.Text = campaigns.Busy, errBusyAgent.Error()
	case kind == ivr.Failed:
		f.Disposition, f.Evidence.Text = campaigns.Failure, "Twilio could not call the agent's telephone"
	}
	return f
}
