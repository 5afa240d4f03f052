package twilio

import (
	"context"
	"sync"
	"time"

	"careline/call"
)

// callers are those whom this node serves. The zero value is ready to use.
type callers struct {
	under sync.WaitGroup

	mu    sync.Mutex
	now   map[string]*caller // by the call's id
	watch bool               // somebody looks whether they are still there
	ended bool               // nobody is served any more
}

// enter adds a caller, and returns who is served: at the same step another one.
func (l *callers) enter(ctx context.Context, s *caller) *caller {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.now[s.id]
	if was != nil && was.seq >= s.seq {
		return was
	}
	if was != nil {
		was.gone()
	}
	if l.now == nil {
		l.now = make(map[string]*caller)
	}
	l.now[s.id] = s
	if !l.watch && !l.ended {
		l.watch = true
		l.under.Go(func() { s.c.watchCallers(context.WithoutCancel(ctx)) })
	}
	return s
}

// begin begins to serve somebody, unless nobody is any more: then they are left to
// their music, and to the next run.
func (l *callers) begin(serve func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.under.Go(serve)
	}
}

func (l *callers) leave(s *caller) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now[s.id] == s {
		delete(l.now, s.id)
	}
}

// served is who is served at a step of a call, or nil.
func (c *Carrier) served(id string, seq int) *caller {
	c.callers.mu.Lock()
	defer c.callers.mu.Unlock()
	if s := c.callers.now[id]; s != nil && s.seq == seq {
		return s
	}
	return nil
}

// callerLeft ends the wait of a caller whose call is over.
func (c *Carrier) callerLeft(id string) { c.callerMoved(id, mostSeq) }

// callerMoved ends the wait of a caller whose flow has moved on to a step.
func (c *Carrier) callerMoved(id string, seq int) {
	c.callers.mu.Lock()
	s := c.callers.now[id]
	c.callers.mu.Unlock()
	if s == nil || s.seq >= seq {
		return
	}
	s.goesOn()
	s.gone()
}

// watchCallers looks again and again whether callers are still there, of whom
// another node may have heard that they have left, until none is served.
func (c *Carrier) watchCallers(ctx context.Context) {
	beat := time.NewTicker(c.opt.Look)
	defer beat.Stop()
	for range beat.C {
		ids, ok := c.callers.list()
		if !ok {
			return
		}
		asking, cancel := context.WithTimeout(ctx, bookTime)
		facts, err := c.opt.Book.Facts(asking, ids)
		cancel()
		if err != nil {
			c.log.Warn("callers are not looked after", "err", err)
		}
		for _, f := range facts {
			if f.Phase == call.Over {
				c.callerLeft(f.ID)
			}
		}
	}
}

// list is who is served; false where nobody is, and nobody looks any more.
func (l *callers) list() (ids []string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range l.now {
		ids = append(ids, id)
	}
	l.watch = len(ids) > 0
	return ids, l.watch
}

// dismissCallers ends the waits of all callers, as the service ends: Twilio goes
// on with their music, and asks the next run of this node what follows.
func (c *Carrier) dismissCallers() {
	c.callers.mu.Lock()
	c.callers.ended = true
	for _, s := range c.callers.now {
		s.gone()
	}
	c.callers.mu.Unlock()
	c.callers.under.Wait()
}
