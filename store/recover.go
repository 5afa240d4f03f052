package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/call"
	"careline/campaigns"
)

// Recover ends the attempts that an earlier run of this node, or nodes whose
// lease is over, left open: answered ones keep their answers, all others are
// unknown and not called again by themselves. Their calls are closed as
// crashed, their claims given back, agents' reservations for such calls
// cleared. It returns the attempts as they were, so that their legs can be
// ended, and with them those whose legs a run that is gone was to end, and the
// calls to the outside that were placed for callers. It may be
// called at any time; what this run has open is not touched.
//
// Attempts whose Leg is hosted go on at their carrier, and so do all calls there:
// they are this run's from now on, and still open. Those attempts are returned as
// well, once, to be seen to their end; OpenHosted lists the calls.
func (s *Store) Recover(ctx context.Context, node string, now time.Time) ([]campaigns.Attempt, error) {
	var left []campaigns.Attempt
	err := s.tx(ctx, func(tx *txn) error {
		left = nil
		if err := s.checkLease(ctx, tx, node, now); err != nil {
			return err
		}
		owners, err := s.goneOwners(ctx, tx, node, now)
		if err == nil && len(owners) > 0 {
			left, err = recovery{s: s, tx: tx, now: now, node: node, self: s.owner(node), owners: owners}.run(ctx)
		}
		if err != nil {
			return err
		}
		if err = endForgottenTalks(ctx, tx, now); err != nil {
			return err
		}
		return freeReserved(ctx, tx)
	})
	if err != nil {
		return nil, fmt.Errorf("recover what was left open: %w", err)
	}
	return left, nil
}

const (
	selectNodes  = `SELECT * FROM nodes`
	selectOwners = `
SELECT owner FROM attempts WHERE ended_at = 0
UNION SELECT owner FROM calls WHERE ended_at = 0
UNION SELECT claimed_by FROM contacts WHERE claimed_by <> '' AND claimed_by NOT LIKE 'agent/%'
UNION SELECT owner FROM hosted_calls WHERE phase < 5
UNION SELECT owner FROM lost_calls`
)

// goneOwners lists those who left something open and are gone: earlier runs of
// the node, and other nodes whose lease is over.
func (s *Store) goneOwners(ctx context.Context, tx *txn, node string, now time.Time) ([]string, error) {
	var nodes []nodeRow
	if err := tx.SelectContext(ctx, &nodes, selectNodes); err != nil {
		return nil, fmt.Errorf("list the nodes: %w", err)
	}
	var owners []string
	if err := tx.SelectContext(ctx, &owners, selectOwners); err != nil {
		return nil, fmt.Errorf("list who left something open: %w", err)
	}
	var others bool
	live := make(map[string]bool)
	for _, n := range nodes {
		live[n.Owner] = !n.LeaseUntil.Before(now)
		others = others || n.Name == node && n.trusts(now, s.o.Lease)
	}
	return slices.DeleteFunc(owners, func(owner string) bool {
		return live[owner] || !others && !strings.HasPrefix(owner, node+"@")
	}), nil
}

// recovery is one Recover under way.
type recovery struct {
	s      *Store
	tx     *txn
	now    time.Time
	node   string   // that recovers
	self   string   // and its run
	owners []string // who are gone
}

func (r recovery) run(ctx context.Context) ([]campaigns.Attempt, error) {
	lost, err := r.lost(ctx)
	if err != nil {
		return nil, err
	}
	left, err := r.attempts(ctx)
	if err != nil {
		return nil, err
	}
	outside, err := r.outside(ctx)
	if err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{r.hosted, r.calls, r.contacts, r.claims, r.talks, r.dialed} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return append(convert(append(lost, left...), attemptRow.attempt), outside...), nil
}

// list reads what belongs to those who are gone.
func (r recovery) list(ctx context.Context, to any, text string) error {
	query, args, err := sqlx.In(text, r.owners)
	if err != nil {
		return err
	}
	return r.tx.SelectContext(ctx, to, r.tx.Rebind(query), args...)
}

const openAttempts = `SELECT * FROM attempts WHERE ended_at = 0 AND owner IN (?) ORDER BY id`

// attempts ends the attempts that are open, but for those whose calls go on.
func (r recovery) attempts(ctx context.Context) ([]attemptRow, error) {
	var rows []attemptRow
	if err := r.list(ctx, &rows, openAttempts); err != nil {
		return nil, fmt.Errorf("find open attempts: %w", err)
	}
	var left []attemptRow
	for _, row := range rows {
		down := r.end
		if row.Leg.v.Hosted() {
			down = r.adopt
		}
		done, err := down(ctx, row)
		if err != nil {
			return nil, err
		}
		if done {
			left = append(left, row)
		}
	}
	return left, nil
}

