package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"careline/sim/people"
)

// care makes a house with so many customers who are like person and hang up after
// a while, whose campaign's calls agents take in a mode, and opens it. Nothing is
// dialed yet.
func care(t *testing.T, mode string, customers int, person people.Subscriber, longest time.Duration) *house {
	t.Helper()
	return careOf(t, mode, slices.Repeat([]people.Subscriber{person}, customers), people.Behaviour{
		Mix: map[people.Persona]float64{people.Complies: 6, people.Busy: 3, people.Unavailable: 1}, RingMin: 500 * time.Millisecond, RingMax: 900 * time.Millisecond, TalkMin: time.Second, TalkMax: 2 * time.Second, LongestCall: longest,
	})
}

// careOf is care with customers who are each like one of those given.
func careOf(t *testing.T, mode string, customers []people.Subscriber, behaviour people.Behaviour) *house {
	t.Helper()
	var list strings.Builder
	list.WriteString("key,number,language\n")
	var subscribers []people.Subscriber
	for i, person := range customers {
		fmt.Fprintf(&list, "C%d,020 7946 0%d,en\n", i, 400+i)
		person.Number, person.Language = fmt.Sprintf("+442079460%d", 400+i), "en"
		subscribers = append(subscribers, person)
	}
	h := newHouse(t, houseOptions{list: list.String()})
	h.config = h.changed("agents.yaml", "team: care, password", "team: care, auto_answer: true, password")
	h.config = h.changed("agents.yaml", "agents:", careAgents)
	h.write("care.yaml", fmt.Sprintf(careCampaign, mode))
	book := h.book()
	for i := range book {
		if book[i].Label == "care/nobody" {
			book[i].Choices = map[people.Persona]people.Choices{people.Complies: {people.Nothing: 1, "9": 0}}
		}
	}
	h.people(people.Options{Subscribers: subscribers, Book: book, Behaviour: behaviour})
	h.open()
	return h
}

// careAgents are more of them.
const careAgents = `agents:
  - {name: chen, team: care, auto_answer: true, password: chen-secret}
  - {name: zhao, team: care, auto_answer: true, password: zhao-secret}`

// dials makes and starts the campaign.
func (h *house) dials() {
	h.Helper()
	h.must("campaign", "create", h.path("care.yaml"))
	h.must("campaign", "start", "care")
}

// agent plugs in a phone of the network's that answers at once, and is ready.
func (h *house) agent(name string, talk time.Duration) *people.Phone {
	h.Helper()
	p, err := h.net.Phone(people.PhoneOptions{
		Name: name, Password: name + "-secret", Service: h.service, Ring: 100 * time.Millisecond, Talk: talk,
	})
	if err != nil {
		h.Fatal(err)
	}
	if err := p.Register(h.Context()); err != nil {
		h.Fatal(err)
	}
	if _, err := p.Dial(h.Context(), "*1"); err != nil {
		h.Fatal(err)
	}
	return p
}

// careOver waits until the campaign has nobody left to call.
func (h *house) careOver() {
	h.Helper()
	await(h, 2*generous, "the end of the campaign", func() bool {
		return h.text("SELECT state FROM campaigns WHERE name = 'care'") == "finished"
	})
}

// An agent's softphone that takes calls by itself is joined with whoever answers
// well within the two seconds that the rules permit, after their first words.
func TestCareCall(t *testing.T) {
	t.Parallel()
	h := care(t, "progressive", 3, people.Subscriber{Personas: []people.Persona{people.Complies}, Greets: 700 * time.Millisecond}, 3*time.Second)
	phone := h.softphone("phone-lina", ownIP()+":5070",
		fmt.Sprintf("<sip:lina@%s;transport=udp>;auth_pass=lina-secret;regint=60", h.service))
	h.ready(phone, "lina")
	h.dials()
	h.careOver()
	if n := h.number("SELECT COUNT(*) FROM attempts WHERE greeting_end_at > answered_at AND connected_at > 0 AND connected_at - answered_at < 1000 AND party = 'human'"); n != 3 {
		t.Errorf("%d of 3 people were with the agent within a second", n)
	}
	t.Logf("from the answer to the agent: %s ms", h.text("SELECT group_concat(connected_at - answered_at) FROM attempts"))
	id := h.text("SELECT id FROM attempts")
	await(t, generous, "the call to be kept", func() bool { return h.number("SELECT COUNT(*) FROM call_traces WHERE serves = ?", id) == 1 })
	if shown := h.must("calls", "show", id, "--messages"); !strings.Contains(shown, "answer-after=0") {
		t.Errorf("the agent's phone was not asked to answer by itself:\n%s", shown)
	}
}

