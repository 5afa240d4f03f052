package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"careline/campaigns"
)

// FinishPreview stores what an agent says came of a customer: the answers under
// the call, the note, and what becomes of the contact. The agent is free for the
// next one.
func (s *Store) FinishPreview(ctx context.Context, id string, o campaigns.Conclusion, now time.Time) (campaigns.Contact, error) {
	var c contactRow
	_, err := s.changePreview(ctx, id, now, func(tx *txn, row *previewRow) error {
		switch {
		case row.State.Calls():
			return fmt.Errorf("the call is not over: %w", ErrNotAllowed)
		case row.Attempt == "" && len(o.Results) > 0:
			return fmt.Errorf("answers belong to a call, and none was placed: %w", ErrNotAllowed)
		}
		if err := keepResults(ctx, tx, *row, o, now); err != nil {
			return err
		}
		row.State, row.Note, row.Result, row.OverAt = campaigns.CustomerDone, clean(o.Note), o.Disposition, at(now)
		if err := s.decideOn(ctx, tx, *row, o, now); err != nil {
			return err
		}
		var err error
		c, err = s.holdContact(ctx, tx, row.Contact)
		return err
	})
	return c.contact(), err
}

const flowOfCampaign = `SELECT flow_hash FROM campaigns WHERE id = $1`

// byAgent is the node of answers that an agent has written down.
const byAgent = "agent"

// keepResults stores the answers that an agent has written down.
func keepResults(ctx context.Context, tx *txn, row previewRow, o campaigns.Conclusion, now time.Time) error {
	if len(o.Results) == 0 {
		return nil
	}
	var hash string
	if err := tx.GetContext(ctx, &hash, flowOfCampaign, row.Campaign); err != nil {
		return found(err, "find campaign %s", row.Campaign)
	}
	for result, value := range o.Results {
		answer := newAnswerRow(campaigns.Answer{
			CallID: string(row.Attempt), Campaign: row.Campaign, Contact: row.Contact, Result: result,
			Value: value, Category: o.Categories[result], Node: byAgent, FlowHash: hash, At: now,
		})
		if _, err := tx.NamedExecContext(ctx, upsertAnswer, answer); err != nil {
			return fmt.Errorf("keep an answer: %w", err)
		}
	}
	return nil
}

const partyOf = `SELECT party FROM attempts WHERE id = $1`

// answeredBy is how an answered attempt ended as retries see it.
func answeredBy(ctx context.Context, tx *txn, id campaigns.AttemptID) (campaigns.Disposition, error) {
	var p campaigns.Party
	if err := tx.GetContext(ctx, &p, partyOf, id); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("find attempt %s: %w", id, err)
	}
	return campaigns.Answered.Met(p), nil
}

// decideOn settles the contact anew, now that the agent has said what came of it.
func (s *Store) decideOn(ctx context.Context, tx *txn, row previewRow, o campaigns.Conclusion, now time.Time) error {
	c, err := s.holdContact(ctx, tx, row.Contact)
	if err != nil {
		return err
	}
	mine := c.ClaimedBy == row.holder()
	switch {
	case c.State == campaigns.Dialing, c.ClaimedBy != "" && !mine:
		return fmt.Errorf("the customer is being called: %w", ErrNotAllowed)
	case c.State == campaigns.Suppressed, c.State == campaigns.Withdrawn, c.State == campaigns.Unknown:
		return nil // their wish, or a person's decision, stands
	}
	reached := !mine && c.Last == campaigns.Answered && (row.Attempt != "" || c.State.Final())
	disp := o.Disposition
	if disp == "" && reached {
		if disp, err = answeredBy(ctx, tx, row.Attempt); err != nil {
			return err
		}
	}
	switch {
	case !o.Again.IsZero():
		if err = s.open(ctx, tx, c.Campaign); err != nil {
			return err
		}
		return s.rest(ctx, tx, c, campaigns.Pending, o.Again)
	case disp == "" && !o.Done && mine:
		return s.rest(ctx, tx, c, c.leave(campaigns.Pending), now.Add(skipped))
	case disp == "" && !o.Done:
		return nil // as the attempt has left it
	case disp != "":
		if err = s.settle(ctx, tx, c, disp, now); err != nil || !o.Done {
			return err
		}
		if c, err = s.holdContact(ctx, tx, row.Contact); err != nil || c.State != campaigns.Pending {
			return err
		}
	}
	return s.rest(ctx, tx, c, campaigns.Exhausted, now)
}
