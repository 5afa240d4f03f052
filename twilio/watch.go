package twilio

import (
	"context"
	"sync"
	"time"
)

// mostLooks is how many calls the API is asked for at once.
const mostLooks = 4

// bookTime is how long the book may take to answer.
const bookTime = 5 * time.Second

// Run sees to the calls until ctx ends. Then it ends those that are left, within
// Options.Part. To let them run to their end call Drain first, and end ctx when
// Trunks tells that none are left.
func (c *Carrier) Run(ctx context.Context) error {
	w := &watch{c: c, slots: make(chan struct{}, mostLooks)}
	defer time.AfterFunc(c.opt.Settle, func() { c.settled.Store(true) }).Stop()
	beat := time.NewTicker(c.opt.Look)
	defer beat.Stop()
	w.under.Go(func() { c.fetchMessages(ctx) })
	for ctx.Err() == nil {
		select {
		case <-beat.C:
			w.hearOthers(ctx)
			w.lookAfter(ctx)
			w.takeOver(ctx)
		case <-c.poked:
		case <-ctx.Done():
		}
		w.adoptAll(ctx)
		w.requeueAll(ctx)
	}
	c.stop(context.WithoutCancel(ctx))
	c.dismissCallers()
	w.under.Wait()
	return nil
}

// watch is what sees to the calls.
type watch struct {
	c     *Carrier
	slots chan struct{} // of requests to the API
	under sync.WaitGroup
	taken time.Time // when calls were taken over last
}

// hearOthers takes in what other nodes have heard of the calls of this one.
func (w *watch) hearOthers(ctx context.Context) {
	c, open := w.c, w.c.followed()
	if len(open) == 0 {
		return
	}
	ids := make([]string, len(open))
	for i, h := range open {
		ids[i] = h.id
	}
	asking, cancel := context.WithTimeout(ctx, bookTime)
	defer cancel()
	facts, err := c.opt.Book.Facts(asking, ids)
	if err != nil {
		if ctx.Err() == nil {
			c.log.Warn("other nodes are not heard of", "err", err)
		}
		return
	}
	for _, f := range facts {
		c.learn(c.following(f.ID), f)
	}
}

// lookAfter asks the API for calls that are too quiet: a callback may be lost.
func (w *watch) lookAfter(ctx context.Context) {
	now := time.Now()
	for _, h := range w.c.followed() {
		select {
		case w.slots <- struct{}{}:
		default:
			return // the others' turn comes
		}
		if !h.quiet(now, w.c.opt.Quiet) {
			<-w.slots
			continue
		}
		w.under.Go(func() {
			defer func() { <-w.slots }()
			if err := w.c.look(ctx, h); err != nil && ctx.Err() == nil {
				w.c.log.Warn("call not looked at", "call_id", h.id, "trunk", h.trunk.Name, "err", err)
			}
		})
	}
}

// poke has Run look at what it was given.
func (c *Carrier) poke() {
	select {
	case c.poked <- struct{}{}:
	default:
	}
}

// stop ends all calls that are left.
func (c *Carrier) stop(ctx context.Context) {
	c.Drain()
	var ends sync.WaitGroup
	for _, h := range c.followed() {
		ends.Go(func() { c.end(ctx, h) })
	}
	ends.Wait()
}

// Drain places no new calls from now on. Those in progress go on.
func (c *Carrier) Drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
}

// takesNone tells whether no new calls are taken.
func (c *Carrier) takesNone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.draining
}
