package campaigns

import "time"

// Begin asks for an attempt to be opened.
type Begin struct {
	Attempt Attempt // ID, Campaign, Contact, Number, CallerID, Trunk, Node, Leg, FlowHash are set; Try is 1 unless another trunk is tried
	Allowed bool    // the trunk's destination allow-list permits the number
}

// End says how an attempt ended.
type End struct {
	Attempt     AttemptID
	Disposition Disposition
	Evidence    Evidence
	At          time.Time
	Failover    bool // another trunk is tried next within the same attempt: the contact stays with this node
}

// Claims is a batch of claimed contacts.
type Claims struct {
	Contacts []Contact
	NextDue  time.Time // when the next pending contact that is not in the batch is due; zero: there is none
	Open     bool      // contacts are being dialed, by any node
}
