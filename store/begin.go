package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"careline/campaigns"
	"careline/phone"
)

// RuleNumber is the store's own rule beside those of the contact policy: the
// number is still the customer's.
const RuleNumber = "number"

// BeginAttempt decides, in one transaction, whether the contact may be called
// now, and if so commits the attempt's row with the verdict and its inputs.
// When the verdict does not allow it no row is made and the contact waits until
// Verdict.Next, or takes Verdict.State. When it returns an error no INVITE may
// leave: whatever was written is ended as not placed.
func (s *Store) BeginAttempt(
	ctx context.Context, b campaigns.Begin, now time.Time,
) (campaigns.Attempt, campaigns.Verdict, error) {
	if s.w.j.holding() {
		return campaigns.Attempt{}, campaigns.Verdict{}, fmt.Errorf("begin an attempt: %w", ErrJournaling)
	}
	begin := beginning{s: s, b: b, now: now}
	if err := s.w.share(ctx, s.w.begins, &job{apply: begin.run, numbers: begin.numbers(), day: begin.day(), once: true}); err != nil {
		return campaigns.Attempt{}, campaigns.Verdict{}, s.notBegun(ctx, b, now, err)
	}
	return begin.row.attempt(), begin.verdict, nil
}

// notBegun makes sure that an attempt whose beginning failed, perhaps after its
// row was committed, is not left open.
func (s *Store) notBegun(ctx context.Context, b campaigns.Begin, now time.Time, cause error) error {
	err := fmt.Errorf("begin an attempt on contact %s: %w", b.Attempt.Contact, cause)
	if !isTrouble(cause) {
		return err
	}
	void := &voidAttempt{ID: b.Attempt.ID, Number: b.Attempt.Number, At: now}
	return errors.Join(err, s.w.write(ctx, void))
}

// beginning is one BeginAttempt under way, with its numbers held. It may be run
// again as long as nothing of it was committed.
type beginning struct {
	s   *Store
	b   campaigns.Begin
	now time.Time

	row     attemptRow
	verdict campaigns.Verdict
}

func (g *beginning) run(ctx context.Context, tx *txn) error {
	f, ask, err := g.read(ctx, tx)
	if err != nil {
		return err
	}
	if slices.Contains(f.numbers(), g.b.Attempt.Number) {
		f.Next = g.b.Attempt.Number // an agent may choose another one
	}
	contact := f.contactRow
	if contact.Campaign != g.b.Attempt.Campaign {
		return fmt.Errorf("contact %s of campaign %s: %w", contact.ID, g.b.Attempt.Campaign, ErrNotFound)
	}
	in, err := g.s.inputs(ctx, tx, f, ask)
	if err != nil {
		return err
	}
	mine, last, err := g.mine(ctx, tx, contact)
	if err != nil {
		return err
	}
	use, err := g.count(ctx, tx)
	if err != nil {
		return err
	}
	in.Barred, in.Capped = g.b.Barred, g.b.Cap.Reached(use)
	in.Allowed, in.CallerID, in.Claimed = g.b.Allowed, g.b.Attempt.CallerID, mine && f.Leased
	in.Local, in.Reserved = g.b.Local, g.b.Reserved
	if mine {
		in.Contact = contact.wants()
	}
	g.row, g.verdict = attemptRow{List: f.List}, g.judge(in, f)
	if err := g.warn(ctx, tx, use); err != nil {
		return err
	}
	switch {
	case g.verdict.Allowed:
		return g.insert(ctx, tx, contact, in)
	case mine:
		return g.hold(ctx, tx, contact, last)
	default:
		return nil
	}
}

// numbers are those that the customer had as the contact was claimed.
func (g *beginning) numbers() []phone.Number {
	n := g.b.Attempt.Number
	return append([]phone.Number{n}, slices.DeleteFunc(slices.Clone(g.b.Numbers), func(other phone.Number) bool { return other == n })...)
}

// read holds the contact and reads what decides. What the campaign asks is known
// but for the first time.
func (g *beginning) read(ctx context.Context, tx *txn) (f facts, ask asked, err error) {
	ask = asked{contact: g.b.Attempt.Contact, numbers: g.numbers(), terms: g.s.termsOf(g.b.Attempt.Campaign), now: g.now}
	ask.hold = g.s.d.holding(`c`)
	f, err = g.s.readFacts(ctx, tx, ask)
	if err != nil || f.Definition == ask.terms.text {
		return f, ask, err
	}
	if ask.terms, err = g.s.workOut(f.Campaign, f.Definition); err != nil {
		return f, ask, err
	}
	f, err = g.s.readFacts(ctx, tx, ask)
	return f, ask, err
}

// mine tells whether this node has the contact: claimed, or between two trunks
// of one attempt. Then last is how the attempt by the earlier trunk ended.
func (g *beginning) mine(
	ctx context.Context, tx *txn, c contactRow,
) (mine bool, last campaigns.Disposition, err error) {
	if c.ClaimedBy != g.s.owner(g.b.Attempt.Node) {
		return false, "", nil
	}
	if c.State == campaigns.Pending {
		return true, "", nil
	}
	last, err = between(ctx, tx, c)
	return last != "" && g.b.Attempt.Try > 1, last, err
}

