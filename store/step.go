package store

import (
	"context"
	"errors"
	"fmt"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
)

// CommitStep commits one move of a flow as a whole: the call's state if it is
// still at seq Was, else call.ErrStale; answers; opt-outs; notes to call back.
func (s *Store) CommitStep(ctx context.Context, step call.Step) error {
	if err := s.w.write(ctx, &commitStep{Step: step}); err != nil {
		return fmt.Errorf("commit step %d of call %s: %w", step.Seq, step.CallID, err)
	}
	return nil
}

type commitStep struct{ call.Step }

func (commitStep) kind() string { return "commit_step" }

func (c commitStep) confined() bool { return len(c.OptOuts)+len(c.Callbacks) == 0 }

func (c commitStep) apply(ctx context.Context, s *Store, tx *txn, late bool) error {
	move := c.move
	if late { // it cannot be refused any more: what was said is kept in any case
		move = c.moveLate
	}
	if err := move(ctx, tx); err != nil {
		return err
	}
	for _, a := range c.Answers {
		if _, err := named(ctx, tx, upsertAnswer, newAnswerRow(a)); err != nil {
			return fmt.Errorf("keep an answer: %w", err)
		}
	}
	if err := s.keepRecordings(ctx, tx, c.Recordings); err != nil {
		return err
	}
	for _, o := range c.OptOuts {
		if err := s.optOut(ctx, tx, o); err != nil {
			return err
		}
	}
	for _, n := range c.Callbacks {
		if err := (noteCallback{CallbackNote: n}).apply(ctx, s, tx, late); err != nil {
			return err
		}
	}
	switch {
	case c.Hosted:
		return c.parted(ctx, s, tx)
	case !late || len(c.Answers) == 0:
		return nil
	default:
		return c.reconsider(ctx, s, tx)
	}
}

const (
	moveCall     = `UPDATE calls SET seq = $2, state = $3, actions = $4 WHERE id = $1 AND seq = $5`
	moveCallLate = `UPDATE calls SET seq = $2, state = $3, actions = $4 WHERE id = $1 AND seq < $2`
	seqOfCall    = `SELECT seq FROM calls WHERE id = $1`
)

// move stores where the flow stands.
func (c commitStep) move(ctx context.Context, tx *txn) error {
	n, err := exec(ctx, tx, moveCall, c.CallID, c.Seq, as(c.State), as(actionsOf(c.Actions)), c.Was)
	if err != nil || n == 1 {
		return err
	}
	var seq int
	if err := tx.GetContext(ctx, &seq, seqOfCall, c.CallID); err != nil {
		return found(err, "find call %s", c.CallID)
	}
	return fmt.Errorf("it is at %d: %w", seq, call.ErrStale)
}

// moveLate stores where the flow stood when the step was accepted, unless the
// call is further already.
func (c commitStep) moveLate(ctx context.Context, tx *txn) error {
	_, err := exec(ctx, tx, moveCallLate, c.CallID, c.Seq, as(c.State), as(actionsOf(c.Actions)))
	return err
}

// reconsider settles once more the contact of a call that was taken for crashed
// while its answers waited in the journal. Where its end waits there too, that
// settles what is unknown.
func (c commitStep) reconsider(ctx context.Context, s *Store, tx *txn) error {
	own, err := callOf(ctx, tx, c.CallID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil || own.Contact == "" {
		return err
	}
	contact, err := s.holdContact(ctx, tx, own.Contact)
	if err != nil {
		return err
	}
	over := !own.EndedAt.IsZero() || c.Hosted
	if contact.State == campaigns.Partial || contact.State == campaigns.Unknown && over {
		return s.settle(ctx, tx, contact, campaigns.Answered, c.At)
	}
	return nil
}

// actionsOf is never null in JSON.
func actionsOf(actions []ivr.Action) []ivr.Action {
	if actions == nil {
		return []ivr.Action{}
	}
	return actions
}
