package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"careline/campaigns"
	"careline/phone"
)

// facts are what the tables say about whether a contact may be called.
type facts struct {
	contactRow
	List      string          `db:"list"`
	Running   campaigns.State `db:"running"` // the campaign's
	Halted    bool            `db:"halted"`
	Leased    bool            `db:"leased"`
	Open      bool            `db:"open"`
	Refused   bool            `db:"refused"`
	Recent    string          `db:"recent"`
	Abandoned instant         `db:"abandoned"`
}

// asked says what facts are asked for. The customer's numbers are those that
// somebody believes them to be.
type asked struct {
	contact campaigns.ContactID
	numbers []phone.Number // the one to be called first
	terms   terms
	now     time.Time
	hold    string // ends the statement that reads the contact
}

// counted are attempts that count as calls. It is not said as NOT IN, for which
// SQLite makes a table.
const counted = `disposition <> 'congestion' AND disposition <> 'not_placed' AND disposition <> 'failed'`

// selectFacts takes the contact, now, since when calls and abandoned calls
// matter, and the customer's numbers. A call was placed to the same customer when
// it rang one of the numbers, from whatever list, or was meant for the same key of
// the same list, whatever the number was then. It is in progress also when it is
// to somebody who shares a number. Other trunks are tried only after a row that
// does not count, so of an attempt one row at most does.
const selectFacts = `
SELECT c.id, c.campaign, c.number AS next, c.state, c.due, c.attempts, c.faults, c.ordinal, c.last,
	c.claimed_by, c.holder, c.prior, c.callback, c.leaving, c.list, ` + customerColumns + `,
	p.state AS running, p.definition,
	EXISTS (SELECT 1 FROM switches WHERE name = 'stop') AS halted,
	EXISTS (SELECT 1 FROM nodes WHERE owner = c.claimed_by AND lease_until >= $2) AS leased,
	EXISTS (SELECT 1 FROM attempts WHERE number IN (NUMBERS) AND ended_at = 0)
	OR EXISTS (SELECT 1 FROM customer_numbers n WHERE n.number IN (NUMBERS)
		AND (SELECT COUNT(*) FROM attempts WHERE list = n.list AND key = n.key AND ended_at = 0) > 0)
	OR EXISTS (SELECT 1 FROM attempts WHERE list = c.list AND key = c.key AND ended_at = 0) AS open,
	EXISTS (SELECT 1 FROM do_not_call WHERE number IN (NUMBERS) AND campaign IN ('', c.campaign) AND lifted_at = 0)
	OR EXISTS (SELECT 1 FROM do_not_call WHERE list = c.list AND key = c.key AND key <> '' AND campaign IN ('', c.campaign) AND lifted_at = 0) AS refused,
	COALESCE((SELECT string_agg(CAST(begun_at AS TEXT) || CASE WHEN number = $5 THEN 'n' ELSE '' END
		|| CASE WHEN contact = c.id THEN 'c' ELSE '' END
		|| CASE WHEN answered_at > 0 AND party <> 'machine' THEN 't' || CAST(answered_at AS TEXT) ELSE '' END, ' ')
		FROM (
			SELECT begun_at, number, contact, answered_at, party FROM attempts
			WHERE number IN (NUMBERS) AND begun_at > $3 AND ` + counted + `
			UNION ALL
			SELECT begun_at, number, contact, answered_at, party FROM attempts
			WHERE list = c.list AND key = c.key AND begun_at > $3 AND number NOT IN (NUMBERS) AND ` + counted + `
		) a), '') AS recent,
	COALESCE((SELECT MAX(abandoned_at) FROM attempts WHERE number IN (NUMBERS) AND begun_at > $4), 0) AS abandoned
FROM contacts c JOIN customers u ON u.list = c.list AND u.key = c.key JOIN campaigns p ON p.id = c.campaign
WHERE c.id = $1`

// readFacts reads what the tables say, in one statement.
func (s *Store) readFacts(ctx context.Context, tx *txn, a asked) (facts, error) {
	marks := make([]string, len(a.numbers))
	args := make([]any, 0, 4+len(a.numbers))
	args = append(args, a.contact, ms(a.now), ms(a.now.Add(-a.terms.memory)), ms(a.now.Add(-a.terms.rest)))
	for i, n := range a.numbers {
		marks[i] = "$" + strconv.Itoa(len(args)+1)
		args = append(args, n)
	}
	var f facts
	text := strings.ReplaceAll(selectFacts, "NUMBERS", strings.Join(marks, ", ")) + a.hold
	if err := tx.GetContext(ctx, &f, text, args...); err != nil {
		return f, found(err, "find contact %s", a.contact)
	}
	return f, nil
}

// numbers are all that the customer has, the one to be called first.
func (f facts) numbers() []phone.Number {
	c := f.contact()
	return append([]phone.Number{c.Number}, slices.DeleteFunc(c.Numbers(), func(n phone.Number) bool { return n == c.Number })...)
}

// past reads the calls of the column recent: when, n for the number, c for the
// contact, and t with when somebody talked.
func (f facts) past() ([]campaigns.Past, error) {
	var list []campaigns.Past
	for word := range strings.FieldsSeq(f.Recent) {
		begun, talked, answered := strings.Cut(word, "t")
		digits := strings.TrimRight(begun, "nc")
		p := campaigns.Past{Number: strings.Contains(begun, "n"), Own: strings.Contains(begun, "c")}
		at, err := strconv.ParseInt(digits, 10, 64)
		p.At = time.UnixMilli(at).UTC()
		if answered && err == nil {
			at, err = strconv.ParseInt(talked, 10, 64)
			p.Talked = time.UnixMilli(at).UTC()
		}
		if err != nil {
			return nil, fmt.Errorf("read recent attempts: %w", err)
		}
		list = append(list, p)
	}
	return list, nil
}

// inputs makes of the facts what the policy asks for, apart from whose the
// contact is and whether the trunk permits it.
func (s *Store) inputs(ctx context.Context, tx *txn, f facts, a asked) (campaigns.Inputs, error) {
	c, t := f.contact(), a.terms
	in := campaigns.Inputs{
		Campaign: f.Running, Definition: t.definition, Amiss: t.amiss, Contact: c.State, Number: c.Number, Zones: c.Zones(),
		Attempts: c.Attempts, Due: c.Due, Expires: c.Expires, Residential: c.Residential(), Open: f.Open,
		CallerID: t.definition.CallerID, Abandoned: f.Abandoned.Time,
		HeldOut: campaigns.IsHeldOut(c.Key, c.Campaign, t.definition.HoldOut),
	}
	if t.amiss == "" {
		in.Terms = &t.Terms
	}
	if f.Halted && in.Campaign == campaigns.Running {
		in.Campaign = campaigns.Paused // all are, until the stop is lifted
	}
	var err error
	if in.Recent, err = f.past(); err != nil {
		return in, err
	}
	if f.Refused {
		if in.DoNotCall, err = refusal(ctx, tx, f); err != nil {
			return in, err
		}
	}
	if t.consents {
		in.Consent, in.Proof, err = consented(ctx, tx, f)
	}
	return in, err
}
