package plan_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"careline/agents"
	"careline/campaigns"
	"careline/dialer/plan"
)

const batch = 5

// world is what surrounds a plan: campaigns with their contacts, trunks, and
// the effects that wait for their results. It checks each effect as it comes.
type world struct {
	t         *rapid.T
	p         *plan.Plan
	now       time.Time
	campaigns map[campaigns.ID]*modelCampaign
	trunks    map[string]*modelTrunk
	agents    map[string]modelAgent
	calls     map[plan.EffectID]*modelCall // that have not ended
	slowed    map[string]bool              // trunks whose carriers have pushed back
	asking    string                       // the agent whose Preview is being handed in
	out       []plan.Effect
	answered  plan.EffectID // the effect whose result is being handed in
	failover  bool          // and it asks for another trunk
	last      plan.EffectID
	suspended bool
	draining  bool
}

type modelCampaign struct {
	campaigns.Campaign
	contacts []*modelContact
	claiming bool
	finished bool
}

type modelContact struct {
	campaigns.Contact
	claimed bool
	placed  bool
	done    bool
	tries   int
}

type modelTrunk struct {
	plan.Trunk
	active int
	starts map[plan.EffectID]time.Time // but those that were held
}

// TestPlanKeepsItsPromises drives a plan through whatever may happen and then
// lets everything succeed.
func TestPlanKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{
			t: t, now: start, p: plan.New(plan.Options{Batch: batch, Pacer: func(plan.Pacing) plan.Pacer { return eager{} }}),
			campaigns: map[campaigns.ID]*modelCampaign{}, trunks: map[string]*modelTrunk{},
			agents: map[string]modelAgent{}, calls: map[plan.EffectID]*modelCall{},
			slowed: map[string]bool{},
		}
		t.Repeat(map[string]func(*rapid.T){
			"trunk":    w.setTrunk,
			"campaign": w.setCampaign,
			"contacts": w.addContacts,
			"agent":    w.setAgent,
			"call":     w.moveCall,
			"preview":  w.preview,
			"answer":   w.answerAny,
			"answers":  w.answerAny, // twice as likely as the others
			"wait":     w.wait,
			"wake":     w.wake,
			"suspend":  w.suspend,
			"drain":    w.drain,
			"":         w.check,
		})
		w.finish()
	})
}

// hand hands an event in and carries over what comes of it.
func (w *world) hand(ev plan.Event) {
	w.answered, w.failover = ev.Effect, ev.Failover
	for _, e := range w.p.Step(w.now, ev) {
		w.take(e)
	}
}

func (w *world) take(e plan.Effect) {
	if e.ID <= w.last {
		w.t.Fatalf("effect %d comes after %d", e.ID, w.last)
	}
	w.last = e.ID
	if e.Kind == plan.Refuse {
		if w.asking == "" || e.Why == "" {
			w.t.Fatalf("refused %+v though nobody asks", e)
		}
		return
	}
	w.out = append(w.out, e)
	c := w.campaigns[e.Campaign]
	if c == nil {
		w.t.Fatalf("%s of an unknown campaign %q", e.Kind, e.Campaign)
	}
	switch e.Kind {
	case plan.Refuse:
	case plan.Claim:
		w.takeClaim(c, e)
	case plan.Place:
		w.takePlace(c, e)
	case plan.Release:
		w.takeRelease(c, e)
	case plan.Finish:
		w.takeFinish(c)
	}
}

func (w *world) takeClaim(c *modelCampaign, e plan.Effect) {
	if c.State != campaigns.Running || w.suspended || w.draining || c.claiming {
		w.t.Fatalf("claim of %s, which is %s (suspended %v, draining %v, claiming %v)", c.ID, c.State, w.suspended, w.draining, c.claiming)
	}
	w.checkClaim(c)
	if waiting := c.waiting(); waiting+e.Limit > 2*batch {
		w.t.Fatalf("claim of %d while %d wait: more than two batches", e.Limit, waiting)
	}
	c.claiming = true
}

func (c *modelCampaign) waiting() int {
	n := 0
	for _, contact := range c.contacts {
		if contact.claimed && !contact.placed {
			n++
		}
	}
	return n
}

func (c *modelCampaign) active() int {
	n := 0
	for _, contact := range c.contacts {
		if contact.placed {
			n++
		}
	}
	return n
}

