package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	"careline/phone"
)

// Voice is the channel of consents to be called.
const Voice = "voice"

// Consent is one consent to be called, or its refusal, with how it is proved. It
// is a number's, for calls to that number, or a customer's, for calls to any.
type Consent struct {
	Number   phone.Number      // empty: the customer's of List and Key
	List     string            //
	Key      string            //
	Channel  string            // Voice
	Level    campaigns.Consent // NoConsent: a refusal, which ends what was given before
	Evidence string            // a text, or where it is kept
	Source   string            // where it was given
	By       string            // who entered it
	At       time.Time         // given
	NotedAt  time.Time         //

	RevokedAt  time.Time // zero while it holds
	RevokedBy  string
	RevokedWhy string
}

// consentRow is a consent as the tables hold it.
type consentRow struct {
	Number     phone.Number      `db:"number"`
	List       string            `db:"list"`
	Key        string            `db:"key"`
	Channel    string            `db:"channel"`
	At         instant           `db:"at"`
	Level      campaigns.Consent `db:"level"`
	Evidence   string            `db:"evidence"`
	Source     string            `db:"source"`
	By         string            `db:"who"`
	NotedAt    instant           `db:"noted_at"`
	RevokedAt  instant           `db:"revoked_at"`
	RevokedBy  string            `db:"revoked_by"`
	RevokedWhy string            `db:"revoked_why"`
}

func (r consentRow) consent() Consent {
	return Consent{
		Number: r.Number, List: r.List, Key: r.Key, Channel: r.Channel, Level: r.Level, Evidence: r.Evidence, Source: r.Source,
		By: r.By, At: r.At.Time, NotedAt: r.NotedAt.Time, RevokedAt: r.RevokedAt.Time, RevokedBy: r.RevokedBy, RevokedWhy: r.RevokedWhy,
	}
}

func (c Consent) row() consentRow {
	return consentRow{
		Number: phone.Number(clean(string(c.Number))), List: clean(c.List), Key: clean(c.Key), Channel: Voice, Level: c.Level,
		Evidence: clean(c.Evidence), Source: clean(c.Source), By: clean(c.By), At: at(c.At), NotedAt: at(c.NotedAt),
	}
}

const (
	insertConsent = `
INSERT INTO consents (number, list, key, channel, at, level, evidence, source, who, noted_at)
VALUES (:number, :list, :key, :channel, :at, :level, :evidence, :source, :who, :noted_at)
ON CONFLICT (number, list, key, channel, at, level) DO NOTHING`

	// askAgain takes the customers one by one.
	askAgain = `
UPDATE contacts SET state = 'pending', due = ?
WHERE state = 'no_consent' AND id IN (
	SELECT c.id FROM customer_numbers n JOIN campaigns p ON p.list = n.list AND p.state IN ('draft', 'running', 'paused')
	JOIN contacts c ON c.campaign = p.id AND c.key = n.key WHERE n.number IN (?))`
	askCustomerAgain = `
UPDATE contacts SET state = 'pending', due = $1
WHERE state = 'no_consent' AND key = $3
	AND campaign IN (SELECT id FROM campaigns WHERE list = $2 AND state IN ('draft', 'running', 'paused'))`
)

// ConsentImport says how consents are noted.
type ConsentImport struct {
	DryRun   bool           // count only
	Now      time.Time      //
	Progress func(done int) // told from time to time; nil: nobody asks
}

// AddConsents notes consents, all or none of them, and returns how many are new.
// Contacts that were not called for want of one are looked at again.
func (s *Store) AddConsents(ctx context.Context, list []Consent, now time.Time) (added int, err error) {
	return s.ImportConsents(ctx, list, ConsentImport{Now: now})
}

// ImportConsents is AddConsents in large, or a look at what it would do.
func (s *Store) ImportConsents(ctx context.Context, list []Consent, o ConsentImport) (added int, err error) {
	if o.Progress == nil {
		o.Progress = func(int) {}
	}
	err = s.command(ctx, func(tx *txn) (err error) {
		if added, err = s.noteConsents(ctx, tx, list, o); err == nil && o.DryRun {
			err = errDryRun
		}
		return err
	})
	switch {
	case errors.Is(err, errDryRun):
		return added, nil
	case err != nil:
		return 0, fmt.Errorf("note %d consents: %w", len(list), err)
	}
	s.rewind()
	return added, nil
}

// noteConsents notes consents and returns how many are new.
func (s *Store) noteConsents(ctx context.Context, tx *txn, list []Consent, o ConsentImport) (added int, err error) {
	now, read := o.Now, 0
	noted := func(c Consent) consentRow {
		c.NotedAt = now
		return c.row()
	}
	for some := range slices.Chunk(list, s.d.batch) {
		res, err := tx.NamedExecContext(ctx, insertConsent, convert(some, noted))
		if err != nil {
			return 0, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return 0, err
		}
		added += int(n)
		if err = reconsider(ctx, tx, some, now); err != nil {
			return 0, err
		}
		read += len(some)
		o.Progress(read)
	}
	return added, nil
}

