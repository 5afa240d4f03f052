package sim

import (
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/phone"
)

// EventKind names what happened in a rehearsal.
type EventKind string

// What a rehearsal reports as it happens.
const (
	Held      EventKind = "held"      // the contact policy did not allow an attempt; Rule says why
	Sent      EventKind = "sent"      // an INVITE left: from now on the phone may ring
	Gone      EventKind = "gone"      // the phone is free again
	Answered  EventKind = "answered"  // a call was answered
	Pressed   EventKind = "pressed"   // a caller pressed Keys at Node
	Agent     EventKind = "agent"     // what an agent does has changed: Presence
	Joined    EventKind = "joined"    // Agent talks with the callee
	Abandoned EventKind = "abandoned" // a person has answered and no agent came in time
	Ended     EventKind = "ended"     // an attempt's row was ended
	Finished  EventKind = "finished"  // a campaign has no contact left to call
	Crashed   EventKind = "crashed"   // a node died
)

// Event is one thing that happened in a rehearsal.
type Event struct {
	Kind        EventKind
	At          time.Time
	Node        string // of the plan; of Pressed, the flow's
	Campaign    campaigns.Campaign
	Contact     campaigns.Contact
	Number      phone.Number
	Attempt     campaigns.AttemptID
	Trunk       string
	Human       bool   // of Answered: a person has
	Clerk       string // of Agent and Joined: the agent
	Presence    agents.Presence
	Mode        campaigns.Mode
	Rule        string // of Held
	Keys        string // of Pressed
	Disposition campaigns.Disposition
}
