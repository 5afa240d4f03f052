package call_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/ivr"
)

// converse holds a conversation about a flow with a caller who does as the
// script says. It looks after what each conversation shall leave behind.
func converse(t *testing.T, k *keeper, f *ivr.Flow, script ...ivr.Event) (*line, error) {
	t.Helper()
	l := newLine(t, k, f, outbound(f), script...)
	return l, run(t, directoryOf(f), l, l)
}

// run converses on a line, which may be wrapped in another.
func run(t *testing.T, dir *directory, on call.Line, l *line) error {
	t.Helper()
	d := call.NewDesk(l.keep, dir, call.Options{Apology: sorry})
	err := d.Converse(t.Context(), on, l.rec)
	if !l.hungUp {
		t.Error("Converse returned without Hangup")
	}
	if n := d.Live(); n != 0 {
		t.Errorf("Live = %d after the call; want 0", n)
	}
	return err
}

func sorry(lang string) ivr.Prompt {
	return ivr.Prompt{Lang: lang, Pieces: []ivr.Piece{{Kind: ivr.Text, Value: "sorry"}}}
}

// apologised tells whether the latest step was the apology, in lang.
func apologised(l *line, lang string) bool {
	p := sorry(lang)
	want := []ivr.Action{{Kind: ivr.Play, Prompt: &p}, {Kind: ivr.Hangup}}
	return len(l.started) > 0 && cmp.Equal(want, l.started[len(l.started)-1])
}

func TestConverse(t *testing.T) {
	for _, tt := range []struct {
		name, flow string
		script     []ivr.Event
		answers    map[string]string
		optOuts    int
		callbacks  int
		ending     call.Ending
	}{
		{
			"opts out", "suspension-reminder",
			[]ivr.Event{played, key("9")},
			map[string]string{"heard": "yes", "choice": "9"},
			1, 0, call.ByFlow,
		},
		{
			"hears it again and leaves", "suspension-reminder",
			[]ivr.Event{played, key("1"), hungUp},
			map[string]string{"heard": "yes", "choice": "1"},
			0, 0, call.ByCaller,
		},
		{
			"leaves during the first words", "suspension-reminder",
			[]ivr.Event{hungUp},
			map[string]string{},
			0, 0, call.ByCaller,
		},
		{
			"waits in vain", "suspension-reminder",
			[]ivr.Event{played, key("0"), timedOut},
			map[string]string{"heard": "yes", "choice": "0"},
			0, 1, call.ByFlow,
		},
		{
			"is silent", "suspension-reminder",
			[]ivr.Event{played, silence, silence},
			map[string]string{"heard": "yes"},
			0, 0, call.ByFlow,
		},
		{
			"leaves half an interview", "contract-expiry",
			[]ivr.Event{key("1"), hungUp},
			map[string]string{"renew": "1"},
			0, 0, call.ByCaller,
		},
		{
			"talks and rates", "contract-expiry",
			[]ivr.Event{key("0"), connected, key("5")},
			map[string]string{"renew": "0", "satisfaction": "5"},
			0, 0, call.ByFlow,
		},
		{
			"leaves the queue", "vip-line",
			[]ivr.Event{hungUp},
			map[string]string{},
			0, 0, call.ByCaller,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newKeeper()
			if _, err := converse(t, k, example(t, tt.flow), tt.script...); err != nil {
				t.Fatalf("Converse = %v", err)
			}
			if diff := cmp.Diff(tt.answers, k.values("call-1")); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			if len(k.kept.OptOuts) != tt.optOuts || len(k.kept.Callbacks) != tt.callbacks {
				t.Errorf("kept %d opt-outs, %d notes to call back; want %d, %d",
					len(k.kept.OptOuts), len(k.kept.Callbacks), tt.optOuts, tt.callbacks)
			}
			if got := k.record(t, "call-1"); got.Ending != tt.ending || got.EndedAt.IsZero() {
				t.Errorf("ended %q at %v; want %q", got.Ending, got.EndedAt, tt.ending)
			}
		})
	}
}

// What is kept says who, about what, and when.
func TestWhatIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, f := newKeeper(), example(t, "contract-expiry")
		if _, err := converse(t, k, f, key("0"), timedOut); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		want := call.CallbackNote{
			CallID: "call-1", Number: "+8613800001111", Campaign: "winter", Contact: "contact-1",
			Queue: "care", Agent: "lin", Reason: "asked for an agent about a new agreement", At: now,
		}
		if diff := cmp.Diff([]call.CallbackNote{want}, k.kept.Callbacks); diff != "" {
			t.Errorf("notes to call back (-want +got):\n%s", diff)
		}
		a := k.kept.Answers["call-1 renew"]
		if a.Campaign != "winter" || a.Contact != "contact-1" || a.Category != "agent" || a.Node != "offer" ||
			a.FlowHash != f.Hash() || !a.At.Equal(now) {
			t.Errorf("answer = %+v", a)
		}
	})
}

