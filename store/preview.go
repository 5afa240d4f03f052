package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"careline/campaigns"
	"careline/phone"
)

// previewRow is a preview as the tables hold it.
type previewRow struct {
	ID       string                    `db:"id"`
	Agent    string                    `db:"agent"`
	Campaign campaigns.ID              `db:"campaign"`
	Contact  campaigns.ContactID       `db:"contact"`
	State    campaigns.AssignmentState `db:"state"`
	Number   phone.Number              `db:"number"`
	Attempt  campaigns.AttemptID       `db:"attempt"`
	Told     string                    `db:"told"`
	Note     string                    `db:"note"`
	Result   campaigns.Disposition     `db:"result"`
	TakenAt  instant                   `db:"taken_at"`
	Changed  instant                   `db:"changed_at"`
	OverAt   instant                   `db:"over_at"`
}

func (r previewRow) preview() campaigns.Assignment {
	return campaigns.Assignment{
		ID: r.ID, Agent: r.Agent, Campaign: r.Campaign, Contact: r.Contact, State: r.State, Number: r.Number,
		Attempt: r.Attempt, Told: r.Told, Note: r.Note, Result: r.Result,
		TakenAt: r.TakenAt.Time, Changed: r.Changed.Time, OverAt: r.OverAt.Time,
	}
}

// holder is what a contact is claimed by that an agent has.
func (r previewRow) holder() string { return holderOf(r.ID) }

func holderOf(preview string) string { return "agent/" + preview }

// ErrNothingLeft is returned when there is nobody for an agent to call now.
var ErrNothingLeft = errors.New("nobody is left to be called now")

const (
	openPreview   = `SELECT * FROM previews WHERE agent = $1 AND over_at = 0`
	insertPreview = `
INSERT INTO previews (id, agent, campaign, contact, state, taken_at, changed_at)
VALUES (:id, :agent, :campaign, :contact, :state, :taken_at, :changed_at)`
)

// OpenPreview returns the customer whom an agent has taken, or ErrNotFound.
func (s *Store) OpenPreview(ctx context.Context, agent string) (campaigns.Assignment, error) {
	var row previewRow
	err := s.read.GetContext(ctx, &row, openPreview, agent)
	return row.preview(), found(err, "find the customer of agent %s", agent)
}

// mostHeld is how many contacts are looked at, at most, who may not be called
// now, before the agent is told that there is nobody.
const mostHeld = 200

// TakePreview gives an agent the next customer of one of the campaigns, in their
// order, whom the contact policy lets be called now: nobody else gets the same.
// Who has one keeps it. Those who may not be called now wait as BeginAttempt would
// have them wait. It returns ErrNothingLeft where there is nobody.
func (s *Store) TakePreview(
	ctx context.Context, agent string, of []campaigns.ID, now time.Time,
) (campaigns.Assignment, error) {
	for range mostHeld {
		row, took, err := s.takePreview(ctx, agent, of, now)
		if err != nil || !took {
			return row.preview(), wrapTake(agent, err)
		}
		_, v, err := s.Why(ctx, row.Contact, now)
		if err == nil && v.Allowed {
			return row.preview(), nil
		}
		if put := s.putBack(ctx, row, v, now); err != nil || put != nil {
			return campaigns.Assignment{}, wrapTake(agent, errors.Join(err, put))
		}
	}
	return campaigns.Assignment{}, wrapTake(agent, ErrNothingLeft)
}

func wrapTake(agent string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("take the next customer for agent %s: %w", agent, err)
}

// takePreview claims one contact for the agent, who has none; took is false for
// one who has.
func (s *Store) takePreview(ctx context.Context, agent string, of []campaigns.ID, now time.Time) (row previewRow, took bool, err error) {
	err = s.tx(ctx, func(tx *txn) error {
		row, took = previewRow{}, false
		err = tx.GetContext(ctx, &row, openPreview, agent)
		if err = found(err, "find the customer of agent %s", agent); !errors.Is(err, ErrNotFound) {
			return err
		}
		row = previewRow{ID: s.o.NewID(), Agent: agent, State: campaigns.CustomerTaken, TakenAt: at(now), Changed: at(now)}
		for _, id := range of {
			for _, fresh := range []int{0, 1} {
				var first []place
				if err = tx.SelectContext(ctx, &first, s.d.claimDue(), row.holder(), id, fresh, ms(now), 1, 0, ""); err != nil {
					return err
				}
				if len(first) == 1 {
					row.Campaign, row.Contact, took = id, first[0].ID, true
					_, err = tx.NamedExecContext(ctx, insertPreview, row)
					return err
				}
			}
		}
		return ErrNothingLeft
	})
	return row, took, err
}

const dropPreview = `DELETE FROM previews WHERE id = $1`

