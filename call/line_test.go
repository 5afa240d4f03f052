package call_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/ivr"
)

// line is a caller who does as a script says. It follows the flow on its own and
// fails the test when a step is started before what it records is kept, or when
// it is another step than the flow asks for.
type line struct {
	t     *testing.T
	keep  *keeper
	rec   call.Record
	flow  *ivr.Flow
	state ivr.State

	script  []ivr.Event // what happens after each step; the caller hangs up at its end
	onStart func(n int) error
	onNext  func(ctx context.Context, n int) error
	deaf    bool // steps that the flow did not ask for are expected

	started [][]ivr.Action
	last    ivr.Event
	over    bool
	hungUp  bool // by Hangup
}

var _ call.Line = (*line)(nil)

func newLine(t *testing.T, k *keeper, f *ivr.Flow, rec call.Record, script ...ivr.Event) *line {
	t.Helper()
	return &line{
		t: t, keep: k, rec: rec, flow: f, script: script,
		state: f.Begin(ivr.Party{Language: rec.Customer.Language, Attributes: attributes(rec)}),
		last:  ivr.Event{Kind: ivr.Answered},
	}
}

// attributes are a customer as a flow knows them.
func attributes(rec call.Record) map[string]string {
	all := map[string]string{"manager": rec.Customer.Manager}
	for name, value := range rec.Customer.Attributes {
		all[name] = value
	}
	return all
}

func (l *line) Start(_ context.Context, actions []ivr.Action) error {
	l.started = append(l.started, actions)
	if !l.deaf {
		l.follow(actions)
	}
	if l.onStart != nil {
		return l.onStart(len(l.started))
	}
	if l.over {
		return call.ErrHungUp
	}
	return nil
}

// follow takes the same step as the desk has taken.
func (l *line) follow(actions []ivr.Action) {
	l.t.Helper()
	var want []ivr.Action
	l.state, want = l.flow.Step(l.state, l.last)
	if err := l.keep.holds(l.rec, want); err != nil {
		l.t.Errorf("Start of step %d: %v", len(l.started), err)
	}
	want = slices.DeleteFunc(want, func(a ivr.Action) bool { return !a.ForLine() })
	if diff := cmp.Diff(want, actions); diff != "" {
		l.t.Errorf("Start of step %d (-flow +started):\n%s", len(l.started), diff)
	}
}

func (l *line) Next(ctx context.Context) (ivr.Event, error) {
	n := len(l.started)
	if l.onNext != nil {
		if err := l.onNext(ctx, n); err != nil {
			return ivr.Event{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return ivr.Event{}, err
	}
	switch {
	case l.over || len(l.script) == 0 || hangsUp(l.started[n-1]) && l.script[0].Kind != ivr.Failed:
		l.over = true
		l.last = ivr.Event{Kind: ivr.HungUp}
	default:
		l.last, l.script = l.script[0], l.script[1:]
		l.over = l.last.Kind == ivr.HungUp
	}
	l.last.At = time.Now()
	return l.last, nil
}

func (l *line) Hangup(context.Context) { l.over, l.hungUp = true, true }

func hangsUp(actions []ivr.Action) bool {
	return len(actions) > 0 && actions[len(actions)-1].Kind == ivr.Hangup
}

// telling is a line that knows how it came to its end.
type telling struct {
	*line
	ending call.Ending
}

func (l telling) Ending() call.Ending { return l.ending }

// heard says what a step asks the line for, and by which nodes.
func heard(actions []ivr.Action) []string {
	words := make([]string, 0, len(actions))
	for _, a := range actions {
		words = append(words, string(a.Kind)+" "+a.Node)
	}
	return words
}

// Events of a script.
var (
	played    = ivr.Event{Kind: ivr.Played}
	silence   = ivr.Event{Kind: ivr.Keys}
	hungUp    = ivr.Event{Kind: ivr.HungUp}
	failed    = ivr.Event{Kind: ivr.Failed}
	timedOut  = ivr.Event{Kind: ivr.TimedOut}
	connected = ivr.Event{Kind: ivr.Connected}
)

func key(keys string) ivr.Event { return ivr.Event{Kind: ivr.Keys, Keys: keys} }

// errLine is a line's trouble.
var errLine = errors.New("line on fire")
