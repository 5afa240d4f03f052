package dialer_test

import (
	"testing"
	"time"

	"careline/call"
	"careline/call/calltest"
	"careline/campaigns"
	"careline/dialer"
	"careline/phone"
)

func TestDrainLetsCallsFinish(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		id := r.ledger.start(definition(), 100)
		r.build(dialer.Options{Drain: time.Minute})
		r.run()
		r.after(3 * time.Second)
		start, before := time.Now(), len(r.carrier.Dialed())
		r.end()
		if took := time.Since(start); took < 30*time.Second || took > 35*time.Second {
			t.Errorf("the calls took %v to finish; want all of them, some 33s", took)
		}
		if after := len(r.carrier.Dialed()); after != before || r.ledger.states(id)[campaigns.Completed] != before {
			t.Errorf("%d called while draining, contacts %v; want %d completed", after-before, r.ledger.states(id), before)
		}
		r.ledger.check()
		if s := r.dialer.Status(); s.Dialing || !s.Draining || s.Calls != 0 {
			t.Errorf("status %+v; want draining without calls", s)
		}
	})
}

func TestDrainEnds(t *testing.T) {
	for name, hurry := range map[string]bool{"by its limit": false, "by HangUp": true} {
		t.Run(name, func(t *testing.T) {
			dials(t, func(o call.Order) calltest.Person {
				if o.Number == number(0) {
					return nobody
				}
				return calltest.Person{Rings: true} // talks for ever
			}, func(r *rig) {
				d := definition()
				d.RingTimeout = time.Hour
				r.ledger.start(d, 2)
				r.build(dialer.Options{Drain: time.Minute})
				r.run()
				r.after(5 * time.Second)
				if hurry {
					time.AfterFunc(time.Second, r.dialer.HangUp)
				}
				start := time.Now()
				r.end()
				want := map[bool]time.Duration{false: time.Minute, true: time.Second}[hurry]
				if took := time.Since(start); took != want {
					t.Errorf("the end took %v; want %v", took, want)
				}
				r.ledger.check()
				rows := r.ledger.rows()
				if rows[0].Disposition != campaigns.Cancelled || rows[1].Disposition != campaigns.Answered {
					t.Errorf("ended as %s and %s; want cancelled and answered", rows[0].Disposition, rows[1].Disposition)
				}
			})
		})
	}
}

// TestCrashNeverDialsTwice lets the database go away in the middle, ends the
// run, and starts another on what was committed.
func TestCrashNeverDialsTwice(t *testing.T) {
	for _, moment := range []time.Duration{500 * time.Millisecond, 2 * time.Second, 5500 * time.Millisecond, 20 * time.Second} {
		t.Run(moment.String(), func(t *testing.T) {
			dials(t, always(answers), func(r *rig) {
				id := r.ledger.start(definition(), 60)
				r.build(dialer.Options{Drain: time.Millisecond})
				r.run()
				r.after(moment)
				r.ledger.crash()
				r.end()
				r.ledger.revive()
				r.build(dialer.Options{})
				r.run()
				r.after(10 * time.Minute)
				r.end()
				times := map[phone.Number]int{}
				for _, d := range r.carrier.Dialed() {
					if times[d.Order.Number]++; times[d.Order.Number] > 1 {
						t.Errorf("%s was called twice", string(d.Order.Number))
					}
				}
				s := r.ledger.states(id)
				if len(times) != 60 || s[campaigns.Completed]+s[campaigns.Unknown] != 60 {
					t.Errorf("%d called, contacts %v; want all 60 called, completed or unknown", len(times), s)
				}
				if len(r.lost) == 0 || s[campaigns.Unknown] == 0 && moment < 5*time.Second {
					t.Errorf("%d lost calls ended, contacts %v; want the open ones", len(r.lost), s)
				}
			})
		})
	}
}

// TestNoStartSetAsideIsUsedAfterTheEnd ends the run while a contact waits for
// its start by the second trunk.
func TestNoStartSetAsideIsUsedAfterTheEnd(t *testing.T) {
	dials(t, func(o call.Order) calltest.Person {
		if o.Trunk == "main" {
			return full
		}
		return answers
	}, func(r *rig) {
		id := r.ledger.start(definition(), 2)
		r.dialer.SetTrunk(trunk("spare", 0.6)) // one in 1.7 s
		r.run()
		r.after(1500 * time.Millisecond)
		if n := len(r.carrier.Dialed()); n != 3 {
			t.Fatalf("%d calls; want two refused and one by the other trunk", n)
		}
		r.end()
		if n := len(r.carrier.Dialed()); n != 3 {
			t.Errorf("%d calls; want none after the end", n-3)
		}
		if s := r.ledger.states(id); s[campaigns.Completed] != 1 || s[campaigns.Pending] != 1 {
			t.Errorf("contacts %v; want one completed and one given back", s)
		}
	})
}
