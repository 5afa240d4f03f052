package dialer

import (
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/dialer/plan"
)

// What a rehearsal needs of the decisions that are taken between the plan and a
// call.

// Outcome is what the plan is told of the end of a call that was placed; f is nil
// where it was answered.
func Outcome(e plan.Effect, end campaigns.End, f *call.Failure) plan.Event { return outcome(e, end, f) }

// WitnessOf is what is asked of the witness of a call; false where nobody asks
// about it.
func WitnessOf(c campaigns.Campaign, e plan.Effect) (o call.WitnessOptions, asked bool) {
	return witnessOf(c, e)
}

// SeenBy is what the plan is told of what was seen of an answered call.
func SeenBy(s call.Sight) plan.Event { return eventOf(s) }

// MayBeCarriers tells whether a refusal may be the carrier's, and not the callee's:
// its end is held until the plan knows.
func MayBeCarriers(end campaigns.End, told plan.Event) bool { return mayBeCarriers(end, told) }

// Excused is the end of such a call as it counts; carriers tells that the carrier
// has refused many by 403.
func Excused(end campaigns.End, carriers bool) campaigns.End { return excused(end, carriers) }

// PastSince is since when a campaign's answered calls count under its bounds of
// abandonment.
func PastSince(c campaigns.Campaign, now time.Time) time.Time { return pastSince(c, now) }
