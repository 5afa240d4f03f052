package sim

import (
	"fmt"
	"time"

	"careline/ivr"
)

// speaks is how long people talk to a recorder.
var speaks = Law{Mean: 25 * time.Second, CV: 0.8, Least: 2 * time.Second}

// message draws what the caller says after the beep: nothing, or a message for
// some time.
func (t *talk) message(action ivr.Action, r Reply, d dice, heard time.Duration) {
	spec, begins := *action.Record, heard+t.length(action)
	if t.machine || d.chance("silent", r.Silent) {
		t.after(begins+spec.Silence, ivr.Event{Kind: ivr.Silent})
		return
	}
	length := min(speaks.draw(d, "speaks"), spec.Max)
	t.after(begins+length, ivr.Event{Kind: ivr.Recorded, Message: ivr.Message{
		ID: fmt.Sprintf("%s-%d", t.id, t.seq), Length: length, Carrier: "rehearsal",
	}})
}