// putBack gives up a contact who may not be called now.
func (s *Store) putBack(ctx context.Context, row previewRow, v campaigns.Verdict, now time.Time) error {
	return s.tx(ctx, func(tx *txn) error {
		if _, err := tx.ExecContext(ctx, dropPreview, row.ID); err != nil {
			return err
		}
		c, err := s.holdContact(ctx, tx, row.Contact)
		if err != nil || c.ClaimedBy != row.holder() {
			return err
		}
		switch {
		case v.State != "":
			return s.rest(ctx, tx, c, v.State, c.Due.Time)
		case v.Next.IsZero():
			return s.rest(ctx, tx, c, c.leave(campaigns.Pending), now.Add(time.Minute))
		default:
			return s.rest(ctx, tx, c, c.leave(campaigns.Pending), v.Next)
		}
	})
}

const updatePreview = `
UPDATE previews SET state = :state, number = :number, attempt = :attempt, told = :told, note = :note, result = :result,
	changed_at = :changed_at, over_at = :over_at
WHERE id = :id`

// change alters a preview that is not over, where f permits it.
func (s *Store) changePreview(
	ctx context.Context, id string, now time.Time, f func(tx *txn, row *previewRow) error,
) (campaigns.Assignment, error) {
	var row previewRow
	err := s.command(ctx, func(tx *txn) error {
		row = previewRow{}
		err := tx.GetContext(ctx, &row, `SELECT * FROM previews WHERE id = $1`+s.d.forUpdate, id)
		if err = found(err, "find preview %s", id); err != nil {
			return err
		}
		if !row.OverAt.IsZero() {
			return fmt.Errorf("the customer is not the agent's any more, but %s: %w", row.State, ErrNotAllowed)
		}
		row.Changed = at(now)
		if err = f(tx, &row); err != nil {
			return err
		}
		_, err = tx.NamedExecContext(ctx, updatePreview, row)
		return err
	})
	if err != nil {
		return campaigns.Assignment{}, fmt.Errorf("change what agent %s does: %w", row.Agent, err)
	}
	return row.preview(), nil
}

// AskPreview asks that the customer be called, by one of the numbers or, where
// that is empty, by the next one.
func (s *Store) AskPreview(ctx context.Context, id string, number phone.Number, now time.Time) (campaigns.Assignment, error) {
	return s.changePreview(ctx, id, now, func(_ *txn, row *previewRow) error {
		if row.State != campaigns.CustomerTaken {
			return fmt.Errorf("a call was placed already: %w", ErrNotAllowed)
		}
		row.State, row.Number, row.Told = campaigns.CustomerAsked, number, "asked to call"
		return nil
	})
}

// TellPreview notes how far the call has come: the preview's state, what is told
// of it and, once there is one, its attempt.
func (s *Store) TellPreview(ctx context.Context, p campaigns.Assignment, now time.Time) error {
	_, err := s.changePreview(ctx, p.ID, now, func(_ *txn, row *previewRow) error {
		row.State, row.Told = p.State, p.Told
		row.Attempt = cmp.Or(p.Attempt, row.Attempt)
		return nil
	})
	return err
}

const askedPreviews = `SELECT * FROM previews WHERE over_at = 0 AND state = 'asked' ORDER BY changed_at, id`

// AskedPreviews lists the customers who shall be called.
func (s *Store) AskedPreviews(ctx context.Context) ([]campaigns.Assignment, error) {
	var rows []previewRow
	if err := s.read.SelectContext(ctx, &rows, askedPreviews); err != nil {
		return nil, fmt.Errorf("list the customers to be called for agents: %w", err)
	}
	return convert(rows, previewRow.preview), nil
}

const (
	adoptContact = `
UPDATE contacts SET claimed_by = $2, number = CASE WHEN $4 = '' THEN number ELSE $4 END
WHERE id = $1 AND claimed_by = $3 AND state = 'pending'`
	disownContact = `UPDATE contacts SET claimed_by = $2 WHERE id = $1 AND claimed_by IN ($2, $3, '') AND state = 'pending'`
)

// AdoptPreview lets a node place the call: the contact is its own from now on.
// It returns the contact.
func (s *Store) AdoptPreview(ctx context.Context, p campaigns.Assignment, node string) (campaigns.Contact, error) {
	var c contactRow
	err := s.tx(ctx, func(tx *txn) error {
		n, err := exec(ctx, tx, adoptContact, p.Contact, s.owner(node), holderOf(p.ID), string(p.Number))
		if err == nil && n == 0 {
			err = fmt.Errorf("the customer is not the agent's any more: %w", ErrNotAllowed)
		}
		if err != nil {
			return err
		}
		c, err = s.holdContact(ctx, tx, p.Contact)
		return err
	})
	if err != nil {
		return campaigns.Contact{}, fmt.Errorf("call the customer of agent %s: %w", p.Agent, err)
	}
	return c.contact(), nil
}

// ReturnPreview gives the contact of a call that was not placed back to the agent.
func (s *Store) ReturnPreview(ctx context.Context, p campaigns.Assignment, node, told string, now time.Time) error {
	_, err := s.changePreview(ctx, p.ID, now, func(tx *txn, row *previewRow) error {
		n, err := exec(ctx, tx, disownContact, p.Contact, row.holder(), s.owner(node))
		row.State, row.Told = campaigns.CustomerTaken, told
		if n == 0 {
			row.State, row.OverAt = campaigns.CustomerLapsed, at(now)
		}
		return err
	})
	return err
}

