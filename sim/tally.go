package sim

import (
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/dialer/plan"
)

// tally counts what happens, as far as the tables do not.
type tally struct {
	start    time.Time // the hour in which the rehearsal begins
	hours    []Hour
	held     map[string]int
	trunks   map[string]*trunkTally
	touched  map[campaigns.ContactID]bool // that were called
	finished map[campaigns.ID]time.Time
	live     map[campaigns.ID]int // calls of those with agents that a person answered
	lost     map[campaigns.ID]int // of those, the abandoned ones
	last     time.Time            // the latest end of a call
}

// Hour is what happened within one hour.
type Hour struct {
	From      time.Time `json:"from"`
	Calls     int       `json:"calls"`               // INVITEs that left
	Answered  int       `json:"answered"`            // of the calls that were answered in it
	Held      int       `json:"held"`                // attempts that the contact policy did not allow
	Live      int       `json:"live,omitempty"`      // calls of campaigns with agents that a person answered
	Abandoned int       `json:"abandoned,omitempty"` // of those, nobody came in time
	Staffed   float64   `json:"staffed_s,omitempty"` // seconds that agents were at work and not on break
	Busy      float64   `json:"busy_s,omitempty"`    // of those, the ones that they talked or wrapped up
}

// trunkTally is how much a trunk carries.
type trunkTally struct {
	calls, now, most int
	second           time.Time
	recent, fastest  int // calls in that second; the most in one
	refused          int // attempts that ended as congestion
}

func newTally(start time.Time) *tally {
	return &tally{
		start: start.Truncate(time.Hour), held: map[string]int{}, trunks: map[string]*trunkTally{},
		touched: map[campaigns.ContactID]bool{}, finished: map[campaigns.ID]time.Time{}, live: map[campaigns.ID]int{}, lost: map[campaigns.ID]int{},
	}
}

// hour is the one of a time.
func (t *tally) hour(at time.Time) *Hour {
	i := int(at.Sub(t.start) / time.Hour)
	for len(t.hours) <= i {
		t.hours = append(t.hours, Hour{From: t.start.Add(time.Duration(len(t.hours)) * time.Hour)})
	}
	return &t.hours[i]
}

func (t *tally) note(ev Event) {
	h := t.hour(ev.At)
	switch ev.Kind {
	case Held:
		h.Held++
		t.held[ev.Rule]++
	case Sent:
		h.Calls++
		t.touched[ev.Contact.ID] = true
		t.trunk(ev.Trunk).begin(ev.At)
	case Gone:
		t.trunk(ev.Trunk).now--
		t.last = ev.At
	case Answered:
		h.Answered++
		if ev.Human && ev.Mode.NeedsAgents() {
			h.Live++
			t.live[ev.Campaign.ID]++
		}
	case Abandoned:
		h.Abandoned++
		t.lost[ev.Campaign.ID]++
	case Ended:
		if ev.Disposition == campaigns.Congestion {
			t.trunk(ev.Trunk).refused++
		}
	case Finished:
		t.finished[ev.Campaign.ID] = ev.At
	case Pressed, Crashed, Joined, Agent:
	}
}

func (t *tally) trunk(name string) *trunkTally {
	if t.trunks[name] == nil {
		t.trunks[name] = &trunkTally{}
	}
	return t.trunks[name]
}

func (t *trunkTally) begin(at time.Time) {
	t.calls++
	t.now++
	t.most = max(t.most, t.now)
	if second := at.Truncate(time.Second); !second.Equal(t.second) {
		t.second, t.recent = second, 0
	}
	t.recent++
	t.fastest = max(t.fastest, t.recent)
}

// worked notes what an agent has done from one time to another.
func (t *tally) worked(is agents.Presence, from, to time.Time) {
	if !plan.Staffs(is) {
		return
	}
	busy := is != agents.Idle
	for from.Before(to) {
		h := t.hour(from)
		until := h.From.Add(time.Hour)
		if to.Before(until) {
			until = to
		}
		seconds := until.Sub(from).Seconds()
		h.Staffed += seconds
		if busy {
			h.Busy += seconds
		}
		from = until
	}
}
