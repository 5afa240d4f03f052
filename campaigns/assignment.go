package campaigns

import (
	"time"

	"careline/phone"
)

// Assignment is a customer of a preview campaign whom an agent has taken, so that no
// colleague gets the same, and what comes of it.
type Assignment struct {
	ID       string // UUIDv7
	Agent    string
	Campaign ID
	Contact  ContactID
	State    AssignmentState
	Number   phone.Number // to be called; empty: the customer's next
	Attempt  AttemptID    // the latest; empty: none was made
	Told     string       // how it stands, in words
	Note     string       // of the agent
	Result   Disposition  // that the agent gave it; empty: none
	TakenAt  time.Time
	Changed  time.Time
	OverAt   time.Time // zero while the agent has it
}

// AssignmentState is how far an agent has come with a customer.
type AssignmentState string

// The states of an assignment.
const (
	CustomerTaken   AssignmentState = "taken"   // the agent looks at the customer's card
	CustomerAsked   AssignmentState = "asked"   // the customer shall be called
	CustomerRinging AssignmentState = "ringing" // the agent's phone rings
	CustomerDialing AssignmentState = "dialing" // the customer is called
	CustomerTalking AssignmentState = "talking" // the customer has answered
	CustomerEnded   AssignmentState = "ended"   // the call is over; the agent writes down what came of it
	CustomerDone    AssignmentState = "done"    // the agent has
	CustomerSkipped AssignmentState = "skipped" // the agent has given the customer back
	CustomerLapsed  AssignmentState = "lapsed"  // nothing was done for long, and the customer went back
)

// Calls tells whether a call is being placed, or is up.
func (s AssignmentState) Calls() bool {
	return s == CustomerAsked || s == CustomerRinging || s == CustomerDialing || s == CustomerTalking
}

// Conclusion is what an agent says came of a customer.
type Conclusion struct {
	Disposition Disposition       // how it ended, where the agent knows better than the network; empty: as the network said
	Results     map[string]string // answers, by result
	Categories  map[string]string // what they mean, by result
	Note        string
	Again       time.Time // the customer shall be called again then; zero: as the campaign has it
	Done        bool      // the customer shall not be called again by the campaign
}
