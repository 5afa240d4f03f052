package dialer_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"careline/agents"
	"careline/call"
	"careline/call/calltest"
	"careline/campaigns"
	"careline/dialer"
)

// staffedBy is the campaign of the tests, for a queue's agents.
func staffedBy(mode campaigns.Mode) campaigns.Definition {
	d := definition()
	d.Mode, d.Queue, d.Ratio = mode, "care", 3
	return d
}

// TestNoAgentNoCall: nothing is dialed before somebody is at work, nor after.
func TestNoAgentNoCall(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		r.ledger.start(staffedBy(campaigns.Progressive), 50)
		r.dialer.SetAgent("ann", []string{"care"}, agents.OnBreak)
		r.run()
		r.after(10 * time.Second)
		r.wantDialed(0, "with the only agent on break")
		r.dialer.SetAgent("ann", []string{"care"}, agents.Idle)
		r.after(time.Second)
		r.wantDialed(1, "with one idle")
		r.dialer.SetAgent("bob", []string{"care"}, agents.Idle)
		r.after(time.Second)
		r.wantDialed(2, "with two idle")
		r.dialer.SetAgent("ann", []string{"care"}, agents.Offline)
		r.dialer.SetAgent("bob", nil, agents.Offline)
		r.after(time.Minute)
		r.wantDialed(2, "and nobody at work")
		for _, row := range r.ledger.rows() {
			if row.Disposition != campaigns.Answered {
				t.Errorf("a call that was under way ended as %s; want answered", row.Disposition)
			}
		}
		r.end()
	})
}

func (r *rig) wantDialed(n int, why string) {
	r.t.Helper()
	if got := len(r.carrier.Dialed()); got != n {
		r.t.Fatalf("%d calls were placed, %s; want %d", got, why, n)
	}
}

// TestAgentLeavesBeforeTheCallDoes: the row is there, but no INVITE follows.
func TestAgentLeavesBeforeTheCallDoes(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		r.ledger.start(staffedBy(campaigns.Progressive), 1)
		r.ledger.takes(500*time.Millisecond, "begin")
		r.dialer.SetAgent("ann", []string{"care"}, agents.Idle)
		r.run()
		for r.ledger.times("begin") == 0 {
			r.after(10 * time.Millisecond)
		}
		r.dialer.SetAgent("ann", []string{"care"}, agents.OnBreak)
		r.after(2 * time.Second)
		r.wantDialed(0, "as the agent was gone when the row was there")
		if rows := r.ledger.rows(); len(rows) != 1 || rows[0].Disposition != campaigns.NotPlaced {
			t.Errorf("the ledger has %+v; want one row, not placed", rows)
		}
		r.end()
	})
}

// TestModeIsSwitchedWithinASecond of the change in the database.
func TestModeIsSwitchedWithinASecond(t *testing.T) {
	dials(t, always(nobody), func(r *rig) {
		id := r.ledger.start(staffedBy(campaigns.Progressive), 50)
		r.dialer.SetAgent("ann", []string{"care"}, agents.Idle)
		r.run()
		r.after(5 * time.Second)
		r.wantDialed(1, "one for the agent")
		r.ledger.define(id, staffedBy(campaigns.Power))
		r.after(time.Second)
		r.wantDialed(3, "three for the agent")
		r.end()
	})
}

func TestPreviewIsDialedOrSaysWhyNot(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		id := r.ledger.start(staffedBy(campaigns.Preview), 2)
		r.dialer.SetAgent("ann", []string{"care"}, agents.Reserved)
		r.run()
		r.after(5 * time.Second)
		r.wantDialed(0, "as nobody has asked")
		taken := r.ledger.take(id)
		attempt, err := r.dialer.Preview(r.t.Context(), taken, "ann")
		if err != nil || attempt == "" {
			t.Fatalf("Preview = %q, %v; want an attempt", attempt, err)
		}
		if rows := r.ledger.rows(); len(rows) != 1 || rows[0].ID != attempt {
			t.Errorf("the ledger has %+v; want %s", rows, attempt)
		}
		r.after(10 * time.Second)
		r.wantDialed(1, "as it was asked for")
		if _, err := r.dialer.Preview(r.t.Context(), r.ledger.take(id), "bob"); err == nil || !strings.Contains(err.Error(), "bob is not at work") {
			t.Errorf("Preview by somebody else = %v; want that bob is not at work", err)
		}
		var held *dialer.HeldError
		if _, err := r.dialer.Preview(r.t.Context(), taken, "ann"); err == nil || errors.As(err, &held) {
			t.Errorf("Preview of who is being called = %v; want that", err)
		}
		r.after(time.Minute)
		if _, err := r.dialer.Preview(r.t.Context(), taken, "ann"); !errors.As(err, &held) {
			t.Errorf("Preview of who is through = %v; want the policy's verdict", err)
		}
		r.end()
		ctx, cancel := context.WithCancel(r.t.Context())
		cancel()
		if _, err := r.dialer.Preview(ctx, taken, "ann"); err == nil {
			t.Error("Preview after the end = nil; want an error")
		}
	})
}

