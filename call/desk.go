package call

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"

	"careline/ivr"
)

// Options tune a Desk. The zero value is ready to use.
type Options struct {
	// Apology is played before the call is ended because what was said could
	// not be stored. A prompt without pieces plays nothing.
	Apology func(lang string) ivr.Prompt
	Log     *slog.Logger // nil discards
}

// Desk keeps the conversations of a node: it is the only place where a flow
// moves. It may be used by many goroutines at once; steps of one call are taken
// one after the other.
type Desk struct {
	keep Keeper
	dir  Directory
	o    Options

	mu   sync.Mutex
	live map[string]*conversation
}

// NewDesk returns a Desk that keeps its calls in keep and finds flows in dir.
func NewDesk(keep Keeper, dir Directory, o Options) *Desk {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.Apology == nil {
		o.Apology = func(lang string) ivr.Prompt { return ivr.Prompt{Lang: lang} }
	}
	return &Desk{keep: keep, dir: dir, o: o, live: make(map[string]*conversation)}
}

// Live returns how many conversations this node has on its own lines.
func (d *Desk) Live() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.live)
}

// open begins the conversation of a call and stores it.
func (d *Desk) open(ctx context.Context, rec Record) (*conversation, error) {
	c := newConversation(rec)
	if err := d.find(ctx, c); err != nil {
		return c, err
	}
	c.rec.State = c.flow.Begin(party(rec.Info))
	if err := d.keep.OpenCall(ctx, c.rec); err != nil {
		return c, fmt.Errorf("open call %s: %w", rec.ID, err)
	}
	return c, nil
}

// hold keeps the call in memory for as long as its line is here.
func (d *Desk) hold(c *conversation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.held = true
	d.live[c.rec.ID] = c
}

// held returns a call whose line is here, or nil.
func (d *Desk) held(id string) *conversation {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.live[id]
}

// release forgets a call whose line is gone.
func (d *Desk) release(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.live, id)
}
