package ivr_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"careline/ivr"
)

func TestBegin(t *testing.T) {
	f := parseFile(t, "../examples/flows/suspension-reminder.yaml")
	for _, tt := range []struct{ lang, want string }{
		{"zh", "zh"},
		{"en", "en"},
		{"en-GB", "en"},
		{"EN", "en"},
		{"fr", "zh"},
		{"", "zh"},
	} {
		if got := f.Begin(ivr.Party{Language: tt.lang}).Lang; got != tt.want {
			t.Errorf("Begin for a speaker of %q speaks %q; want %q", tt.lang, got, tt.want)
		}
	}
}

// Only what the flow reads is kept of a contact, and nothing of any size.
func TestBeginKeepsWhatIsRead(t *testing.T) {
	f := parseFile(t, "../examples/flows/suspension-reminder.yaml")
	got := f.Begin(ivr.Party{Seed: 7, Attributes: map[string]string{
		"due": " 2026-12-04 ", "name": "Li Lei", "manager": "", "balance": strings.Repeat("9", ivr.MaxValueLen+1),
	}})
	want := ivr.State{Flow: f.Hash(), Lang: "zh", Seed: 7, Attrs: map[string]string{"due": "2026-12-04"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Begin (-want +got):\n%s", diff)
	}
}

// A state that this flow cannot have written still leads to an end.
func TestStepFromNonsense(t *testing.T) {
	f := parseFile(t, "../examples/flows/suspension-reminder.yaml")
	for _, tt := range []struct {
		name  string
		state ivr.State
		want  string
	}{
		{"unknown node", ivr.State{Node: "gone"}, "play hangup"},
		{"node that waits for nothing", ivr.State{Node: "goodbye"}, "play hangup"},
		{"end", ivr.State{Node: "end"}, "play hangup"},
		{"unknown language", ivr.State{Node: "menu", Lang: "tlh"}, "gather"},
		{"tries below zero", ivr.State{Node: "menu", Tries: -9}, "gather"},
		{"too many tries", ivr.State{Node: "menu", Tries: 1 << 40}, "play hangup"},
		{"visits below zero", ivr.State{Node: "menu", Visits: map[string]int{"menu": -1 << 40}}, "gather"},
		{"visits above the cap", ivr.State{Node: "menu", Tries: 2, Visits: map[string]int{"goodbye": 99}}, "play hangup"},
		{"over", ivr.State{Node: "menu", Over: true}, ""},
		{"before it was answered", ivr.State{}, ""},
	} {
		_, actions := f.Step(tt.state, ivr.Event{Kind: ivr.Keys})
		if got := kindsOf(actions); got != tt.want {
			t.Errorf("%s: Step asks for %q; want %q", tt.name, got, tt.want)
		}
	}
}

// A flow without a farewell hangs up when a caller goes on for ever.
func TestVisitsWithoutFarewell(t *testing.T) {
	f, err := ivr.Parse("round.yaml", []byte(`
flow: round
languages: [en]
start: again
nodes:
  again:
    gather: {num_digits: 1}
    say: {en: "Press 1."}
    on: {"1": again, noinput: end, nomatch: end}
`))
	if err != nil {
		t.Fatal(err)
	}
	s, actions := f.Step(f.Begin(ivr.Party{}), ivr.Event{Kind: ivr.Answered})
	steps := 1
	for !s.Over {
		s, actions = f.Step(s, ivr.Event{Kind: ivr.Keys, Keys: "1"})
		steps++
	}
	if got := kindsOf(actions); got != "hangup" || steps != ivr.MaxVisits+1 {
		t.Errorf("after %d steps the flow asks for %q; want hangup after %d", steps, got, ivr.MaxVisits+1)
	}
}

// What nobody declared a way around is passed over, without a question that
// nobody heard.
func TestMissingWithoutAWay(t *testing.T) {
	f := parseFile(t, "testdata/doubtful/outbound.yaml")
	s, actions := f.Step(f.Begin(ivr.Party{}), ivr.Event{Kind: ivr.Answered})
	if got := kindsOf(actions); got != "hangup" || !s.Over {
		t.Errorf("Step asks for %q, over: %v; want hangup, over", got, s.Over)
	}
}

func kindsOf(actions []ivr.Action) string {
	kinds := make([]string, len(actions))
	for i, a := range actions {
		kinds[i] = string(a.Kind)
	}
	return strings.Join(kinds, " ")
}
