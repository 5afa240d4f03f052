package call_test

import (
	"context"
	"slices"
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
		example(t, "suspension-reminder"), example(t, "contract-expiry"), example(t, "vip-line"), example(t, "complaint-line"), parse(t, twoQueues),
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
		requestAll(r, byRequest, f, outbound(f), events)
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
			{Kind: ivr.Silent},
			{Kind: ivr.Recorded, Message: ivr.Message{ID: "RE1", Length: time.Second, URL: "/RE1"}},
			failed, hungUp, answered,
		}).Draw(r, "event")
	})
}

// carrier has two nodes asked for the steps of a call, in the way that suits it.
type carrier struct {
	*rapid.T
	nodes []*call.Desk
	id    string
}

// node is either.
func (c carrier) node() *call.Desk { return c.nodes[rapid.IntRange(0, 1).Draw(c.T, "node")] }

// insist does something until it is heard, and again perhaps.
func (c carrier) insist(do func(d *call.Desk) error) {
	for range 1 + rapid.IntRange(0, 1).Draw(c.T, "repeats") {
		for do(c.node()) != nil {
		}
	}
}

// noise asks for another step than seq: at another time, or before its time.
func (c carrier) noise(seq int, events []ivr.Event) {
	for range rapid.IntRange(0, 2).Draw(c.T, "noise") {
		other := rapid.IntRange(0, seq+3).Draw(c.T, "other")
		if other != seq {
			_, _ = c.node().Advance(c.Context(), c.id, other, rapid.SampledFrom(events).Draw(c.T, "of"))
		}
	}
}

// requestAll has two nodes open a call, hands them its events, and has them close
// it at its end.
func requestAll(r *rapid.T, k *keeper, f *ivr.Flow, rec call.Record, events []ivr.Event) {
	k.commit = func(int) error { return rapid.SampledFrom([]error{nil, nil, nil, errDisk}).Draw(r, "fails") }
	k.losing = func(int) error { return rapid.SampledFrom([]error{nil, nil, nil, errDisk}).Draw(r, "unconfirmed") }
	c := carrier{T: r, id: rec.ID}
	for range 2 {
		c.nodes = append(c.nodes, call.NewDesk(k, directoryOf(f), call.Options{}))
	}
	c.insist(func(d *call.Desk) error { return d.Open(r.Context(), rec) })
	end := func() {
		c.insist(func(d *call.Desk) error { return d.Close(r.Context(), rec.ID, call.ByCaller, time.UnixMilli(1)) })
	}
	events = append([]ivr.Event{{Kind: ivr.Answered, At: time.UnixMilli(1).UTC()}}, events...)
	if i := slices.IndexFunc(events, func(ev ivr.Event) bool { return ev.Kind == ivr.HungUp }); i >= 0 {
		events = events[:i] // no request tells of it but that of the end
	}
	for seq, ev := range events {
		c.noise(seq, events)
		if seq == len(events)-1 && (ev.Kind == ivr.Keys || ev.Kind == ivr.Recorded) && rapid.Bool().Draw(r, "overtaken") {
			end()
		}
		c.insist(func(d *call.Desk) error {
			_, err := d.Advance(r.Context(), rec.ID, seq, ev)
			return err
		})
	}
	end()
	c.noise(len(events), events)
	if got := k.mustRead(rec.ID); got.Seq != len(events) || got.Ending != call.ByCaller {
		r.Fatalf("the call stands at %d, ended as %q; want %d steps, and its end", got.Seq, got.Ending, len(events))
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
