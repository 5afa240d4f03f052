package sim_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/phone"
	"careline/sim"
)

// oracle watches a day and knows, without the product's help, what must not be.
type oracle struct {
	d      *day
	w      *sim.World
	broken []string

	ringing  map[phone.Number]campaigns.AttemptID
	attempts map[campaigns.AttemptID]*tried
	calls    map[string][]*tried // by customer
	barred   map[phone.Number]map[campaigns.ID]bool
	heldOut  map[campaigns.ContactID]bool
	does     map[string]agents.Presence
	given    map[string]map[string]string // by call: result and value
	live     map[campaigns.ID]int
	lost     map[campaigns.ID]int
	events   int
}

// tried is one INVITE.
type tried struct {
	at       time.Time // to the millisecond, as times are kept
	campaign campaigns.ID
	ended    bool
	counts   bool
}

func newOracle(d *day) *oracle {
	return &oracle{
		d: d, ringing: map[phone.Number]campaigns.AttemptID{}, attempts: map[campaigns.AttemptID]*tried{}, calls: map[string][]*tried{},
		barred: map[phone.Number]map[campaigns.ID]bool{}, heldOut: map[campaigns.ContactID]bool{}, does: map[string]agents.Presence{},
		given: map[string]map[string]string{}, live: map[campaigns.ID]int{}, lost: map[campaigns.ID]int{},
	}
}

// broke notes a broken promise.
func (o *oracle) broke(ev sim.Event, format string, args ...any) {
	if len(o.broken) < 10 {
		o.broken = append(o.broken, fmt.Sprintf("%s %s to %s of %s: ", ev.At.Format(time.RFC3339), ev.Kind, string(ev.Number), ev.Campaign.Name)+fmt.Sprintf(format, args...))
	}
}

// watch looks at each event.
func (o *oracle) watch(ev sim.Event) {
	o.events++
	switch ev.Kind {
	case sim.Sent:
		o.sent(ev)
	case sim.Gone:
		if o.ringing[ev.Number] == ev.Attempt {
			delete(o.ringing, ev.Number)
		}
	case sim.Agent:
		o.does[ev.Clerk] = ev.Presence
	case sim.Crashed:
		if ev.Node == "one" { // the agents' phones are its
			clear(o.does)
		}
	case sim.Answered:
		if ev.Human && ev.Mode.NeedsAgents() {
			o.live[ev.Campaign.ID]++
		}
	case sim.Abandoned:
		o.lost[ev.Campaign.ID]++
	case sim.Pressed:
		o.pressed(ev)
	case sim.Ended:
		o.ended(ev)
	case sim.Held, sim.Joined, sim.Finished:
	}
}

func (o *oracle) sent(ev sim.Event) {
	if by, rings := o.ringing[ev.Number]; rings {
		o.broke(ev, "it rings already, by attempt %s", by)
	}
	o.ringing[ev.Number] = ev.Attempt
	if o.attempts[ev.Attempt] != nil {
		o.broke(ev, "attempt %s was sent before", ev.Attempt)
	}
	t := &tried{at: ev.At.Truncate(time.Millisecond), campaign: ev.Campaign.ID, counts: true}
	o.hours(ev)
	if o.heldOut[ev.Contact.ID] {
		o.broke(ev, "it is held out")
	}
	if list := o.barred[ev.Number]; list[""] || list[ev.Campaign.ID] {
		o.broke(ev, "it is on the do-not-call list")
	}
	o.caps(ev)
	o.attempts[ev.Attempt] = t
	o.calls[ev.Contact.Key] = append(o.calls[ev.Contact.Key], t)
	atWork := func(p agents.Presence) bool { return p != agents.Offline && p != agents.OnBreak }
	if ev.Mode.NeedsAgents() && !slices.ContainsFunc(slices.Collect(maps.Values(o.does)), atWork) {
		o.broke(ev, "no agent is at work: %v", o.does)
	}
}

// hours looks at the clock of each place where the customer may be.
func (o *oracle) hours(ev sim.Event) {
	h := ev.Campaign.Hours
	from, to := clock(h.From, 0), clock(h.To, 24*60)
	for _, zone := range o.d.zones[ev.Number] {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			o.broke(ev, "%v", err)
			continue
		}
		at := ev.At.In(loc)
		minute := at.Hour()*60 + at.Minute()
		day := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[at.Weekday()]
		if minute < from || minute >= to || len(h.Days) > 0 && !slices.Contains(h.Days, day) {
			o.broke(ev, "it is %s there, in %s; hours are %v %s to %s", at.Format("Mon 15:04"), zone, h.Days, h.From, h.To)
		}
	}
}

// clock is a time of day in minutes.
func clock(s string, none int) int {
	var h, m int
	if _, err := fmt.Sscanf(s, "%d:%d", &h, &m); err != nil {
		return none
	}
	return h*60 + m
}

// caps counts the calls to the customer by whatever number and campaign.
func (o *oracle) caps(ev sim.Event) {
	for _, bound := range []struct {
		most   int
		within time.Duration
	}{{ev.Campaign.PerDay, 24 * time.Hour}, {ev.Campaign.PerWeek, 7 * 24 * time.Hour}, {ev.Campaign.Per5Min, 5 * time.Minute}} {
		made := 0
		for _, t := range o.calls[ev.Contact.Key] {
			if t.counts && ev.At.Sub(t.at) < bound.within {
				made++
			}
		}
		if bound.most > 0 && made >= bound.most {
			o.broke(ev, "%d calls to the customer within %v; %d are permitted", made+1, bound.within, bound.most)
		}
	}
}

// pressed notes what the caller has said, by what the flows of the day ask.
func (o *oracle) pressed(ev sim.Event) {
	if ev.Keys == "9" && ev.Node == "first" {
		o.bar(ev.Number, "")
	}
	result := map[string]string{"first": "satisfied", "second": "score", "after": "score"}[ev.Node]
	valid := map[string][]string{"first": {"0", "1", "2", "9"}, "second": {"1", "2", "3", "4", "5"}, "after": {"1", "2", "3", "4", "5"}}[ev.Node]
	if !slices.Contains(valid, ev.Keys) {
		return
	}
	id := string(ev.Attempt)
	if o.given[id] == nil {
		o.given[id] = map[string]string{}
	}
	if _, twice := o.given[id][result]; twice {
		o.broke(ev, "%s was asked again after it was answered", result)
	}
	o.given[id][result] = ev.Keys
}

func (o *oracle) bar(n phone.Number, by campaigns.ID) {
	if o.barred[n] == nil {
		o.barred[n] = map[campaigns.ID]bool{}
	}
	o.barred[n][by] = true
}

func (o *oracle) ended(ev sim.Event) {
	t := o.attempts[ev.Attempt]
	if t == nil {
		if ev.Disposition != campaigns.NotPlaced {
			o.broke(ev, "attempt %s ended as %s and was never sent", ev.Attempt, ev.Disposition)
		}
		return
	}
	if t.ended {
		o.broke(ev, "attempt %s has ended before", ev.Attempt)
	}
	t.ended, t.counts = true, !slices.Contains([]campaigns.Disposition{"congestion", "not_placed", "failed"}, ev.Disposition)
}
