package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

// mostSampled is how many contacts are looked at one by one.
const mostSampled = 400

// campaignWhy is how a campaign stands, and why nothing or little is dialed.
type campaignWhy struct {
	Name    string              `json:"name"`
	State   campaigns.State     `json:"state"`
	Mode    campaigns.Mode      `json:"mode"`
	Rules   []string            `json:"rules,omitempty"`
	Expires time.Time           `json:"expires,omitzero"`
	Stopped *stopWhy            `json:"stopped,omitempty"` // all campaigns are held
	Nodes   []nodeWhy           `json:"nodes"`
	SkewMS  int64               `json:"clock_skew_ms"` // of this machine against the database
	Trunks  []trunkWhy          `json:"trunks"`
	Window  windowWhy           `json:"window"`
	Agents  *campaigns.Staffing `json:"agents,omitempty"` // nil where none are needed

	Contacts map[campaigns.ContactState]int `json:"contacts"`
	Claimed  int                            `json:"claimed"`
	Due      int                            `json:"due"`
	Hour     int                            `json:"due_within_an_hour"`
	Later    int                            `json:"due_later"`
	NextDue  time.Time                      `json:"next_due,omitzero"`
	Recent   int                            `json:"attempts_in_last_minute"`
	LastCall time.Time                      `json:"last_attempt,omitzero"`

	Sampled int       `json:"looked_at"`     // contacts, one by one
	All     bool      `json:"looked_at_all"` // they are all that are pending
	Free    int       `json:"may_be_called"` // of those looked at
	Held    []heldWhy `json:"held,omitempty"`

	Standings []campaigns.Standing `json:"dialing,omitempty"` // what each node does for it

	Because string    `json:"because"`
	Next    time.Time `json:"next,omitzero"` // when something may change by itself
	Advice  string    `json:"advice,omitempty"`
}

type stopWhy struct {
	Since time.Time `json:"since"`
	Why   string    `json:"why,omitempty"`
}

type nodeWhy struct {
	Name  string    `json:"name"`
	Lives bool      `json:"lives"`
	Heard time.Time `json:"heard,omitzero"`
	Until time.Time `json:"lease_until"`
}

type trunkWhy struct {
	Name  string `json:"name"`
	Node  string `json:"node,omitempty"`
	State string `json:"state"` // up, down, unknown
	Why   string `json:"why,omitempty"`
	Used  string `json:"used_up,omitempty"` // which bound of its day
}

type windowWhy struct {
	Zone   string    `json:"zone"` // of the campaign; each contact's own decides
	Always bool      `json:"always,omitempty"`
	Open   bool      `json:"open"`
	Next   time.Time `json:"opens,omitzero"`
	DayOff string    `json:"day_off,omitempty"`
	Amiss  string    `json:"amiss,omitempty"` // a calendar or a window that cannot be read
}

// heldWhy is a rule that holds contacts.
type heldWhy struct {
	Rule     string    `json:"rule"`
	Contacts int       `json:"contacts"` // of those looked at
	About    int       `json:"about"`    // of all that are pending, by the sample
	Next     time.Time `json:"next,omitzero"`
	Detail   string    `json:"detail,omitempty"` // of one of them
	Source   string    `json:"source,omitempty"`
}

// whole says how the campaign as a whole stands.
func (w why) whole(a *app, asJSON bool) error {
	v, err := w.gather(a.ctx)
	if err != nil {
		return err
	}
	v.conclude(w.now)
	if asJSON {
		return json.NewEncoder(a.out).Encode(v)
	}
	v.print(a.out, w.now)
	return nil
}

func (w why) gather(ctx context.Context) (campaignWhy, error) {
	c := w.campaign
	v := campaignWhy{Name: c.Name, State: c.State, Mode: cmp.Or(c.Mode, campaigns.Agentless), Rules: c.Rules, Expires: c.Expires, Window: w.window()}
	for _, part := range []func(context.Context, *campaignWhy) error{
		w.service, w.trunks, w.agents, w.dialing, w.contacts, w.held, w.standings,
	} {
		if err := part(ctx, &v); err != nil {
			return v, err
		}
	}
	return v, nil
}

