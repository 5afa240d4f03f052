package people_test

import (
	"context"
	"testing"
	"time"

	"careline/audio"
	"careline/sim/people"
)

const fast = 2 * time.Millisecond

// question is a book of one prompt that offers 1, 2, 0 and 9.
func question() []people.Prompt {
	return []people.Prompt{{
		Label: "flow/question", Language: "zh", Samples: speech(5, 6),
		Choices: map[people.Persona]people.Choices{people.Complies: {"1": 1, "2": 0, "0": 0, "9": 0}},
	}, {
		Label: "flow/thanks", Language: "zh", Samples: speech(6, 5),
		Choices: map[people.Persona]people.Choices{people.Complies: {people.HangUp: 1}},
	}}
}

// Each persona that does not answer gives its own final response, and only who
// has a telephone rings.
func TestPersonasThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		persona people.Persona
		status  int
		rings   int
	}{
		{people.Nonexistent, 404, 0},
		{people.Busy, 486, 0},
		{people.Unavailable, 480, 0},
		{people.Refuses, 603, 180},
		{people.NoAnswer, 487, 180},
	} {
		t.Run(string(tt.persona), func(t *testing.T) {
			t.Parallel()
			tr := newTrunk(t)
			n := network(t, tr, people.Options{Behaviour: only(tt.persona)})
			ctx, stop := context.WithCancel(soon(t))
			defer stop()
			if tt.persona == people.NoAnswer {
				tr.onRing = stop
			}
			c := tr.dial(ctx, n.Addr(), "1001", "")
			if c.status != tt.status || c.rang != tt.rings {
				t.Errorf("%d after %d; want %d after %d", c.status, c.rang, tt.status, tt.rings)
			}
			waitFor(t, n, "1001", people.KindEnded)
			in := n.Invites()
			if len(in) != 1 || in[0].Status != tt.status || in[0].Rang != (tt.rings > 0) || in[0].Persona != tt.persona {
				t.Errorf("invites %+v", in)
			}
			if cancelled := !in[0].Cancelled.IsZero(); cancelled != (tt.persona == people.NoAnswer) {
				t.Errorf("cancelled = %v", cancelled)
			}
		})
	}
}

// A person presses what their persona does after hearing the question, once.
func TestPersonasThatAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		persona people.Persona
		codecs  []string
		key     string // "" presses nothing
	}{
		{people.Complies, []string{"PCMA"}, "1"},
		{people.Complies, []string{"PCMU"}, "1"},
		{people.WantsAgent, nil, "0"},
		{people.OptsOut, nil, "9"},
		{people.BargesIn, nil, "1"},
		{people.PressesBad, nil, "34567 8"},
		{people.Silent, nil, ""},
	} {
		t.Run(string(tt.persona), func(t *testing.T) {
			t.Parallel()
			tr := newTrunk(t)
			n := network(t, tr, people.Options{
				Book: question(), Behaviour: only(tt.persona),
				Subscribers: []people.Subscriber{{Number: "1001", Codecs: tt.codecs}},
			})
			c := tr.dial(soon(t), n.Addr(), "1001", "")
			if c.status != 200 {
				t.Fatalf("status %d; want 200", c.status)
			}
			if len(tt.codecs) == 1 && c.codec.String() != tt.codecs[0] {
				t.Errorf("answered with %v; want %s", c.codec, tt.codecs[0])
			}
			book := question()
			c.play(join(silence(431), book[0].Samples, silence(1600)), fast)
			waitFor(t, n, "1001", people.KindHeard)
			if tt.key != "" {
				checkKey(t, n, c, tt.key)
			}
			c.play(book[1].Samples, fast)
			heardLabel(t, n, "flow/thanks")
			if tt.persona == people.Silent {
				c.hangUp()
			} else {
				<-c.bye // HangUp after the second prompt
			}
			waitFor(t, n, "1001", people.KindEnded)
			if p := n.Presses(); len(p) != min(1, len(tt.key)) {
				t.Errorf("%d keys pressed: %+v\n%s", len(p), p, text(n))
			}
			l := n.Legs()[0]
			if len(l.Heard) != 2 || l.Heard[0] != "flow/question" || l.Heard[1] != "flow/thanks" {
				t.Errorf("heard %v", l.Heard)
			}
		})
	}
}

func heardLabel(t *testing.T, n *people.Network, label string) {
	t.Helper()
	if _, err := n.Wait(soon(t), func(e people.Entry) bool {
		return e.Kind == people.KindHeard && e.Label == label
	}); err != nil {
		t.Fatalf("%s not heard: %v\n%s", label, err, text(n))
	}
}

