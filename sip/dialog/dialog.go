package dialog

import (
	"context"
	"time"

	"careline/campaigns"
)

// Handlers are told what the other side does within a dialog. They may be
// called from any goroutine, one at a time for each kind.
type Handlers struct {
	// Offer answers a new offer of the peer (re-INVITE or UPDATE). A nil offer
	// asks for one of our own. An error refuses it with 488, and the session
	// stays as it was; so does a nil Offer.
	Offer func(ctx context.Context, offer []byte) (answer []byte, err error)
	// Answered is told the peer's answer to an offer that Offer made.
	Answered func(answer []byte)
	// Key is told of a key that came by INFO: 0-9, *, #, A-D.
	Key func(key byte, held time.Duration)
}

// Dialog is a confirmed call: the 2xx and its ACK have passed.
type Dialog struct{}

// Leg names the whole dialog, with To-tag and the peer's Contact where we
// placed the call.
func (d *Dialog) Leg() campaigns.Leg { return campaigns.Leg{} }

// RemoteSDP returns the session description that the peer sent last; nil if it
// never sent one.
func (d *Dialog) RemoteSDP() []byte { return nil }

// Done is closed when the call is over, whoever ended it.
func (d *Dialog) Done() <-chan struct{} { return nil }

// Ending returns how the call ended; it is meant for after Done.
func (d *Dialog) Ending() Ending { return Ending{} }

// Bye ends the call. Done is closed at once; Bye returns when the peer has
// confirmed, or did not within 64*T1 or ctx.
func (d *Dialog) Bye(_ context.Context, _ Reason) error { return nil }

// ReInvite offers a changed session and returns the peer's answer. A refusal
// (*Refused) leaves the session as it was, apart from 408 and 481, which end it.
func (d *Dialog) ReInvite(_ context.Context, _ []byte) (answer []byte, err error) {
	return nil, nil
}

// Ended is what ended a call.
type Ended string

// What ends a call.
const (
	ByRemote Ended = "remote" // the peer sent BYE
	ByUs     Ended = "local"  // we sent BYE
	Vanished Ended = "gone"   // the peer does not know the call any more (481, 408)
)

// Ending is how a call ended.
type Ending struct {
	By     Ended // empty while it lasts
	Reason Reason
	At     time.Time
}

// Reason is a Reason header (RFC 3326): why a call ended.
type Reason struct {
	Q850 int    // cause; 0 is none
	Text string // may be empty
}