// end ends an attempt. It reports false when its node lives after all, or another
// has just recovered it.
func (r recovery) end(ctx context.Context, row attemptRow) (bool, error) {
	end := campaigns.End{
		Attempt: row.ID, Disposition: campaigns.NotKnown, At: r.now,
		Evidence: campaigns.Evidence{Text: "the node ended before the attempt did"},
	}
	if !row.AnsweredAt.IsZero() {
		end.Disposition = campaigns.Answered
		seen, err := r.reception(ctx, row)
		if err != nil {
			return false, err
		}
		end.Reception = seen
	}
	err := (endAttempt{End: end}).apply(ctx, r.s, r.tx, true)
	if errors.Is(err, ErrEnded) {
		return false, nil
	}
	if err == nil {
		err = lose(ctx, r.tx, row.ID, r.self, r.now)
	}
	return err == nil, err
}

const openCalls = `SELECT id FROM calls WHERE ended_at = 0 AND owner IN (?) ORDER BY id`

// calls closes the calls that are open.
func (r recovery) calls(ctx context.Context) error {
	var ids []string
	if err := r.list(ctx, &ids, openCalls); err != nil {
		return fmt.Errorf("find open calls: %w", err)
	}
	for _, id := range ids {
		if err := (closeCall{ID: id, Ending: call.Crashed, At: r.now}).apply(ctx, r.s, r.tx, true); err != nil {
			return err
		}
	}
	return nil
}

// dialedContacts and claimsOf say that somebody has the contact, so that SQLite
// finds them by an index.
const dialedContacts = contactColumns + `
WHERE c.claimed_by <> '' AND c.state = 'dialing' AND c.claimed_by IN (?) ORDER BY c.id`

// contacts settles those that were between two trunks.
func (r recovery) contacts(ctx context.Context) error {
	var rows []contactRow
	if err := r.list(ctx, &rows, dialedContacts); err != nil {
		return fmt.Errorf("find contacts being dialed: %w", err)
	}
	return r.s.settleThose(ctx, r.tx, rows, r.now)
}

const claimsOf = `
UPDATE contacts SET claimed_by = '' WHERE claimed_by <> '' AND state = 'pending' AND claimed_by IN (?)`

// claims gives back what was claimed and not yet dialed.
func (r recovery) claims(ctx context.Context) error {
	query, args, err := sqlx.In(claimsOf, r.owners)
	if err != nil {
		return err
	}
	if _, err := r.tx.ExecContext(ctx, r.tx.Rebind(query), args...); err != nil {
		return fmt.Errorf("give claims back: %w", err)
	}
	return nil
}

const endTalks = `
UPDATE talks SET ended_at = $1,
	outcome = CASE WHEN outcome <> '' THEN outcome WHEN joined_at > 0 THEN 'connected' ELSE 'failed' END
WHERE ended_at = 0 AND EXISTS (SELECT 1 FROM calls WHERE id = talks.call_id AND ending = 'crashed')`

// talks ends those of calls that are over.
func (r recovery) talks(ctx context.Context) error {
	if _, err := r.tx.ExecContext(ctx, endTalks, ms(r.now)); err != nil {
		return fmt.Errorf("end talks: %w", err)
	}
	return nil
}

const freeAgents = `
UPDATE agents SET reserved = '', reserved_at = 0
WHERE reserved <> '' AND EXISTS (SELECT 1 FROM calls WHERE id = agents.reserved AND ended_at > 0)`

// freeReserved frees agents who are reserved for calls that are over.
func freeReserved(ctx context.Context, tx *txn) error {
	if _, err := tx.ExecContext(ctx, freeAgents); err != nil {
		return fmt.Errorf("clear reservations: %w", err)
	}
	return nil
}

const openOutside = `
SELECT t.* FROM talks t JOIN calls c ON c.id = t.call_id
WHERE t.ended_at = 0 AND t.trunk <> '' AND c.owner IN (?) ORDER BY t.id`

// outside lists the calls to the outside that callers were joined with, or were
// to be, as if they were attempts.
func (r recovery) outside(ctx context.Context) ([]campaigns.Attempt, error) {
	var rows []talkRow
	if err := r.list(ctx, &rows, openOutside); err != nil {
		return nil, fmt.Errorf("find calls to the outside: %w", err)
	}
	return convert(rows, func(t talkRow) campaigns.Attempt {
		a := campaigns.Attempt{
			ID: campaigns.AttemptID(t.AgentCall), Number: t.Number, Trunk: t.Trunk, Leg: t.Leg.v, BegunAt: t.WaitedFrom.Time,
		}
		if a.Leg.ToTag != "" { // it is stored with the answer
			a.AnsweredAt = cmp.Or(t.JoinedAt.Time, t.WaitedFrom.Time)
		}
		return a
	}), nil
}
