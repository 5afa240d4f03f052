package call

import (
	"time"

	"careline/campaigns"
	"careline/phone"
)

// Transferred is the outcome of a talk whose agent has sent the caller on, or
// whose caller has been taken over by the network.
const Transferred = "transferred"

// Talk is one time that a caller waited for an agent, or for somebody outside who
// was called for them, and what came of it. A caller who is transferred begins a
// new one.
type Talk struct {
	ID         string // UUIDv7
	CallID     string // the caller's call
	AgentCall  string // the call to the agent's phone, or to the outside; empty when none was placed
	Queue      string // empty when the flow dialed
	Campaign   campaigns.ID
	Contact    campaigns.ContactID
	Agent      string        // who took it; empty when nobody did
	KnownAgent bool          // Agent is the customer's own
	From       string        // the talk that the caller was transferred from; empty: none
	Number     phone.Number  // who was called outside, in place of an agent
	Trunk      string        // by which; empty when the caller's own network was asked to (REFER)
	Leg        campaigns.Leg // of that call, so that a later run of this node can end it
	Outcome    string        // an ivr.EventKind, or Transferred
	WaitedFrom time.Time
	JoinedAt   time.Time // zero when never joined
	EndedAt    time.Time // zero while waiting or talking
}
