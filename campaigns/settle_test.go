package campaigns_test

import (
	"testing"
	"time"

	"careline/campaigns"
)

func TestSettle(t *testing.T) {
	d := campaigns.Definition{
		MaxAttempts: 4,
		Complete:    []string{"renew", "satisfaction"},
		Retry: map[campaigns.Disposition][]time.Duration{
			campaigns.Busy:    {5 * time.Minute, 10 * time.Minute},
			campaigns.Refused: {time.Hour},
			campaigns.Failure: {},

			campaigns.MetMachine: {2 * time.Hour, 4 * time.Hour},
		},
	}
	whole := map[string]string{"renew": "1", "satisfaction": "5"}
	for _, tt := range []struct {
		name    string
		contact campaigns.Contact // before the attempt
		disp    campaigns.Disposition
		results map[string]string
		state   campaigns.ContactState
		after   time.Duration
	}{
		{"complete", campaigns.Contact{}, campaigns.Answered, whole, campaigns.Completed, 0},
		{"left half way", campaigns.Contact{}, campaigns.Answered, map[string]string{"renew": "1"}, campaigns.Partial, 0},
		{"left at once", campaigns.Contact{}, campaigns.Answered, nil, campaigns.Partial, 0},
		{"no such number", campaigns.Contact{}, campaigns.InvalidNumber, nil, campaigns.Invalid, 0},
		{"not known", campaigns.Contact{}, campaigns.NotKnown, nil, campaigns.Unknown, 0},

		{"first busy", campaigns.Contact{}, campaigns.Busy, nil, campaigns.Pending, 5 * time.Minute},
		{"second busy", campaigns.Contact{Attempts: 1}, campaigns.Busy, nil, campaigns.Pending, 10 * time.Minute},
		{"third busy", campaigns.Contact{Attempts: 2}, campaigns.Busy, nil, campaigns.Pending, 10 * time.Minute},
		{"last busy", campaigns.Contact{Attempts: 3}, campaigns.Busy, nil, campaigns.Exhausted, 0},
		{"no answer by default", campaigns.Contact{}, campaigns.NoAnswer, nil, campaigns.Pending, 2 * time.Hour},
		{"unreachable by default", campaigns.Contact{}, campaigns.Unreachable, nil, campaigns.Pending, 24 * time.Hour},
		{"given up by us", campaigns.Contact{}, campaigns.Cancelled, nil, campaigns.Pending, 30 * time.Minute},
		{"refused, one more", campaigns.Contact{}, campaigns.Refused, nil, campaigns.Pending, time.Hour},

		{"a machine", campaigns.Contact{}, campaigns.MetMachine, nil, campaigns.Pending, 2 * time.Hour},
		{"a machine again", campaigns.Contact{Attempts: 1}, campaigns.MetMachine, map[string]string{"renew": "1"}, campaigns.Pending, 4 * time.Hour},
		{"a machine at last", campaigns.Contact{Attempts: 3}, campaigns.MetMachine, nil, campaigns.Exhausted, 0},
		{"a machine was left what is complete", campaigns.Contact{}, campaigns.MetMachine, whole, campaigns.Completed, 0},

		{"first congestion", campaigns.Contact{Attempts: 3}, campaigns.Congestion, nil, campaigns.Pending, time.Minute},
		{"third congestion", campaigns.Contact{Faults: 2}, campaigns.Congestion, nil, campaigns.Pending, 4 * time.Minute},
		{"ninth congestion", campaigns.Contact{Faults: 8}, campaigns.NotPlaced, nil, campaigns.Pending, 30 * time.Minute},
		{"tenth congestion", campaigns.Contact{Faults: 9}, campaigns.Congestion, nil, campaigns.Exhausted, 0},
		{"misconfigured, no retry", campaigns.Contact{}, campaigns.Failure, nil, campaigns.Exhausted, 0},

		{"asked to be left alone", campaigns.Contact{State: campaigns.Suppressed}, campaigns.Answered, whole, campaigns.Suppressed, 0},
		{"withdrawn while ringing", campaigns.Contact{State: campaigns.Withdrawn}, campaigns.Busy, nil, campaigns.Withdrawn, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.contact
			if c.State == "" {
				c.State = campaigns.Dialing
			}
			got := campaigns.Settle(d, c.After(tt.disp), tt.disp, tt.results, noon)
			want := time.Time{}
			if tt.after > 0 {
				want = noon.Add(tt.after)
			}
			if got.State != tt.state || !got.Due.Equal(want) {
				t.Errorf("Settle = %q, %v; want %q, %v", got.State, got.Due, tt.state, want)
			}
		})
	}
}

// TestSettleEnds walks every disposition until the contact is final, with the
// default delays.
func TestSettleEnds(t *testing.T) {
	for _, disp := range campaigns.Dispositions() {
		c := campaigns.Contact{State: campaigns.Dialing}
		now := noon
		for n := 1; ; n++ {
			c = c.After(disp)
			got := campaigns.Settle(campaigns.Definition{}, c, disp, nil, now)
			due := got.Due
			if got.State.Final() {
				break
			}
			if n > 20 || due.Before(now.Add(time.Minute)) {
				t.Fatalf("%s: attempt %d leaves it %s, due %v after", disp, n, got.State, due.Sub(now))
			}
			now = due
		}
	}
}

func TestAfterCounts(t *testing.T) {
	c := campaigns.Contact{Attempts: 1}
	c = c.After(campaigns.Congestion).After(campaigns.NotPlaced).After(campaigns.Failure)
	if c.Attempts != 1 || c.Faults != 3 || c.Last != campaigns.Failure {
		t.Errorf("after three faults: %d attempts, %d faults, last %q; want 1, 3, failed", c.Attempts, c.Faults, c.Last)
	}
	if c = c.After(campaigns.Busy); c.Attempts != 2 || c.Faults != 0 {
		t.Errorf("after busy: %d attempts, %d faults; want 2, 0", c.Attempts, c.Faults)
	}
}