// TestPreviewHasItsAgentReserved: who rests since an abandoned call may be called
// where an agent waits for them.
func TestPreviewHasItsAgentReserved(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		d := staffedBy(campaigns.Preview)
		d.Rules = []string{"uk"}
		id := r.ledger.start(d, 1)
		r.ledger.abandoned = time.Now().Add(-time.Hour)
		r.dialer.SetAgent("ann", []string{"care"}, agents.Reserved)
		r.run()
		r.after(5 * time.Second)
		if _, err := r.dialer.Preview(r.t.Context(), r.ledger.take(id), "ann"); err != nil {
			t.Errorf("Preview = %v; want a call", err)
		}
		r.end()
	})
}

// TestPreviewIsNotWaitedForLongerThanAsked: who asks may give up.
func TestPreviewIsNotWaitedForLongerThanAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, ledger: newLedger(t), carrier: calltest.NewCarrier(always(answers))}
		r.build(dialer.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.dialer.Preview(ctx, campaigns.Contact{}, "ann"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Preview = %v; want that the time was over", err)
		}
	})
}

// TestPushbackSlowsTheTrunk, not the list: nobody has lost an attempt.
func TestPushbackSlowsTheTrunk(t *testing.T) {
	dials(t, always(full), func(r *rig) {
		d := definition()
		d.Trunks = []string{"main"}
		id := r.ledger.start(d, 300)
		r.run()
		r.after(30 * time.Second)
		quick := len(r.carrier.Dialed())
		r.after(30 * time.Second)
		if slow := len(r.carrier.Dialed()) - quick; slow > 60 || quick > 200 {
			t.Errorf("%d calls in half a minute, then %d; want a tenth of 300 and less", quick, slow)
		}
		r.end()
		for _, c := range r.ledger.list(id) {
			if c.Attempts != 0 {
				t.Errorf("%s has lost %d attempts; want none", c.ID, c.Attempts)
			}
		}
	})
}

// TestCarrierThatForbidsCostsNoAttempts, not even by the calls by which it was
// found out.
func TestCarrierThatForbidsCostsNoAttempts(t *testing.T) {
	forbids := calltest.Person{Trying: time.Second, Disposition: campaigns.Refused, Status: 403}
	dials(t, always(forbids), func(r *rig) {
		d := definition()
		d.Trunks = []string{"main"}
		id := r.ledger.start(d, 100)
		r.run()
		r.after(time.Minute)
		r.end()
		lost := 0
		for _, c := range r.ledger.list(id) {
			lost += c.Attempts
		}
		if n := len(r.carrier.Dialed()); lost != 0 || n < 20 {
			t.Errorf("%d attempts are lost of %d; want none of many", lost, n)
		}
	})
}

// TestCalleesWhoForbidAreRefusals: a 403 now and then, and each one as it rings,
// is the callee's, also soon after the carrier has forbidden all.
func TestCalleesWhoForbidAreRefusals(t *testing.T) {
	forbids := calltest.Person{Trying: time.Second, Disposition: campaigns.Refused, Status: 403}
	declines := calltest.Person{Trying: time.Second, Rings: true, Ringing: time.Second, Disposition: campaigns.Refused, Status: 403}
	var placed atomic.Int64
	var began time.Time
	person := func(call.Order) calltest.Person {
		n, late := placed.Add(1), time.Since(began) > 50*time.Second
		switch {
		case time.Since(began) < 10*time.Second, late && n%20 == 0:
			return forbids
		case late && n%5 == 0:
			return declines
		default:
			return answers
		}
	}
	dials(t, person, func(r *rig) {
		d := definition()
		d.Trunks = []string{"main"}
		r.ledger.start(d, 400)
		began = time.Now()
		r.run()
		r.after(50 * time.Second)
		early := r.ends()
		r.after(2 * time.Minute)
		r.end()
		if n := early[campaigns.Refused]; n > 0 {
			t.Errorf("%d of the storm's calls are the callees' refusals; want none", n)
		}
		late := r.ends()
		if more := late[campaigns.Congestion] - early[campaigns.Congestion]; more > 0 || late[campaigns.Refused] < 10 {
			t.Errorf("%v at first, then %v; want that the later ones are refusals", early, late)
		}
	})
}

// ends counts how attempts have ended.
func (r *rig) ends() map[campaigns.Disposition]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := map[campaigns.Disposition]int{}
	for _, e := range r.events {
		if e.Kind == dialer.Ended {
			n[e.Disposition]++
		}
	}
	return n
}