// Nobody is free when somebody answers: they hear who has called, and a key
// pressed in that message takes them off for good.
func TestSafeHarbour(t *testing.T) {
	t.Parallel()
	h := care(t, "progressive", 1, people.Subscriber{Personas: []people.Persona{people.OptsOut}, Greets: 600 * time.Millisecond}, 0)
	phone := h.agent("lina", 0)
	go func() { // the agent vanishes while it rings
		_, _ = h.net.Wait(h.Context(), func(e people.Entry) bool { return e.Kind == people.KindRinging && e.Who == "+442079460400" })
		phone.Kill()
	}()
	h.dials()
	await(t, generous, "the end of the call", func() bool { return h.number("SELECT COUNT(*) FROM attempts WHERE ended_at > 0") == 1 })
	if !slices.ContainsFunc(h.net.Legs(), func(l people.Leg) bool {
		return slices.Equal(l.Heard, []string{"care/nobody", "care/stopped"}) && l.Keys == "9"
	}) {
		t.Errorf("the customer has not heard the message, and that there will be no more calls: %+v", h.net.Legs())
	}
	const inOrder = `SELECT COUNT(*) FROM attempts WHERE party = 'human' AND answered_at < greeting_end_at AND greeting_end_at <= abandoned_at
		AND abandoned_at <= greeting_end_at + 2100 AND message_at >= abandoned_at AND message_at < abandoned_at + 500 AND connected_at = 0 AND opted_out = 1`
	if n := h.number(inOrder); n != 1 {
		t.Errorf("the evidence is not in order: %s", h.text(`SELECT party || ' answered ' || answered_at || ' greeting ' || greeting_end_at || ' abandoned ' || abandoned_at || ' message ' || message_at || ' opted ' || opted_out FROM attempts`))
	}
	if n := h.number("SELECT COUNT(*) FROM do_not_call"); n != 1 {
		t.Errorf("%d numbers are on the do-not-call list; want the one that pressed 9", n)
	}
	tells(t, h.must("campaign", "report", "care"), "people 1: 0 met an agent", "1 met none, of whom 1 heard the message; 1 asked not to be called", "100.00 %, OVER its cap")
	id := h.text("SELECT id FROM attempts")
	await(t, generous, "the call to be kept", func() bool { return h.number("SELECT COUNT(*) FROM call_traces WHERE id = ?", id) == 1 })
	tells(t, h.must("calls", "show", id), "A person answered", "the message began", "asked not to be called")
}

// In progressive mode no more phones ring than agents are free, and each person
// who answers meets one; when the last agent leaves nobody is called any more.
func TestProgressive(t *testing.T) {
	t.Parallel()
	h := care(t, "progressive", 10, people.Subscriber{Personas: []people.Persona{people.Complies}, Greets: 500 * time.Millisecond}, 0)
	h.agent("lina", 1500*time.Millisecond)
	h.agent("wang", 1500*time.Millisecond)
	h.dials()
	await(t, generous, "four talks", func() bool { return h.number("SELECT COUNT(*) FROM talks WHERE joined_at > 0") >= 4 })
	h.must("agent", "break", "lina")
	h.must("agent", "break", "wang")
	await(t, generous, "both to be on break", func() bool { return h.number("SELECT COUNT(*) FROM agents WHERE wish = 'break'") == 2 })
	await(t, generous, "the calls to end", func() bool { return h.number("SELECT COUNT(*) FROM attempts WHERE ended_at = 0") == 0 })
	before := len(h.net.Invites())
	h.must("agent", "ready", "wang")
	h.careOver()
	if n := h.number("SELECT COUNT(*) FROM attempts WHERE abandoned_at > 0"); n != 0 {
		t.Errorf("%d people met nobody", n)
	}
	if n := h.number("SELECT COUNT(*) FROM attempts WHERE connected_at > 0 AND connected_at - answered_at < 4000"); n != 10 {
		t.Errorf("%d of 10 people met an agent soon", n)
	}
	if most := mostRinging(h.net.Diary()); most > 2 {
		t.Errorf("%d people's phones rang at once; there are 2 agents", most)
	}
	if left := len(h.net.Invites()) - before; left == 0 {
		t.Error("everybody had been called before the agents left; nothing is shown by that")
	}
}