const twoQueues = `
flow: two-queues
languages: [en]
start: first
nodes:
  first: {enqueue: {queue: gold}, on: {connected: end, timeout: second, full: ask, failed: note}}
  second: {enqueue: {queue: iron}, on: {connected: end, timeout: ask, full: ask, failed: ask}}
  ask:
    gather: {num_digits: 1}
    say: {en: "Shall we call you back? Press 1."}
    on: {"1": note, noinput: end, nomatch: end}
  note: {callback: {reason: waited}, next: end}
`

// Whoever calls back learns which queue the caller was in last, however long
// ago that was.
func TestCallbackNamesTheQueue(t *testing.T) {
	for _, tt := range []struct {
		want   string
		script []ivr.Event
	}{
		{"gold", []ivr.Event{failed}},
		{"gold", []ivr.Event{{Kind: ivr.Full}, key("1")}},
		{"iron", []ivr.Event{timedOut, timedOut, silence, key("1")}},
	} {
		k := newKeeper()
		if _, err := converse(t, k, parse(t, twoQueues), tt.script...); err != nil {
			t.Fatal(err)
		}
		if len(k.kept.Callbacks) != 1 || k.kept.Callbacks[0].Queue != tt.want {
			t.Errorf("%v: notes to call back = %+v; want one for queue %s", tt.script, k.kept.Callbacks, tt.want)
		}
	}
	k := newKeeper()
	f := parse(t, "flow: a\nlanguages: [en]\nstart: note\nnodes:\n  note: {callback: {reason: asked}, next: end}\n")
	if _, err := converse(t, k, f); err != nil || len(k.kept.Callbacks) != 1 || k.kept.Callbacks[0].Queue != "" {
		t.Errorf("without a queue: %v, notes = %+v; want one without a queue", err, k.kept.Callbacks)
	}
}

// An opt-out is kept before it is confirmed, for the number that was called.
func TestOptOut(t *testing.T) {
	const flow = `
flow: stop
languages: [en]
start: menu
nodes:
  menu: {gather: {num_digits: 1}, say: {en: "Press 8 or 9."}, on: {"8": here, "9": all, noinput: end, nomatch: end}}
  here: {optout: {scope: campaign}, next: done}
  all: {optout: {scope: all}, next: done}
  done: {say: {en: Noted.}, next: end}
`
	for keys, want := range map[string]call.OptOut{
		"8": {Number: "+8613800001111", CallID: "call-1", Campaign: "winter"},
		"9": {Number: "+8613800001111", CallID: "call-1"},
	} {
		synctest.Test(t, func(t *testing.T) {
			k := newKeeper()
			if _, err := converse(t, k, parse(t, flow), key(keys)); err != nil {
				t.Fatal(err)
			}
			want.At = time.Now()
			if diff := cmp.Diff([]call.OptOut{want}, k.kept.OptOuts); diff != "" {
				t.Errorf("opt-outs (-want +got):\n%s", diff)
			}
		})
	}
}

// A caller whose answer cannot be stored hears an apology, not the next prompt.
func TestUnsaved(t *testing.T) {
	for _, tt := range []struct {
		name   string
		keep   *keeper
		script []ivr.Event
		steps  int // started, with the apology
		kept   map[string]string
	}{
		{"for ever", &keeper{commit: always(errDisk)}, []ivr.Event{key("1"), key("5")}, 2, map[string]string{}},
		{"the second answer", &keeper{commit: once(2, errDisk)}, []ivr.Event{key("1"), key("5")}, 3, map[string]string{"renew": "1"}},
		{"an opt-out", &keeper{commit: always(errDisk)}, []ivr.Event{key("9")}, 2, map[string]string{}},
		{"as another's step is stored", &keeper{commit: always(call.ErrStale)}, []ivr.Event{key("1")}, 2, map[string]string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, f := newKeeper(), example(t, "contract-expiry")
			k.commit = tt.keep.commit
			rec := outbound(f)
			l := newLine(t, k, f, rec, tt.script...)
			l.onStart = func(n int) error { l.deaf = n == tt.steps-1; return nil }
			err := run(t, directoryOf(f), l, l)
			if err == nil {
				t.Error("Converse = nil; want the cause")
			}
			if len(l.started) != tt.steps || !apologised(l, "en") {
				t.Errorf("started %d steps, the last %v; want %d with an apology", len(l.started), heard(l.started[len(l.started)-1]), tt.steps)
			}
			if got := k.record(t, "call-1").Ending; got != call.Unsaved {
				t.Errorf("ended %q; want %q", got, call.Unsaved)
			}
			if diff := cmp.Diff(tt.kept, k.values("call-1")); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
		})
	}
}

