package dialer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"careline/call"
	"careline/call/calltest"
	"careline/campaigns"
	"careline/dialer"
	"careline/dialer/plan"
	"careline/phone"
)

func TestFailover(t *testing.T) {
	ringsFirst := full
	ringsFirst.Rings = true
	for _, tt := range []struct {
		name        string
		main, spare calltest.Person
		want        string // trunk, try, disposition of each row
	}{
		{"refused by the trunk", full, answers, "main 1 congestion, spare 2 answered"},
		{"nothing could be sent", unsent, answers, "main 1 not_placed, spare 2 answered"},
		{"refused by both", full, full, "main 1 congestion, spare 2 congestion"},
		{"rang before", ringsFirst, answers, "main 1 congestion"},
		{"busy", busy, answers, "main 1 busy"},
		{"no such number", missing, answers, "main 1 invalid_number"},
		{"no response", dumb, answers, "main 1 unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dials(t, func(o call.Order) calltest.Person {
				if o.Trunk == "main" {
					return tt.main
				}
				return tt.spare
			}, func(r *rig) {
				d := definition()
				d.Retry = map[campaigns.Disposition][]time.Duration{campaigns.Congestion: {}, campaigns.Busy: {}}
				r.ledger.start(d, 1)
				r.run()
				r.after(2 * time.Minute)
				r.end()
				rows := make([]string, 0, 2)
				for _, a := range r.ledger.rows() {
					rows = append(rows, fmt.Sprint(a.Trunk, " ", a.Try, " ", a.Disposition))
					if a.Ordinal != 1 {
						t.Errorf("ordinal %d; want 1 for every try", a.Ordinal)
					}
				}
				if got := strings.Join(rows, ", "); got != tt.want {
					t.Errorf("ledger = %s; want %s", got, tt.want)
				}
				r.ledger.check()
			})
		})
	}
}

// TestNoFailoverWithoutAResponse: the call may ring, for all that is known.
func TestNoFailoverWithoutAResponse(t *testing.T) {
	dials(t, nil, func(r *rig) {
		r.ledger.start(definition(), 1)
		r.replace(broken{&call.Failure{Disposition: campaigns.Congestion, Sent: true}, true})
		r.run()
		r.after(10 * time.Second)
		r.end()
		if rows := r.ledger.rows(); len(rows) != 1 || rows[0].Disposition != campaigns.Congestion {
			t.Errorf("%d tries, the first ended as %s; want one, congestion", len(rows), rows[0].Disposition)
		}
	})
}

func TestDestinationsOfEachTrunk(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		id := r.ledger.start(definition(), 5)
		r.build(dialer.Options{Allow: map[string]phone.Prefixes{"main": {"+44"}, "spare": {"+861380000000", "!+8613800000003"}}})
		r.run()
		r.after(2 * time.Minute)
		r.end()
		for _, a := range r.ledger.rows() {
			if a.Trunk != "spare" || a.Try != 1 || a.Ordinal != 1 || a.Number == number(3) {
				t.Errorf("attempt on %s by %s, try %d; want the first try by the trunk that may", string(a.Number), a.Trunk, a.Try)
			}
		}
		if s := r.ledger.states(id); s[campaigns.Completed] != 4 || s[campaigns.Pending] != 1 {
			t.Errorf("contacts %v; want 4 completed and one held", s)
		}
	})
}

// TestNumberShown: a trunk that owns none of the campaign's numbers is passed
// over, and the number that the callee sees is the one in the row.
func TestNumberShown(t *testing.T) {
	dials(t, func(o call.Order) calltest.Person {
		if o.CallerID != "+8610"+o.Number[len(o.Number)-8:] {
			t.Errorf("call shows %s to %s", string(o.CallerID), string(o.Number))
		}
		return answers
	}, func(r *rig) {
		r.ledger.start(definition(), 5)
		r.build(dialer.Options{CallerID: func(trunk string, _ campaigns.Campaign, c campaigns.Contact) phone.Number {
			if trunk == "main" {
				return ""
			}
			return "+8610" + c.Number[len(c.Number)-8:]
		}})
		r.run()
		r.after(2 * time.Minute)
		r.end()
		if n := len(r.ledger.rows()); n != 5 {
			t.Errorf("%d attempts; want 5", n)
		}
		for _, a := range r.ledger.rows() {
			if a.Trunk != "spare" || a.CallerID != "+8610"+a.Number[len(a.Number)-8:] {
				t.Errorf("attempt by %s shows %s to %s", a.Trunk, string(a.CallerID), string(a.Number))
			}
		}
	})
}

func TestTrunkComesAndGoes(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		d := definition()
		d.Trunks = []string{"main"}
		r.ledger.start(d, 100)
		r.run()
		r.after(time.Second)
		r.dialer.SetTrunk(plan.Trunk{Name: "main", MaxCalls: 20, PerSecond: 10})
		r.after(0)
		before := len(r.carrier.Dialed())
		r.after(time.Minute)
		if after := len(r.carrier.Dialed()); after != before {
			t.Errorf("%d calls by a trunk that is down", after-before)
		}
		r.dialer.SetTrunk(trunk("main", 10))
		r.after(10 * time.Minute)
		r.end()
		if n := len(r.carrier.Dialed()); n != 100 {
			t.Errorf("%d calls; want 100", n)
		}
	})
}

func TestErrorsOfThePlacer(t *testing.T) {
	boom := errors.New("boom")
	for _, tt := range []struct {
		name string
		sent bool
		want campaigns.Disposition
	}{{"before anything was sent", false, campaigns.Failure}, {"after", true, campaigns.NotKnown}} {
		t.Run(tt.name, func(t *testing.T) {
			dials(t, nil, func(r *rig) {
				d := definition()
				d.Trunks = []string{"main"}
				d.Retry[campaigns.Failure] = nil
				r.ledger.start(d, 1)
				r.replace(broken{boom, tt.sent})
				r.run()
				r.after(10 * time.Second)
				r.end()
				if row := r.ledger.rows()[0]; row.Disposition != tt.want || row.Evidence.Text != "boom" {
					t.Errorf("ended as %s, %q; want %s, boom", row.Disposition, row.Evidence.Text, tt.want)
				}
			})
		})
	}
}