func (w *world) takePlace(c *modelCampaign, e plan.Effect) {
	contact, t := c.find(e.Contact.ID), w.trunks[e.Trunk]
	w.checkAgents(c, e)
	if c.State != campaigns.Running || w.suspended || w.draining {
		w.t.Fatalf("place of %s, which is %s (suspended %v, draining %v)", c.ID, c.State, w.suspended, w.draining)
	}
	if contact.done || contact.placed || !contact.claimed {
		w.t.Fatalf("place of %+v", contact)
	}
	if t == nil || !t.Up || t.active >= t.MaxCalls || c.MaxCalls > 0 && c.active() >= c.MaxCalls {
		w.t.Fatalf("place by %+v in %s with %d of %d calls", t, c.ID, c.active(), c.MaxCalls)
	}
	w.checkTry(c, contact, e)
	spacing := time.Duration(math.Ceil(float64(time.Second) / t.PerSecond))
	for _, at := range t.starts {
		if e.At.Sub(at) < spacing {
			w.t.Fatalf("starts by %s at %v and %v are nearer than %v", t.Name, at, e.At, spacing)
		}
	}
	w.calls[e.ID] = &modelCall{effect: e, rings: true}
	contact.placed, contact.tries = true, e.Try
	t.active++
	t.starts[e.ID] = e.At
}

// checkTry checks by which trunk and in which try a contact is placed.
func (w *world) checkTry(c *modelCampaign, contact *modelContact, e plan.Effect) {
	if e.Try == 1 {
		if e.Agent != "" {
			return // by the first trunk with a line free, soon
		}
		if !slices.Contains(c.Trunks, e.Trunk) || !e.At.Equal(w.now) {
			w.t.Fatalf("place by %s at %v; want now by one of %v", e.Trunk, e.At, c.Trunks)
		}
		for _, names := range c.Ranks() {
			if slices.Contains(names, e.Trunk) {
				return
			}
			for _, name := range names {
				w.checkPassed(c, name, e)
			}
		}
	}
	if !w.failover || e.After != w.answered || e.Try != contact.tries+1 || e.At.Before(w.now) || e.At.After(w.now.Add(2*time.Second)) {
		w.t.Fatalf("try %+v is not the one after effect %d", e, w.answered)
	}
}

// checkPassed checks that a call did not have to go by a trunk of an earlier rank
// than it did: all its lines are taken, or waited for by other campaigns, or its
// next start is yet to come.
func (w *world) checkPassed(c *modelCampaign, name string, e plan.Effect) {
	t := w.trunks[name]
	if t == nil || !t.Up || t.MaxCalls == 0 || w.slowed[name] || w.staffedBy(name) {
		return
	}
	busy := t.active
	for _, other := range w.campaigns {
		if other != c && other.State == campaigns.Running && slices.Contains(other.Trunks, name) && other.waiting() > 0 {
			busy++
		}
	}
	spacing := time.Duration(math.Ceil(float64(time.Second) / t.PerSecond))
	for _, at := range t.starts {
		if at.Add(spacing).After(w.now) {
			return
		}
	}
	if busy < t.MaxCalls {
		w.t.Fatalf("place by %s though %s has %d of %d lines taken or waited for", e.Trunk, name, busy, t.MaxCalls)
	}
}

func (w *world) takeRelease(c *modelCampaign, e plan.Effect) {
	for _, released := range e.Contacts {
		contact := c.find(released.ID)
		if !contact.claimed || contact.placed {
			w.t.Fatalf("release of %+v", contact)
		}
		contact.claimed = false
	}
}

func (w *world) takeFinish(c *modelCampaign) {
	if c.State != campaigns.Running || c.claiming || c.waiting() > 0 && w.asking == "" || c.active() > 0 {
		w.t.Fatalf("finish of %s, which is %s, with %d waiting and %d active", c.ID, c.State, c.waiting(), c.active())
	}
	c.claiming = true
}

func (c *modelCampaign) find(id campaigns.ContactID) *modelContact {
	for _, contact := range c.contacts {
		if contact.ID == id {
			return contact
		}
	}
	return &modelContact{}
}

func (w *world) setTrunk(t *rapid.T) {
	def := plan.Trunk{
		Name:      rapid.SampledFrom([]string{"t1", "t2", "t3"}).Draw(t, "trunk"),
		MaxCalls:  rapid.IntRange(0, 4).Draw(t, "calls"),
		PerSecond: rapid.SampledFrom([]float64{0.5, 3, 10, 1000}).Draw(t, "rate"),
		Up:        rapid.IntRange(0, 3).Draw(t, "up") > 0,
	}
	m := w.trunks[def.Name]
	if m == nil {
		m = &modelTrunk{starts: map[plan.EffectID]time.Time{}}
		w.trunks[def.Name] = m
	}
	m.Trunk = def
	w.hand(plan.Event{Kind: plan.SetTrunk, Trunk: def})
}

