package store

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
)

const (
	attemptsOnThose = `
SELECT contact, begun_at, answered_at, ended_at FROM attempts WHERE contact IN (?) ORDER BY contact, id`
	answersOfThose = `
SELECT contact, result, value FROM answers WHERE campaign = ? AND contact IN (?) ORDER BY contact, at, call_id`
)

// Histories goes through a campaign's contacts in the order of their keys, each
// with what happened to it. It holds one page of them at a time.
func (s *Store) Histories(ctx context.Context, id campaigns.ID) iter.Seq2[campaigns.History, error] {
	return func(yield func(campaigns.History, error) bool) {
		var after string
		for {
			page, err := s.historiesAfter(ctx, id, after)
			if err != nil {
				yield(campaigns.History{}, fmt.Errorf("list what happened to contacts of campaign %s: %w", id, err))
				return
			}
			for _, h := range page {
				if !yield(h, nil) {
					return
				}
			}
			if len(page) < pageSize {
				return
			}
			after = page[len(page)-1].Key
		}
	}
}

// historiesAfter reads one page, as it is at one moment.
func (s *Store) historiesAfter(ctx context.Context, id campaigns.ID, after string) ([]campaigns.History, error) {
	var page []campaigns.History
	err := s.snapshot(ctx, func(tx *txn) error {
		var rows []contactRow
		if err := tx.SelectContext(ctx, &rows, contactsAfter, id, after, pageSize); err != nil || len(rows) == 0 {
			page = nil
			return err
		}
		page = convert(rows, func(r contactRow) campaigns.History { return campaigns.History{Contact: r.contact()} })
		of := make(map[campaigns.ContactID]*campaigns.History, len(page))
		for i := range page {
			of[page[i].ID] = &page[i]
		}
		ids := convert(rows, func(r contactRow) campaigns.ContactID { return r.ID })
		slices.Sort(ids)
		if err := addAttemptsTo(ctx, tx, of, ids); err != nil {
			return err
		}
		return addAnswersTo(ctx, tx, of, id, ids)
	})
	return page, err
}

// addAttemptsTo adds the times of attempts.
func addAttemptsTo(ctx context.Context, tx *txn, of map[campaigns.ContactID]*campaigns.History, ids []campaigns.ContactID) error {
	query, args, err := sqlx.In(attemptsOnThose, ids)
	if err != nil {
		return err
	}
	var rows []struct {
		Contact  campaigns.ContactID `db:"contact"`
		Begun    instant             `db:"begun_at"`
		Answered instant             `db:"answered_at"`
		Ended    instant             `db:"ended_at"`
	}
	if err := tx.SelectContext(ctx, &rows, tx.Rebind(query), args...); err != nil {
		return fmt.Errorf("read attempts: %w", err)
	}
	for _, r := range rows {
		h := of[r.Contact]
		if h.First.IsZero() {
			h.First = r.Begun.Time
		}
		h.Last, h.Ended = r.Begun.Time, r.Ended.Time
		if !r.Answered.IsZero() {
			h.Answered = r.Answered.Time
		}
	}
	return nil
}

// addAnswersTo adds the latest answers.
func addAnswersTo(
	ctx context.Context, tx *txn, of map[campaigns.ContactID]*campaigns.History, id campaigns.ID, ids []campaigns.ContactID,
) error {
	query, args, err := sqlx.In(answersOfThose, id, ids)
	if err != nil {
		return err
	}
	var rows []struct {
		Contact       campaigns.ContactID
		Result, Value string
	}
	if err := tx.SelectContext(ctx, &rows, tx.Rebind(query), args...); err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	for _, r := range rows {
		h := of[r.Contact]
		if h.Results == nil {
			h.Results = map[string]string{}
		}
		h.Results[r.Result] = r.Value
	}
	return nil
}