// mostRinging is the largest number of people whose phones rang at once.
func mostRinging(diary []people.Entry) (most int) {
	ringing := map[string]bool{}
	for _, e := range diary {
		switch {
		case !strings.HasPrefix(e.Who, "+"):
		case e.Kind == people.KindInvite && e.Repeat == people.First:
			ringing[e.CallID] = true
		case e.Kind == people.KindAnswered, e.Kind == people.KindRefused, e.Kind == people.KindEnded:
			delete(ringing, e.CallID)
		}
		most = max(most, len(ringing))
	}
	return most
}

// An agent takes a customer whom no colleague gets, sees the card, has the phone
// rung and then the customer, and writes down what came of it. Somebody who may
// not be called is not.
func TestPreview(t *testing.T) {
	t.Parallel()
	h := care(t, "preview", 2, people.Subscriber{Personas: []people.Persona{people.Complies}, Greets: 500 * time.Millisecond}, 0)
	h.agent("lina", 1500*time.Millisecond)
	h.agent("wang", 1500*time.Millisecond)
	h.dials()
	tells(t, h.must("agent", "next", "lina"), "+442079460400", "Script:", "Nobody is free.", "Result thanked: yes")
	tells(t, h.must("agent", "next", "wang", "--campaign", "care"), "+442079460401")
	tells(t, h.must("agent", "next", "lina"), "+442079460400")
	told := h.must("agent", "dial", "lina")
	tells(t, told, "the call is over: answered")
	if !strings.Contains(told, "the customer has answered") && !strings.Contains(told, "it rings") {
		t.Errorf("the agent was told %q; want how the call went", told)
	}
	if n := h.number("SELECT COUNT(*) FROM attempts WHERE connected_at > 0 AND connected_at - answered_at < 500"); n != 1 {
		t.Error("the customer did not meet the agent who waited on the line at once")
	}
	if code, _, errs := h.try("agent", "result", "lina", "--set", "thanked=maybe"); code != exitUsage || !strings.Contains(errs, "thanked is one of yes") {
		t.Errorf("an answer that there is not: exit %d, %s", code, errs)
	}
	tells(t, h.must("agent", "result", "lina", "--set", "thanked=yes", "--note", "likes it"), "is completed")
	h.must("agent", "break", "wang")
	if code, out, _ := h.try("agent", "dial", "wang"); code != exitFailed || !strings.Contains(out, "wang is on break") {
		t.Errorf("an agent on break: exit %d, %s", code, out)
	}
	h.must("agent", "ready", "wang")
	h.must("campaign", "pause", "care")
	if code, out, errs := h.try("agent", "dial", "wang"); code != exitFailed || !strings.Contains(out, "not called") && !strings.Contains(out, "may not be called") {
		t.Errorf("of a campaign that is paused: exit %d, %s, %s", code, out, errs)
	}
	if n := len(h.net.Invites()); n != 1 {
		t.Errorf("%d calls were placed; want the one", n)
	}
	tells(t, h.must("agent", "list"), "lina", "wang")
}

