package ivr_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/ivr"
)

// A transcript is a whole conversation: its flow, whom it is with, what
// happened (>), and what the flow asked for (<). The last are recomputed.
func TestTranscripts(t *testing.T) {
	for _, file := range glob(t, "testdata/*.call") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			lines := strings.Split(strings.TrimSuffix(string(read(t, file)), "\n"), "\n")
			expect(t, file, strings.Join(replay(t, lines), "\n")+"\n")
		})
	}
}

// replay keeps the head and the events of a transcript, and answers the events
// anew.
func replay(t *testing.T, lines []string) []string {
	t.Helper()
	var flow *ivr.Flow
	var state ivr.State
	party := ivr.Party{Seed: 1, Attributes: map[string]string{}}
	var out []string
	for _, line := range lines {
		word, rest, _ := strings.Cut(line, " ")
		if word == "<" {
			continue
		}
		out = append(out, line)
		switch word {
		case "flow":
			flow = parseFile(t, filepath.Join("testdata", rest))
		case "lang":
			party.Language = rest
		case "contact":
			name, value, _ := strings.Cut(rest, "=")
			party.Attributes[name] = value
		case ">":
			if state.Flow == "" {
				state = flow.Begin(party)
			}
			var actions []ivr.Action
			state, actions = step(t, flow, state, event(t, rest))
			out = append(out, written(state, actions)...)
		case "", "#":
		default:
			t.Fatalf("line %q is not of a transcript", line)
		}
	}
	return out
}

// step takes a step with a state that was written and read again.
func step(t *testing.T, f *ivr.Flow, s ivr.State, ev ivr.Event) (ivr.State, []ivr.Action) {
	t.Helper()
	before, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again ivr.State
	if err := json.Unmarshal(before, &again); err != nil {
		t.Fatal(err)
	}
	next, actions := f.Step(s, ev)
	same, sameActions := f.Step(again, ev)
	if diff := cmp.Diff(next, same); diff != "" {
		t.Fatalf("a state that was stored goes elsewhere (-kept +stored):\n%s", diff)
	}
	if diff := cmp.Diff(actions, sameActions); diff != "" {
		t.Fatalf("a state that was stored does something else (-kept +stored):\n%s", diff)
	}
	if after, _ := json.Marshal(s); string(after) != string(before) {
		t.Fatalf("Step changed the state it was given:\n%s\n%s", before, after)
	}
	return same, sameActions
}

// event reads what happened: "key 1", "silence", "played", "connected".
func event(t *testing.T, text string) ivr.Event {
	t.Helper()
	ev := ivr.Event{At: time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)}
	word, keys, _ := strings.Cut(text, " ")
	switch ev.Kind = ivr.EventKind(word); word {
	case "key", "keys":
		ev.Kind, ev.Keys = ivr.Keys, keys
	case "silence":
		ev.Kind = ivr.Keys
	case "recorded":
		ev.Message = ivr.Message{ID: keys, Length: 7 * time.Second}
	case "answered", "played", "silent", "connected", "busy", "timeout", "full", "failed", "machine", "hungup":
	default:
		t.Fatalf("event %q is not known", text)
	}
	return ev
}

// written gives actions a line each, and says when the conversation is over.
func written(s ivr.State, actions []ivr.Action) []string {
	var out []string
	for _, a := range actions {
		line := fmt.Sprintf("< %s %s", a.Kind, a.Node)
		switch a.Kind {
		case ivr.Play:
			line += ": " + spoken(a.Prompt)
		case ivr.Gather:
			line += fmt.Sprintf(" (%s): %s", collects(a.Gather), spoken(a.Prompt))
		case ivr.Record:
			line += fmt.Sprintf(" (%v, %v, ends on %s, beep %v): %s", a.Record.Max, a.Record.Silence, a.Record.FinishOnKey, a.Record.Beep, spoken(a.Prompt))
		case ivr.Enqueue:
			line += fmt.Sprintf(": %s for %v, %q first for %v, music %q",
				a.Enqueue.Queue, a.Enqueue.MaxWait, a.Enqueue.KnownAgent, a.Enqueue.KnownAgentWait, a.Enqueue.Music)
		case ivr.Dial:
			line += fmt.Sprintf(": %s by %q, rings %v, refer %v, music %q", a.Dial.Number, a.Dial.Trunk, a.Dial.Ring, a.Dial.Refer, a.Dial.Music)
		case ivr.Answer:
			line += fmt.Sprintf(": %s = %s (%s)", a.Answer.Result, a.Answer.Value, a.Answer.Category)
		case ivr.OptOut:
			line += ": " + a.Scope
		case ivr.Callback:
			line += ": " + a.Reason
		case ivr.Hangup:
		}
		out = append(out, line)
	}
	if s.Over {
		out = append(out, "< over")
	}
	return out
}

func collects(g *ivr.GatherSpec) string {
	s := fmt.Sprintf("%d to %d keys, %v, %v", g.MinDigits, g.MaxDigits, g.Timeout, g.InterDigit)
	if g.FinishOnKey != "" {
		s += ", ends on " + g.FinishOnKey
	}
	if g.BargeIn {
		s += ", barge-in"
	}
	if g.TypeAhead {
		s += ", type-ahead"
	}
	return s
}

func spoken(p *ivr.Prompt) string {
	if p == nil {
		return "nothing"
	}
	var parts []string
	for _, piece := range p.Pieces {
		if piece.Kind == ivr.Text {
			parts = append(parts, piece.Value)
			continue
		}
		parts = append(parts, "["+strings.TrimSpace(fmt.Sprintf("%s %s %s", piece.Kind, piece.Value, piece.Unit))+"]")
	}
	return p.Lang + " " + strings.Join(parts, " ")
}
