package twilio

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"careline/call"
	"careline/ivr"
	"careline/phone"
)

// seqText is a step's number as URLs have it.
func seqText(seq int) string { return strconv.Itoa(seq) }

// caller is somebody at Twilio whom this node serves, for one step of their flow.
type caller struct {
	c     *Carrier
	t     *trunk
	rec   call.Record
	id    string
	sid   string
	seq   int
	own   string // the number of ours that the call has
	music string

	gone   context.CancelFunc // they have hung up, or moved on
	done   chan struct{}      // closed when the queue is through with them
	result ivr.EventKind      // of the queue; written before done is closed
	bring  chan struct{}      // full while their sound is brought here

	mu     sync.Mutex
	sound  call.Leg      // once it is here
	parked chan struct{} // closed when Twilio keeps them with music
	link   *link         // that is being made, or stands
	onward chan struct{} // closed when their flow goes on
	moved  bool          // it does
	talked bool          // they were connected
	asked  int           // webhooks that wait for what becomes of them
}

// link is one connection of a caller: with this node, or with an agent's
// telephone.
type link struct {
	verb   dialVerb
	taken  chan time.Time     // gets when the agent has taken the caller
	parted chan ivr.EventKind // gets how it ended, as Twilio says
}

// serve has the queue serve a caller, once for a step.
func (c *Carrier) serve(ctx context.Context, r *request, rec call.Record, a ivr.Action) *caller {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &caller{
		c: c, t: r.t, rec: rec, id: rec.ID, sid: r.sid, seq: rec.Seq, own: r.own(), gone: cancel, done: make(chan struct{}), bring: make(chan struct{}, 1),
		parked: make(chan struct{}), onward: make(chan struct{}),
	}
	w := s.waiting(rec)
	if a.Enqueue != nil && !w.Witness.Awaits() { // who answers a call of ours is not put on hold
		s.music = a.Enqueue.Music
	}
	if was := c.callers.enter(ctx, s); was != s {
		cancel()
		return was
	}
	r.log.Info("caller waits", "seq", s.seq)
	c.callers.begin(func() {
		defer c.callers.leave(s)
		defer cancel()
		if a.Kind == ivr.Enqueue {
			s.result = c.queueOf().Serve(ctx, w, *a.Enqueue)
		} else {
			s.result = c.queueOf().Dial(ctx, w, *a.Dial)
		}
		close(s.done)
		s.deliver(ctx)
	})
	return s
}

// waiting is the caller as a queue knows them.
func (s *caller) waiting(rec call.Record) call.Waiting {
	number := rec.From
	if rec.Direction == call.Outbound {
		number = phone.Number(rec.To)
	}
	return call.Waiting{
		ID: rec.ID, Number: cmp.Or(number, rec.Customer.Number), Trunk: s.t.Name, Campaign: rec.Campaign, Contact: rec.Contact, Customer: rec.Customer,
		Witness: s.c.witness(rec.ID), Media: s.media, Bridge: s.bridge,
	}
}

// outcome is what the flow is told.
func (s *caller) outcome() ivr.EventKind {
	switch s.result {
	case ivr.HungUp, call.Transferred: // but for the leg that is gone they are still there
		return ivr.Connected
	default:
		return s.result
	}
}

// dismissed tells whether the queue was told to let go of somebody whom it has
// done nothing for, as the service ends: the next run of this node serves them.
func (s *caller) dismissed() bool { return s.result == ivr.HungUp && !s.isTalked() }

// deliver has the caller's flow go on. Where their sound is here that ends, and
// Twilio asks what follows; else it is told to ask, and again where that was lost.
func (s *caller) deliver(ctx context.Context) {
	if ctx.Err() != nil {
		return // they have left, or go on already
	}
	s.mu.Lock()
	leg, asked := s.sound, s.asked > 0
	s.mu.Unlock()
	if leg != nil {
		leg.Hangup(ctx)
	}
	if (leg != nil || asked) && s.goesOnWithin(ctx, soonTime) || s.settled(ctx) != nil {
		return
	}
	// This node has the call's witness, if it has one.
	err := s.push(ctx, s.c.queueURL(s.t, s.id, s.seq, kindQueued+string(s.outcome()))+spoke(s.rec.State.Lang))
	switch {
	case err == nil || ctx.Err() != nil:
	case isOver(err): // they have hung up, and Twilio's word of it is on its way
		s.c.log.Debug("caller has left", "call_id", s.id, "trunk", s.t.Name, "err", err)
	default:
		s.c.log.Error("caller cannot be moved on", "call_id", s.id, "trunk", s.t.Name, "err", err)
	}
}

// isAsked notes a webhook that waits for what becomes of the caller, until over is
// called.
func (s *caller) isAsked() (over func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked--
	}
}

// goesOnWithin reports whether the caller's flow goes on, or they have left, in
// that time.
func (s *caller) goesOnWithin(ctx context.Context, most time.Duration) bool {
	patience := time.NewTimer(most)
	defer patience.Stop()
	select {
	case <-s.onward:
		return true
	case <-ctx.Done():
		return true
	case <-patience.C:
		return false
	}
}

// Bounds of a change of a caller's document.
const (
	pushes    = 6
	pushAgain = 250 * time.Millisecond // at first; twice as long each time
)

// push gives the caller another document by the API, which is tried again while
// they are there: to be told the same twice harms nobody.
func (s *caller) push(ctx context.Context, to string) (err error) {
	wait := pushAgain
	for range pushes {
		if err = s.c.update(ctx, s.t.Name, s.sid, to); err == nil || isOver(err) {
			return err
		}
		s.c.log.Warn("caller's document not changed", "call_id", s.id, "trunk", s.t.Name, "err", err)
		if s.goesOnWithin(ctx, wait) {
			return errors.Join(err, ctx.Err())
		}
		wait *= 2
	}
	return err
}

// isOver tells whether Twilio has refused to change a call since it is over.
func isOver(err error) bool { return is(err, notInProgress) || is(err, notFound) }

// goesOn notes that the caller's flow goes on.
func (s *caller) goesOn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.moved {
		s.moved = true
		close(s.onward)
	}
}

// parking notes that the caller is about to be kept with music.
func (s *caller) parking() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link = nil
	select {
	case <-s.parked:
		s.parked = make(chan struct{})
	default:
	}
}

// isParked notes that they are.
func (s *caller) isParked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.parked:
	default:
		close(s.parked)
	}
}

// parkTime is how long Twilio may take to keep a caller with music before they
// are given another document all the same.
const parkTime = 2 * time.Second

// settled waits until the caller is kept with music: a document that is asked for
// in that very moment could be overtaken by the next.
func (s *caller) settled(ctx context.Context) error {
	s.mu.Lock()
	parked := s.parked
	s.mu.Unlock()
	patience := time.NewTimer(parkTime)
	defer patience.Stop()
	select {
	case <-parked:
	case <-patience.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// connection is the document's verb that connects the caller.
func (s *caller) connection() (dialVerb, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil {
		return dialVerb{}, false
	}
	return s.link.verb, true
}

// parted notes how the caller's connection has ended.
func (s *caller) parted(kind ivr.EventKind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != nil {
		select {
		case s.link.parted <- kind:
		default: // a repeated one
		}
	}
}

// accepted notes that an agent has taken the caller. It reports false where that
// is too late.
func (s *caller) accepted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil || s.link.taken == nil {
		return false
	}
	select {
	case s.link.taken <- time.Now():
		s.talked = true
	default: // a repeated one
	}
	return true
}

// isTalked tells whether the caller was connected.
func (s *caller) isTalked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.talked
}
