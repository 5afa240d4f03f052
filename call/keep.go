package call

import (
	"context"
	"errors"
	"time"

	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
)

// ErrStale is the cause of a commit that another step has overtaken.
var ErrStale = errors.New("the call has moved on")

// ErrNoCall is the cause of an error about a call that is not kept.
var ErrNoCall = errors.New("there is no such call")

// Direction is who called whom.
type Direction string

// The directions of a call.
const (
	Inbound  Direction = "inbound"
	Outbound Direction = "outbound"
)

// Record is what is kept of a call.
type Record struct {
	Info
	Direction  Direction
	FlowHash   string // the flow version that it started with, and keeps
	Seq        int    // of the latest step that was committed; 0 before the first
	State      ivr.State
	Actions    []ivr.Action // the line actions of that step, given again to a repeated Advance
	AnsweredAt time.Time
	EndedAt    time.Time // zero while in progress
	Ending     Ending    // empty while in progress
}

// far is the number at the far end: the customer's as it is on the list, else
// the one that the network showed.
func (r Record) far() phone.Number {
	if r.Customer.Number != "" {
		return r.Customer.Number
	}
	return r.From
}

// Ending is how a call came to its end.
type Ending string

// The endings of a call.
const (
	ByCaller   Ending = "far_end"    // the far end hung up
	ByFlow     Ending = "flow"       // the flow was through
	ByService  Ending = "service"    // the service ended it: shutdown, a time limit
	Broken     Ending = "broken"     // no sound any more, or the line failed
	Crashed    Ending = "crashed"    // the node died in the middle of it
	Unsaved    Ending = "unsaved"    // what was said could not be stored
	Unanswered Ending = "unanswered" // the caller left before we could answer
)

// Step is one move of a flow, committed as a whole or not at all.
type Step struct {
	CallID    string
	Was       int // the seq that the store must hold; else ErrStale
	Seq       int // the seq that it holds afterwards; at least Was+1
	State     ivr.State
	Actions   []ivr.Action
	Answers   []campaigns.Answer // the latest answer to a result of a call replaces an earlier one
	OptOuts   []OptOut
	Callbacks []CallbackNote
	At        time.Time
	Hosted    bool `json:",omitempty"` // the call lives at a carrier: it, and its attempt, may have ended already

	Recordings []Recording `json:",omitempty"` // that answers refer to; their sound is on disk, or with the carrier
}

// OptOut is a wish not to be called any more.
type OptOut struct {
	Number   phone.Number
	Campaign campaigns.ID // empty: by any campaign
	CallID   string
	At       time.Time
}

// CallbackNote is a caller who could not be helped and shall be called back by
// a person.
type CallbackNote struct {
	CallID   string
	Number   phone.Number
	Campaign campaigns.ID
	Contact  campaigns.ContactID
	Queue    string
	Agent    string // the customer's own agent, where known
	Reason   string
	At       time.Time
}

// Keeper keeps calls. When a method returns nil, what it was given is on disk.
type Keeper interface {
	// OpenCall keeps a call that begins. A contact that called back on its own is
	// taken off its campaign's dialing for good.
	OpenCall(ctx context.Context, r Record) error
	// LoadCall returns a call as it stands, or ErrNoCall.
	LoadCall(ctx context.Context, id string) (Record, error)
	CommitStep(ctx context.Context, s Step) error
	// CloseCall ends a call. For a contact that called back on its own it also
	// settles what becomes of the contact.
	CloseCall(ctx context.Context, id string, e Ending, at time.Time) error
}

// Route is what answers an inbound call.
type Route struct {
	FlowHash string
	Campaign campaigns.ID        // set when the caller is a contact of the campaign whose number was dialed
	Contact  campaigns.ContactID // likewise
	Customer campaigns.Customer  // the zero value for an unknown caller
}

// ErrNoRoute is returned for a number that nothing answers.
var ErrNoRoute = errors.New("no flow answers this number")

// Directory knows numbers and flows.
type Directory interface {
	// Route says what answers a call to did, or ErrNoRoute.
	Route(ctx context.Context, did string, from phone.Number) (Route, error)
	// Flow returns the flow of that hash, in any version that was ever used.
	Flow(ctx context.Context, hash string) (*ivr.Flow, error)
}