// service looks at the nodes, the clock and the stop of all campaigns.
func (w why) service(ctx context.Context, v *campaignWhy) error {
	since, text, err := w.s.Stopped(ctx)
	switch {
	case err == nil:
		v.Stopped = &stopWhy{since, text}
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	nodes, err := w.s.Nodes(ctx, w.now)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		v.Nodes = append(v.Nodes, nodeWhy{n.Name, n.Lives, n.Heard, n.Until})
	}
	skew, err := w.s.Skew(ctx, time.Now())
	v.SkewMS = skew.Milliseconds()
	return err
}

// trunks looks at the campaign's trunks, as the service has told of them.
func (w why) trunks(ctx context.Context, v *campaignWhy) error {
	known, err := w.s.Trunks(ctx, w.now)
	if err != nil {
		return err
	}
	u := usesOf(w.s)
	for _, name := range w.campaign.Trunks {
		bound := w.cfg.capOf(name, "", w.now)
		use, err := u.of(ctx, name, bound.Day, w.now)
		if err != nil {
			return err
		}
		used := bound.Reached(use)
		found := false
		for _, t := range known {
			if t.Name == name && !t.Stale {
				state := map[bool]string{true: "up", false: "down"}[t.Up]
				v.Trunks = append(v.Trunks, trunkWhy{name, t.Node, state, t.Why, used})
				found = true
			}
		}
		if !found {
			v.Trunks = append(v.Trunks, trunkWhy{Name: name, State: "unknown", Why: "no service that runs has told of it", Used: used})
		}
	}
	return nil
}

// window looks at the hours where the campaign itself is.
func (w why) window() windowWhy {
	v := windowWhy{Zone: cmp.Or(w.campaign.Zone, "UTC")}
	place, err := phone.Location(v.Zone)
	if err != nil {
		v.Amiss = err.Error()
		return v
	}
	calendars, err := w.cfg.calendars()
	if err != nil {
		v.Amiss = err.Error()
		return v
	}
	terms, err := w.campaign.Terms(calendars)
	if err != nil {
		v.Amiss = err.Error()
		return v
	}
	v.Always = terms.Times.Any()
	if v.Open = terms.Times.Contains(w.now.In(place)); !v.Open {
		v.Next = terms.Times.Next(w.now.In(place))
		v.DayOff = terms.Times.DayOff(w.now.In(place))
	}
	return v
}

// longTalk is longer than calls last that are looked for.
const longTalk = 4 * time.Hour

// agents counts those who take the campaign's calls, from what is stored.
func (w why) agents(ctx context.Context, v *campaignWhy) error {
	at := slices.IndexFunc(w.cfg.Queues, func(q agents.Queue) bool { return q.Name == w.campaign.Queue })
	if !w.campaign.Mode.NeedsAgents() || at < 0 {
		return nil
	}
	records, err := w.s.AgentRecords(ctx)
	if err != nil {
		return err
	}
	bindings, err := w.s.LoadBindings(ctx, w.now)
	if err != nil {
		return err
	}
	talks, err := w.s.Talks(ctx, w.now.Add(-longTalk))
	if err != nil {
		return err
	}
	v.Agents = &campaigns.Staffing{Queue: w.campaign.Queue}
	for _, person := range w.cfg.people() {
		view := agents.View{Agent: person}
		if !view.Serves(w.cfg.Queues[at]) {
			continue
		}
		if i := slices.IndexFunc(records, func(r agents.Record) bool { return r.Agent == person.Name }); i >= 0 {
			view.Record = records[i]
		}
		view.Reachable = slices.ContainsFunc(bindings, func(b agents.Binding) bool { return b.Agent == person.Name })
		view.OnCall = slices.ContainsFunc(talks, func(t call.Talk) bool {
			return t.Agent == person.Name && !t.JoinedAt.IsZero() && t.EndedAt.IsZero()
		})
		addAgent(v.Agents, view.Prospect(w.now))
	}
	return nil
}

// dialing reads what the nodes themselves say that they do for the campaign.
// What they know of agents is newer than what is stored of these.
func (w why) dialing(ctx context.Context, v *campaignWhy) error {
	if err := w.standings(ctx, v); err != nil {
		return err
	}
	live := campaigns.Staffing{Queue: w.campaign.Queue}
	known := false
	for _, s := range v.Standings {
		if a := s.Agents; a != nil {
			known = true
			live.Staffed, live.Idle, live.WrapUp = live.Staffed+a.Staffed, live.Idle+a.Idle, live.WrapUp+a.WrapUp
			live.Ringing, live.Waiting, live.More = live.Ringing+a.Ringing, live.Waiting+a.Waiting, live.More+a.More
		}
	}
	if known && v.Agents != nil {
		v.Agents = &live
	}
	return nil
}

