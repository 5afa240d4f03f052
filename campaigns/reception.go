package campaigns

import "time"

// Party is who, or what, answered a call.
type Party string

// The parties. Empty means that nobody has decided.
const (
	HumanParty   Party = "human"
	MachineParty Party = "machine" // an answering machine, a mailbox, a fax
)

// Reception is how a callee who answered was received: the evidence that rules
// on abandoned calls ask for. Times that are zero have not come.
type Reception struct {
	Party         Party     `json:"party,omitempty"`
	GreetingEndAt time.Time `json:"greeting_end_at,omitzero"` // the callee's first words were over
	ConnectedAt   time.Time `json:"connected_at,omitzero"`    // an agent's sound was joined
	AbandonedAt   time.Time `json:"abandoned_at,omitzero"`    // no agent came in time
	MessageAt     time.Time `json:"message_at,omitzero"`      // the message in place of one began
	OptedOut      bool      `json:"opted_out,omitempty"`      // asked not to be called again, in this call
}