// checkKey waits for the key at both ends.
func checkKey(t *testing.T, n *people.Network, c *call, oneOf string) {
	t.Helper()
	e := waitFor(t, n, "1001", people.KindKey)
	select {
	case got := <-c.keys:
		if string(got) != e.Key || !containsByte(oneOf, got) {
			t.Errorf("key %c arrived, %s is in the diary; want one of %s", got, e.Key, oneOf)
		}
	case <-soon(t).Done():
		t.Fatal("no key arrived")
	}
	if long := e.At.Sub(e.Start); long < 20*time.Millisecond || long > 2*time.Second {
		t.Errorf("the key took %v", long)
	}
	if e.Label != "flow/question" {
		t.Errorf("pressed after %q", e.Label)
	}
}

func containsByte(s string, b byte) bool {
	for i := range len(s) {
		if s[i] == b {
			return true
		}
	}
	return false
}

// Who hangs up early does so on their own, in the middle of the prompt.
func TestHangsUpMidWay(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	n := network(t, tr, people.Options{Book: question(), Behaviour: only(people.HangsUp)})
	c := tr.dial(soon(t), n.Addr(), "1001", "")
	c.play(question()[0].Samples[:4000], 10*time.Millisecond)
	<-c.bye
	waitFor(t, n, "1001", people.KindEnded)
	l := n.Legs()[0]
	if l.ByeBy != people.Person || len(l.Heard) != 0 {
		t.Errorf("ended by %s after %v; want the person, after nothing", l.ByeBy, l.Heard)
	}
}

// A key counts only if all of it was sent 100 ms before BYE.
func TestSurely(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	n := network(t, tr, people.Options{Book: question(), Behaviour: only(people.Complies)})
	for _, number := range []string{"1001", "1002"} {
		c := tr.dial(soon(t), n.Addr(), number, "")
		c.play(join(question()[0].Samples, silence(1600)), fast)
		waitFor(t, n, number, people.KindKey)
		if number == "1001" {
			c.hangUp() // at once
		} else {
			c.play(silence(audio.Samples(200*time.Millisecond)), audio.FrameDuration)
			c.hangUp()
		}
		waitFor(t, n, number, people.KindEnded)
	}
	p := n.Presses()
	if len(p) != 2 || p[0].Surely() || !p[1].Surely() {
		t.Errorf("presses %+v; want the second alone to be sure", p)
	}
	for _, q := range p {
		if q.ByeBy != people.Service || q.Label != "flow/question" || q.Times != 1 {
			t.Errorf("press %+v", q)
		}
	}
}

// A person on the line is busy for others.
func TestOneCallAtATime(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	n := network(t, tr, people.Options{Behaviour: only(people.Complies)})
	first := tr.dial(soon(t), n.Addr(), "1001", "")
	second := tr.dial(soon(t), n.Addr(), "1001", "")
	if first.status != 200 || second.status != 486 {
		t.Errorf("%d, then %d; want 200, then 486", first.status, second.status)
	}
	first.hangUp()
	third := tr.dial(soon(t), n.Addr(), "1001", "")
	if third.status != 200 {
		t.Errorf("then %d; want 200", third.status)
	}
	third.hangUp()
	in := n.Invites()
	for i, v := range in {
		if v.Attempt != i+1 {
			t.Errorf("invite %d is attempt %d", i, v.Attempt)
		}
	}
	if len(in) != 3 {
		t.Errorf("%d invites; want 3", len(in))
	}
}

// What is received is measured: packets that are late, and those that miss.
func TestMeasuresPackets(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	n := network(t, tr, people.Options{Behaviour: only(people.Complies)})
	c := tr.dial(soon(t), n.Addr(), "1001", "")
	c.play(silence(1600), audio.FrameDuration)
	tick := time.NewTimer(80 * time.Millisecond) // late: the timestamps do not know of it
	<-tick.C
	c.play(silence(1600), audio.FrameDuration)
	c.mu.Lock()
	c.packet.SequenceNumber += 3
	c.packet.Timestamp += 480
	c.mu.Unlock()
	c.play(silence(160), audio.FrameDuration)
	c.hangUp()
	waitFor(t, n, "1001", people.KindEnded)
	a := n.Stats()
	if a.Received != 21 || a.Missing != 3 || a.Late < 10 || a.Gaps < 1 || a.LatestMS < 60 {
		t.Errorf("measured %+v", a)
	}
	if a.Sent < 15 {
		t.Errorf("sent %d packets", a.Sent)
	}
}

// Ringing may be heard as a tone before the answer.
func TestEarlyMedia(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	b := only(people.Complies)
	b.EarlyMedia, b.RingMin = 1, 100*time.Millisecond
	n := network(t, tr, people.Options{Behaviour: b})
	c := tr.dial(soon(t), n.Addr(), "1001", "")
	if c.rang != 183 || c.status != 200 {
		t.Errorf("%d after %d; want 200 after 183", c.status, c.rang)
	}
	c.hangUp()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.heard) < 400 || audio.Goertzel(c.heard[:400], 450) < -25 {
		t.Errorf("no ringing tone in %d samples", len(c.heard))
	}
}