func (w *world) setCampaign(t *rapid.T) {
	id := campaigns.ID(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "campaign"))
	c := w.campaigns[id]
	if c == nil {
		c = &modelCampaign{}
		c.ID = id
		c.Trunks = rapid.SampledFrom([][]string{{"t1"}, {"t1", "t2"}, {"t3", "t2", "t1"}}).Draw(t, "trunks")
		if len(c.Trunks) > 1 && rapid.Bool().Draw(t, "shared") {
			c.Shares = map[string]campaigns.Share{}
			for i, name := range c.Trunks {
				c.Shares[name] = campaigns.Share{Priority: 1 + i/2, Weight: rapid.IntRange(1, 9).Draw(t, "weight")}
			}
		}
		c.MaxCalls = rapid.IntRange(0, 3).Draw(t, "most")
		w.campaigns[id] = c
	}
	if c.finished {
		return
	}
	c.State = rapid.SampledFrom([]campaigns.State{campaigns.Running, campaigns.Running, campaigns.Paused}).Draw(t, "state")
	c.Mode = rapid.SampledFrom(append(campaigns.Modes(), campaigns.Agentless)).Draw(t, "mode")
	c.Queue = rapid.SampledFrom([]string{"p", "q"}).Draw(t, "queue")
	c.Ratio = 2.5
	c.Priority = rapid.IntRange(1, 2).Draw(t, "priority")
	c.Share = rapid.IntRange(1, 3).Draw(t, "share")
	w.hand(plan.Event{Kind: plan.SetCampaign, Campaign: c.Campaign})
}

func (w *world) addContacts(t *rapid.T) {
	c := w.any(t)
	if c == nil || c.finished {
		return
	}
	for range rapid.IntRange(1, 2*batch).Draw(t, "contacts") {
		contact := &modelContact{}
		contact.ID = campaigns.ContactID(fmt.Sprint(c.ID, len(c.contacts)))
		contact.Due = w.now
		c.contacts = append(c.contacts, contact)
	}
	w.hand(plan.Event{Kind: plan.ContactsLeft, ID: c.ID})
}

func (w *world) any(t *rapid.T) *modelCampaign {
	return w.campaigns[campaigns.ID(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "campaign"))]
}

func (w *world) suspend(*rapid.T) {
	w.suspended = !w.suspended
	kind := plan.Resume
	if w.suspended {
		kind = plan.Suspend
	}
	w.hand(plan.Event{Kind: kind})
}

func (w *world) drain(t *rapid.T) {
	if rapid.IntRange(0, 30).Draw(t, "drain") == 0 {
		w.draining = true
		w.hand(plan.Event{Kind: plan.Drain})
	}
}

func (w *world) wait(t *rapid.T) {
	w.now = w.now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * time.Millisecond)
	w.hand(plan.Event{Kind: plan.Tick})
}

// wake checks that nothing happens before the wake-up, and something at it.
func (w *world) wake(t *rapid.T) {
	next := w.p.NextWake()
	if next.IsZero() {
		return
	}
	if next.After(w.now) {
		w.now = next.Add(-time.Nanosecond)
		w.hand(plan.Event{Kind: plan.Tick})
		if !w.p.NextWake().Equal(next) {
			t.Fatalf("the wake-up moved from %v to %v by itself", next, w.p.NextWake())
		}
		w.now = next
	}
	before := w.last
	w.hand(plan.Event{Kind: plan.Tick})
	if again := w.p.NextWake(); w.last == before && !again.IsZero() && !again.After(w.now) {
		t.Fatal("nothing came of a wake-up, and another one is due")
	}
}

func (w *world) answerAny(t *rapid.T) {
	if len(w.out) == 0 {
		return
	}
	i := rapid.IntRange(0, len(w.out)-1).Draw(t, "effect")
	e := w.out[i]
	w.out = slices.Delete(w.out, i, i+1)
	switch e.Kind {
	case plan.Refuse:
	case plan.Claim:
		w.answerClaim(e, rapid.IntRange(0, 4).Draw(t, "err") == 0)
	case plan.Place:
		w.answerPlace(e, rapid.SampledFrom([]string{"answered", "busy", "held", "refused", "pushed back"}).Draw(t, "outcome"))
	case plan.Release:
		w.hand(plan.Event{Kind: plan.Released, Effect: e.ID})
	case plan.Finish:
		w.answerFinish(e, rapid.IntRange(0, 2).Draw(t, "err") == 0)
	}
}

func (w *world) answerClaim(e plan.Effect, fails bool) {
	c := w.campaigns[e.Campaign]
	c.claiming = false
	ev := plan.Event{Kind: plan.Claimed, Effect: e.ID, Err: fails}
	for _, contact := range c.contacts {
		switch {
		case fails || contact.done:
		case contact.placed:
			ev.Open = true
		case contact.claimed:
		case contact.Due.After(w.now) || len(ev.Contacts) == e.Limit:
			if ev.NextDue.IsZero() || contact.Due.Before(ev.NextDue) {
				ev.NextDue = contact.Due
			}
		default:
			contact.claimed = true
			ev.Contacts = append(ev.Contacts, contact.Contact)
		}
	}
	w.hand(ev)
}

