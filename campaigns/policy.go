package campaigns

import (
	"time"

	"careline/phone"
)

// Inputs is all that decides whether a contact may be called now. BeginAttempt
// reads it inside the transaction that inserts the attempt, and keeps it with
// the attempt.
type Inputs struct {
	Campaign     State
	Definition   Definition
	Contact      ContactState
	Claimed      bool // by this node, and not lapsed
	Number       phone.Number
	Zones        []string // IANA names of where the contact may be; empty means unknown
	Attempts     int      // made on the contact so far
	Due          time.Time
	DoNotCall    string       // why the number or customer is on a do-not-call list; empty when it is not
	HeldOut      bool         // drawn for comparison: see IsHeldOut
	Open         bool         // an attempt on the number has not ended, in any campaign
	RecentStarts []time.Time  // starts of attempts on the number in the last 24 h, over all campaigns, that count: see Disposition.Counts
	Allowed      bool         // the trunk's destination allow-list permits the number
	Barred       string       `json:",omitempty"` // why it does not
	Capped       string       `json:",omitempty"` // which bound of the trunk's day is used up; empty: none
	CallerID     phone.Number // that the callee would see; empty: the trunk owns none of the campaign's
}

// Check is one rule and how it came out.
type Check struct {
	Rule   string `json:"rule"`
	Passed bool   `json:"passed"`
	Detail string `json:"detail,omitempty"`
}

// Verdict is the decision of the contact policy, with its reasons. A contact
// that is not allowed waits until Next, or becomes State; where neither is set
// it is left as it is, since it is not this node's to change.
type Verdict struct {
	Allowed bool         `json:"allowed"`
	Checks  []Check      `json:"checks"`
	Next    time.Time    `json:"next,omitzero"`   // when held for now: earliest next look; zero when held for good
	State   ContactState `json:"state,omitempty"` // when held for good: what the contact becomes
}
