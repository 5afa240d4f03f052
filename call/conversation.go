package call

import (
	"context"

	"careline/ivr"
)

// conversation is a call on its way through its flow.
type conversation struct {
	turn   chan struct{} // full while a step is under way: one at a time
	held   bool          // its line is on this node, so only what must outlive the node is committed
	flow   *ivr.Flow     // nil until looked up; a held one does not need the directory any more
	rec    Record        // as it stands in memory
	stored int           // the seq that the keeper holds
}

// newConversation goes on with a call as it is kept.
func newConversation(rec Record) *conversation {
	return &conversation{turn: make(chan struct{}, 1), rec: rec, stored: rec.Seq}
}

// begin waits until no other step is under way.
func (c *conversation) begin(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// end lets the next step begin.
func (c *conversation) end() { <-c.turn }

// accept moves the conversation in memory.
func (c *conversation) accept(s Step) {
	c.rec.State, c.rec.Seq, c.rec.Actions = s.State, s.Seq, s.Actions
}
