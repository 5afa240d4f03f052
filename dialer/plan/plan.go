package plan

import (
	"time"

	"careline/campaigns"
)

// EffectID identifies an effect until its result event has been handed in.
type EffectID uint64

// EffectKind names what shall be done.
type EffectKind string

// The effects. Each yields exactly one result event with its id.
const (
	Claim   EffectKind = "claim"   // lease up to Limit due contacts of Campaign: answered by Claimed
	Place   EffectKind = "place"   // begin an attempt on Contact by Trunk and see it to its end: answered by Ended
	Release EffectKind = "release" // give Contacts back: answered by Released
	Finish  EffectKind = "finish"  // Campaign has nothing left to call: answered by Finished
)

// Effect is one thing that the dialer shall do.
type Effect struct {
	ID       EffectID
	Kind     EffectKind
	Campaign campaigns.ID
	Limit    int                 // of Claim
	Contact  campaigns.Contact   // of Place
	Trunk    string              // of Place
	Try      int                 // of Place: 1, or more when another trunk is tried within the attempt
	After    EffectID            // of Place with a Try above 1: the effect whose Ended asked for it
	At       time.Time           // of Place: not before; later than now only with a Try above 1
	Contacts []campaigns.Contact // of Release
}

// EventKind names what happened.
type EventKind string

// The events. Those of the first group answer an effect.
const (
	Claimed  EventKind = "claimed"
	Ended    EventKind = "ended"
	Released EventKind = "released"
	Finished EventKind = "finished"

	SetCampaign  EventKind = "campaign" // a campaign is running, or has changed; any other state drops it
	SetTrunk     EventKind = "trunk"    // a trunk's limits, or whether it is usable, have changed
	ContactsLeft EventKind = "left"     // contacts were added to, or became due in, a campaign: look again
	Suspend      EventKind = "suspend"  // no new calls and no claims until Resume; what is claimed is kept
	Resume       EventKind = "resume"   // go on after Suspend
	Drain        EventKind = "drain"    // no new calls from now on; what is claimed is given back
	Tick         EventKind = "tick"     // nothing happened; NextWake has come
)

// Event is one thing that happened.
type Event struct {
	Kind     EventKind
	Effect   EffectID           // that it answers
	Campaign campaigns.Campaign // of SetCampaign
	ID       campaigns.ID       // of ContactsLeft
	Trunk    Trunk              // of SetTrunk
	Contacts []campaigns.Contact
	NextDue  time.Time // of Claimed: when the next contact that could not be claimed is due; zero: none is left pending
	Open     bool      // of Claimed: contacts are still being dialed, by any node, so more may become due
	Held     bool      // of Ended: the contact policy did not allow it, and nothing was sent
	Failover bool      // of Ended: another trunk may be tried within the attempt
	Done     bool      // of Finished: it is finished indeed
	Err      bool      // of Claimed, Finished: it could not be carried out; try again later
}

// Trunk is what the plan knows of a trunk.
type Trunk struct {
	Name      string
	MaxCalls  int     // at once, by this node; 0 permits none
	PerSecond float64 // new calls a second; 0 permits none
	Up        bool
}
