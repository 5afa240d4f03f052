package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"careline/campaigns"
)

// finding is a cause why nothing is dialed: empty where it is none.
type finding struct {
	because string
	next    time.Time
	advice  string
}

// conclude says in one line why nothing is dialed, by the first cause that is
// one, or that calls are being placed.
func (v *campaignWhy) conclude(now time.Time) {
	for _, cause := range []func(time.Time) finding{
		v.byState, v.byStop, v.byService, v.byNodes, v.byExpiry, v.byList, v.byTrunks, v.byAgents, v.byWindow, v.byDue, v.byRules, v.byPlan,
	} {
		if f := cause(now); f.because != "" {
			v.Because, v.Next, v.Advice = f.because, f.next, f.advice
			return
		}
	}
}

func (v *campaignWhy) byState(time.Time) finding {
	switch v.State {
	case campaigns.Running:
	case campaigns.Draft:
		return finding{because: "the campaign is a draft", advice: "careline campaign start " + v.Name}
	case campaigns.Paused:
		return finding{because: "the campaign is paused", advice: "careline campaign resume " + v.Name}
	case campaigns.Stopped:
		return finding{because: "the campaign was stopped by hand, for good", advice: "create another one for those who were not reached"}
	case campaigns.Finished:
		return finding{because: "the campaign is finished: no contact is left to call", advice: "careline campaign report " + v.Name}
	}
	return finding{}
}

func (v *campaignWhy) byStop(time.Time) finding {
	if v.Stopped == nil {
		return finding{}
	}
	text := "all campaigns are held since " + v.Stopped.Since.Local().Format(time.DateTime)
	if v.Stopped.Why != "" {
		text += ": " + v.Stopped.Why
	}
	return finding{because: text, advice: "careline campaign resume --all"}
}

// byService looks at the nodes. What is wrong with the clock of another machine
// its own doctor says.
func (v *campaignWhy) byService(time.Time) finding {
	lives := slices.ContainsFunc(v.Nodes, func(n nodeWhy) bool { return n.Lives })
	skew := time.Duration(v.SkewMS) * time.Millisecond
	switch {
	case !lives:
		return finding{because: "no service runs on this database", advice: "careline serve"}
	case skew.Abs() > mostSkew && len(v.Nodes) == 1 && v.Recent == 0:
		return finding{
			because: fmt.Sprintf("this machine's clock is %s off the database's, and a node with such a clock dials nobody", skew.Abs().Round(time.Second)),
			advice:  "have both machines set their clocks by NTP",
		}
	}
	return finding{}
}

// byNodes is the cause where every node that runs may not dial.
func (v *campaignWhy) byNodes(time.Time) finding {
	var why []string
	for _, s := range v.Standings {
		if !slices.Contains(s.Reasons, campaigns.Suspended) {
			return finding{}
		}
		why = append(why, fmt.Sprintf("node %s may not dial%s", s.Node, prefixed(": ", s.Why)))
	}
	if len(why) == 0 {
		return finding{}
	}
	return finding{because: strings.Join(why, "; "), advice: "careline doctor, on that machine"}
}

func (v *campaignWhy) byExpiry(now time.Time) finding {
	if v.Expires.IsZero() || now.Before(v.Expires) {
		return finding{}
	}
	return finding{because: "the campaign expired at " + v.Expires.Local().Format(time.DateTime), advice: "careline campaign report " + v.Name}
}

func (v *campaignWhy) byList(time.Time) finding {
	pending, dialing := v.Contacts[campaigns.Pending], v.Contacts[campaigns.Dialing]
	total := 0
	for _, n := range v.Contacts {
		total += n
	}
	switch {
	case total == 0:
		return finding{because: "the campaign has no contacts", advice: "careline contacts import FILE --campaign " + v.Name}
	case pending == 0 && dialing > 0:
		return finding{because: fmt.Sprintf("nobody is left to call but %s in progress", plural(dialing, "call"))}
	case pending == 0:
		return finding{because: "nobody is left to call", advice: "careline campaign report " + v.Name}
	}
	return finding{}
}

func (v *campaignWhy) byTrunks(time.Time) finding {
	var why []string
	for _, t := range v.Trunks {
		switch {
		case t.State == "down":
			why = append(why, t.Name+" is down: "+t.Why)
		case t.Used != "":
			why = append(why, t.Name+": "+t.Used)
		case t.State == "up":
			return finding{}
		default:
			why = append(why, t.Name+": "+t.Why)
		}
	}
	if len(why) == 0 {
		return finding{}
	}
	return finding{because: "none of its trunks can be used: " + strings.Join(why, "; "), advice: "careline trunk test " + v.Trunks[0].Name}
}

func (v *campaignWhy) byAgents(time.Time) finding {
	if v.Agents == nil || v.Agents.Staffed > 0 {
		return finding{}
	}
	return finding{
		because: fmt.Sprintf("no agent of queue %s is at work and not on break", v.Agents.Queue),
		advice:  "agents begin by *1 on their phones, or careline agent ready NAME",
	}
}

