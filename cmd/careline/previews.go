package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/dialer"
	"careline/store"
	"careline/switchboard"
)

// What agents have taken and left goes back after forgotten; it is looked for
// every sweep.
const (
	forgotten = 15 * time.Minute
	sweep     = 30 * time.Second
)

// attend does what agents and supervisors ask by command, until work ends; no
// calls are begun any more once dialing ends.
func (s *service) attend(work, dialing context.Context) error {
	if err := s.store.MendPreviews(work, time.Now()); err != nil {
		s.log.Error("calls for agents not mended", "err", err)
	}
	changes := s.store.Changes(work)
	every := time.NewTicker(sweep)
	defer every.Stop()
	var calls sync.WaitGroup
	defer calls.Wait()
	for {
		s.grantWishes(work)
		if dialing.Err() == nil {
			s.placePreviews(work, &calls)
		}
		select {
		case <-work.Done():
			return nil
		case _, more := <-changes:
			if !more {
				return nil
			}
		case <-every.C:
			if _, err := s.store.LapsePreviews(work, time.Now().Add(-forgotten), time.Now()); err != nil && work.Err() == nil {
				s.log.Error("forgotten customers not given back", "err", err)
			}
		}
	}
}

// grantWishes sets what supervisors ask of agents.
func (s *service) grantWishes(ctx context.Context) {
	wishes, err := s.store.Wishes(ctx)
	if err != nil && ctx.Err() == nil {
		s.log.Error("wishes not read", "err", err)
	}
	for _, w := range wishes {
		s.board.SetWish(ctx, w.Agent, w.Wish, time.Now())
		if err := s.store.GrantWish(ctx, w); err != nil {
			s.log.Error("wish not noted", "agent_id", w.Agent, "err", err)
		}
	}
}

// placePreviews begins the calls that agents have asked for.
func (s *service) placePreviews(ctx context.Context, calls *sync.WaitGroup) {
	asked, err := s.store.AskedPreviews(ctx)
	if err != nil && ctx.Err() == nil {
		s.log.Error("calls for agents not read", "err", err)
	}
	for _, p := range asked {
		if !s.previews.begin(p.Contact) {
			continue // under way
		}
		calls.Go(func() {
			defer s.previews.end(p.Contact)
			(&previewCall{s: s, p: p}).run(ctx)
		})
	}
}

// previewCalls are the calls for agents that are under way, by customer.
type previewCalls struct {
	mu   sync.Mutex
	live map[campaigns.ContactID]chan dialer.Event
}

// begin reports false when the customer is being called for an agent already.
func (c *previewCalls) begin(id campaigns.ContactID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live == nil {
		c.live = map[campaigns.ContactID]chan dialer.Event{}
	}
	if c.live[id] != nil {
		return false
	}
	c.live[id] = make(chan dialer.Event, 64)
	return true
}

func (c *previewCalls) end(id campaigns.ContactID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.live, id)
}

// of are the events of a call; none of one that is not under way.
func (c *previewCalls) of(id campaigns.ContactID) chan dialer.Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.live[id]
}

// tell hands an event to the call that it is about.
func (c *previewCalls) tell(ev dialer.Event) {
	if events := c.of(ev.Contact.ID); events != nil {
		select {
		case events <- ev:
		default:
		}
	}
}

// previewCall is one call for an agent: to the agent's phone, then to the
// customer.
type previewCall struct {
	s *service
	p campaigns.Assignment
}

func (c *previewCall) run(ctx context.Context) {
	contact, err := c.s.store.Contact(ctx, c.p.Contact)
	if err != nil {
		c.s.log.Error("call for an agent not placed", "agent_id", c.p.Agent, "err", err)
		return
	}
	c.tell(ctx, campaigns.CustomerRinging, "", "ringing your phone")
	leg, err := c.s.board.Fetch(ctx, c.p.Agent, contact)
	if err != nil {
		c.giveBack(ctx, phoneTrouble(err))
		return
	}
	free := c.s.board.Expect(context.WithoutCancel(ctx), c.p.Contact, c.p.Agent, leg)
	defer free()
	c.tell(ctx, campaigns.CustomerDialing, "", "calling the customer")
	if contact, err = c.s.store.AdoptPreview(ctx, c.p, c.s.cfg.Node); err != nil {
		c.giveBack(ctx, err.Error())
		return
	}
	id, err := c.s.dialer.Preview(ctx, contact, c.p.Agent)
	if err != nil {
		c.refused(ctx, err)
		return
	}
	c.tell(ctx, campaigns.CustomerDialing, id, "calling "+string(contact.Number))
	c.follow(ctx, id, leg, free)
}

// follow tells how far the call to the customer has come, until it is over.
func (c *previewCall) follow(ctx context.Context, id campaigns.AttemptID, leg call.Leg, free func()) {
	events := c.s.previews.of(c.p.Contact)
	left := leg.Done()
	for {
		select {
		case ev := <-events:
			switch ev.Kind {
			case dialer.Ringing:
				c.tell(ctx, campaigns.CustomerDialing, id, "it rings at the customer's")
			case dialer.Answered:
				c.tell(ctx, campaigns.CustomerTalking, id, "the customer has answered")
			case dialer.Ended:
				free()
				c.tell(ctx, campaigns.CustomerEnded, id, "the call is over: "+string(ev.Disposition))
				return
			case dialer.Begun, dialer.Held, dialer.Finished:
			}
		case <-left:
			left = nil // the call goes on: whoever answers is given to a colleague, or told who has called
		case <-ctx.Done():
			return // the next run mends it
		}
	}
}

// refused tells why the customer is not called.
func (c *previewCall) refused(ctx context.Context, err error) {
	var held *dialer.HeldError
	if errors.As(err, &held) { // the policy has put the customer off
		c.giveBack(ctx, "the customer may not be called: "+held.Error())
		return
	}
	c.giveBack(ctx, "the customer was not called: "+err.Error())
}

// giveBack has the agent keep the customer, unless others have them by now.
func (c *previewCall) giveBack(ctx context.Context, why string) {
	ctx = context.WithoutCancel(ctx)
	if err := c.s.store.ReturnPreview(ctx, c.p, c.s.cfg.Node, why, time.Now()); err != nil && !errors.Is(err, store.ErrNotAllowed) {
		c.s.log.Error("call for an agent not noted", "agent_id", c.p.Agent, "err", err)
	}
}

func (c *previewCall) tell(ctx context.Context, to campaigns.AssignmentState, id campaigns.AttemptID, told string) {
	c.p.State, c.p.Attempt, c.p.Told = to, id, told
	if err := c.s.store.TellPreview(context.WithoutCancel(ctx), c.p, time.Now()); err != nil {
		c.s.log.Warn("call for an agent not noted", "agent_id", c.p.Agent, "err", err)
	}
}

// phoneTrouble says why an agent's phone could not be had.
func phoneTrouble(err error) string {
	var f *call.Failure
	switch {
	case errors.Is(err, switchboard.ErrNotFree):
		return err.Error()
	case errors.As(err, &f):
		return fmt.Sprintf("your phone did not take the call: %s", f.Error())
	default:
		return "your phone could not be called: " + err.Error()
	}
}
