package people_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"careline/audio"
	"careline/sim/people"
)

// outcome is how a call that the people placed ended.
type outcome struct {
	leg people.Leg
	err error
}

// place lets somebody call, and gives the outcome later.
func place(call func() (people.Leg, error)) <-chan outcome {
	out := make(chan outcome, 1)
	go func() {
		leg, err := call()
		out <- outcome{leg, err}
	}()
	return out
}

// A subscriber calls, hears, presses what the script says, and hangs up.
func TestCall(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	n := network(t, tr, people.Options{Book: question(), Behaviour: only(people.Complies), RecordDir: t.TempDir()})
	done := place(func() (people.Leg, error) {
		return n.Call(soon(t), "1001", "95000", people.Script{
			Persona: people.Complies, Keys: map[string]string{"flow/question": "2#"}, Record: true,
		})
	})
	c := <-tr.incoming
	if c.from != "1001" || c.request.Recipient.User != "95000" {
		t.Errorf("called from %s to %s", c.from, c.request.Recipient.User)
	}
	c.play(join(silence(999), question()[0].Samples, silence(1600)), fast)
	if a, b := <-c.keys, <-c.keys; a != '2' || b != '#' {
		t.Errorf("pressed %c%c; want 2#", a, b)
	}
	c.play(question()[1].Samples, fast)
	<-c.bye
	o := <-done
	if o.err != nil || o.leg.Keys != "2#" || !o.leg.Inbound || o.leg.ByeBy != people.Person || o.leg.Status != 200 {
		t.Errorf("call: %+v, %v", o.leg, o.err)
	}
	heard := recorded(t, o.leg.HeardFile)
	if got := labels(hear(t, question(), heard)); len(got) != 2 {
		t.Errorf("the recording holds %v", got)
	}
	if sent := recorded(t, o.leg.SentFile); len(sent) < 800 {
		t.Errorf("%d samples sent were recorded", len(sent))
	}
}

// Who is asked the same again and again hangs up, but not before the end of what
// the script says.
func TestCallScriptedOften(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	n := network(t, tr, people.Options{Book: question(), Behaviour: only(people.Silent)})
	done := place(func() (people.Leg, error) {
		return n.Call(soon(t), "1001", "95000", people.Script{
			Persona: people.Silent, Turns: map[string][]string{"flow/question": {"1", "2", "3", "4", "5"}},
		})
	})
	c := <-tr.incoming
	for want := range 5 {
		c.play(question()[0].Samples, fast)
		if key := <-c.keys; key != byte('1'+want) {
			t.Errorf("asked for the %dth time they press %c; want %d", want+1, key, want+1)
		}
	}
	c.play(question()[0].Samples, fast)
	<-c.bye
	if o := <-done; o.err != nil || o.leg.Keys != "12345" || o.leg.ByeBy != people.Person {
		t.Errorf("call: %+v, %v; want the person to hang up after 12345", o.leg, o.err)
	}
}

func recorded(t *testing.T, path string) []int16 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := audio.ReadWAV(f)
	if err != nil {
		t.Fatal(err)
	}
	return s.Line()
}

func TestCallRefused(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	n := network(t, tr, people.Options{})
	leg, err := n.Call(soon(t), "1001", "486", people.Script{})
	if err != nil || leg.Status != 486 {
		t.Errorf("status %d, %v; want 486", leg.Status, err)
	}
	n.SetService("not an address")
	if _, err := n.Call(soon(t), "1001", "95000", people.Script{}); err == nil {
		t.Error("called a service without an address")
	}
}

// Who hears nothing at all loses patience; who is called away hangs up; nobody
// makes two calls at once.
func TestCallEnds(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	b := only(people.Complies)
	b.Patience = 300 * time.Millisecond
	n := network(t, tr, people.Options{Behaviour: b})
	silent := place(func() (people.Leg, error) { return n.Call(soon(t), "1001", "95000", people.Script{}) })
	<-(<-tr.incoming).bye
	if o := <-silent; o.err != nil || o.leg.ByeBy != people.Person {
		t.Errorf("silent call: %+v, %v", o.leg, o.err)
	}
	waitFor(t, n, "1001", people.KindSilence)

	ctx, leave := context.WithCancel(soon(t))
	left := place(func() (people.Leg, error) { return n.Call(ctx, "1002", "95000", people.Script{}) })
	c := <-tr.incoming
	if _, err := n.Call(soon(t), "1002", "95000", people.Script{}); !errors.Is(err, people.ErrOnTheLine) {
		t.Errorf("a second call: %v; want ErrOnTheLine", err)
	}
	leave()
	<-c.bye
	if o := <-left; !errors.Is(o.err, context.Canceled) {
		t.Errorf("the call that was left: %v", o.err)
	}
}

