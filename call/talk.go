package call

import (
	"time"

	"careline/campaigns"
)

// Talk is one time that a caller waited for an agent, and what came of it.
type Talk struct {
	ID         string // UUIDv7
	CallID     string // the caller's call
	AgentCall  string // the call to the agent's phone; empty when none was reached
	Queue      string
	Campaign   campaigns.ID
	Contact    campaigns.ContactID
	Agent      string // who took it; empty when nobody did
	KnownAgent bool   // Agent is the customer's own
	Outcome    string // an ivr.EventKind: connected, timeout, full, failed, hungup
	WaitedFrom time.Time
	JoinedAt   time.Time // zero when never joined
	EndedAt    time.Time // zero while waiting or talking
}
