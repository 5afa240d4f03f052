package sim

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/dialer"
	"careline/dialer/plan"
	"careline/phone"
	"careline/sip"
)

// attempt is one attempt on a contact, from the plan's Place to its end: one row
// of the ledger for each trunk that is tried.
type attempt struct {
	n        *node
	campaign campaigns.Campaign
	contact  campaigns.Contact
	row      campaigns.Attempt // as committed; of the latest try
	tries    int               // rows so far
	effect   plan.Effect
	line     *line
	ringer   *ringer
	witness  *call.Witness // of the latest try; nil: nobody asks
}

// run carries out a Place.
func (a *attempt) run(e plan.Effect) {
	a.effect = e
	if e.At.After(a.n.w.now) {
		a.n.at(e.At, a.try)
		return
	}
	a.try()
}

// try begins the attempt by the effect's trunk, or asks for another one that
// suits the contact.
func (a *attempt) try() {
	a.line = a.n.w.lines[a.effect.Trunk]
	if !a.suits(a.line) && slices.ContainsFunc(a.campaign.Trunks, func(name string) bool {
		other := a.n.w.lines[name]
		return other != a.line && other != nil && a.suits(other)
	}) && a.report(plan.Event{Held: true, Failover: true}) {
		return
	}
	if a.begin() {
		a.send()
	}
}

// suits tells whether the contact may be called by a trunk, which has a number to
// show as well.
func (a *attempt) suits(l *line) bool {
	return l.barred(a.contact.Number) == "" && a.n.w.setup.CallerID(l.Name, a.campaign, a.contact) != ""
}

// begin opens the attempt's row. It reports false when the contact may not be
// called.
func (a *attempt) begin() bool {
	now := a.n.w.now
	barred := a.line.barred(a.contact.Number)
	b := campaigns.Begin{
		Attempt: a.draft(), Numbers: a.contact.Numbers(), Allowed: barred == "", Barred: barred,
		Cap: a.n.w.setup.Cap(a.line.Name, a.contact.Number, now), Reserved: a.effect.Agent != "",
	}
	row, verdict, err := a.n.store.BeginAttempt(a.n.w.ctx, b, now)
	a.n.w.fail(err)
	if err != nil || !verdict.Allowed {
		rule := a.held(verdict)
		a.n.capped(a.line, verdict, b.Cap)
		a.report(plan.Event{Held: true, Rule: rule, Until: verdict.Next})
		return false
	}
	a.row = row
	a.tries++
	return true
}

// held tells which rule held the contact: the first that failed.
func (a *attempt) held(v campaigns.Verdict) (rule string) {
	for _, check := range v.Checks {
		if !check.Passed {
			a.tell(Event{Kind: Held, Rule: check.Rule})
			return check.Rule
		}
	}
	return ""
}

// draft is the attempt's row as it shall be.
func (a *attempt) draft() campaigns.Attempt {
	id := a.n.w.ids.next()
	return campaigns.Attempt{
		ID: campaigns.AttemptID(id), Campaign: a.campaign.ID, Contact: a.contact.ID, Number: a.contact.Number,
		CallerID: a.n.w.setup.CallerID(a.effect.Trunk, a.campaign, a.contact), Try: a.tries + 1, Trunk: a.effect.Trunk,
		Node: a.n.name, FlowHash: a.campaign.FlowHash, Leg: campaigns.Leg{CallID: id},
	}
}

// report hands the effect's result in, and goes on by the trunk that the plan
// names, if it does.
func (a *attempt) report(ev plan.Event) (more bool) {
	ev.Kind, ev.Effect = plan.Ended, a.effect.ID
	next, more := a.n.step(ev)
	if more {
		a.n.at(a.n.w.now, func() { a.run(next) })
	}
	return more
}

// ringer is a call as the network has it: a phone that rings or talks.
type ringer struct {
	w       *World
	node    *node
	number  phone.Number
	attempt campaigns.AttemptID
	line    *line
	over    bool
}

// end frees the phone and the carrier's line.
func (r *ringer) end() {
	if r.over {
		return
	}
	r.over = true
	r.line.taken--
	if r.w.phones[r.number] == r {
		delete(r.w.phones, r.number)
	}
	r.w.tell(Event{Kind: Gone, Node: r.node.name, Number: r.number, Attempt: r.attempt, Trunk: r.line.Name})
}

// ringers are all calls under way, by their numbers.
func (w *World) ringers() []*ringer {
	list := make([]*ringer, 0, len(w.phones))
	for _, n := range slices.Sorted(maps.Keys(w.phones)) {
		list = append(list, w.phones[n])
	}
	return list
}

// send has the INVITE leave, and draws what it meets.
func (a *attempt) send() {
	w := a.n.w
	if e := a.effect; e.Pool != "" && !w.hall.atWork(e.Pool, e.Agent) {
		a.end(campaigns.End{Attempt: a.row.ID, Disposition: campaigns.NotPlaced, At: w.now, Evidence: campaigns.Evidence{Text: "no agent is at work any more"}}, nil)
		return
	}
	a.watch()
	a.ringer = &ringer{w: w, node: a.n, number: a.contact.Number, attempt: a.row.ID, line: a.line}
	w.phones[a.contact.Number] = a.ringer
	a.tell(Event{Kind: Sent})
	w.tries[a.contact.Number]++
	person := w.person(a.contact, w.tries[a.contact.Number], a.row.Ordinal)
	delay := a.line.Carrier.Delay.draw(person.dice, "delay")
	status := a.line.take(person.dice, w.now, w.setup.Start)
	a.line.taken++
	if status != 0 {
		a.fails(delay, status, 0, false)
		return
	}
	a.meets(person, delay)
}