// Another node cannot have taken a step of a call whose line is here: the
// caller's answer is not in what it stored.
func TestUnsavedWhenAnotherMoved(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	rec := outbound(f)
	l := newLine(t, k, f, rec, key("1"))
	l.onNext = func(ctx context.Context, n int) error {
		if n > 1 {
			return nil
		}
		l.deaf = true
		other := call.NewDesk(k, directoryOf(f), call.Options{})
		for seq, ev := range []ivr.Event{{Kind: ivr.Answered}, key("2")} {
			if _, err := other.Advance(ctx, rec.ID, seq, ev); err != nil {
				t.Error(err)
			}
		}
		return nil
	}
	err := run(t, directoryOf(f), l, l)
	if !errors.Is(err, call.ErrStale) || !apologised(l, "en") {
		t.Errorf("Converse = %v, then %v; want ErrStale and an apology", err, heard(l.started[len(l.started)-1]))
	}
	if got := k.record(t, rec.ID); got.Ending != call.Unsaved || k.values(rec.ID)["renew"] != "2" {
		t.Errorf("ended %q with %v; want %q, and the stored answer as it was", got.Ending, k.values(rec.ID), call.Unsaved)
	}
}

// A commit may come through although its confirmation is lost; a keeper that
// tries again finds its own step.
func TestUnconfirmedCommit(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	k.losing = once(1, call.ErrStale)
	l, err := converse(t, k, f, key("1"), key("5"))
	if err != nil || len(l.started) != 3 {
		t.Fatalf("Converse = %v after %d steps; want all 3", err, len(l.started))
	}
	want := map[string]string{"renew": "1", "satisfaction": "5"}
	if diff := cmp.Diff(want, k.values("call-1")); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

func TestEnding(t *testing.T) {
	bye := parse(t, "flow: bye\nlanguages: [en]\nstart: hello\nnodes:\n"+
		"  hello: {gather: {num_digits: 1}, say: {en: Hello.}, on: {\"1\": bye, noinput: bye, nomatch: bye}}\n"+
		"  bye: {say: {en: Bye.}, next: end}\n")
	for _, tt := range []struct {
		name   string
		told   call.Ending // by the line; empty: it does not tell
		script []ivr.Event
		want   call.Ending
	}{
		{"caller", call.ByCaller, []ivr.Event{hungUp}, call.ByCaller},
		{"caller, on a line that does not tell", "", []ivr.Event{hungUp}, call.ByCaller},
		{"time limit", call.ByService, []ivr.Event{hungUp}, call.ByService},
		{"no sound any more", call.Broken, []ivr.Event{hungUp}, call.Broken},
		{"hung up here, but not by the flow", call.ByFlow, []ivr.Event{hungUp}, call.ByService},
		{"flow", call.ByFlow, []ivr.Event{key("1")}, call.ByFlow},
		{"flow, on a line that does not tell", "", []ivr.Event{key("1")}, call.ByFlow},
		{"caller, during the farewell", call.ByCaller, []ivr.Event{key("1")}, call.ByFlow},
		{"no sound any more, during the farewell", call.Broken, []ivr.Event{key("1")}, call.Broken},
		{"farewell that cannot be said", "", []ivr.Event{key("1"), failed}, call.ByFlow},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, rec := newKeeper(), outbound(bye)
			l := newLine(t, k, bye, rec, tt.script...)
			on := call.Line(l)
			if tt.told != "" {
				on = telling{l, tt.told}
			}
			if err := run(t, directoryOf(bye), on, l); err != nil {
				t.Errorf("Converse = %v", err)
			}
			if got := k.record(t, rec.ID).Ending; got != tt.want {
				t.Errorf("ended %q; want %q", got, tt.want)
			}
		})
	}
}

// A line may be over before a step that was committed can be started.
func TestOverBeforeStart(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	rec := outbound(f)
	l := newLine(t, k, f, rec, key("1"))
	l.onStart = func(n int) error {
		if l.over = n == 2; l.over {
			return call.ErrHungUp
		}
		return nil
	}
	if err := run(t, directoryOf(f), l, l); err != nil {
		t.Errorf("Converse = %v", err)
	}
	if got := k.record(t, rec.ID).Ending; got != call.ByCaller || k.values(rec.ID)["renew"] != "1" {
		t.Errorf("ended %q with %v; want %q and the answer", got, k.values(rec.ID), call.ByCaller)
	}
}

