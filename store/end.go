package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
)

// MarkAttempt notes that an attempt rings, with its leg as far as known, or is
// answered; at the zero time its leg alone. For one that has ended, as when
// another node took this one for dead, the error is ErrEnded: its call must not
// go on.
func (s *Store) MarkAttempt(
	ctx context.Context, id campaigns.AttemptID, answered bool, leg campaigns.Leg, at time.Time,
) error {
	if err := s.w.write(ctx, &markAttempt{ID: id, Answered: answered, Leg: leg, At: at}); err != nil {
		return fmt.Errorf("mark attempt %s: %w", id, err)
	}
	return nil
}

type markAttempt struct {
	ID       campaigns.AttemptID `json:"id"`
	Answered bool                `json:"answered"`
	Leg      campaigns.Leg       `json:"leg"`
	At       time.Time           `json:"at"`
}

func (markAttempt) kind() string { return "mark_attempt" }

func (markAttempt) confined() bool { return true }

const (
	heldMark   = `SELECT id, leg, ringing_at, answered_at, ended_at, disposition FROM attempts WHERE id = $1`
	updateMark = `
UPDATE attempts SET leg = :leg, ringing_at = :ringing_at, answered_at = :answered_at WHERE id = :id`
)

func (m markAttempt) apply(ctx context.Context, s *Store, tx *txn, _ bool) error {
	var row attemptRow
	if err := tx.GetContext(ctx, &row, heldMark+s.d.forUpdate, m.ID); err != nil {
		return found(err, "find attempt %s", m.ID)
	}
	if !row.EndedAt.IsZero() {
		return fmt.Errorf("as %s: %w", row.Disposition, ErrEnded)
	}
	switch {
	case m.Answered && row.AnsweredAt.IsZero():
		row.AnsweredAt = at(m.At)
	case !m.Answered && row.RingingAt.IsZero() && row.AnsweredAt.IsZero():
		row.RingingAt = at(m.At)
	}
	row.Leg.v = merged(row.Leg.v, m.Leg)
	_, err := named(ctx, tx, updateMark, row)
	return err
}

// merged adds what has become known of a leg.
func merged(was, is campaigns.Leg) campaigns.Leg {
	for _, field := range []struct {
		to   *string
		from string
	}{
		{&was.Carrier, is.Carrier},
		{&was.CallID, is.CallID},
		{&was.FromTag, is.FromTag},
		{&was.Branch, is.Branch},
		{&was.Target, is.Target},
		{&was.ToTag, is.ToTag},
		{&was.Remote, is.Remote},
		{&was.Moved, is.Moved},
	} {
		if field.from != "" {
			*field.to = field.from
		}
	}
	was.CSeq = cmp.Or(is.CSeq, was.CSeq)
	if is.Routes != nil {
		was.Routes = is.Routes
	}
	return was
}

// EndAttempt ends an attempt and settles what becomes of the contact, from its
// answers, its dispositions and the campaign's retry rules. Ending it again in
// the same way changes nothing; in another way it is ErrEnded, unless the first
// end was that nobody knew.
func (s *Store) EndAttempt(ctx context.Context, e campaigns.End) error {
	if err := s.w.write(ctx, &endAttempt{End: e}); err != nil {
		return fmt.Errorf("end attempt %s: %w", e.Attempt, err)
	}
	return nil
}

type endAttempt struct{ campaigns.End }

func (endAttempt) kind() string { return "end_attempt" }

const updateEnd = `
UPDATE attempts SET ended_at = :ended_at, answered_at = :answered_at, disposition = :disposition, evidence = :evidence,
	party = :party, greeting_end_at = :greeting_end_at, connected_at = :connected_at, abandoned_at = :abandoned_at,
	message_at = :message_at, opted_out = :opted_out
WHERE id = :id`

// heldEnd is what the end of an attempt changes.
const heldEnd = `
SELECT a.id, a.trunk, a.owner, a.leg, a.answered_at, a.ended_at, a.disposition, a.cap_day, a.price, a.opted_out,
	a.connected_at, a.abandoned_at,
	c.id AS "of.id", c.campaign AS "of.campaign", c.number AS "of.next", c.state AS "of.state", c.due AS "of.due",
	c.attempts AS "of.attempts", c.faults AS "of.faults", c.ordinal AS "of.ordinal", c.last AS "of.last",
	c.claimed_by AS "of.claimed_by", c.holder AS "of.holder", c.prior AS "of.prior", c.callback AS "of.callback",
	c.leaving AS "of.leaving", u.key AS "of.key", u.number AS "of.number", u.others AS "of.others",
	u.expires AS "of.expires", p.definition AS "of.definition"
FROM attempts a JOIN contacts c ON c.id = a.contact JOIN customers u ON u.list = c.list AND u.key = c.key
	JOIN campaigns p ON p.id = c.campaign
WHERE a.id = $1`

