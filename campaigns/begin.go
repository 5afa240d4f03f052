package campaigns

import (
	"time"

	"careline/phone"
)

// Begin asks for an attempt to be opened: for one row of the ledger, that is
// committed before its INVITE leaves.
type Begin struct {
	// Attempt has ID, Campaign, Contact, Number, CallerID, Try, Trunk, Node, Leg
	// and FlowHash set. Try is 1 unless another trunk is tried.
	Attempt  Attempt
	Numbers  []phone.Number // all of the customer's, as claimed: they are locked together; nil: Attempt.Number is the only one
	Allowed  bool           // the trunk's destination allow-list permits the number
	Barred   string         // why it does not
	Cap      Cap            // of the trunk
	Local    bool           // the trunk ends on this machine and reaches nobody
	Reserved bool           // an agent waits for this very call
}

// End says how an attempt ended.
type End struct {
	Attempt     AttemptID
	Disposition Disposition
	Evidence    Evidence
	At          time.Time
	Reception   Reception // of one that was answered
	// Failover tells that another trunk is tried next within the same attempt:
	// the contact stays with this node and is not settled yet.
	Failover bool
}

// Claims is a batch of contacts that a node has claimed, and what is left of
// the campaign beside the node's own claims.
type Claims struct {
	Contacts []Contact
	NextDue  time.Time // when the next pending contact that is not in the batch is due; zero: there is none
	Open     bool      // contacts are being dialed, by any node, so that more may become due
}
