package sim

import (
	"strconv"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/dialer/plan"
	"careline/ivr"
)

func itoa(n int) string { return strconv.Itoa(n) }

// talk is the conversation of an answered call.
type talk struct {
	a       *attempt
	p       person
	id      string
	flow    string
	seq     int
	asked   map[string]int // times that a node was heard
	over    bool           // the flow is through
	machine bool           // nobody listens
	witness *call.Witness
	closed  bool
}

// answered has the conversation of an answered call.
func (a *attempt) answered(p person) {
	w := a.n.w
	machine := p.dice.chance("machine", p.Machine)
	if a.witness != nil {
		a.n.step(plan.Event{Kind: plan.CallAnswered, Effect: a.effect.ID})
	}
	a.mark(true)
	a.tell(Event{Kind: Answered, Human: !machine})
	t := &talk{a: a, p: p, id: string(a.row.ID), flow: a.campaign.Flow, asked: map[string]int{}, machine: machine, witness: a.witness}
	info := call.Info{
		ID: t.id, To: string(a.contact.Number), Trunk: a.row.Trunk, Campaign: a.campaign.ID, Contact: a.contact.ID,
		Customer: a.contact.By(a.contact.Number), Witness: a.witness,
	}
	err := a.n.desk.Begin(w.ctx, call.Record{Info: info, Direction: call.Outbound, FlowHash: a.campaign.FlowHash, AnsweredAt: w.now})
	w.fail(err)
	if err != nil {
		return
	}
	a.witness.Answered(w.now)
	t.greets()
	t.advance(ivr.Event{Kind: ivr.Answered})
}

// greeting is how long people say hello; a machine's own words are longer.
var greeting = Law{Mean: 1200 * time.Millisecond, CV: 0.5, Least: 300 * time.Millisecond, Most: 6 * time.Second}

const machineWords = 6 * time.Second

// greets has the witness hear the first words of who has answered.
func (t *talk) greets() {
	if !t.witness.Listens() {
		return
	}
	n, w := t.a.n, t.a.n.w
	words := greeting.draw(t.p.dice, "greeting")
	if t.machine {
		words += machineWords
	}
	spoken := func(after time.Duration, f func()) {
		n.at(w.now.Add(after), func() {
			if !t.closed {
				f()
			}
		})
	}
	spoken(200*time.Millisecond, t.witness.Spoke)
	spoken(200*time.Millisecond+words, func() { t.witness.GreetingEnded(w.now) })
	if !t.machine {
		spoken(300*time.Millisecond+words, func() { t.witness.Is(campaigns.HumanParty) })
		return
	}
	spoken(3*time.Second, func() {
		t.witness.Is(campaigns.MachineParty)
		if t.witness.Machine() == campaigns.MachineHangUp {
			t.advance(ivr.Event{Kind: ivr.HungUp})
		}
	})
}

// advance moves the flow, and has the caller hear what it asks for.
func (t *talk) advance(ev ivr.Event) {
	if t.closed {
		return
	}
	w := t.a.n.w
	ev.At = w.now
	actions, err := t.a.n.desk.Advance(w.ctx, t.id, t.seq, ev)
	if err != nil {
		w.fail(err)
		return
	}
	t.seq++
	if ev.Kind == ivr.HungUp || len(actions) == 0 {
		t.close()
		return
	}
	if call.HangsUp(actions) {
		t.over = true
	}
	t.hear(actions)
}

// enqueue has the caller wait for an agent, once it is known that a person is
// there, where that is asked for.
func (t *talk) enqueue(spec ivr.EnqueueSpec) {
	w := t.a.n.w
	if t.closed {
		return
	}
	unknown := t.witness.Awaits() && t.witness.Machine() != campaigns.MachineOff && t.witness.Reception().Party != campaigns.HumanParty
	if !unknown {
		w.hall.enqueue(t, spec)
		return
	}
	t.a.n.at(w.now.Add(100*time.Millisecond), func() { t.enqueue(spec) })
}

// after goes on with the flow when some time has passed.
func (t *talk) after(d time.Duration, ev ivr.Event) {
	t.a.n.at(t.a.n.w.now.Add(d), func() { t.advance(ev) })
}

// hear draws what the caller does with the actions of one step: exactly one
// event ends them.
func (t *talk) hear(actions []ivr.Action) {
	var heard time.Duration
	for _, action := range actions {
		d := t.dice(action.Node)
		r := t.p.replies(t.flow, action.Node)
		length := t.length(action)
		if action.Prompt != nil && !t.machine && d.chance("hangs up", r.HangsUp) {
			t.after(heard+time.Duration(d.roll("when")*float64(length)), ivr.Event{Kind: ivr.HungUp})
			return
		}
		if action.Prompt != nil && heard == 0 && t.witness != nil {
			t.witness.Speaks(t.a.n.w.now)
		}
		switch action.Kind {
		case ivr.Play:
			heard += length
			continue
		case ivr.Gather:
			t.gather(action, r, d, heard)
		case ivr.Record:
			t.message(action, r, d, heard)
		case ivr.Enqueue:
			t.a.n.at(t.a.n.w.now.Add(heard), func() { t.enqueue(*action.Enqueue) })
		case ivr.Dial:
			t.after(heard+time.Second, ivr.Event{Kind: ivr.Failed})
		case ivr.Hangup:
			t.after(heard, ivr.Event{Kind: ivr.HungUp})
		case ivr.Answer, ivr.OptOut, ivr.Callback: // not the line's
		}
		return
	}
	t.after(heard, ivr.Event{Kind: ivr.Played})
}

// dice are those of one time that a node is heard.
func (t *talk) dice(node string) dice {
	t.asked[node]++
	return dice(mix(uint64(t.p.dice) ^ uint64(diceOf(0, node, itoa(t.asked[node])))))
}

func (t *talk) length(a ivr.Action) time.Duration {
	if a.Prompt == nil {
		return 0
	}
	return t.a.n.w.setup.Length(*a.Prompt)
}

// gather draws the keys that the caller presses, and when.
func (t *talk) gather(action ivr.Action, r Reply, d dice, heard time.Duration) {
	spec, length := *action.Gather, t.length(action)
	keys, some := pick(d, "presses", r.Presses)
	if !some || t.machine || d.chance("silent", r.Silent) {
		t.after(heard+length+spec.Timeout, ivr.Event{Kind: ivr.Keys})
		return
	}
	begins := heard + length + t.p.Think.draw(d, "think")
	if spec.BargeIn && d.chance("barges in", r.BargesIn) {
		begins = heard + time.Duration((0.3+0.7*d.roll("when"))*float64(length))
	}
	if begins > heard+length+spec.Timeout {
		t.after(heard+length+spec.Timeout, ivr.Event{Kind: ivr.Keys}) // too late
		return
	}
	pressed := begins + keyed(keys)
	if len(keys) < spec.MaxDigits && spec.FinishOnKey == "" {
		pressed += spec.InterDigit
	}
	t.a.n.at(t.a.n.w.now.Add(pressed), func() {
		t.a.tell(Event{Kind: Pressed, Node: action.Node, Keys: keys})
		t.advance(ivr.Event{Kind: ivr.Keys, Keys: keys})
	})
}

// close ends the call, and the attempt with it.
func (t *talk) close() {
	w := t.a.n.w
	t.closed = true
	w.fail(t.a.n.desk.Close(w.ctx, t.id, call.EndingOf("", t.over), w.now))
	t.a.ringer.end()
	t.a.end(campaigns.End{Attempt: t.a.row.ID, Disposition: campaigns.Answered, Evidence: campaigns.Evidence{Status: 200}, At: w.now}, nil)
}
