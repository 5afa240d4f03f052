package dialer_test

import (
	"testing"
	"time"

	"careline/campaigns"
	"careline/dialer"
	"careline/phone"
)

// aDay bounds the calls of one trunk of a day in UTC.
func aDay(trunk string, calls int) dialer.Options {
	return dialer.Options{Cap: func(name string, _ phone.Number, now time.Time) campaigns.Cap {
		if name != trunk {
			return campaigns.Cap{}
		}
		now = now.UTC()
		ends := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, time.UTC)
		return campaigns.Cap{Calls: calls, Day: now.Format(time.DateOnly), Ends: ends}
	}}
}

// byTrunk counts the ledger's rows.
func (r *rig) byTrunk() map[string]int {
	n := make(map[string]int)
	for _, a := range r.ledger.rows() {
		n[a.Trunk]++
	}
	return n
}

func TestTrunkWhoseDayIsUsedUp(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		r.build(aDay("main", 3))
		r.ledger.start(definition(), 10)
		r.run()
		r.after(10 * time.Minute)
		r.end()
		if n := r.byTrunk(); n["main"] != 3 || n["spare"] != 7 {
			t.Errorf("calls by trunk = %v; want 3 by main, the others by spare", n)
		}
		r.ledger.check()
	})
}

func TestOnlyTrunkWaitsForTheNextDay(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		r.build(aDay("main", 3))
		d := definition()
		d.Trunks = []string{"main"}
		r.ledger.start(d, 5)
		r.run()
		r.after(time.Hour)
		if n := r.byTrunk(); n["main"] != 3 {
			t.Errorf("calls by trunk = %v; want 3 by main", n)
		}
		r.after(24 * time.Hour)
		r.end()
		if n := r.byTrunk(); n["main"] != 5 {
			t.Errorf("calls by trunk after a day = %v; want all 5", n)
		}
		r.ledger.check()
	})
}
