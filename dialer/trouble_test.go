package dialer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/dialer"
)

func TestNothingIsDialedBeforeRecovery(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		r.ledger.start(definition(), 1)
		r.ledger.takes(5*time.Second, "recover")
		r.run()
		r.after(4900 * time.Millisecond)
		if s := r.dialer.Status(); s.Dialing || len(r.carrier.Dialed()) != 0 {
			t.Errorf("status %+v, %d calls; want to wait for the recovery", s, len(r.carrier.Dialed()))
		}
		r.after(200 * time.Millisecond)
		if n := len(r.carrier.Dialed()); n != 1 {
			t.Errorf("%d calls after the recovery; want 1", n)
		}
		r.end()
	})
}

func TestLateCallsAreNotPlaced(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		r.ledger.start(definition(), 1)
		r.ledger.takes(1001*time.Millisecond, "begin")
		r.run()
		r.after(10 * time.Second)
		if n := len(r.carrier.Dialed()); n != 0 {
			t.Errorf("%d calls left more than a second after the decision", n)
		}
		row := r.ledger.rows()[0]
		if row.Disposition != campaigns.NotPlaced || len(r.ledger.rows()) != 1 {
			t.Errorf("ended as %s in %d tries; want not_placed in one", row.Disposition, len(r.ledger.rows()))
		}
		r.ledger.takes(time.Second, "begin")
		r.after(2 * time.Minute)
		r.end()
		if n := len(r.carrier.Dialed()); n != 1 {
			t.Errorf("%d calls a second after the decision; want 1", n)
		}
		r.ledger.check()
	})
}

func TestClockOff(t *testing.T) {
	for _, skew := range []time.Duration{2001 * time.Millisecond, -2001 * time.Millisecond, 10 * time.Second} {
		dials(t, always(answers), func(r *rig) {
			r.ledger.start(definition(), 1)
			r.ledger.clock(skew)
			r.run()
			r.after(time.Minute)
			if s := r.dialer.Status(); s.Dialing || !strings.Contains(s.Why, "the clock is off") || s.Skew != skew {
				t.Errorf("status %+v; want that the clock is off", s)
			}
			if n := len(r.carrier.Dialed()); n != 0 {
				t.Errorf("%d calls with the clock off by %v", n, skew)
			}
			if took := r.ledger.times("recover") > 0; took != (skew < 10*time.Second) {
				t.Errorf("with the clock %v ahead others were looked at as gone: %v", skew, took)
			}
			r.ledger.clock(2 * time.Second)
			r.after(10 * time.Second)
			if n := len(r.carrier.Dialed()); n != 1 {
				t.Errorf("%d calls with the clock right again; want 1", n)
			}
			r.after(time.Minute)
			r.end()
		})
	}
}

func TestLeaseOver(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		d := definition()
		d.MaxCalls = 1
		r.ledger.start(d, 100)
		r.run()
		r.after(time.Minute)
		r.ledger.takes(time.Hour, "renew") // it does not even fail
		r.after(9 * time.Second)           // two renewals may be under way
		if s := r.dialer.Status(); !s.Dialing {
			t.Errorf("status %+v; want to go on while the lease lasts", s)
		}
		r.after(16 * time.Second)
		s, before := r.dialer.Status(), len(r.carrier.Dialed())
		if s.Dialing || s.Why == "" {
			t.Errorf("status %+v; want nothing to be dialed after 20s", s)
		}
		r.after(5 * time.Minute)
		if after := len(r.carrier.Dialed()); after != before {
			t.Errorf("%d calls without a lease", after-before)
		}
		r.ledger.takes(0, "renew")
		r.after(2 * time.Minute)
		if after := len(r.carrier.Dialed()); after <= before {
			t.Error("no calls with the lease again")
		}
		r.end()
		r.ledger.check()
	})
}

func TestLeaseEndsOnItsOwn(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		d := definition()
		d.MaxCalls = 1
		id := r.ledger.start(d, 100)
		r.run()
		r.after(time.Minute + time.Second) // the lease was renewed a second ago
		r.ledger.stopListening()
		r.ledger.takes(50*time.Second, "renew")
		r.after(18900 * time.Millisecond)
		if s := r.dialer.Status(); !s.Dialing || !s.Leased {
			t.Errorf("status %+v; want to go on while the lease lasts", s)
		}
		r.after(200 * time.Millisecond)
		if s := r.dialer.Status(); s.Dialing || s.Leased || s.Why != "the node's lease is over" {
			t.Errorf("status %+v; want that the lease is over", s)
		}
		r.ledger.takes(0, "renew")
		r.after(time.Hour)
		r.end()
		if s := r.ledger.states(id); s[campaigns.Completed] != 100 {
			t.Errorf("contacts %v; want all completed after the lease was had again", s)
		}
	})
}

func TestDatabaseTrouble(t *testing.T) {
	for _, what := range []string{"claim", "begin", "end", "mark", "renew", "running", "release", "finish", "recover"} {
		t.Run(what, func(t *testing.T) {
			dials(t, always(answers), func(r *rig) {
				id := r.ledger.start(definition(), 40)
				r.run()
				r.after(3 * time.Second)
				r.ledger.breaks(errGone, what)
				r.ledger.tell()
				r.after(5 * time.Minute)
				r.ledger.breaks(nil, what)
				r.after(5 * time.Minute)
				r.end()
				r.ledger.check()
				if s := r.ledger.states(id); s[campaigns.Completed] != 40 {
					t.Errorf("contacts %v; want all 40 completed once the database is back", s)
				}
				if n := len(r.carrier.Dialed()); n != 40 {
					t.Errorf("%d calls; want 40", n)
				}
			})
		})
	}
}

func TestOutage(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		id := r.ledger.start(definition(), 100)
		r.run()
		r.after(3 * time.Second)
		r.ledger.crash()
		r.after(2 * time.Second)
		before := len(r.carrier.Dialed())
		r.after(10 * time.Minute)
		if after := len(r.carrier.Dialed()); after != before {
			t.Errorf("%d calls without a database", after-before)
		}
		asked := r.ledger.times("renew", "begin", "claim")
		if asked > 1000 {
			t.Errorf("asked a database that is gone %d times in 10 minutes", asked)
		}
		r.ledger.breaks(nil, "claim", "release", "begin", "mark", "end", "running", "finish", "renew", "recover")
		r.after(10 * time.Minute)
		r.end()
		r.ledger.check()
		if s := r.ledger.states(id); s[campaigns.Completed] != 100 {
			t.Errorf("contacts %v; want all 100 completed", s)
		}
	})
}

func TestTakenOverAttemptIsGivenUp(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		r.ledger.start(definition(), 1)
		r.ledger.breaks(fmt.Errorf("as unknown: %w", campaigns.ErrEnded), "mark", "end")
		r.run()
		r.after(2 * time.Second)
		if s := r.dialer.Status(); s.Calls != 0 || !s.Dialing {
			t.Errorf("status %+v; want the call given up when it rang", s)
		}
		r.end()
		if diff := cmp.Diff([]dialer.EventKind{dialer.Begun, dialer.Ringing, dialer.Ended}, r.kinds()); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}
