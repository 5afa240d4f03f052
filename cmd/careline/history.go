package main

import (
	"context"
	"time"

	"careline/campaigns"
	"careline/store"
)

// history is what happened to one contact.
type history struct {
	first, last     time.Time // attempts begun
	answered, ended time.Time // of the latest attempt that has them
	answers         map[string]string
}

// readHistory reads the attempts and answers of a campaign.
func readHistory(ctx context.Context, s *store.Store, id campaigns.ID) (map[campaigns.ContactID]history, error) {
	all := make(map[campaigns.ContactID]history)
	for a, err := range s.Attempts(ctx, id) {
		if err != nil {
			return nil, err
		}
		h := all[a.Contact]
		if h.first.IsZero() {
			h.first = a.BegunAt
		}
		h.last, h.ended = a.BegunAt, a.EndedAt
		if !a.AnsweredAt.IsZero() {
			h.answered = a.AnsweredAt
		}
		all[a.Contact] = h
	}
	for a, err := range s.Answers(ctx, id) {
		if err != nil {
			return nil, err
		}
		h := all[a.Contact]
		if h.answers == nil {
			h.answers = make(map[string]string)
		}
		h.answers[a.Result] = a.Value
		all[a.Contact] = h
	}
	return all, nil
}
