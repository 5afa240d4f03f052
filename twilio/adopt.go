package twilio

import (
	"context"
	"errors"
	"slices"
	"time"

	"careline/call"
	"careline/campaigns"
)

// errDied is why it is not known whether Twilio has taken an adopted call.
var errDied = errors.New("whoever asked Twilio for it is gone")

// takeEvery is how often calls are looked for that nobody else sees to.
const takeEvery = 5 * time.Second

// Adopt has Run see to attempts that another node, or an earlier run of this one,
// has left behind: the calls go on at Twilio, and each attempt is ended when its
// call is over. Attempts by other carriers are left alone.
func (c *Carrier) Adopt(_ context.Context, left []campaigns.Attempt) {
	ours := slices.DeleteFunc(slices.Clone(left), func(a campaigns.Attempt) bool { return a.Leg.Carrier != Name })
	c.mu.Lock()
	c.left = append(c.left, ours...)
	c.mu.Unlock()
	for _, a := range ours {
		if t := c.trunks[a.Trunk]; t != nil { // its lines are taken from now on
			t.adopt(1)
		}
	}
	c.poke()
}

// adoptAll begins to see to what Adopt was given.
func (w *watch) adoptAll(ctx context.Context) {
	w.c.mu.Lock()
	left := w.c.left
	w.c.left = nil
	w.c.mu.Unlock()
	for _, a := range left {
		if a.Contact == "" { // of no campaign: it was placed for somebody who was there
			w.under.Go(func() { w.c.endLeft(ctx, a) })
			continue
		}
		if w.c.following(string(a.ID)) == nil {
			w.under.Go(func() { w.c.adopt(ctx, a) })
		} else if t := w.c.trunks[a.Trunk]; t != nil {
			t.adopt(-1)
		}
	}
}

// adopt sees an attempt of others to its end.
func (c *Carrier) adopt(ctx context.Context, a campaigns.Attempt) {
	t := c.trunks[a.Trunk]
	if t == nil {
		f := unknown(call.Fact{}, "its trunk is not configured any more")
		c.endAttempt(ctx, campaigns.End{Attempt: a.ID, Disposition: f.Disposition, Evidence: f.Evidence, At: time.Now()})
		return
	}
	defer t.adopt(-1)
	h := c.enter(&hosted{
		id: string(a.ID), trunk: t, to: string(a.Number), from: string(a.CallerID), begun: a.BegunAt, ring: ringing,
		fact: call.Fact{Name: a.Leg.CallID, Rang: !a.RingingAt.IsZero(), AnsweredAt: a.AnsweredAt},
	})
	c.log.Info("call taken over", "call_id", h.id, "to", a.Number, "trunk", t.Name)
	p := &placing{hosted: h, c: c, began: a.BegunAt, ringed: !a.RingingAt.IsZero(), unclear: errDied, order: call.Order{
		ID: h.id, Number: a.Number, Trunk: a.Trunk, Leg: a.Leg, Progress: c.marks(a),
	}}
	c.recall(ctx, h)
	searching, enough := context.WithCancel(ctx)
	defer enough()
	go c.search(searching, h)
	line, err := p.await(ctx)
	end := campaigns.End{Attempt: a.ID, Disposition: campaigns.Answered, Evidence: campaigns.Evidence{Status: 200}}
	var failure *call.Failure
	if errors.As(err, &failure) {
		end.Disposition, end.Evidence = failure.Disposition, failure.Evidence
	} else {
		end.Evidence.Text = c.outlast(ctx, line)
		f, _ := h.state()
		end.Reception.Party = answererOf(f.AnsweredBy)
	}
	c.leave(h)
	end.At = time.Now()
	c.endAttempt(ctx, end)
}

// recall takes in what others have heard of a call, and asks the API.
func (c *Carrier) recall(ctx context.Context, h *hosted) {
	facts, err := c.opt.Book.Facts(ctx, []string{h.id})
	for _, f := range facts {
		c.learn(h, f)
	}
	if f, _ := h.state(); err == nil && f.Name != "" && f.Phase != call.Over {
		err = c.look(ctx, h)
	}
	if err != nil && ctx.Err() == nil {
		c.log.Warn("call not looked at", "call_id", h.id, "err", err)
	}
}

// outlast waits until an answered call is over, which it is soon once ctx ends.
// It returns what went wrong.
func (c *Carrier) outlast(ctx context.Context, line call.Line) string {
	l, ok := line.(*Line)
	if !ok {
		return ""
	}
	err := l.Wait(ctx)
	if err != nil && ctx.Err() != nil {
		lasting := context.WithoutCancel(ctx)
		l.Hangup(lasting)
		lasting, cancel := context.WithTimeout(lasting, c.opt.Part)
		defer cancel()
		err = l.Wait(lasting)
	}
	if err != nil {
		c.log.Error("call broke off", "call_id", l.h.id, "err", err)
		return "the conversation broke off"
	}
	return ""
}

// marks notes the stages of an adopted attempt in the ledger.
func (c *Carrier) marks(a campaigns.Attempt) func(ctx context.Context, p call.Progress) error {
	return func(ctx context.Context, p call.Progress) error {
		if p.Stage == call.Up && !a.AnsweredAt.IsZero() {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookTime)
		defer cancel()
		err := c.opt.Ledger.MarkAttempt(ctx, a.ID, p.Stage == call.Up, p.Leg, p.At)
		if errors.Is(err, campaigns.ErrEnded) {
			return err
		}
		if err != nil {
			c.log.Warn("stage not noted", "call_id", string(a.ID), "err", err)
		}
		return nil
	}
}

// endAttempt ends an attempt in the ledger. While that fails it is tried again,
// until ctx ends: then whoever comes next finds it open.
func (c *Carrier) endAttempt(ctx context.Context, e campaigns.End) {
	for wait := closeAgain; ; wait = min(2*wait, longestRest) {
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookTime)
		err := c.opt.Ledger.EndAttempt(asking, e)
		cancel()
		switch {
		case err == nil:
			c.log.Info("attempt ended", "call_id", string(e.Attempt), "disposition", string(e.Disposition))
			return
		case errors.Is(err, campaigns.ErrEnded):
			c.log.Warn("attempt was ended by others", "call_id", string(e.Attempt))
			return
		}
		c.log.Warn("end of an attempt not stored", "call_id", string(e.Attempt), "err", err)
		if !pause(ctx, wait) {
			return
		}
	}
}

// takeOver sees to calls that nobody else sees to: those that came in, by this
// node or by one that is gone, and those that are over but were not closed.
func (w *watch) takeOver(ctx context.Context) {
	c := w.c
	if now := time.Now(); now.Sub(w.taken) >= takeEvery {
		w.taken = now
	} else {
		return
	}
	asking, cancel := context.WithTimeout(ctx, bookTime)
	defer cancel()
	open, err := c.opt.Book.OpenHosted(asking)
	if err != nil && ctx.Err() == nil {
		c.log.Warn("open calls not listed", "err", err)
	}
	for _, f := range open {
		t, incoming := c.trunks[f.Trunk], f.ID == f.Name
		if t == nil || c.following(f.ID) != nil || !incoming && f.Phase != call.Over {
			continue
		}
		h := c.enter(&hosted{id: f.ID, trunk: t, begun: time.Now(), fact: f})
		w.under.Go(func() {
			defer c.leave(h)
			c.outlast(ctx, &Line{c: c, h: h})
		})
	}
}