// byWindow is the cause where every contact that was looked at is out of hours.
func (v *campaignWhy) byWindow(time.Time) finding {
	if v.Window.Amiss != "" {
		return finding{because: "its hours cannot be told: " + v.Window.Amiss, advice: "put the calendar back, under calendars in careline.yaml"}
	}
	if v.Free > 0 || len(v.Held) != 1 || v.Held[0].Rule != campaigns.RuleHours {
		return finding{}
	}
	text := "it is out of hours where the contacts are"
	if v.Window.DayOff != "" {
		text += " (" + v.Window.DayOff + ")"
	}
	return finding{because: text, next: v.Held[0].Next}
}

func (v *campaignWhy) byDue(time.Time) finding {
	if v.Due > 0 || v.Claimed > 0 || v.NextDue.IsZero() {
		return finding{}
	}
	others := slices.DeleteFunc(slices.Clone(v.Held), func(h heldWhy) bool { return h.Rule == campaigns.RuleDue })
	if len(others) == 0 {
		return finding{because: "nobody is due yet: all wait for their next attempt", next: v.earliest()}
	}
	return finding{
		because: "nobody is due yet; rules hold contacts beside that: " + heldWords(others),
		next:    v.earliest(), advice: v.askOne(),
	}
}

// byRules is the cause where no contact that was looked at may be called.
func (v *campaignWhy) byRules(time.Time) finding {
	if v.Free > 0 || len(v.Held) == 0 {
		return finding{}
	}
	return finding{
		because: fmt.Sprintf("rules hold all contacts that were looked at (%d): %s", v.Sampled, heldWords(v.Held)),
		next:    v.earliest(), advice: v.askOne(),
	}
}

func (v *campaignWhy) askOne() string {
	return "careline campaign why " + v.Name + " CONTACT says it for one"
}

func heldWords(list []heldWhy) string {
	parts := make([]string, len(list))
	for i, h := range list {
		parts[i] = fmt.Sprintf("%d by %s", h.Contacts, h.Rule)
	}
	return strings.Join(parts, ", ")
}

// byPlan leaves what only the nodes' pacing knows.
func (v *campaignWhy) byPlan(now time.Time) finding {
	var reasons []string
	var next time.Time
	for _, s := range v.Standings {
		for _, r := range s.Reasons {
			if r == campaigns.ListHeld || r == campaigns.ListWaits { // agents and lines come free at no time that is known
				next = v.earliest()
			}
			if words := reasonWords(r, s); !slices.Contains(reasons, words) {
				reasons = append(reasons, words)
			}
		}
	}
	switch {
	case len(reasons) > 0:
		return finding{because: strings.Join(reasons, "; "), next: next}
	case v.Recent > 0, v.Contacts[campaigns.Dialing] > 0:
		return finding{}
	}
	last := "no call was placed yet"
	if !v.LastCall.IsZero() {
		last = "the last call began " + roughly(now.Sub(v.LastCall)) + " ago"
	}
	return finding{
		because: fmt.Sprintf("%s, though %s that were looked at may be called", last, plural(v.Free, "contact")),
		advice:  "wait a minute; then see the service's log, and careline doctor",
	}
}

// earliest is when something may change by itself.
func (v *campaignWhy) earliest() time.Time {
	next := v.NextDue
	for _, h := range v.Held {
		if !h.Next.IsZero() && (next.IsZero() || h.Next.Before(next)) {
			next = h.Next
		}
	}
	return next
}

// reasonWords says what a node's plan tells.
func reasonWords(r campaigns.Reason, s campaigns.Standing) string {
	words := map[campaigns.Reason]string{
		campaigns.Suspended:      "the node may not dial: " + cmp.Or(s.Why, "see careline doctor there"),
		campaigns.NoTrunk:        "none of its trunks is up and has lines",
		campaigns.NoAgents:       "nobody is at work who takes its calls",
		campaigns.AgentsAsk:      "each call waits for an agent to ask for it: careline agent next",
		campaigns.AgentsBusy:     "no agent is idle, or is expected to be in time",
		campaigns.AgentsServed:   "calls are on their way for all agents who are idle",
		campaigns.Governed:       "so many calls were abandoned that there is but one for each idle agent",
		campaigns.CampaignFull:   "it has its max_calls",
		campaigns.TrunksFull:     "no trunk of it has a line free",
		campaigns.TrunksShared:   "other campaigns come first, or lines are kept for their agents",
		campaigns.PushedBack:     "a carrier takes fewer calls than configured",
		campaigns.ListHeld:       "the rule " + s.Held + " holds who is due",
		campaigns.ListWaits:      "nobody is due yet",
		campaigns.ListBeingRead:  "contacts are being read",
		campaigns.ListUnreadable: "contacts could not be read; it is tried again",
	}
	if text, known := words[r]; known {
		return text
	}
	return string(r)
}
