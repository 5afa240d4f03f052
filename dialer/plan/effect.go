package plan

import (
	"time"

	"careline/campaigns"
)

// EffectID identifies an effect until its result event has been handed in.
type EffectID uint64

// EffectKind names what shall be done.
type EffectKind string

// The effects. Each but Refuse yields exactly one result event with its id.
const (
	Claim   EffectKind = "claim"   // lease up to Limit due contacts of Campaign: answered by Claimed
	Place   EffectKind = "place"   // begin an attempt on Contact by Trunk and see it to its end: answered by Ended
	Release EffectKind = "release" // give Contacts back: answered by Released
	Finish  EffectKind = "finish"  // Campaign has nothing left to call: answered by Finished
	Refuse  EffectKind = "refuse"  // the Preview that Ask names cannot be dialed, for the reason Why: yields no result
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
	At       time.Time           // of Place: not before; later than now only with a Try above 1, and of a preview
	Mode     campaigns.Mode      // of Place: what the campaign's was when the call was begun, whatever it becomes
	Pool     string              // of Place: whose agents shall take the call; empty: none
	Agent    string              // of Place, and of Refuse: who asked for it, and shall take it; of a preview alone
	Ask      uint64              // of Place, and of Refuse: the Preview that it answers; 0: none
	Why      string              // of Refuse
	Contacts []campaigns.Contact // of Release
}

// Trunk is what the plan knows of a trunk.
type Trunk struct {
	Name      string
	MaxCalls  int     // at once, by this node; 0 permits none
	PerSecond float64 // new calls a second; 0 permits none
	Up        bool
}
