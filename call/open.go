package call

import (
	"context"
	"fmt"
	"time"
)

// Open stores the beginning of an answered call whose line is not here: Advance
// moves it, at whichever node is asked to, and Close ends it. Opening it again
// changes nothing.
func (d *Desk) Open(ctx context.Context, rec Record) error {
	_, err := d.open(ctx, rec)
	return err
}

// Begin opens the conversation of an answered call whose line is here, for who
// moves it by Advance instead of having Converse wait for the line's events: a
// rehearsal, which has no line. Close ends it.
func (d *Desk) Begin(ctx context.Context, rec Record) error {
	c, err := d.open(ctx, rec)
	if err != nil {
		return err
	}
	d.hold(c)
	return nil
}

// Close stores how a call ended that Open or Begin has opened. Closing it
// again changes nothing.
func (d *Desk) Close(ctx context.Context, id string, e Ending, at time.Time) error {
	d.release(id)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	if err := d.keep.CloseCall(ctx, id, e, at); err != nil {
		return fmt.Errorf("close call %s: %w", id, err)
	}
	return nil
}
