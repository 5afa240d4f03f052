package twilio_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"careline/campaigns"
	"careline/twilio"
)

func TestPlaceMaxCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *twilio.Options) { o.Trunks[0].MaxCalls = 1 })
		first := r.place(t.Context(), order(nil))
		synctest.Wait()
		o := order(nil)
		o.ID = "0198f3a0-0000-7000-8000-000000000002"
		if f := failed(t, <-r.place(t.Context(), o)); !strings.Contains(f.Evidence.Text, "its 1 calls") {
			t.Errorf("the second of one call: %+v", f)
		}
		r.status(sid, "busy")
		<-first
		time.Sleep(time.Second) // until it is the account's turn
		second := r.place(t.Context(), o)
		synctest.Wait()
		if n := len(r.api.placed()); n != 2 {
			t.Errorf("%d calls were placed; want the second once the first was over", n)
		}
		r.carrier.Drain()
		o.ID = "0198f3a0-0000-7000-8000-000000000003"
		if f := failed(t, <-r.place(t.Context(), o)); !strings.Contains(f.Evidence.Text, "no new calls") {
			t.Errorf("after Drain: %+v", f)
		}
		r.end()
		<-second
	})
}

// Calls of an account never come closer than it may place them, whoever asks.
func TestPlaceTakesTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		var at []time.Duration
		begun := time.Now()
		r.api.create = func(w http.ResponseWriter, _ string) {
			at = append(at, time.Since(begun).Round(time.Second/4))
			refuse(w, 400, 21211, "no such number")
		}
		var all []<-chan result
		for i := range 4 {
			o := order(nil)
			o.ID += fmt.Sprint(i)
			all = append(all, r.place(t.Context(), o))
			synctest.Wait()
		}
		var crowded int
		for _, done := range all {
			if f := failed(t, <-done); f.Disposition == campaigns.Congestion && !f.Sent && f.Evidence.Status == 429 && f.MayFailOver() {
				crowded++
			}
		}
		if want := []time.Duration{0, 3 * time.Second / 4}; !slices.Equal(at, want) || crowded != 2 {
			t.Errorf("asked after %v, %d were too many; want %v and 2", at, crowded, want)
		}
	})
}

// A call that waits at Twilio for others before it slows the trunk.
func TestPlaceQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slowed := ""
		r := newRig(t, func(o *twilio.Options) {
			o.Slowed = func(trunk string, status int, wait time.Duration) {
				slowed += fmt.Sprint(trunk, " ", status, " ", wait)
			}
		})
		r.api.create = func(_ http.ResponseWriter, sid string) { r.api.set(sid, "queue_time", "4000") }
		done := r.place(t.Context(), order(nil))
		synctest.Wait()
		if want := "us 429 4s"; slowed != want {
			t.Errorf("slowed %q; want %q", slowed, want)
		}
		if s := r.carrier.Trunks()[0]; s.Up || !strings.Contains(s.Why, "more calls per second") {
			t.Errorf("the trunk stands as %+v; want it to rest", s)
		}
		time.Sleep(4 * time.Second)
		if s := r.carrier.Trunks()[0]; !s.Up {
			t.Errorf("the trunk stands as %+v after the wait", s)
		}
		r.status(sid, "busy")
		<-done
	})
}
