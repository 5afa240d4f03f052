package plan

import (
	"time"

	"careline/agents"
	"careline/campaigns"
)

// EventKind names what happened.
type EventKind string

// The events. Those of the first group answer an effect, those of the second tell
// how far a Place has come.
const (
	Claimed  EventKind = "claimed"
	Ended    EventKind = "ended"
	Released EventKind = "released"
	Finished EventKind = "finished"

	CallRinging   EventKind = "ringing"   // it rings
	CallAnswered  EventKind = "answered"  // somebody has answered; again when it is known who, or when no agent has taken it after all
	CallTaken     EventKind = "taken"     // Agent takes it: talks with the callee, or is about to
	CallAbandoned EventKind = "abandoned" // a person has answered and no agent came in time

	SetCampaign  EventKind = "campaign" // a campaign is running, or has changed; any other state drops it
	SetAgent     EventKind = "agent"    // what an agent is doing, or for which pools, has changed
	Preview      EventKind = "preview"  // Agent asks that Contacts[0] of campaign ID be called: answered by a Place or a Refuse with the same Ask
	SetTrunk     EventKind = "trunk"    // a trunk's limits, or whether it is usable, have changed
	ContactsLeft EventKind = "left"     // contacts were added to, or became due in, a campaign: look again
	PushedBack   EventKind = "pushed"   // the carrier of trunk Trunk.Name has said by other means than the end of a call that it has enough, with Status and Wait
	Suspend      EventKind = "suspend"  // no new calls and no claims until Resume; what is claimed is kept
	Resume       EventKind = "resume"   // go on after Suspend
	Drain        EventKind = "drain"    // no new calls from now on; what is claimed is given back
	Tick         EventKind = "tick"     // nothing happened; NextWake has come
)

// Event is one thing that happened.
type Event struct {
	Kind     EventKind
	Effect   EffectID            // that it answers, or tells of
	Campaign campaigns.Campaign  // of SetCampaign
	Past     []campaigns.Slot    // of SetCampaign: calls answered before, for bounds of abandonment, in order; read when the campaign is new
	ID       campaigns.ID        // of ContactsLeft and Preview
	Agent    string              // of SetAgent, CallTaken and Preview
	Pools    []string            // of SetAgent: the queues that the agent serves
	Presence agents.Presence     // of SetAgent
	Ask      uint64              // of Preview: names it; not 0
	Trunk    Trunk               // of SetTrunk
	Contacts []campaigns.Contact // of Claimed and Preview
	NextDue  time.Time           // of Claimed: when the next contact that could not be claimed is due; zero: none is left pending
	Open     bool                // of Claimed: contacts are still being dialed, by any node, so more may become due
	Held     bool                // of Ended: the contact policy did not allow it, and nothing was sent
	Rule     string              // of Ended with Held: that did not pass
	Until    time.Time           // of Ended with Held: when it may
	Failover bool                // of Ended: another trunk may be tried within the attempt
	Sent     bool                // of Ended: an INVITE left
	Rang     bool                // of Ended: it rang
	Status   int                 // of Ended: the final SIP status; 0: none came
	Wait     time.Duration       // of Ended: how long the far end asked to be left alone, by Retry-After
	Human    bool                // of CallAnswered: a person is there
	Machine  bool                // of CallAnswered: a machine is there; neither: it is not known yet
	Done     bool                // of Finished: it is finished indeed
	Err      bool                // of Claimed, Finished: it could not be carried out; try again later
}
