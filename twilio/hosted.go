package twilio

import (
	"context"
	"fmt"
	"sync"
	"time"

	"careline/call"
)

// hosted is a call at Twilio that this node sees to the end of.
type hosted struct {
	id      string
	trunk   *trunk
	to      string // of a call that was placed
	from    string
	begun   time.Time
	ring    time.Duration // that it may
	witness *call.Witness // may be nil
	counted bool          // among the trunk's calls

	mu      sync.Mutex
	fact    call.Fact
	heard   time.Time // when there was news, or the API was asked
	ended   bool      // we have asked for its end
	asking  bool      // or ask right now
	left    bool      // nobody waits for its end any more
	changed chan struct{}
}

// state is what is known of the call, and closed when there is more.
func (h *hosted) state() (f call.Fact, changed <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fact, h.changed
}

// learn takes in what was told, and reports whether that is news.
func (h *hosted) learn(f call.Fact, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.fact.With(f)
	if all == h.fact {
		return false
	}
	h.fact, h.heard = all, now
	close(h.changed)
	h.changed = make(chan struct{})
	return true
}

// quiet tells whether nothing was heard of the call for so long that the API
// should be asked, and takes it for asked.
func (h *hosted) quiet(now time.Time, most time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !answered(h.fact) {
		most = h.ring + grace
	}
	if h.fact.Name == "" || h.fact.Phase == call.Over || now.Sub(h.heard) < most {
		return false
	}
	h.heard = now
	return true
}

// grace is how much longer than it may ring a call may be silent that nobody has
// answered, until the API is asked.
const grace = 15 * time.Second

// enter begins to follow a call.
func (c *Carrier) enter(h *hosted) *hosted {
	h.changed, h.heard = make(chan struct{}), time.Now()
	h.fact.ID, h.fact.Trunk = h.id, h.trunk.Name
	c.mu.Lock()
	defer c.mu.Unlock()
	if was := c.calls[h.id]; was != nil {
		return was
	}
	c.calls[h.id] = h
	return h
}

// leave ends that. It may be called more than once.
func (c *Carrier) leave(h *hosted) {
	h.mu.Lock()
	left := h.left
	h.left = true
	h.mu.Unlock()
	if left {
		return
	}
	if h.counted {
		h.trunk.count(-1)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls[h.id] == h {
		delete(c.calls, h.id)
	}
}

// following is a call that this node sees to the end of, or nil.
func (c *Carrier) following(id string) *hosted {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[id]
}

// followed lists them all.
func (c *Carrier) followed() []*hosted {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*hosted, 0, len(c.calls))
	for _, h := range c.calls {
		all = append(all, h)
	}
	return all
}

// told takes what Twilio has said of a call: it is on disk when told returns
// without an error, and whoever waits for the call in this process knows. What
// is returned is all that is known of the call; where its Name is another than
// f's, f is of a call at Twilio that is none of ours.
func (c *Carrier) told(ctx context.Context, f call.Fact) (call.Fact, error) {
	all, err := c.noted(ctx, f)
	c.learn(c.following(f.ID), all) // also what could not be kept
	return all, err
}

// noted does so, but tells nobody in this process yet.
func (c *Carrier) noted(ctx context.Context, f call.Fact) (call.Fact, error) {
	ctx, cancel := context.WithTimeout(ctx, bookTime)
	defer cancel()
	all, err := c.opt.Book.SaveFact(ctx, f)
	if err != nil {
		return f, fmt.Errorf("keep what Twilio says of call %s: %w", f.ID, err)
	}
	return all, nil
}

// learn has a call that is followed take in what was told.
func (c *Carrier) learn(h *hosted, f call.Fact) {
	if h != nil && h.learn(f, time.Now()) && f.Phase == call.Over {
		c.leave(h)
	}
}

// witness is that of a call that this process has placed, or nil.
func (c *Carrier) witness(id string) *call.Witness {
	if h := c.following(id); h != nil {
		return h.witness
	}
	return nil
}
