package dialer_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"careline/agents"
	"careline/call/calltest"
	"careline/campaigns"
	"careline/dialer"
)

// board keeps what is shown.
type board struct {
	mu     sync.Mutex
	saves  []time.Time
	stands map[campaigns.ID]campaigns.Standing
	err    error
}

func (b *board) SaveStandings(_ context.Context, node string, changed []campaigns.Standing, gone []campaigns.ID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.err
	}
	b.saves = append(b.saves, time.Now())
	for _, s := range changed {
		if s.Node == node {
			b.stands[s.Campaign] = s
		}
	}
	for _, id := range gone {
		delete(b.stands, id)
	}
	return nil
}

func (b *board) of(id campaigns.ID) (s campaigns.Standing, saves int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stands[id], len(b.saves)
}

// shows runs a test with a dialer that shows what it does.
func shows(t *testing.T, p calltest.Person, test func(r *rig, b *board)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, ledger: newLedger(t), carrier: calltest.NewCarrier(always(p))}
		b := &board{stands: map[campaigns.ID]campaigns.Standing{}}
		r.build(dialer.Options{Board: b})
		test(r, b)
	})
}

// TestWhyLittleIsDialedIsShown: within about a second, and written where it has
// changed, at most once a second.
func TestWhyLittleIsDialedIsShown(t *testing.T) {
	shows(t, answers, func(r *rig, b *board) {
		id := r.ledger.start(staffedBy(campaigns.Progressive), 50)
		r.dialer.SetAgent("ann", []string{"care"}, agents.OnBreak)
		r.run()
		want := func(reason campaigns.Reason) campaigns.Standing {
			t.Helper()
			r.after(2 * time.Second)
			s, _ := b.of(id)
			if !slices.Contains(s.Reasons, reason) {
				t.Errorf("the reasons are %v; want %s", s.Reasons, reason)
			}
			return s
		}
		want(campaigns.NoAgents)
		_, before := b.of(id)
		r.after(time.Minute)
		if _, after := b.of(id); after > before+15 {
			t.Errorf("written %d times in a minute in which nothing has happened", after-before)
		}
		r.dialer.SetAgent("ann", []string{"care"}, agents.Idle)
		if s := want(campaigns.AgentsServed); s.Agents == nil || s.Agents.Idle != 1 || s.Agents.Ringing != 1 || s.Calls != 1 || s.Node != "n1" {
			t.Errorf("shown is %+v; want one call for one agent", s)
		}
		r.ledger.set(id, campaigns.Paused)
		r.after(2 * time.Second)
		if s, _ := b.of(id); s.Campaign != "" {
			t.Errorf("shown is %+v of a campaign that is paused; want nothing", s)
		}
		r.end()
		for i := 1; i < len(b.saves); i++ {
			if apart := b.saves[i].Sub(b.saves[i-1]); apart < time.Second {
				t.Errorf("two writes are %v apart; want a second", apart)
			}
		}
	})
}

// TestRulesThatHoldAreShown: why the latest contact was not called, and until when.
func TestRulesThatHoldAreShown(t *testing.T) {
	shows(t, answers, func(r *rig, b *board) {
		d := definition()
		d.Trunks, d.CallerID = []string{"main"}, ""
		id := r.ledger.start(d, 5)
		r.run()
		r.after(3 * time.Second)
		if s, _ := b.of(id); s.Held != campaigns.RuleCallerID || !slices.Contains(s.Reasons, campaigns.ListHeld) {
			t.Errorf("shown is %+v; want that %s holds the list", s, campaigns.RuleCallerID)
		}
		if list := r.dialer.Standings(); len(list) != 1 || list[0].Campaign != id {
			t.Errorf("Standings = %+v; want that of %s", list, id)
		}
		r.end()
	})
}

// TestShownAgainAfterTrouble: what could not be written is written later.
func TestShownAgainAfterTrouble(t *testing.T) {
	shows(t, nobody, func(r *rig, b *board) {
		id := r.ledger.start(definition(), 5)
		b.err = errors.New("the disk is full")
		r.run()
		r.after(3 * time.Second)
		b.mu.Lock()
		b.err = nil
		b.mu.Unlock()
		r.after(5 * time.Second)
		if s, _ := b.of(id); s.Campaign != id {
			t.Errorf("shown is %+v; want %s", s, id)
		}
		r.end()
	})
}

// TestAbandonedCallsAreCountedOverARestart: a campaign at its cap has but one
// call for each idle agent; before it is known how near it is, none at all.
func TestAbandonedCallsAreCountedOverARestart(t *testing.T) {
	dials(t, always(nobody), func(r *rig) {
		id := r.ledger.start(staffedBy(campaigns.Power), 50)
		r.ledger.past[id] = []campaigns.Slot{{At: time.Now().Add(-time.Hour), Tally: campaigns.Tally{Answered: 100, Abandoned: 5}}}
		r.ledger.breaks(errGone, "answered since")
		r.dialer.SetAgent("ann", []string{"care"}, agents.Idle)
		r.dialer.SetAgent("bob", []string{"care"}, agents.Idle)
		r.run()
		r.after(5 * time.Second)
		r.wantDialed(0, "before it is known how many were abandoned")
		r.ledger.breaks(nil, "answered since")
		r.after(5 * time.Second)
		r.wantDialed(2, "one for each, as too many were abandoned before")
		r.end()
	})
}