// The mode of a campaign is changed while it runs, and the service notices.
func TestModeSwitched(t *testing.T) {
	t.Parallel()
	h := care(t, "preview", 2, people.Subscriber{Personas: []people.Persona{people.Complies}, Greets: 500 * time.Millisecond}, 0)
	h.agent("lina", time.Second)
	h.dials()
	if code, _, errs := h.try("campaign", "mode", "care", "predictive", "--queue", "nobody"); code != exitFailed || !strings.Contains(errs, "nobody") {
		t.Errorf("a queue that there is not: exit %d, %s", code, errs)
	}
	if code, out, errs := h.try("campaign", "mode", "care", "agentless"); code != exitFailed || !strings.Contains(out+errs, "no agent is kept free") {
		t.Errorf("without agents, and nobody who says yes: exit %d, %s%s", code, out, errs)
	}
	tells(t, h.must("campaign", "mode", "care", "progressive"), "progressive", "preview -> progressive")
	h.careOver()
	if n := h.number("SELECT COUNT(*) FROM attempts WHERE connected_at > 0"); n != 2 {
		t.Errorf("%d of 2 people met the agent", n)
	}
}

// A predictive campaign keeps several agents busy, and nobody who answers hears
// nothing: they meet an agent or the message.
func TestPredictive(t *testing.T) {
	t.Parallel()
	h := care(t, "predictive", 16, people.Subscriber{Greets: 500 * time.Millisecond}, 0)
	for _, name := range []string{"lina", "wang"} {
		h.agent(name, 1500*time.Millisecond)
	}
	h.dials()
	h.careOver()
	answered := h.number("SELECT COUNT(*) FROM attempts WHERE disposition = 'answered'")
	met := h.number("SELECT COUNT(*) FROM attempts WHERE disposition = 'answered' AND (connected_at > 0 OR message_at > 0)")
	left := h.number("SELECT COUNT(*) FROM attempts a JOIN calls c ON c.id = a.id WHERE a.disposition = 'answered' AND a.connected_at = 0 AND a.message_at = 0 AND c.ending = 'far_end' AND c.ended_at - a.answered_at < 3000")
	if answered == 0 || met+left != answered {
		t.Errorf("of %d people who answered %d met an agent or the message, %d left at once", answered, met, left)
	}
}

// tells asserts that each part is told.
func tells(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not told in:\n%s", part, text)
		}
	}
}

// Machines are told by how long they greet: they are hung up on, or left a
// message once they have ended; no agent is called for either, and both are called
// again while attempts are left.
func TestMachines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ machine, heard string }{{"hang_up", ""}, {"flow", "long/story"}} {
		t.Run(tt.machine, func(t *testing.T) {
			t.Parallel()
			h := care(t, "progressive", 1, people.Subscriber{Personas: []people.Persona{people.Silent}, Greets: 3 * time.Second}, 0)
			twice := strings.NewReplacer("max_attempts: 1", "max_attempts: 2", "retry: {", "retry: {machine: [1s], ").Replace(fmt.Sprintf(careCampaign, "progressive"))
			h.write("care.yaml", twice+"machine: "+tt.machine+"\n")
			h.agent("lina", time.Second)
			h.dials()
			h.careOver()
			if n := h.number("SELECT COUNT(*) FROM attempts WHERE disposition = 'answered' AND party = 'machine' AND connected_at = 0 AND abandoned_at = 0"); n != 2 {
				t.Errorf("%d of 2 calls were taken for a machine's", n)
			}
			if n := h.number("SELECT COUNT(*) FROM contacts WHERE state = 'exhausted' AND attempts = 2"); n != 1 {
				t.Error("who has a machine was not called as often as the campaign says")
			}
			tells(t, h.must("campaign", "report", "care"), "connected        0", "connected counts people")
			legs := h.net.Legs()
			if heard := strings.Join(legs[len(legs)-1].Heard, " "); heard != tt.heard {
				t.Errorf("the machine has heard %q; want %q", heard, tt.heard)
			}
			if n := len(h.net.PhoneInvites()); n != 0 {
				t.Errorf("the agent's phone was called %d times for a machine", n)
			}
		})
	}
}
