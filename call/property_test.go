package call_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"careline/call"
	"careline/ivr"
)

// fed is a line on which the events given happen, one after the other, whatever
// is asked for. Then the caller hangs up.
type fed struct{ events []ivr.Event }

func (l *fed) Start(context.Context, []ivr.Action) error { return nil }

func (l *fed) Next(context.Context) (ivr.Event, error) {
	if len(l.events) == 0 {
		return hungUp, nil
	}
	ev := l.events[0]
	l.events = l.events[1:]
	if ev.Kind == ivr.HungUp {
		l.events = nil
	}
	return ev, nil
}

func (l *fed) Hangup(context.Context) {}

// TestBothWaysKeepTheSame has one conversation twice: on a line that is held
// here, and by requests that two nodes get, some of them twice, late or before
// their time, while the keeper fails now and then. Both leave the same behind.
func TestBothWaysKeepTheSame(t *testing.T) {
	flows := []*ivr.Flow{
		example(t, "suspension-reminder"), example(t, "contract-expiry"), example(t, "vip-line"), parse(t, twoQueues),
	}
	rapid.Check(t, func(r *rapid.T) {
		f := rapid.SampledFrom(flows).Draw(r, "flow")
		events := rapid.SliceOfN(event(), 0, 12).Draw(r, "events")
		for i := range events {
			events[i].At = time.UnixMilli(int64(1000 * (i + 1))).UTC()
		}
		onLine, byRequest := newKeeper(), newKeeper()
		d := call.NewDesk(onLine, directoryOf(f), call.Options{})
		if err := d.Converse(t.Context(), &fed{events}, outbound(f)); err != nil {
			r.Fatalf("Converse = %v", err)
		}
		rec := parked(t, byRequest, f)
		requestAll(r, byRequest, f, rec.ID, events)
		same := cmpopts.EquateEmpty()
		if diff := cmp.Diff(clock(onLine.kept), clock(byRequest.kept), same); diff != "" {
			r.Fatalf("kept (-on a line +by requests):\n%s", diff)
		}
		if d.Live() != 0 || onLine.commits > byRequest.commits {
			r.Fatalf("live %d, %d commits on a line; want 0, at most %d", d.Live(), onLine.commits, byRequest.commits)
		}
	})
}

// event is anything that a line may report.
func event() *rapid.Generator[ivr.Event] {
	return rapid.Custom(func(r *rapid.T) ivr.Event {
		return rapid.SampledFrom([]ivr.Event{
			played, played, key("0"), key("1"), key("1"), key("2"), key("5"), key("9"), key("77"), silence,
			connected, timedOut,
			{Kind: ivr.Full},
			failed, hungUp, answered,
		}).Draw(r, "event")
	})
}

// requestAll hands a conversation's events to two nodes, until they say that it
// is over.
func requestAll(r *rapid.T, k *keeper, f *ivr.Flow, id string, events []ivr.Event) {
	k.commit = func(int) error { return rapid.SampledFrom([]error{nil, nil, nil, errDisk}).Draw(r, "fails") }
	k.losing = func(int) error { return rapid.SampledFrom([]error{nil, nil, nil, errDisk}).Draw(r, "unconfirmed") }
	nodes := []*call.Desk{
		call.NewDesk(k, directoryOf(f), call.Options{}),
		call.NewDesk(k, directoryOf(f), call.Options{}),
	}
	ctx := r.Context()
	events = append([]ivr.Event{{Kind: ivr.Answered, At: time.UnixMilli(1).UTC()}}, events...)
	for seq, ev := range events {
		for range rapid.IntRange(0, 2).Draw(r, "noise") { // another time's request, or one before its time
			other := rapid.IntRange(0, seq+3).Draw(r, "other")
			if other != seq {
				_, _ = nodes[other%2].Advance(ctx, id, other, rapid.SampledFrom(events).Draw(r, "of"))
			}
		}
		for range 1 + rapid.IntRange(0, 1).Draw(r, "repeats") {
			for { // as carriers do, until it is heard
				if _, err := nodes[rapid.IntRange(0, 1).Draw(r, "node")].Advance(ctx, id, seq, ev); err == nil {
					break
				}
			}
		}
		if ev.Kind == ivr.HungUp {
			return
		}
	}
}

// clock leaves out when a held line's conversation began, which is now.
func clock(k kept) kept {
	for name, a := range k.Answers {
		if a.At.After(time.UnixMilli(1 << 30)) {
			a.At = time.UnixMilli(1).UTC()
			k.Answers[name] = a
		}
	}
	for i := range k.Callbacks {
		if k.Callbacks[i].At.After(time.UnixMilli(1 << 30)) {
			k.Callbacks[i].At = time.UnixMilli(1).UTC()
		}
	}
	return k
}