// skipped is how long a customer rests whom an agent has given back.
const skipped = 15 * time.Minute

// SkipPreview gives the customer back; others may take them after a while.
func (s *Store) SkipPreview(ctx context.Context, id string, now time.Time) (campaigns.Assignment, error) {
	return s.changePreview(ctx, id, now, func(tx *txn, row *previewRow) error {
		if row.State.Calls() {
			return fmt.Errorf("the customer is being called: %w", ErrNotAllowed)
		}
		row.OverAt = at(now)
		if row.State == campaigns.CustomerEnded { // what the call made of the contact stands
			row.State = campaigns.CustomerDone
			return nil
		}
		row.State = campaigns.CustomerSkipped
		return s.dropClaim(ctx, tx, *row, now.Add(skipped))
	})
}

// dropClaim gives the contact of a preview back, to be called later.
func (s *Store) dropClaim(ctx context.Context, tx *txn, row previewRow, due time.Time) error {
	c, err := s.holdContact(ctx, tx, row.Contact)
	if err != nil || c.ClaimedBy != row.holder() {
		return err
	}
	return s.rest(ctx, tx, c, c.leave(campaigns.Pending), due)
}

const stalePreviews = `SELECT id FROM previews WHERE over_at = 0 AND changed_at < $1 AND state IN ('taken', 'ended') ORDER BY id`

// LapsePreviews gives back the customers with whom nothing was done since a time.
func (s *Store) LapsePreviews(ctx context.Context, since, now time.Time) (lapsed int, err error) {
	var ids []string
	if err := s.read.SelectContext(ctx, &ids, stalePreviews, ms(since)); err != nil {
		return 0, fmt.Errorf("list what agents have forgotten: %w", err)
	}
	for _, id := range ids {
		_, err := s.changePreview(ctx, id, now, func(tx *txn, row *previewRow) error {
			if row.State.Calls() {
				return ErrNotAllowed
			}
			row.State, row.Told, row.OverAt = campaigns.CustomerLapsed, "nothing was done for long", at(now)
			return s.dropClaim(ctx, tx, *row, now)
		})
		if err == nil {
			lapsed++
		} else if !errors.Is(err, ErrNotAllowed) {
			return lapsed, err
		}
	}
	return lapsed, nil
}

const brokenPreviews = `
SELECT * FROM previews WHERE over_at = 0 AND state IN ('asked', 'ringing', 'dialing', 'talking') ORDER BY id`

// MendPreviews ends what an earlier run of the node was doing for agents: those
// whose customer was called may write down what came of it, the others have the
// customer back.
func (s *Store) MendPreviews(ctx context.Context, now time.Time) error {
	var rows []previewRow
	if err := s.read.SelectContext(ctx, &rows, brokenPreviews); err != nil {
		return fmt.Errorf("list what was being done for agents: %w", err)
	}
	for _, was := range rows {
		_, err := s.changePreview(ctx, was.ID, now, func(tx *txn, row *previewRow) error {
			row.State, row.Told = campaigns.CustomerEnded, "the service was started anew in the middle of the call"
			if row.Attempt != "" {
				return nil
			}
			row.State, row.Told = campaigns.CustomerTaken, "the service was started anew before the call"
			n, err := exec(ctx, tx, disownContact, row.Contact, row.holder(), row.holder())
			if n == 0 {
				row.State, row.OverAt = campaigns.CustomerLapsed, at(now)
			}
			return err
		})
		if err != nil && !errors.Is(err, ErrNotAllowed) {
			return err
		}
	}
	return nil
}

const previewsOn = `SELECT * FROM previews WHERE contact = $1 ORDER BY taken_at, id`

// PreviewsOn lists the times that agents had a contact before them, the oldest
// first.
func (s *Store) PreviewsOn(ctx context.Context, id campaigns.ContactID) ([]campaigns.Assignment, error) {
	var rows []previewRow
	if err := s.read.SelectContext(ctx, &rows, previewsOn, id); err != nil {
		return nil, fmt.Errorf("list what agents did with contact %s: %w", id, err)
	}
	return convert(rows, previewRow.preview), nil
}

// Preview returns one preview, also of one that is over, or ErrNotFound.
func (s *Store) Preview(ctx context.Context, id string) (campaigns.Assignment, error) {
	var row previewRow
	err := s.read.GetContext(ctx, &row, `SELECT * FROM previews WHERE id = $1`, id)
	return row.preview(), found(err, "find preview %s", id)
}

// AnswersOf returns what a contact has answered, in all its calls, by result.
func (s *Store) AnswersOf(ctx context.Context, campaign campaigns.ID, id campaigns.ContactID) (map[string]string, error) {
	var results map[string]string
	err := s.snapshot(ctx, func(tx *txn) (err error) {
		results, err = resultsOf(ctx, tx, campaign, id)
		return err
	})
	return results, err
}