// wants is the state of a contact that this node has, apart from that it is
// dialing while another trunk is tried: that must not go on when it was
// withdrawn meanwhile, or is calling us.
func (r contactRow) wants() campaigns.ContactState {
	if r.Callback != "" {
		return campaigns.Dialing
	}
	return cmp.Or(r.Leaving, campaigns.Pending)
}

// judge evaluates the policy. Where the customer's numbers have been changed since
// the contact was claimed, it is claimed anew.
func (g *beginning) judge(in campaigns.Inputs, f facts) campaigns.Verdict {
	v := campaigns.Evaluate(in, g.now)
	if f.has(g.numbers()) {
		return v
	}
	v.Allowed = false
	v.Checks = append(v.Checks, campaigns.Check{Rule: RuleNumber, Detail: "the customer's number has been changed"})
	if v.State == "" && v.Next.IsZero() {
		v.Next = g.now
	}
	return v
}

// has tells whether these are the customer's numbers.
func (f facts) has(numbers []phone.Number) bool {
	own := f.numbers()
	return len(own) == len(numbers) && !slices.ContainsFunc(own, func(n phone.Number) bool { return !slices.Contains(numbers, n) })
}

const insertAttempt = `
INSERT INTO attempts (id, campaign, contact, number, caller_id, ordinal, try, trunk, node, owner, leg, flow_hash,
	begun_at, verdict, inputs, cap_day, price, list, key)
VALUES (:id, :campaign, :contact, :number, :caller_id, :ordinal, :try, :trunk, :node, :owner, :leg, :flow_hash,
	:begun_at, :verdict, :inputs, :cap_day, :price, :list, :key)`

const startDialing = `
UPDATE contacts SET state = 'dialing', fresh = 0, holder = $2, ordinal = $3, number = $4 WHERE id = $1`

func (g *beginning) insert(ctx context.Context, tx *txn, c contactRow, in campaigns.Inputs) error {
	a := g.b.Attempt
	a.Try = max(a.Try, 1)
	if a.Ordinal = c.Ordinal; a.Try == 1 {
		a.Ordinal++
	}
	in.Definition = campaigns.Definition{}
	g.row = attemptRow{
		ID: a.ID, Campaign: c.Campaign, Contact: c.ID, Number: c.Next, CallerID: a.CallerID,
		Ordinal: a.Ordinal, Try: a.Try, Trunk: a.Trunk, Node: a.Node, Owner: c.ClaimedBy, Leg: as(a.Leg),
		FlowHash: a.FlowHash, BegunAt: at(g.now), Verdict: as(g.verdict), Inputs: as(in),
		CapDay: g.b.Cap.Day, Price: millionths(g.b.Cap.Price),
		List: g.row.List, Key: c.Key,
	}
	if _, err := named(ctx, tx, insertAttempt, g.row); err != nil {
		return fmt.Errorf("insert the attempt: %w", err)
	}
	if _, err := tx.ExecContext(ctx, startDialing, c.ID, a.ID, a.Ordinal, c.Next); err != nil {
		return fmt.Errorf("mark the contact as dialing: %w", err)
	}
	if err := g.s.noteCountry(ctx, tx, a.Trunk, c.Next, g.now); err != nil {
		return fmt.Errorf("note the country: %w", err)
	}
	return g.charge(ctx, tx)
}

// hold puts down a contact that may not be called now.
func (g *beginning) hold(ctx context.Context, tx *txn, c contactRow, last campaigns.Disposition) error {
	v := g.verdict
	switch {
	case last != "" && v.State == "": // the attempt ends with the trunks that were tried
		return g.s.ended(ctx, tx, c, last, g.now)
	case last != "":
		return g.s.rest(ctx, tx, c.after(last), v.State, c.Due.Time)
	case v.State != "":
		return g.s.rest(ctx, tx, c, v.State, c.Due.Time)
	case v.Next.IsZero():
		return g.s.rest(ctx, tx, c, c.leave(campaigns.Pending), c.Due.Time)
	default:
		return g.s.rest(ctx, tx, c, c.leave(campaigns.Pending), v.Next)
	}
}

// voidAttempt ends an attempt that was begun without the dialer's knowledge.
type voidAttempt struct {
	ID     campaigns.AttemptID `json:"id"`
	Number phone.Number        `json:"number"`
	At     time.Time           `json:"at"`
}

func (voidAttempt) kind() string { return "void_attempt" }

func (v voidAttempt) apply(ctx context.Context, s *Store, tx *txn, _ bool) error {
	// A commit that is still under way has the number.
	if err := s.lockNumbers(ctx, tx, v.Number); err != nil {
		return err
	}
	end := endAttempt{End: campaigns.End{
		Attempt: v.ID, Disposition: campaigns.NotPlaced, At: v.At,
		Evidence: campaigns.Evidence{Text: "the database did not confirm the attempt"},
	}}
	err := end.apply(ctx, s, tx, true)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrEnded) {
		return nil // it was not begun
	}
	return err
}