func (w *world) answerPlace(e plan.Effect, outcome string) {
	c, t := w.campaigns[e.Campaign], w.trunks[e.Trunk]
	contact := c.find(e.Contact.ID)
	contact.placed = false
	delete(w.calls, e.ID)
	t.active--
	ev := plan.Event{Kind: plan.Ended, Effect: e.ID}
	switch outcome {
	case "answered":
		contact.done = true
	case "busy":
		contact.Due = w.now.Add(5 * time.Second)
	case "held":
		ev.Held = true
		contact.Due = w.now.Add(time.Minute)
		delete(t.starts, e.ID)
	case "pushed back":
		ev.Sent, ev.Status, ev.Wait = true, 503, time.Duration(rapid.IntRange(0, 2).Draw(w.t, "rest"))*time.Second
		contact.Due = w.now.Add(5 * time.Second)
		w.slowed[e.Trunk] = true
	case "refused":
		ev.Failover = true
		contact.Due = w.now.Add(5 * time.Second)
	}
	w.hand(ev)
	if !contact.placed { // no other trunk is tried
		contact.claimed = false
	}
}

func (w *world) answerFinish(e plan.Effect, fails bool) {
	c := w.campaigns[e.Campaign]
	c.claiming = false
	open := slices.ContainsFunc(c.contacts, func(contact *modelContact) bool { return !contact.done })
	if !open && !fails {
		c.finished, c.State = true, campaigns.Finished
	}
	w.hand(plan.Event{Kind: plan.Finished, Effect: e.ID, Err: fails, Done: !open && !fails})
}

func (w *world) check(t *rapid.T) {
	if w.p.Outstanding() != len(w.out) {
		t.Fatalf("the plan waits for %d results; %d effects are out", w.p.Outstanding(), len(w.out))
	}
	if next := w.p.NextWake(); !next.IsZero() && next.Before(w.now) {
		t.Fatalf("the next wake-up, %v, has passed", next)
	}
}

// finish lets everything go well from now on: all is dialed in the end.
func (w *world) finish() {
	if w.draining {
		for len(w.out) > 0 {
			w.succeed()
		}
		if !w.p.NextWake().IsZero() {
			w.t.Fatal("a drained plan wants to be woken")
		}
		return
	}
	w.suspended = false
	w.hand(plan.Event{Kind: plan.Resume})
	for _, who := range []string{"ann", "bob"} {
		w.agents[who] = modelAgent{pools: []string{"p", "q"}, does: agents.Idle}
		w.hand(agent(who, agents.Idle, "p", "q"))
	}
	for _, name := range []string{"t1", "t2", "t3"} {
		def := plan.Trunk{Name: name, MaxCalls: 2, PerSecond: 10, Up: true}
		if w.trunks[name] == nil {
			w.trunks[name] = &modelTrunk{starts: map[plan.EffectID]time.Time{}}
		}
		w.trunks[name].Trunk = def
		w.hand(plan.Event{Kind: plan.SetTrunk, Trunk: def})
	}
	for _, id := range []campaigns.ID{"a", "b", "c"} {
		if c := w.campaigns[id]; c != nil && !c.finished {
			if c.State = campaigns.Running; c.Mode == campaigns.Preview {
				c.Mode = campaigns.Progressive
			}
			w.hand(plan.Event{Kind: plan.SetCampaign, Campaign: c.Campaign})
		}
	}
	for steps := 0; len(w.out) > 0 || !w.p.NextWake().IsZero(); steps++ {
		if steps > 10_000 {
			w.t.Fatal("it goes on for ever")
		}
		if len(w.out) > 0 {
			w.succeed()
		} else {
			w.wake(w.t)
		}
	}
	for id, c := range w.campaigns {
		if !c.finished {
			w.t.Fatalf("campaign %s is %s in the end, with %d contacts", id, c.State, len(c.contacts))
		}
	}
}

// succeed answers the oldest effect.
func (w *world) succeed() {
	e := w.out[0]
	w.out = w.out[1:]
	switch e.Kind {
	case plan.Refuse:
	case plan.Claim:
		w.answerClaim(e, false)
	case plan.Place:
		w.answerPlace(e, "answered")
	case plan.Release:
		w.hand(plan.Event{Kind: plan.Released, Effect: e.ID})
	case plan.Finish:
		w.answerFinish(e, false)
	}
}