// reconsider has contacts looked at again for whom a consent has come.
func reconsider(ctx context.Context, tx *txn, list []Consent, now time.Time) error {
	var numbers []phone.Number
	for _, c := range list {
		if c.Number != "" {
			numbers = append(numbers, c.Number)
		} else if _, err := tx.ExecContext(ctx, askCustomerAgain, ms(now), c.List, c.Key); err != nil {
			return fmt.Errorf("look at a contact again: %w", err)
		}
	}
	if _, err := changeNumbers(ctx, tx, askAgain, numbers, ms(now)); err != nil {
		return fmt.Errorf("look at contacts again: %w", err)
	}
	return nil
}

const (
	revokeNumber = `
UPDATE consents SET revoked_at = ?, revoked_by = ?, revoked_why = ?
WHERE revoked_at = 0 AND level <> '' AND number = ? AND number <> ''`
	revokeCustomer = `
UPDATE consents SET revoked_at = ?, revoked_by = ?, revoked_why = ?
WHERE revoked_at = 0 AND level <> '' AND list = ? AND key = ? AND key <> ''`
)

// RevokeConsent ends all consents of c's number or customer, those that lists
// brought too, and keeps when, by whom and why. A later one counts again.
func (s *Store) RevokeConsent(ctx context.Context, c Consent, by, why string, now time.Time) (ended int, err error) {
	err = s.command(ctx, func(tx *txn) (err error) {
		if ended, err = revoke(ctx, tx, c, by, why, now); err != nil {
			return err
		}
		none := Consent{Number: c.Number, List: c.List, Key: c.Key, Evidence: why, By: by, At: now, NotedAt: now}
		_, err = tx.NamedExecContext(ctx, insertConsent, none.row())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("revoke a consent: %w", err)
	}
	return ended, nil
}

// revoke marks the consents of a number or customer as ended.
//
//nolint:revive // argument-limit: a query and what is noted
func revoke(ctx context.Context, tx *txn, c Consent, by, why string, now time.Time) (int, error) {
	note := []any{ms(now), clean(by), clean(why)}
	ofNumber, err := exec(ctx, tx, tx.Rebind(revokeNumber), append(note, c.Number)...)
	if err != nil {
		return 0, err
	}
	ofCustomer, err := exec(ctx, tx, tx.Rebind(revokeCustomer), append(note, c.List, c.Key)...)
	return ofNumber + ofCustomer, err
}

// selectConsents reads what was given and refused, each with its number, by any of
// a customer's numbers and by the key. What is on the do-not-call list because
// somebody asked, or was, is a refusal.
const selectConsents = `
SELECT number, level, evidence, at, revoked_at FROM consents WHERE channel = 'voice' AND number IN (?) AND number <> ''
UNION ALL
SELECT '', level, evidence, at, revoked_at FROM consents WHERE channel = 'voice' AND list = ? AND key = ? AND key <> ''
UNION ALL
SELECT number, '', why, at, 0 FROM do_not_call WHERE number IN (?) AND source = '' AND campaign = '' AND number <> ''
UNION ALL
SELECT number, '', why, at, 0 FROM do_not_call WHERE list = ? AND key = ? AND key <> '' AND source = '' AND campaign = ''`

// consented reads what a customer has consented to, for a call to the number that
// is next.
func consented(ctx context.Context, tx *txn, f facts) (campaigns.Consent, string, error) {
	query, args, err := sqlx.In(selectConsents, f.numbers(), f.List, f.Key, f.numbers(), f.List, f.Key)
	if err != nil {
		return "", "", err
	}
	var rows []consentRow
	if err = tx.SelectContext(ctx, &rows, tx.Rebind(query), args...); err != nil {
		return "", "", fmt.Errorf("read consents: %w", err)
	}
	given := []campaigns.Given{}
	var refused time.Time
	for _, r := range rows {
		switch {
		case r.Level == campaigns.NoConsent:
			refused = later(refused, r.At.Time)
		case r.Number == "" || r.Number == f.Next:
			refused = later(refused, r.RevokedAt.Time)
			given = append(given, campaigns.Given{Level: r.Level, Evidence: r.Evidence, At: r.At.Time})
		}
	}
	listed, err := campaigns.ParseConsent(f.Consent)
	if err != nil {
		listed = campaigns.NoConsent
	}
	given = append(given, campaigns.Given{Level: listed, Evidence: listEvidence(f), At: f.ConsentAt.Time})
	level, proof := campaigns.Consented(given, refused)
	if proof == "" && err != nil {
		proof = "the list says " + err.Error()
	}
	return level, proof, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// listEvidence is how a list proves a consent.
func listEvidence(f facts) string {
	if f.Evidence == "" {
		return "list " + f.List
	}
	return f.Evidence + " (list " + f.List + ")"
}
