package dialer

import (
	"time"

	"careline/campaigns"
	"careline/phone"
)

// EventKind names what happened to an attempt or a campaign.
type EventKind string

// What a Dialer reports.
const (
	Begun    EventKind = "begun"    // an attempt is committed; its INVITE is about to leave
	Ringing  EventKind = "ringing"  // it rings
	Answered EventKind = "answered" // it was answered
	Ended    EventKind = "ended"    // it is over; Disposition says how
	Held     EventKind = "held"     // the contact policy did not allow it; Rule says why
	Finished EventKind = "finished" // the campaign has no contact left to call
)

// Event is one thing that happened. The fields after Campaign are empty where
// Kind is Finished.
type Event struct {
	Kind     EventKind
	At       time.Time
	Campaign campaigns.Campaign

	Attempt     campaigns.AttemptID
	Contact     campaigns.Contact
	Number      phone.Number
	Trunk       string
	Ordinal     int                   // 1 is the first attempt on the contact
	Try         int                   // above 1 where another trunk is tried within the attempt
	Disposition campaigns.Disposition // of Ended
	Evidence    campaigns.Evidence    // of Ended
	Rule        string                // of Held: the first rule that failed
}

// Status is what a Dialer is doing.
type Status struct {
	Dialing   bool          // new calls are placed when there are any
	Why       string        // why not; empty while Dialing
	Leased    bool          // the node has its lease
	Skew      time.Duration // how far this node's clock is ahead of the database's
	Draining  bool          // Run was told to end
	Campaigns int           // running
	Calls     int           // attempts that have not ended
}