// holdEnd reads an attempt and its contact, as far as the end changes them, and
// holds both until the transaction ends.
func (s *Store) holdEnd(ctx context.Context, tx *txn, id campaigns.AttemptID) (attemptRow, contactRow, error) {
	var row struct {
		attemptRow
		Of contactRow `db:"of"`
	}
	err := tx.GetContext(ctx, &row, heldEnd+s.d.holding(`a, c`), id)
	return row.attemptRow, row.Of, found(err, "find attempt %s", id)
}

func (e endAttempt) apply(ctx context.Context, s *Store, tx *txn, _ bool) error {
	row, contact, err := s.holdEnd(ctx, tx, e.Attempt)
	if err != nil {
		return err
	}
	unknown := row.Disposition == campaigns.NotKnown && contact.State == campaigns.Unknown
	switch {
	case row.EndedAt.IsZero(), unknown && e.Disposition != campaigns.NotKnown:
	case row.Disposition == e.Disposition:
		return nil
	default:
		return fmt.Errorf("as %s: %w", row.Disposition, ErrEnded)
	}
	if e.Disposition == campaigns.Answered && row.AnsweredAt.IsZero() {
		row.AnsweredAt = at(e.At)
	}
	row.EndedAt, row.Disposition, row.Evidence = at(e.At), e.Disposition, as(e.Evidence)
	row.receptionRow = row.with(newReceptionRow(e.Reception))
	if _, err := named(ctx, tx, updateEnd, row); err != nil {
		return err
	}
	if err := charged(ctx, tx, row); err != nil {
		return fmt.Errorf("count the call into its trunk's day: %w", err)
	}
	if e.Disposition == campaigns.NotKnown && !row.Leg.v.Hosted() { // it may be answered yet
		if err := lose(ctx, tx, row.ID, row.Owner, e.At); err != nil {
			return err
		}
	}
	switch {
	case unknown:
		contact.Attempts-- // it was counted as unknown
	case e.Failover, contact.State != campaigns.Dialing, contact.Holder != string(row.ID):
		return nil // another trunk is tried, or something else has the contact by now
	}
	return s.ended(ctx, tx, contact, e.Disposition.Met(e.Reception.Party), e.At)
}

// ended settles the contact of an attempt that has ended as disp, which may be
// that it met a machine. When the contact
// called us meanwhile, which is why our call found it busy, its own call
// decides.
func (s *Store) ended(
	ctx context.Context, tx *txn, c contactRow, disp campaigns.Disposition, now time.Time,
) error {
	c = c.after(disp)
	down := func() error { return s.settle(ctx, tx, c, disp, now) }
	if disp == campaigns.Answered {
		return down()
	}
	return s.yield(ctx, tx, c, down, now)
}

// yield puts down a contact that was not reached, unless it was by a call of its
// own that came meanwhile. One that is still in progress has it from now on.
func (s *Store) yield(ctx context.Context, tx *txn, c contactRow, down func() error, now time.Time) error {
	if c.Callback == "" {
		return down()
	}
	own, err := callOf(ctx, tx, c.Callback)
	if err != nil {
		return err
	}
	over := !own.EndedAt.IsZero()
	if over && !own.AnsweredAt.IsZero() {
		return s.settle(ctx, tx, c, campaigns.Answered, now)
	}
	if err := down(); err != nil || over {
		return err
	}
	return s.handOver(ctx, tx, c.ID, own)
}

// handOver leaves a contact to its own call. What it has become is kept for the
// case that nobody talks to it.
func (s *Store) handOver(ctx context.Context, tx *txn, id campaigns.ContactID, own callRow) error {
	c, err := s.holdContact(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.occupy(ctx, tx, c, own)
}

const selectEnded = `SELECT disposition FROM attempts WHERE id = $1 AND ended_at > 0`

// between returns how the attempt that has a contact ended, when another trunk
// was to be tried after it; else it is empty.
func between(ctx context.Context, tx *txn, c contactRow) (campaigns.Disposition, error) {
	if c.State != campaigns.Dialing || c.Holder == "" {
		return "", nil
	}
	var disp campaigns.Disposition
	err := tx.GetContext(ctx, &disp, selectEnded, c.Holder)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return disp, err
}

const claimedDialing = contactColumns + `
WHERE c.claimed_by = ? AND c.state = 'dialing' AND c.id IN (?) ORDER BY c.id`

// settleBetween settles those of an owner's contacts that are between two
// trunks.
func (s *Store) settleBetween(
	ctx context.Context, tx *txn, owner string, ids []campaigns.ContactID, now time.Time,
) error {
	query, args, err := sqlx.In(claimedDialing, owner, ids)
	if err != nil {
		return err
	}
	var rows []contactRow
	if err := tx.SelectContext(ctx, &rows, tx.Rebind(query), args...); err != nil {
		return err
	}
	return s.settleThose(ctx, tx, rows, now)
}

// settleThose settles those of the contacts being dialed that are between two
// trunks.
func (s *Store) settleThose(ctx context.Context, tx *txn, dialed []contactRow, now time.Time) error {
	for _, c := range dialed {
		last, err := between(ctx, tx, c)
		if err == nil && last != "" {
			err = s.ended(ctx, tx, c, last, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
