package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"careline/campaigns"
	"careline/store"
)

// beginPause lies between two attempts that are begun.
const beginPause = 10 * time.Millisecond

// beginners begins attempts, as a service does while a list is imported.
type beginners struct {
	store    *store.Store
	campaign campaigns.ID
	due      []campaigns.Contact
}

// beginTimes is what it took to begin attempts.
type beginTimes struct {
	Begun  int      `json:"begun"`
	Failed int      `json:"failed"` // the database had not answered in time
	TookMS lateness `json:"took_ms"`
}

// beginnersList is how many contacts they have.
const beginnersList = 20_000

func openBeginners(ctx context.Context, url string) (*beginners, error) {
	s, err := store.Open(ctx, url, store.Options{Node: "bench"})
	if err != nil {
		return nil, err
	}
	c, err := s.Populate(ctx, store.Population{Name: "called", Contacts: beginnersList, Now: time.Now()}, func(int) {})
	return &beginners{store: s, campaign: c.ID}, err
}

func (b *beginners) close() { _ = b.store.Close() }

// during begins attempts until something is done.
func (b *beginners) during(ctx context.Context, do func() error) (beginTimes, error) {
	done := make(chan error, 1)
	go func() { done <- do() }()
	var t beginTimes
	var times []int32
	for {
		select {
		case err := <-done:
			slices.Sort(times)
			t.TookMS = lateness{P50: percentile(times, 0.5), P99: percentile(times, 0.99), P999: percentile(times, 0.999), Max: percentile(times, 1)}
			return t, err
		default:
		}
		took, err := b.begin(ctx)
		switch {
		case ctx.Err() != nil:
			return t, <-done
		case err != nil:
			t.Failed++
		default:
			t.Begun++
		}
		times = append(times, int32(took.Microseconds()))
		if err := pause(ctx, beginPause); err != nil {
			return t, <-done
		}
	}
}

// begin begins one attempt and ends it, and returns how long the beginning took.
func (b *beginners) begin(ctx context.Context) (time.Duration, error) {
	now := time.Now()
	if len(b.due) == 0 {
		if _, err := b.store.Renew(ctx, "bench", now); err != nil {
			return 0, err
		}
		claims, err := b.store.Claim(ctx, "bench", b.campaign, 100, now)
		if err != nil {
			return 0, err
		}
		b.due = claims.Contacts
		if len(b.due) == 0 {
			return 0, fmt.Errorf("no contact is left")
		}
	}
	c := b.due[0]
	b.due = b.due[1:]
	id := uuid.Must(uuid.NewV7()).String()
	now = time.Now()
	_, verdict, err := b.store.BeginAttempt(ctx, campaigns.Begin{Allowed: true, Attempt: campaigns.Attempt{
		ID: campaigns.AttemptID(id), Campaign: c.Campaign, Contact: c.ID, Number: c.Number, CallerID: "+8610",
		Trunk: "bench", Node: "bench", Try: 1, Leg: campaigns.Leg{CallID: id, FromTag: "from", Branch: "z9hG4bK", Target: "sip:bench"},
	}}, now)
	took := time.Since(now)
	if err != nil || !verdict.Allowed {
		return took, err
	}
	return took, b.store.EndAttempt(ctx, campaigns.End{Attempt: campaigns.AttemptID(id), Disposition: campaigns.NoAnswer, At: time.Now()})
}
