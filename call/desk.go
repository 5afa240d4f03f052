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
// moves. It may be used by many goroutines at once, each on its own call.
type Desk struct {
	keep Keeper
	dir  Directory
	o    Options

	mu   sync.Mutex
	live map[string]*conversation
}

// conversation is a call whose line is on this node. Nobody else can go on with
// it, so only what must outlive the node is committed.
type conversation struct {
	rec    Record // as it stands in memory
	stored int    // the seq that the keeper holds
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

// open begins the conversation of a call and stores it. The record that it
// returns holds the flow's first state.
func (d *Desk) open(ctx context.Context, rec Record) (Record, error) {
	flow, err := d.dir.Flow(ctx, rec.FlowHash)
	if err != nil {
		return rec, fmt.Errorf("find the flow of call %s: %w", rec.ID, err)
	}
	rec.State = flow.Begin(party(rec.Info))
	if err := d.keep.OpenCall(ctx, rec); err != nil {
		return rec, fmt.Errorf("open call %s: %w", rec.ID, err)
	}
	return rec, nil
}

// hold keeps the call's state in memory for as long as its line is here.
func (d *Desk) hold(rec Record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.live[rec.ID] = &conversation{rec: rec, stored: rec.Seq}
}

// release forgets a call whose line is gone.
func (d *Desk) release(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.live, id)
}