// An agent's phone registers with digest, answers, and caller and agent hear
// each other through the service, in different laws.
func TestPhone(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	n := network(t, tr, people.Options{Behaviour: only(people.Complies)})
	p := phone(t, n, people.PhoneOptions{Name: "2001", Password: "secret", Codecs: []string{"PCMU"}})
	if err := p.Register(soon(t)); err != nil {
		t.Fatal(err)
	}
	if at := tr.where("2001"); at != p.Addr() {
		t.Fatalf("bound to %q; want %s", at, p.Addr())
	}
	done := place(func() (people.Leg, error) {
		return n.Call(soon(t), "1001", "95000", people.Script{Codecs: []string{"PCMA"}})
	})
	caller := <-tr.incoming
	agent := tr.dial(soon(t), p.Addr(), "2001", "Wang (gold)")
	join2(caller, agent)
	<-caller.bye // having said enough
	o := <-done
	if !o.leg.HeardVoice("2001") || o.leg.ByeBy != people.Person {
		t.Errorf("the caller's call: %+v, %v", o.leg, o.err)
	}
	agent.hangUp()
	waitFor(t, n, "2001", people.KindEnded)
	for _, l := range n.Legs() {
		if l.Who == "2001" && (!l.HeardVoice("1001") || l.FromName != "Wang (gold)" || l.Codec != "PCMU") {
			t.Errorf("the agent's call: %+v", l)
		}
	}
	if in := n.PhoneInvites(); len(in) != 1 || len(n.Invites()) != 0 {
		t.Errorf("phone invites %+v, others %+v", in, n.Invites())
	}
	if err := p.Stop(soon(t)); err != nil || tr.where("2001") != "" {
		t.Errorf("stop: %v; still bound to %q", err, tr.where("2001"))
	}
}

func phone(t *testing.T, n *people.Network, o people.PhoneOptions) *people.Phone {
	t.Helper()
	o.Ring = 20 * time.Millisecond
	p, err := n.Phone(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPhoneRegistration(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	tr.expires = "1" // so it is refreshed after half a second
	n := network(t, tr, people.Options{})
	if err := phone(t, n, people.PhoneOptions{Name: "2002", Password: "wrong"}).Register(soon(t)); err == nil {
		t.Error("registered with a wrong password")
	}
	p := phone(t, n, people.PhoneOptions{Name: "2001", Password: "secret"})
	if err := p.Register(soon(t)); err != nil {
		t.Fatal(err)
	}
	times := 0
	if _, err := n.Wait(soon(t), func(e people.Entry) bool {
		if e.Who == "2001" && e.Kind == people.KindRegistered {
			times++
		}
		return times == 2
	}); err != nil {
		t.Errorf("not refreshed: %v", err)
	}
	p.Kill()
	waitFor(t, n, "2001", people.KindKilled)
	if err := p.Register(soon(t)); err == nil {
		t.Error("a killed phone registered")
	}
}

// A phone dials codes, and a killed one says nothing more.
func TestPhoneDialsAndVanishes(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	n := network(t, tr, people.Options{})
	p := phone(t, n, people.PhoneOptions{Name: "2001", Password: "secret"})
	done := place(func() (people.Leg, error) { return p.Dial(soon(t), "*1") })
	c := <-tr.incoming
	if c.request.Recipient.User != "*1" || c.from != "2001" {
		t.Errorf("dialed %s as %s", c.request.Recipient.User, c.from)
	}
	p.HangUp()
	<-c.bye
	if o := <-done; o.err != nil {
		t.Error(o.err)
	}
	agent := tr.dial(soon(t), p.Addr(), "2001", "")
	p.Kill()
	if _, err := n.Wait(soon(t), func(e people.Entry) bool { return e.Leg == 2 && e.Kind == people.KindEnded }); err != nil {
		t.Fatal(err)
	}
	select {
	case <-agent.bye:
		t.Error("a killed phone said BYE")
	default:
	}
	if l := n.Legs()[1]; !l.Bye.IsZero() || l.Ended.IsZero() {
		t.Errorf("the killed leg: %+v", l)
	}
}

// Sixty people are on the line at once.
func TestSixtyAtOnce(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	n := network(t, tr, people.Options{Seed: 3, Book: question(), Behaviour: only(people.Complies)})
	calls := make(chan *call, 60)
	for i := range 60 {
		go func() { calls <- tr.dial(soon(t), n.Addr(), fmt.Sprint(3000+i), "") }()
	}
	var all []*call
	for range 60 {
		all = append(all, <-calls)
	}
	if up := n.Up(); up != 60 {
		t.Errorf("%d are on the line; want 60", up)
	}
	for _, c := range all {
		c.play(question()[0].Samples[:160], time.Microsecond)
		c.hangUp()
	}
	ended := 0
	if _, err := n.Wait(soon(t), func(e people.Entry) bool {
		if e.Kind == people.KindEnded {
			ended++
		}
		return ended == 60
	}); err != nil || n.Up() != 0 {
		t.Errorf("%d are left on the line: %v", n.Up(), err)
	}
}

// A phone may ring in vain, refuse, or be in another call.
func TestPhoneDoesNotAnswer(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	n := network(t, tr, people.Options{})
	ctx, stop := context.WithCancel(soon(t))
	defer stop()
	tr.onRing = stop
	ignores := phone(t, n, people.PhoneOptions{Name: "2001", Ignore: true})
	if c := tr.dial(ctx, ignores.Addr(), "2001", ""); c.status != 487 || c.rang != 180 {
		t.Errorf("%d after %d; want 487 after 180", c.status, c.rang)
	}
	tr.onRing = nil
	if c := tr.dial(soon(t), phone(t, n, people.PhoneOptions{Name: "2002", Refuse: true}).Addr(), "2002", ""); c.status != 486 {
		t.Errorf("refused by %d; want 486", c.status)
	}
	talks := phone(t, n, people.PhoneOptions{Name: "2003", Talk: 300 * time.Millisecond})
	c := tr.dial(soon(t), talks.Addr(), "2003", "")
	if other := tr.dial(soon(t), talks.Addr(), "2003", ""); c.status != 200 || other.status != 486 {
		t.Errorf("%d, then %d; want 200, then 486", c.status, other.status)
	}
	<-c.bye
}
