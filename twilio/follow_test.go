package twilio_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/campaigns"
)

// However often and in whichever order Twilio tells of a call, it comes to the
// same end.
func TestCallbacksInAnyOrder(t *testing.T) {
	words := []string{"initiated", "ringing", "in-progress", "completed", "completed", "ringing"}
	for i := range len(words) * 7 {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, nil)
			done := r.place(t.Context(), order(nil))
			synctest.Wait()
			for k := range words {
				r.status(sid, words[(i+k*(1+i/len(words))+k)%len(words)], "CallDuration", "9")
			}
			r.status(sid, "completed", "CallDuration", "9")
			got := <-done
			if got.err != nil {
				t.Fatalf("order %d: Place = %v; want an answered call", i, got.err)
			}
			if err := got.line.(call.Hosted).Wait(t.Context()); err != nil {
				t.Errorf("order %d: Wait = %v", i, err)
			}
			f := r.book.facts[attempt]
			if f.Phase != call.Over || f.Status != "completed" || f.Lasted != 9*time.Second {
				t.Errorf("order %d: known is %+v", i, f)
			}
		})
	}
}

// Where Twilio's callbacks are lost the API is asked.
func TestCallbacksLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		done := r.place(t.Context(), order(nil))
		synctest.Wait()
		r.api.set(sid, "status", "in-progress")
		time.Sleep(41 * time.Second) // the ring time-out and a grace
		got := <-done
		if got.err != nil {
			t.Fatalf("Place = %v", got.err)
		}
		r.api.set(sid, "status", "completed", "duration", "44")
		start := time.Now()
		if err := got.line.(call.Hosted).Wait(t.Context()); err != nil {
			t.Errorf("Wait = %v", err)
		}
		if took := time.Since(start); took > 62*time.Second {
			t.Errorf("its end was noticed after %v; want it within the minute", took)
		}
	})
}

// What another node was told is known here within a second.
func TestOtherNodeHears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		o := order(nil)
		o.Info.Witness = call.NewWitness(call.WitnessOptions{Machine: campaigns.MachineFlow})
		done := r.place(t.Context(), o)
		synctest.Wait()
		hear := func(f call.Fact) {
			f.ID, f.Name = attempt, sid
			_, _ = r.book.SaveFact(t.Context(), f)
		}
		hear(call.Fact{Phase: call.Talking, AnsweredAt: time.Now()})
		time.Sleep(time.Second)
		synctest.Wait()
		got := <-done
		if got.err != nil {
			t.Fatalf("Place = %v", got.err)
		}
		over := make(chan error, 1)
		go func() { over <- got.line.(call.Hosted).Wait(t.Context()) }()
		hear(call.Fact{Phase: call.Talking, AnsweredBy: "machine_end_beep"})
		time.Sleep(1100 * time.Millisecond)
		if p := o.Info.Witness.Reception().Party; p != campaigns.MachineParty {
			t.Errorf("the witness has seen %q", p)
		}
		hear(call.Fact{Phase: call.Over, Status: "completed", EndedAt: time.Now()})
		time.Sleep(1100 * time.Millisecond)
		select {
		case err := <-over:
			if err != nil {
				t.Errorf("Wait = %v", err)
			}
		default:
			t.Error("the end was not noticed")
		}
		if n := r.api.count("GET"); n != 0 {
			t.Errorf("the API was asked %d times; want it left alone", n)
		}
	})
}

// A call that is taken back is cancelled, and its end awaited.
func TestPlaceCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		ctx, cancel := context.WithCancelCause(t.Context())
		done := r.place(ctx, order(nil))
		synctest.Wait()
		r.status(sid, "ringing")
		cancel(errors.New("taken back"))
		f := failed(t, <-done)
		if f.Disposition != campaigns.Cancelled || !f.Sent || !f.Rang || f.Evidence.Text != "taken back" {
			t.Errorf("failure is %+v; want it cancelled", f)
		}
		if diff := cmp.Diff([]url.Values{{"Status": {"canceled"}}}, r.api.changed()); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	})
}

// Somebody may answer a call while it is cancelled.
func TestPlaceCancelledTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.api.change = func(_, status string) string {
			if status == "canceled" {
				return "in-progress"
			}
			return status
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := r.place(ctx, order(nil))
		synctest.Wait()
		cancel()
		got := <-done
		if got.err != nil {
			t.Fatalf("Place = %v; want the line of a call that was answered", got.err)
		}
		if err := got.line.(call.Hosted).Wait(t.Context()); err != nil {
			t.Errorf("Wait = %v", err)
		}
		want := []url.Values{{"Status": {"canceled"}}, {"Status": {"completed"}}}
		if diff := cmp.Diff(want, r.api.changed()); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	})
}

// A call whose attempt others have ended is given up.
func TestPlaceProgressFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		o := order(nil)
		o.Progress = func(_ context.Context, p call.Progress) error {
			if p.Stage == call.Up {
				return campaigns.ErrEnded
			}
			return nil
		}
		done := r.place(t.Context(), o)
		synctest.Wait()
		r.status(sid, "in-progress")
		f := failed(t, <-done)
		if f.Disposition != campaigns.Cancelled || !slices.ContainsFunc(r.api.changed(), func(v url.Values) bool { return v.Get("Status") == "completed" }) {
			t.Errorf("failure is %+v, and changes %v", f, r.api.changed())
		}
	})
}

// A call that Twilio keeps for ever is cancelled.
func TestPlaceEndless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		begun := time.Now()
		f := failed(t, <-r.place(t.Context(), order(nil)))
		if took := time.Since(begun); f.Disposition != campaigns.Cancelled || took != 10*time.Minute+25*time.Second {
			t.Errorf("failure after %v is %+v; want it cancelled", took, f)
		}
		if diff := cmp.Diff([]url.Values{{"Status": {"canceled"}}}, r.api.changed()); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	})
}

// When the service ends, so do its calls.
func TestRunEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		line := r.answered()
		over := make(chan error, 1)
		go func() { over <- line.Wait(t.Context()) }()
		synctest.Wait()
		r.end()
		if err := <-over; err != nil {
			t.Errorf("Wait = %v", err)
		}
		if e := r.desk.ending(attempt); e != call.ByService {
			t.Errorf("the call was closed as %q", e)
		}
	})
}

// A call whose end cannot be stored at once is closed a little later.
func TestWaitCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		line := r.answered()
		r.desk.fails = 2
		_, _ = r.book.SaveFact(t.Context(), call.Fact{ID: attempt, Name: sid, Phase: call.Over, Status: "completed", EndedAt: time.Now()})
		if err := line.Wait(t.Context()); err != nil {
			t.Errorf("Wait = %v", err)
		}
		if e := r.desk.ending(attempt); e != call.ByCaller {
			t.Errorf("the call was closed as %q", e)
		}
	})
}
