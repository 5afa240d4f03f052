package campaigns

import (
	"time"

	"careline/phone"
)

// Inputs is all that decides whether a contact may be called now. BeginAttempt
// reads it inside the transaction that inserts the attempt, and keeps it with
// the attempt.
type Inputs struct {
	Campaign   State
	Definition Definition
	Terms      *Terms `json:"-"`          // what the definition and its packs ask; nil: Evaluate asks them, with the calendars that ship
	Amiss      string `json:",omitempty"` // why they cannot be asked
	Contact    ContactState
	Claimed    bool // by this node, and not lapsed
	Number     phone.Number
	Zones      []string // IANA names of where the contact may be; empty means unknown
	Attempts   int      // made on the contact so far
	Due        time.Time
	Expires    time.Time `json:",omitzero"` // the contact's own time is over then; zero: never

	DoNotCall   string  // why a number of the customer, or the customer, is on a do-not-call list; empty when none is
	Consent     Consent `json:",omitempty"` // the strongest on record that no refusal has ended: see Consented
	Proof       string  `json:",omitempty"` // of the consent, or why there is none
	Residential bool    `json:",omitempty"` // the line is a home's own, as the list says

	HeldOut   bool      // drawn for comparison: see IsHeldOut
	Open      bool      // a call to any number of the customer has not ended, in any campaign
	Recent    []Past    `json:",omitempty"` // calls to the customer within the longest window that a rule counts over
	Abandoned time.Time `json:",omitzero"`  // when the latest call to the customer was abandoned, within the longest rest
	Reserved  bool      `json:",omitempty"` // an agent waits for this very call
	Local     bool      `json:",omitempty"` // the trunk ends on this machine and reaches nobody: phones may ring shortly

	Allowed  bool         // the trunk's destination allow-list permits the number
	Barred   string       `json:",omitempty"` // why it does not
	Capped   string       `json:",omitempty"` // which bound of the trunk's day is used up; empty: none
	CallerID phone.Number // that the callee would see; empty: the trunk owns none of the campaign's
}

// Past is a call that was placed to a customer and counts: see
// Disposition.Counts.
type Past struct {
	At     time.Time `json:"at"`
	Number bool      `json:"number,omitempty"` // by the number that is to be called
	Own    bool      `json:"own,omitempty"`    // of the same contact
	Talked time.Time `json:"talked,omitzero"`  // when a person answered, or where that is not told anybody; zero: nobody did
}

// Check is one rule and how it came out.
type Check struct {
	Rule   string    `json:"rule"`
	Passed bool      `json:"passed"`
	Detail string    `json:"detail,omitempty"`
	Next   time.Time `json:"next,omitzero"`    // when the rule alone would let the contact through; zero where it passed, or time does not tell
	Source string    `json:"source,omitempty"` // the law that it carries out, as packs cite it
}

// Verdict is the decision of the contact policy, with its reasons. A contact
// that is not allowed waits until Next, or becomes State; where neither is set
// it is left as it is, since it is not this node's to change.
type Verdict struct {
	Allowed bool         `json:"allowed"`
	Checks  []Check      `json:"checks"`
	Next    time.Time    `json:"next,omitzero"`   // when held for now: the earliest time that all rules about time permit, or at which the contact's time is over; zero when held for good
	State   ContactState `json:"state,omitempty"` // when held for good: what the contact becomes
}

// Failed returns the check of a rule that did not pass.
func (v Verdict) Failed(rule string) (Check, bool) {
	for _, c := range v.Checks {
		if c.Rule == rule && !c.Passed {
			return c, true
		}
	}
	return Check{}, false
}
