package call

import (
	"context"
	"time"

	"careline/ivr"
)

// Begin opens the conversation of an answered call whose line is here, for who
// moves it by Advance instead of having Converse wait for the line's events: a
// rehearsal, which has no line. End ends it.
func (d *Desk) Begin(ctx context.Context, rec Record) error {
	c, err := d.open(ctx, rec)
	if err != nil {
		return err
	}
	d.hold(c)
	return nil
}

// End closes a conversation that Begin has opened.
func (d *Desk) End(ctx context.Context, id string, e Ending, at time.Time) error {
	d.release(id)
	return d.close(ctx, id, e, at)
}

// EndingOf is how a call ended whose line reported HungUp, and told by its side
// how it came to that; through tells whether the flow was. That counts as the
// end, even when the caller did not listen to the farewell: not every carrier
// tells who put the phone down first.
func EndingOf(told Ending, through bool) Ending {
	switch {
	case told == Broken, told == ByService:
		return told
	case through:
		return ByFlow
	case told == ByFlow: // we hung up, but the flow did not ask for it
		return ByService
	default:
		return ByCaller
	}
}

// HangsUp tells whether a step asks for the end of the call.
func HangsUp(actions []ivr.Action) bool {
	return len(actions) > 0 && actions[len(actions)-1].Kind == ivr.Hangup
}