// meets sees an attempt that the carrier put through to its end, or to its
// answer.
func (a *attempt) meets(p person, delay time.Duration) {
	ring := cmp.Or(a.campaign.RingTimeout, 30*time.Second)
	picksUp := p.PicksUp.draw(p.dice, "picks up")
	switch is := p.meets; {
	case is == invalid:
		a.fails(delay, 404, 1, false)
	case is == busy:
		a.fails(delay, 486, 17, false)
	case is == off:
		a.fails(delay, 480, 20, false)
	case is == refuses && picksUp < ring:
		a.rings(delay)
		a.fails(delay+picksUp, 603, 21, true)
	case is == answers && picksUp < ring:
		a.rings(delay)
		a.n.at(a.n.w.now.Add(delay+picksUp), func() { a.answered(p) })
	default:
		a.rings(delay)
		a.fails(delay+ring, 487, 0, true)
	}
}

// watch has a witness note what happens to a call of which somebody asks.
func (a *attempt) watch() {
	a.witness = nil
	o, asked := dialer.WitnessOf(a.campaign, a.effect)
	if !asked {
		return
	}
	effect := a.effect.ID
	o.Told = func(seen call.Sight) {
		ev := dialer.SeenBy(seen)
		ev.Effect = effect
		a.n.step(ev)
	}
	a.witness = call.NewWitness(o)
}

func (a *attempt) rings(after time.Duration) {
	a.n.at(a.n.w.now.Add(after), func() {
		a.n.step(plan.Event{Kind: plan.CallRinging, Effect: a.effect.ID})
		a.mark(false)
	})
}

// mark notes a stage of the call in its row.
func (a *attempt) mark(answered bool) {
	a.n.w.fail(a.n.store.MarkAttempt(a.n.w.ctx, a.row.ID, answered, a.row.Leg, a.n.w.now))
}

// fails ends the attempt by what the far end says.
func (a *attempt) fails(after time.Duration, status, cause int, rang bool) {
	a.n.at(a.n.w.now.Add(after), func() {
		disposition, rule := sip.Unanswered(status, cause, rang)
		f := &call.Failure{
			Disposition: disposition, Evidence: campaigns.Evidence{Status: status, Cause: cause, Rule: rule}, Rang: rang, Sent: true,
		}
		a.ringer.end()
		a.end(campaigns.End{Attempt: a.row.ID, Disposition: f.Disposition, Evidence: f.Evidence, At: a.n.w.now}, f)
	})
}

// end ends the attempt, or this try of it: another trunk is tried where that is
// of use and the plan has one.
func (a *attempt) end(e campaigns.End, f *call.Failure) {
	e.Reception = a.witness.Reception()
	told := dialer.Outcome(a.effect, e, f)
	if told.Failover {
		e.Failover = a.report(told)
		a.close(e)
		return
	}
	if dialer.MayBeCarriers(e, told) {
		a.report(told)
		a.judge(e)
		return
	}
	a.close(e)
	a.report(told)
}

// judge holds the end of a call that the carrier may have refused until it is known
// whether it refuses many.
func (a *attempt) judge(e campaigns.End) {
	judged := func() bool { return a.n.plan.Forbids(a.row.Trunk, e.At) }
	if judged() {
		a.close(dialer.Excused(e, true))
		return
	}
	a.n.at(e.At.Add(plan.HoldsForbidden), func() { a.close(dialer.Excused(e, judged())) })
}

// close ends the attempt's row.
func (a *attempt) close(e campaigns.End) {
	a.n.w.fail(a.n.store.EndAttempt(a.n.w.ctx, e))
	a.tell(Event{Kind: Ended, Disposition: e.Disposition})
}

func (a *attempt) tell(ev Event) {
	ev.Node = cmp.Or(ev.Node, a.n.name)
	ev.Campaign, ev.Contact, ev.Number = a.campaign, a.contact, a.contact.Number
	ev.Attempt, ev.Trunk, ev.Mode = a.row.ID, a.effect.Trunk, cmp.Or(a.effect.Mode, a.campaign.Mode)
	a.n.w.tell(ev)
}

// person is whom one attempt is on, as they are this time.
type person struct {
	Manner
	dice  dice
	meets outcome
}

// person draws how a contact takes its nth call, which is the campaign's attempt
// of that ordinal.
func (w *World) person(c campaigns.Contact, nth, ordinal int) person {
	m := w.setup.People.manner(c.Customer)
	p := person{Manner: m, dice: diceOf(w.o.Seed, string(c.Number), itoa(nth))}
	at := w.now.In(place(c.Customer, "", w.places))
	p.meets = m.meets(diceOf(w.o.Seed, string(c.Number)), p.dice, ordinal, at)
	return p
}