func addAgent(s *campaigns.Staffing, p agents.Presence) {
	switch p {
	case agents.Idle:
		s.Staffed++
		s.Idle++
	case agents.WrapUp:
		s.Staffed++
		s.WrapUp++
	case agents.Talking, agents.Reserved:
		s.Staffed++
	case agents.Offline, agents.OnBreak:
	}
}

// standings reads what the nodes say that they do, as far as they are not gone.
func (w why) standings(ctx context.Context, v *campaignWhy) (err error) {
	v.Standings, err = w.s.Standings(ctx, w.campaign.ID, w.now)
	v.Standings = slices.DeleteFunc(v.Standings, func(s campaigns.Standing) bool {
		return slices.ContainsFunc(v.Nodes, func(n nodeWhy) bool { return n.Name == s.Node && !n.Lives })
	})
	return err
}

// contacts counts what there is left to do.
func (w why) contacts(ctx context.Context, v *campaignWhy) error {
	o, err := w.s.Outlook(ctx, w.campaign.ID, w.now)
	if err != nil {
		return err
	}
	v.Contacts, v.Claimed, v.Due, v.Hour, v.Later = o.States, o.Claimed, o.Due, o.Hour, o.Later
	v.NextDue, v.Recent, v.LastCall = o.Next, o.Recent, o.Last
	return nil
}

// held looks at contacts one by one: which rule holds each.
func (w why) held(ctx context.Context, v *campaignWhy) error {
	if v.Contacts[campaigns.Pending] == 0 {
		return nil
	}
	o := store.Outlook{States: v.Contacts, Claimed: v.Claimed, Due: v.Due}
	ids, all, err := w.s.SamplePending(ctx, w.campaign.ID, o, mostSampled, w.now)
	if err != nil {
		return err
	}
	list, err := w.s.WhyEach(ctx, ids, w.now)
	if err != nil {
		return err
	}
	v.Sampled, v.All = len(list), all
	u := usesOf(w.s)
	for _, in := range list {
		if in, err = w.cfg.ways(ctx, u, in, w.now); err != nil {
			return err
		}
		in.Campaign = campaigns.Running // its state is told of by itself
		in.CallerID = w.cfg.shows(in.Definition, campaigns.Contact{Number: in.Number})
		v.count(campaigns.Evaluate(in, w.now))
	}
	slices.SortStableFunc(v.Held, func(a, b heldWhy) int { return cmp.Compare(b.Contacts, a.Contacts) })
	from := v.Due + v.Claimed
	if v.Due == 0 || all {
		from = v.Contacts[campaigns.Pending]
	}
	for i := range v.Held {
		v.Held[i].About = v.Held[i].Contacts * from / max(v.Sampled, 1)
	}
	return nil
}

// count adds a contact to those that its rule holds: of several the one that
// holds it for good, else the one that holds it longest.
func (v *campaignWhy) count(verdict campaigns.Verdict) {
	var holds campaigns.Check
	found := false
	for _, c := range verdict.Checks {
		if c.Passed || c.Rule == campaigns.RuleContact {
			continue
		}
		if !found || verdict.State == "" && longer(c, holds) {
			holds, found = c, true
		}
	}
	if !found {
		v.Free++
		return
	}
	i := slices.IndexFunc(v.Held, func(h heldWhy) bool { return h.Rule == holds.Rule })
	if i < 0 {
		i = len(v.Held)
		v.Held = append(v.Held, heldWhy{Rule: holds.Rule, Detail: strings.TrimSpace(holds.Detail), Source: holds.Source, Next: verdict.Next})
	}
	h := &v.Held[i]
	h.Contacts++
	if h.Next.IsZero() || !verdict.Next.IsZero() && verdict.Next.Before(h.Next) {
		h.Next = verdict.Next
	}
}

// longer tells whether a rule holds a contact longer than another: one that names
// no time does longest.
func longer(a, b campaigns.Check) bool {
	if b.Next.IsZero() {
		return false
	}
	return a.Next.IsZero() || a.Next.After(b.Next)
}
