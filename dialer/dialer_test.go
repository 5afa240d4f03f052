package dialer_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/call/calltest"
	"careline/campaigns"
	"careline/dialer"
	"careline/phone"
)

var (
	answers = calltest.Person{Trying: time.Second, Rings: true, Ringing: 4 * time.Second, Stays: 30 * time.Second}
	busy    = calltest.Person{Trying: time.Second, Disposition: campaigns.Busy, Status: 486}
	nobody  = calltest.Person{Trying: time.Second, Rings: true, Silent: true}
	missing = calltest.Person{Trying: time.Second, Disposition: campaigns.InvalidNumber, Status: 404}
	full    = calltest.Person{Trying: time.Second, Disposition: campaigns.Congestion, Status: 503}
	unsent  = calltest.Person{Disposition: campaigns.NotPlaced}
	dumb    = calltest.Person{Silent: true}
)

// TestDialsAListToItsEnd has people of all kinds on a list of 200.
func TestDialsAListToItsEnd(t *testing.T) {
	people := []calltest.Person{answers, busy, nobody, missing, full, answers, answers, dumb}
	dials(t, func(o call.Order) calltest.Person { return people[int(o.Number[len(o.Number)-1]-'0')%len(people)] }, func(r *rig) {
		id := r.ledger.start(definition(), 200)
		r.run()
		for r.ledger.states(id)[campaigns.Pending]+r.ledger.states(id)[campaigns.Dialing] > 0 {
			r.after(time.Second)
		}
		r.after(2 * time.Second)
		r.end()
		r.ledger.check()
		if state := r.ledger.campaign(id).State; state != campaigns.Finished {
			t.Errorf("the campaign is %s; want finished", state)
		}
		want := map[campaigns.ContactState]int{
			campaigns.Completed: 80, campaigns.Exhausted: 80, campaigns.Invalid: 20, campaigns.Unknown: 20,
		}
		if diff := cmp.Diff(want, r.ledger.states(id)); diff != "" {
			t.Errorf("contacts (-want +got):\n%s", diff)
		}
		r.wantRate(100 * time.Millisecond)
		if most := r.carrier.Most(); most > 40 {
			t.Errorf("%d calls at once; want at most 20 by each of two trunks", most)
		}
	})
}

// wantRate checks the space between any two calls by one trunk.
func (r *rig) wantRate(spacing time.Duration) {
	r.t.Helper()
	last := map[string]time.Time{}
	for _, d := range r.carrier.Dialed() {
		if before, had := last[d.Order.Trunk]; had && d.At.Sub(before) < spacing {
			r.t.Errorf("calls by %s are %v apart; want at least %v", d.Order.Trunk, d.At.Sub(before), spacing)
		}
		last[d.Order.Trunk] = d.At
	}
}

func TestRingTimeIsExact(t *testing.T) {
	dials(t, always(nobody), func(r *rig) {
		r.ledger.start(definition(), 1)
		r.run()
		r.after(40 * time.Second)
		r.end()
		row := r.ledger.rows()[0]
		if row.Disposition != campaigns.NoAnswer || row.EndedAt.Sub(row.BegunAt) != 25*time.Second {
			t.Errorf("ended as %s after %v; want no_answer after 25s", row.Disposition, row.EndedAt.Sub(row.BegunAt))
		}
		if got := row.RingingAt.Sub(row.BegunAt); got != time.Second {
			t.Errorf("rang after %v; want 1s", got)
		}
	})
}

func TestRetriesFollowTheirDelays(t *testing.T) {
	dials(t, always(busy), func(r *rig) {
		id := r.ledger.start(definition(), 1)
		r.run()
		r.after(2 * time.Minute)
		r.end()
		rows := r.ledger.rows()
		if len(rows) != 3 || r.ledger.states(id)[campaigns.Exhausted] != 1 {
			t.Fatalf("%d attempts, contacts %v; want 3, exhausted", len(rows), r.ledger.states(id))
		}
		for i, want := range []time.Duration{10 * time.Second, 20 * time.Second} {
			if got := rows[i+1].BegunAt.Sub(rows[i].EndedAt); got < want || got > want+2*time.Second {
				t.Errorf("attempt %d came %v after the one before; want %v", i+2, got, want)
			}
			if rows[i+1].Ordinal != i+2 || rows[i+1].Try != 1 {
				t.Errorf("attempt %d has ordinal %d, try %d", i+2, rows[i+1].Ordinal, rows[i+1].Try)
			}
		}
	})
}

