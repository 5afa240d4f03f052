package call

import (
	"context"
	"errors"
	"fmt"
	"time"

	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
)

// ErrHungUp is the cause of every wait on a call that is over.
var ErrHungUp = errors.New("call is over")

// ErrNoRefer is the cause of a transfer that the network does not take.
var ErrNoRefer = errors.New("the network takes no transfers")

// ErrNoBridge is the cause of a connection that the caller's carrier does not make.
var ErrNoBridge = errors.New("the carrier does not connect the two by itself")

// Line is one answered call as a flow sees it. Its methods are called from one
// goroutine.
type Line interface {
	// Start begins the line actions of one step, in order, and returns at once.
	// Exactly one event of Next ends the wait.
	Start(ctx context.Context, actions []ivr.Action) error
	// Next waits for the line's next event. Once HungUp was returned it is
	// returned for ever.
	Next(ctx context.Context) (ivr.Event, error)
	// Hangup ends the call now. It may be called more than once, and from any
	// goroutine.
	Hangup(ctx context.Context)
}

// Leg is one side of a call that can be joined to another.
type Leg interface {
	// ID is the call's id.
	ID() string
	// Join relays sound and keys between the two legs until one of them is
	// over or ctx ends. Both legs must be media legs of this node. It does not
	// hang up the leg that remains.
	Join(ctx context.Context, other Leg) error
	// Done is closed when the leg is over.
	Done() <-chan struct{}
	// Hangup ends the leg now.
	Hangup(ctx context.Context)
}

// Waiting is a caller whom a flow has sent to a queue.
type Waiting struct {
	ID       string // the call's id
	Number   phone.Number
	Trunk    string // that the call came or went by
	Campaign campaigns.ID
	Contact  campaigns.ContactID
	Customer campaigns.Customer // as far as known; the zero value otherwise
	Witness  *Witness           // of a campaign's call that has been answered; nil of any other
	// Media brings the caller's sound to this node. On SIP it is there already;
	// a carrier that parks callers elsewhere is asked to send it here.
	Media func(ctx context.Context) (Leg, error)
	// Bridge, where set, has the caller's carrier call a number by itself and
	// connect the two, without their sound coming here. The order's Progress is
	// told before anything is sent, and may refuse. Bridge tells joined when the two
	// are, before it returns; it returns when that is over: nil, or why it did not
	// come about; ErrNoBridge when the carrier does not do it for this order.
	Bridge func(ctx context.Context, o Order, joined func(at time.Time)) error
}

// Queue takes callers for agents, and joins them with others. The switchboard
// is one.
type Queue interface {
	// Serve keeps the caller until an agent has talked with them, until they
	// hang up, or until nobody could be had, and says which: Connected,
	// TimedOut, Full, Failed or HungUp.
	Serve(ctx context.Context, w Waiting, spec ivr.EnqueueSpec) ivr.EventKind
	// Dial calls somebody else and joins the caller with them until one of the
	// two hangs up, and says how that went: Connected, Busy, TimedOut, Failed or
	// HungUp.
	Dial(ctx context.Context, w Waiting, spec ivr.DialSpec) ivr.EventKind
}

// Order asks for an outbound call. Either Number and Trunk are set, or Phone.
type Order struct {
	ID       string // the call's id; an attempt's id where there is one
	Serves   string // the call that this one is for, as a caller's whom an agent is rung for; often none
	Number   phone.Number
	Trunk    string
	Phone    string       // a registered agent's phone, in place of Number and Trunk
	CallerID phone.Number // shown in From
	Display  string       // shown in From beside the number
	Answers  bool         // the phone is asked to answer by itself
	Leg      campaigns.Leg
	Ring     time.Duration // given up after ringing, or silence, so long
	Info     Info          // what the conversation shall know

	// Progress, where set, is told of each stage as it happens, before Place
	// goes on. An error from it gives the call up.
	Progress func(ctx context.Context, p Progress) error
}

// Stage is how far an outbound call has come.
type Stage string

// The stages of an outbound call that is not over yet.
const (
	Sent    Stage = "sent"    // the INVITE has left
	Moved   Stage = "moved"   // a redirect is about to be followed, unless there is an error: Leg names the INVITE that will leave
	Ringing Stage = "ringing" // an 18x came
	Up      Stage = "up"      // a 2xx came; Leg names the whole dialog
)

// Progress is one stage reached.
type Progress struct {
	Stage Stage
	At    time.Time
	Leg   campaigns.Leg
}

// Placer places outbound calls.
type Placer interface {
	// Place returns the answered line, or a *Failure that says how the call
	// ended. When ctx ends first the call is cancelled and its end awaited.
	Place(ctx context.Context, o Order) (Line, error)
}

// Failure is an outbound call that was not answered.
type Failure struct { //nolint:errname // the field says failure
	Disposition campaigns.Disposition
	Evidence    campaigns.Evidence
	Rang        bool // an 18x had come: no other trunk may be tried
	Sent        bool // something was sent
}

// Error says how the call ended.
func (f *Failure) Error() string {
	if f.Evidence.Status == 0 {
		return fmt.Sprintf("call %s: %s", f.Disposition, f.Evidence.Text)
	}
	return fmt.Sprintf("call %s: %d %s", f.Disposition, f.Evidence.Status, f.Evidence.Text)
}

// finalStatus is the lowest SIP status that refuses.
const finalStatus = 300

// MayFailOver tells whether another trunk may be tried: nothing was sent, or the
// trunk refused the call for good without ringing, by its own fault and not by
// the customer's wish.
func (f *Failure) MayFailOver() bool {
	if f == nil || f.Rang || f.Disposition.Counts() {
		return false
	}
	return !f.Sent || f.Evidence.Status >= finalStatus
}

// Incoming is an inbound call that has not been answered.
type Incoming interface {
	// Info says who calls whom.
	Info() Info
	// Answer takes the call. info is Info with what was learnt of the caller
	// since: a queue shall know whom it keeps waiting.
	Answer(ctx context.Context, info Info) (Line, error)
	// Reject refuses it, for the reason given.
	Reject(ctx context.Context, r Rejection)
}

// Rejection is why an inbound call is refused.
type Rejection string

// The reasons to refuse an inbound call; a SIP line answers 404, 403, 486, 503.
const (
	UnknownNumber Rejection = "unknown number"
	Forbidden     Rejection = "forbidden"
	BusyHere      Rejection = "busy"
	Overloaded    Rejection = "overloaded"
)

// Info is what is known of a call's two ends when it starts.
type Info struct {
	ID       string
	From     phone.Number // the far end of an inbound call; may be empty
	To       string       // the number or feature code dialed
	Trunk    string       // the trunk it came or went by
	Phone    string       // the agent whose phone it came from, authenticated; else empty
	Attested string       // what networks say of the caller's right to From, in words; empty where they say nothing
	Campaign campaigns.ID
	Contact  campaigns.ContactID
	Customer campaigns.Customer
	Witness  *Witness `json:"-"` // of a campaign's call, while it lasts; may be nil
}
