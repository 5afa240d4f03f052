package call

import (
	"context"
	"errors"
)

// Hosted is a Line of a call that lives at a carrier, whose flow is moved by the
// carrier's requests, at whichever node they come to: nothing is started on it
// here and nothing heard. A Desk only waits for its end.
type Hosted interface {
	Line
	// Wait waits until the call is over, and has been closed, or until ctx ends.
	// An error says that the call could not be held as it should.
	Wait(ctx context.Context) error
}

// await waits until a hosted call is over. When ctx ends, or the call cannot be
// followed any more, it is hung up.
func (d *Desk) await(ctx context.Context, h Hosted) error {
	err := h.Wait(ctx)
	if err == nil {
		return nil
	}
	lasting := context.WithoutCancel(ctx)
	h.Hangup(lasting)
	if ctx.Err() == nil {
		return err
	}
	lasting, cancel := context.WithTimeout(lasting, closing)
	defer cancel()
	return h.Wait(lasting)
}

// ErrOver is the cause of a step of a call that is over: nothing has changed, and
// nothing will.
var ErrOver = errors.New("the call is over")