func TestLineFails(t *testing.T) {
	for name, set := range map[string]func(l *line){
		"Start": func(l *line) { l.onStart = func(int) error { return errLine } },
		"Next":  func(l *line) { l.onNext = func(context.Context, int) error { return errLine } },
	} {
		k, f := newKeeper(), example(t, "contract-expiry")
		rec := outbound(f)
		l := newLine(t, k, f, rec)
		set(l)
		if err := run(t, directoryOf(f), l, l); !errors.Is(err, errLine) {
			t.Errorf("%s fails: Converse = %v; want the cause", name, err)
		}
		if got := k.record(t, rec.ID).Ending; got != call.Broken {
			t.Errorf("%s fails: ended %q; want %q", name, got, call.Broken)
		}
	}
}

// A service that stops ends its calls, and keeps what was said before.
func TestServiceStops(t *testing.T) {
	for name, set := range map[string]func(l *line, stop func()){
		"while it waits": func(l *line, stop func()) {
			l.onNext = func(ctx context.Context, n int) error {
				if n < 2 {
					return nil
				}
				stop()
				<-ctx.Done()
				return ctx.Err()
			}
		},
		"as a step starts": func(l *line, stop func()) {
			l.onStart = func(n int) error {
				if n < 2 {
					return nil
				}
				stop()
				return context.Canceled
			}
		},
		"as a key is committed": func(l *line, stop func()) { time.AfterFunc(500*time.Millisecond, stop) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, f := newKeeper(), example(t, "contract-expiry")
				k.slow = time.Second
				rec := outbound(f)
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				l := newLine(t, k, f, rec, key("1"), key("5"))
				set(l, stop)
				d := call.NewDesk(k, directoryOf(f), call.Options{})
				if err := d.Converse(ctx, l, rec); err != nil {
					t.Errorf("Converse = %v; want nil, as nothing went wrong", err)
				}
				if got := k.record(t, rec.ID).Ending; got != call.ByService || !l.hungUp || d.Live() != 0 {
					t.Errorf("ended %q, hung up %t, live %d; want %q", got, l.hungUp, d.Live(), call.ByService)
				}
				if diff := cmp.Diff(map[string]string{"renew": "1"}, k.values(rec.ID)); diff != "" {
					t.Errorf("answers (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A call goes on while nothing but its own answers can be stored.
func TestDirectoryLost(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	rec, dir := outbound(f), directoryOf(f)
	l := newLine(t, k, f, rec, key("1"), key("5"))
	l.onStart = func(int) error { dir.lose(errDisk); return nil }
	if err := run(t, dir, l, l); err != nil || len(k.values(rec.ID)) != 2 {
		t.Errorf("Converse = %v with %v; want both answers", err, k.values(rec.ID))
	}
}

// Who was called and cannot be talked to hears an apology, in their language.
func TestOpenFails(t *testing.T) {
	f := example(t, "contract-expiry")
	for name, set := range map[string]func(k *keeper, d *directory){
		"no database": func(k *keeper, _ *directory) { k.open = errDisk },
		"no flow":     func(_ *keeper, d *directory) { d.lose(errDisk) },
	} {
		k, dir, rec := newKeeper(), directoryOf(f), outbound(f)
		set(k, dir)
		l := newLine(t, k, f, rec)
		l.deaf = true
		if err := run(t, dir, l, l); !errors.Is(err, errDisk) || len(l.started) != 1 || !apologised(l, "en") {
			t.Errorf("%s: Converse = %v after %d steps; want the cause, after an apology", name, err, len(l.started))
		}
	}
}

func TestCloseFails(t *testing.T) {
	k := newKeeper()
	k.shut = errDisk
	if _, err := converse(t, k, example(t, "contract-expiry"), key("1")); !errors.Is(err, errDisk) {
		t.Errorf("Converse = %v; want the cause", err)
	}
}

// An apology is not waited for for ever, whatever the line does.
func TestApologyIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, f := newKeeper(), example(t, "contract-expiry")
		k.commit = always(errDisk)
		rec := outbound(f)
		l := newLine(t, k, f, rec, key("1"))
		l.onStart = func(n int) error { l.deaf = n == 1; return nil }
		l.onNext = func(ctx context.Context, n int) error {
			if n == 1 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		start := time.Now()
		if err := run(t, directoryOf(f), l, l); err == nil {
			t.Error("Converse = nil; want the cause")
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("Converse took %v; want the 10s of the apology", took)
		}
	})
}

// The zero Options play no words, and still end the call.
func TestNoApology(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	k.commit = always(errDisk)
	rec := outbound(f)
	l := newLine(t, k, f, rec, key("1"))
	l.onStart = func(n int) error { l.deaf = n == 1; return nil }
	err := call.NewDesk(k, directoryOf(f), call.Options{}).Converse(t.Context(), l, rec)
	last := l.started[len(l.started)-1]
	if err == nil || !l.hungUp || last[0].Prompt == nil || len(last[0].Prompt.Pieces) != 0 {
		t.Errorf("Converse = %v, at last %+v; want an empty prompt, then the end", err, last)
	}
}
