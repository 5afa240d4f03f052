package ivr_test

import (
	"encoding/json"
	"errors"
	"testing"

	"careline/ivr"
)

// maxState is more than the state of any test's conversation takes as JSON.
const maxState = 8 << 10

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"../examples/flows/*.yaml", "testdata/*.yaml", "testdata/bad/*.yaml", "testdata/doubtful/*.yaml"} {
		for _, file := range glob(f, pattern) {
			f.Add(read(f, file))
		}
	}
	f.Add([]byte("[[[[{{{{"))
	f.Add([]byte("&a [*a, *a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		flow, err := ivr.Parse("fuzz.yaml", text)
		var all ivr.Problems
		if (err == nil) != (flow != nil) || (err != nil && (!errors.Is(err, ivr.ErrInvalid) || !errors.As(err, &all))) {
			t.Fatalf("Parse = %v, %v", flow, err)
		}
		for _, p := range all {
			if p.Line < 1 || p.Column < 1 || p.Message == "" {
				t.Errorf("problem %+v has no place or says nothing", p)
			}
		}
		if flow != nil {
			converse(t, flow, text)
		}
	})
}

// FuzzStep takes a flow through events read from bytes, each step from a state
// that was written and read again.
func FuzzStep(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4})
	f.Add([]byte{0, 1, 16, 32, 48, 64})
	f.Add([]byte{0, 1, 0x12, 0x22, 0x02, 0x52, 7, 1, 2, 3})
	var flows []*ivr.Flow
	for _, pattern := range []string{"../examples/flows/*.yaml", "testdata/*.yaml", "testdata/doubtful/*.yaml"} {
		for _, file := range glob(f, pattern) {
			flow, err := ivr.Parse(file, read(f, file))
			if err != nil {
				f.Fatal(err)
			}
			flows = append(flows, flow)
		}
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		for _, flow := range flows {
			converse(t, flow, script)
		}
	})
}

// converse holds a conversation and checks what must be true of each.
func converse(t *testing.T, f *ivr.Flow, script []byte) {
	t.Helper()
	party := ivr.Party{Attributes: map[string]string{}}
	if len(script)%2 == 0 {
		party = ivr.Party{Language: "en", Attributes: map[string]string{"due": "2026-12-04", "balance": "3", "card": "1", "points": "2"}}
	}
	s, actions := step(t, f, f.Begin(party), ivr.Event{Kind: ivr.Answered})
	if len(actions) == 0 {
		t.Fatal("an answered call is asked for nothing")
	}
	for _, b := range script[:min(len(script), 4*ivr.MaxVisits)] {
		over := s.Over
		s, actions = step(t, f, s, scripted(b))
		inOrder(t, actions)
		switch last := len(actions) - 1; {
		case over && last >= 0:
			t.Fatalf("a conversation that is over asks for %v", kindsOf(actions))
		case s.Over:
		case last < 0 || !actions[last].ForLine():
			t.Fatalf("nothing ends the wait at node %s after %v", s.Node, kindsOf(actions))
		}
		if text, err := json.Marshal(s); err != nil || len(text) > maxState {
			t.Fatalf("state has %d bytes, %v", len(text), err)
		}
	}
	if s, actions = step(t, f, s, ivr.Event{Kind: ivr.HungUp}); !s.Over || len(actions) > 0 {
		t.Fatalf("after the hang-up over is %v and %v is asked for", s.Over, kindsOf(actions))
	}
}

// scripted reads an event from a byte: what it is, and which key.
func scripted(b byte) ivr.Event {
	kinds := []ivr.EventKind{
		ivr.Answered, ivr.Played, ivr.Keys, ivr.Keys, ivr.Keys, ivr.Recorded, ivr.Silent, ivr.HungUp,
		ivr.Connected, ivr.Busy, ivr.TimedOut, ivr.Full, ivr.Failed, ivr.Played, "sneezed", ivr.Keys, ivr.Keys,
	}
	keys := []string{"1", "2", "3", "4", "5", "0", "9", "*", "#", "", "12345", "1", "2", "x", "00000000000000000000000000000000000", "1-5"}
	return ivr.Event{Kind: kinds[b%16], Keys: keys[b/16], Message: ivr.Message{ID: keys[b/16]}}
}

// inOrder checks that a step asks the service first, then the line, which has
// one thing at most to wait for.
func inOrder(t *testing.T, actions []ivr.Action) {
	t.Helper()
	rank := map[ivr.ActionKind]int{ivr.Answer: 1, ivr.OptOut: 1, ivr.Callback: 1, ivr.Play: 2, ivr.Gather: 3, ivr.Record: 3, ivr.Enqueue: 3, ivr.Dial: 3, ivr.Hangup: 3}
	was := 0
	for _, a := range actions {
		now := rank[a.Kind]
		if now == 0 || now < was || was == 3 {
			t.Fatalf("actions %v are out of order", kindsOf(actions))
		}
		was = now
	}
}

// Whatever happens on a line, a conversation ends.
func TestEveryConversationEnds(t *testing.T) {
	for _, file := range append(glob(t, "../examples/flows/*.yaml"), glob(t, "testdata/*.yaml")...) {
		f := parseFile(t, file)
		for b := range 256 {
			s, _ := f.Step(f.Begin(ivr.Party{}), ivr.Event{Kind: ivr.Answered})
			steps := 0
			for most := 20 * ivr.MaxVisits * ivr.MaxTries; !s.Over && steps < most; steps++ {
				s, _ = f.Step(s, scripted(byte(b)))
			}
			if !s.Over {
				t.Errorf("%s: after %d times %+v it still goes on", file, steps, scripted(byte(b)))
			}
		}
	}
}