func TestEventsComeInOrder(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		r.ledger.start(definition(), 1)
		r.run()
		r.after(time.Minute)
		r.end()
		want := []dialer.EventKind{dialer.Begun, dialer.Ringing, dialer.Answered, dialer.Ended, dialer.Finished}
		if diff := cmp.Diff(want, r.kinds()); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		row, ended := r.ledger.rows()[0], r.told()[3]
		if ended.Disposition != campaigns.Answered || ended.Number != number(0) || ended.Attempt != row.ID || ended.Campaign.Name != "test" {
			t.Errorf("end = %+v; want that of %s", ended, row.ID)
		}
		if row.AnsweredAt.Sub(row.BegunAt) != 5*time.Second || row.EndedAt.Sub(row.AnsweredAt) != 30*time.Second {
			t.Errorf("answered after %v, ended after %v more; want 5s, 30s", row.AnsweredAt.Sub(row.BegunAt), row.EndedAt.Sub(row.AnsweredAt))
		}
		if row.Leg.ToTag == "" || row.Leg.Remote == "" {
			t.Errorf("leg = %+v; want the whole dialog", row.Leg)
		}
	})
}

func TestPauseWhileRinging(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		id := r.ledger.start(definition(), 100)
		r.run()
		r.after(time.Second) // some ring
		r.ledger.set(id, campaigns.Paused)
		r.after(0)
		before := len(r.carrier.Dialed())
		if before == 0 || before == 100 {
			t.Fatalf("%d called when paused; want some", before)
		}
		r.after(10 * time.Minute)
		if after := len(r.carrier.Dialed()); after != before {
			t.Errorf("%d called after the pause", after-before)
		}
		if s := r.ledger.states(id); s[campaigns.Completed] != before || s[campaigns.Pending] != 100-before {
			t.Errorf("contacts %v; want those that rang to be completed", s)
		}
		if n := r.ledger.claims(); n != 0 {
			t.Errorf("%d contacts are still claimed", n)
		}
		r.ledger.set(id, campaigns.Running)
		r.after(10 * time.Minute)
		r.end()
		if s := r.ledger.states(id); s[campaigns.Completed] != 100 {
			t.Errorf("contacts %v; want all completed after the pause", s)
		}
		r.ledger.check()
	})
}

func TestChangesAreNoticed(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		d := definition()
		d.Hours = phone.Hours{From: "00:00", To: "24:00"}
		r.run()
		r.after(time.Minute)
		id := r.ledger.start(d, 3)
		r.after(time.Second)
		if n := len(r.carrier.Dialed()); n != 3 {
			t.Errorf("%d calls a second after the start; want 3", n)
		}
		r.ledger.add(id, 2)
		r.after(time.Second)
		if n := len(r.carrier.Dialed()); n != 5 {
			t.Errorf("%d calls a second after more were added; want 5", n)
		}
		r.after(time.Minute)
		r.end()
	})
}

func TestHeldContactsAreReported(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		d := definition()
		d.Hours = phone.Hours{From: "09:00", To: "20:00"} // bubbles begin at midnight UTC, 08:00 in Shanghai
		id := r.ledger.start(d, 30)
		r.run()
		r.after(5 * time.Second)
		if len(r.kinds()) != 30 || slices.ContainsFunc(r.told(), func(ev dialer.Event) bool {
			return ev.Kind != dialer.Held || ev.Rule != campaigns.RuleHours
		}) {
			t.Errorf("events %v; want 30 held by hours", r.kinds())
		}
		r.after(time.Hour + time.Minute)
		r.end()
		if s := r.ledger.states(id); s[campaigns.Completed] != 30 {
			t.Errorf("contacts %v; want 30 completed after 09:00", s)
		}
	})
}
