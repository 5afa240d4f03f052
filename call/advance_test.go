package call_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/ivr"
)

// parked opens a call as a carrier does that asks for each step by a request of
// its own: no line is on any node.
func parked(t *testing.T, k *keeper, f *ivr.Flow) call.Record {
	t.Helper()
	rec := outbound(f)
	rec.State = f.Begin(ivr.Party{Language: rec.Customer.Language, Attributes: attributes(rec)})
	if err := k.OpenCall(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	return rec
}

// request is what the carrier asks, and what it shall be told.
type request struct {
	seq  int
	ev   ivr.Event
	want []string // what the caller hears; nil with an error
}

func ask(t *testing.T, d *call.Desk, id string, requests ...request) {
	t.Helper()
	for _, r := range requests {
		r.ev.At = time.Now()
		actions, err := d.Advance(t.Context(), id, r.seq, r.ev)
		if (err != nil) != (r.want == nil) {
			t.Errorf("Advance(%d, %s %s) = %v", r.seq, r.ev.Kind, r.ev.Keys, err)
		}
		if err == nil {
			if diff := cmp.Diff(r.want, heard(actions)); diff != "" {
				t.Errorf("Advance(%d, %s %s) (-want +got):\n%s", r.seq, r.ev.Kind, r.ev.Keys, diff)
			}
		}
	}
}

var (
	answered = ivr.Event{Kind: ivr.Answered}
	offer    = []string{"play greeting", "gather offer"}
	rating   = []string{"play renewed", "gather satisfaction"}
	thanks   = []string{"play thanks", "hangup thanks"}
	nothing  = []string{}
)

// Each step is committed, repeated and late requests are told what the latest
// step has asked for, and no answer is taken twice.
func TestAdvance(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	rec := parked(t, k, f)
	d := call.NewDesk(k, directoryOf(f), call.Options{})
	ask(t, d, rec.ID,
		request{0, answered, offer},
		request{0, answered, offer},
		request{1, key("1"), rating},
		request{1, key("1"), rating},
		request{1, key("2"), rating},
		request{0, answered, rating},
		request{2, key("4"), thanks},
		request{1, key("2"), thanks},
		request{2, hungUp, thanks},
	)
	want := map[string]string{"renew": "1", "satisfaction": "4"}
	if diff := cmp.Diff(want, k.values(rec.ID)); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if k.commits != 3 || k.record(t, rec.ID).Seq != 3 || d.Live() != 0 {
		t.Errorf("%d commits, seq %d, live %d; want 3, 3, 0", k.commits, k.record(t, rec.ID).Seq, d.Live())
	}
}

// Move tells where the call stands, to whoever was overtaken as well, and only
// looks where no step is named.
func TestMove(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	rec := parked(t, k, f)
	d := call.NewDesk(k, directoryOf(f), call.Options{})
	for _, tt := range []struct {
		seq  int
		ev   ivr.Event
		want int
	}{{-1, hungUp, 0}, {0, answered, 1}, {1, key("1"), 2}, {0, answered, 2}, {-1, key("4"), 2}} {
		got, err := d.Move(t.Context(), rec.ID, tt.seq, tt.ev)
		if err != nil || got.Seq != tt.want || got.Campaign != rec.Campaign || tt.want == 2 && got.State.Node != "satisfaction" {
			t.Errorf("Move(%d, %s) = seq %d of campaign %q at %q, %v; want seq %d", tt.seq, tt.ev.Kind, got.Seq, got.Campaign, got.State.Node, err, tt.want)
		}
	}
	if k.commits != 2 {
		t.Errorf("%d commits; want 2", k.commits)
	}
}

// An event that comes late, after the hang-up, still is harmless.
func TestAdvanceAfterTheEnd(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	rec := parked(t, k, f)
	d := call.NewDesk(k, directoryOf(f), call.Options{})
	ask(t, d, rec.ID, request{0, answered, offer}, request{1, hungUp, nothing}, request{2, key("1"), nothing})
	if len(k.values(rec.ID)) != 0 || !k.record(t, rec.ID).State.Over {
		t.Errorf("answers %v after the end; want none", k.values(rec.ID))
	}
}

func TestAdvanceFromTheFuture(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	rec := parked(t, k, f)
	d := call.NewDesk(k, directoryOf(f), call.Options{})
	_, err := d.Advance(t.Context(), rec.ID, 1, key("1"))
	if !errors.Is(err, call.ErrStale) || k.commits != 0 {
		t.Errorf("Advance from step 1 at 0 = %v with %d commits; want ErrStale", err, k.commits)
	}
}

// After trouble the same request may come again.
func TestAdvanceAgain(t *testing.T) {
	for name, set := range map[string]func(k *keeper){
		"nothing was stored": func(k *keeper) { k.commit = once(2, errDisk) },
		"all was stored":     func(k *keeper) { k.losing = once(2, errDisk) },
	} {
		t.Run(name, func(t *testing.T) {
			k, f := newKeeper(), example(t, "contract-expiry")
			set(k)
			rec := parked(t, k, f)
			d := call.NewDesk(k, directoryOf(f), call.Options{})
			ask(t, d, rec.ID, request{0, answered, offer}, request{1, key("1"), nil}, request{1, key("1"), rating})
			if diff := cmp.Diff(map[string]string{"renew": "1"}, k.values(rec.ID)); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAdvanceFails(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	rec := parked(t, k, f)
	d := call.NewDesk(k, directoryOf(), call.Options{})
	if _, err := d.Advance(t.Context(), rec.ID, 0, answered); err == nil {
		t.Error("Advance without its flow = nil; want an error")
	}
	if _, err := d.Advance(t.Context(), "call-9", 0, answered); err == nil {
		t.Error("Advance of a call that is not kept = nil; want an error")
	}
	k.commit = always(call.ErrStale)
	d = call.NewDesk(k, directoryOf(f), call.Options{})
	if _, err := d.Advance(t.Context(), rec.ID, 0, answered); !errors.Is(err, call.ErrStale) {
		t.Errorf("Advance where the keeper is behind = %v; want ErrStale, as the step is not stored", err)
	}
}

// Two nodes get the same request at once: one takes the step, and both give the
// same actions.
func TestAdvanceOnTwoNodes(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	rec := parked(t, k, f)
	nodes := []*call.Desk{
		call.NewDesk(k, directoryOf(f), call.Options{}),
		call.NewDesk(k, directoryOf(f), call.Options{}),
	}
	for seq, ev := range []ivr.Event{answered, key("1"), key("4")} {
		told := make([][]ivr.Action, 8)
		var all sync.WaitGroup
		for i := range told {
			all.Go(func() {
				var err error
				if told[i], err = nodes[i%2].Advance(t.Context(), rec.ID, seq, ev); err != nil {
					t.Errorf("Advance(%d) = %v", seq, err)
				}
			})
		}
		all.Wait()
		for _, actions := range told[1:] {
			if diff := cmp.Diff(told[0], actions); diff != "" {
				t.Errorf("two nodes told otherwise of step %d:\n%s", seq, diff)
			}
		}
		if got := k.record(t, rec.ID).Seq; got != seq+1 {
			t.Errorf("seq = %d after step %d; want one step", got, seq)
		}
	}
}

// Steps of a call whose line is here are taken one by one too, and a request
// for one that was taken gets its actions.
func TestAdvanceAHeldCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, f := newKeeper(), example(t, "contract-expiry")
		k.slow = time.Second
		rec := outbound(f)
		d := call.NewDesk(k, directoryOf(f), call.Options{})
		l := newLine(t, k, f, rec, key("1"))
		var all sync.WaitGroup
		l.onNext = func(_ context.Context, n int) error {
			if d.Live() != 1 {
				t.Errorf("Live = %d during the call; want 1", d.Live())
			}
			for range 4 * (2 - min(n, 2)) {
				all.Go(func() { ask(t, d, rec.ID, request{1, key("1"), rating}) }) //nolint:contextcheck // a request has its own
			}
			return nil
		}
		if err := d.Converse(t.Context(), l, rec); err != nil {
			t.Errorf("Converse = %v", err)
		}
		all.Wait()
		if k.commits != 1 {
			t.Errorf("%d commits; want the one answer", k.commits)
		}
	})
}

// Whoever waits for another's step gives up with the context.
func TestAdvanceGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, f := newKeeper(), example(t, "contract-expiry")
		k.slow = time.Minute
		rec := outbound(f)
		d := call.NewDesk(k, directoryOf(f), call.Options{})
		l := newLine(t, k, f, rec, key("1"))
		done := make(chan error, 1)
		l.onNext = func(_ context.Context, n int) error {
			if n > 1 {
				return nil
			}
			go func() { //nolint:contextcheck // a request has its own
				ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 3*time.Second)
				defer cancel()
				<-time.After(time.Second) // the key is being committed
				_, err := d.Advance(ctx, rec.ID, 1, key("1"))
				done <- err
			}()
			return nil
		}
		if err := d.Converse(t.Context(), l, rec); err != nil {
			t.Errorf("Converse = %v", err)
		}
		if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Advance = %v; want its deadline", err)
		}
	})
}
