package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"careline/call"
)

// factRow is a hosted call as the tables hold it.
type factRow struct {
	ID         string     `db:"id"`
	Owner      string     `db:"owner"`
	Trunk      string     `db:"trunk"`
	Name       string     `db:"name"`
	Phase      call.Phase `db:"phase"`
	Rang       int        `db:"rang"`
	AnsweredAt instant    `db:"answered_at"`
	AnsweredBy string     `db:"answered_by"`
	EndedAt    instant    `db:"ended_at"`
	Status     string     `db:"status"`
	Code       int        `db:"code"`
	Trouble    int        `db:"trouble"`
	Text       string     `db:"text"`
	Lasted     int64      `db:"lasted"`
}

func newFactRow(f call.Fact, owner string) factRow {
	row := factRow{
		ID: clean(f.ID), Owner: owner, Trunk: f.Trunk, Name: clean(f.Name), Phase: f.Phase,
		AnsweredAt: at(f.AnsweredAt), AnsweredBy: clean(f.AnsweredBy), EndedAt: at(f.EndedAt),
		Status: clean(f.Status), Code: f.Code, Trouble: f.Trouble, Text: clean(f.Text), Lasted: f.Lasted.Milliseconds(),
	}
	if f.Rang {
		row.Rang = 1
	}
	return row
}

func (r factRow) fact() call.Fact {
	return call.Fact{
		ID: r.ID, Trunk: r.Trunk, Name: r.Name, Phase: r.Phase, Rang: r.Rang != 0,
		AnsweredAt: r.AnsweredAt.Time, AnsweredBy: r.AnsweredBy, EndedAt: r.EndedAt.Time,
		Status: r.Status, Code: r.Code, Trouble: r.Trouble, Text: r.Text, Lasted: time.Duration(r.Lasted) * time.Millisecond,
	}
}

// SaveFact puts f together with what is known of its call, by Fact.With, and
// returns that: it is on disk then, and not in a journal, as other nodes have to
// see it. After an error nothing may have been kept: it is to be told again.
//
// Who has the call's attempt sees to the call's end; of any other call who first
// saves something of it.
func (s *Store) SaveFact(ctx context.Context, f call.Fact) (call.Fact, error) {
	save := saving{s: s, f: call.Fact{}.With(f)}
	if err := s.w.share(ctx, s.w.calls, &job{apply: save.run, call: f.ID}); err != nil {
		return call.Fact{}, fmt.Errorf("keep what is told of call %s: %w", f.ID, err)
	}
	return save.known, nil
}

// saving is one SaveFact under way. It may be run again.
type saving struct {
	s     *Store
	f     call.Fact
	known call.Fact
}

const (
	insertFact = `
INSERT INTO hosted_calls (id, owner, trunk, name, phase, rang, answered_at, answered_by, ended_at, status, code, trouble, text, lasted)
VALUES (:id, COALESCE((SELECT owner FROM attempts WHERE id = :id), :owner),
	:trunk, :name, :phase, :rang, :answered_at, :answered_by, :ended_at, :status, :code, :trouble, :text, :lasted)
ON CONFLICT (id) DO NOTHING`
	updateFact = `
UPDATE hosted_calls SET trunk = :trunk, name = :name, phase = :phase, rang = :rang, answered_at = :answered_at,
	answered_by = :answered_by, ended_at = :ended_at, status = :status, code = :code, trouble = :trouble, text = :text, lasted = :lasted
WHERE id = :id`
	selectFact = `SELECT * FROM hosted_calls WHERE id = $1`
)

func (g *saving) run(ctx context.Context, tx *txn) error {
	row := newFactRow(g.f, g.s.owner(g.s.ownNode()))
	known, err := g.hold(ctx, tx)
	if errors.Is(err, sql.ErrNoRows) {
		var n int64
		if n, err = g.insert(ctx, tx, row); err == nil && n == 1 {
			g.known = row.fact()
			return nil
		}
		if err == nil { // another node was quicker
			known, err = g.hold(ctx, tx)
		}
	}
	if err != nil {
		return err
	}
	g.known = known.With(row.fact())
	if g.known == known {
		return nil
	}
	_, err = named(ctx, tx, updateFact, newFactRow(g.known, ""))
	return err
}

// hold reads what is known of the call, and holds it until the transaction ends.
func (g *saving) hold(ctx context.Context, tx *txn) (call.Fact, error) {
	var row factRow
	err := tx.GetContext(ctx, &row, selectFact+g.s.d.forUpdate, clean(g.f.ID))
	return row.fact(), err
}

func (g *saving) insert(ctx context.Context, tx *txn, row factRow) (int64, error) {
	res, err := named(ctx, tx, insertFact, row)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Facts returns what is known of the calls with these ids; those of which nothing
// is known are left out.
func (s *Store) Facts(ctx context.Context, ids []string) ([]call.Fact, error) {
	var rows []factRow
	text := `SELECT * FROM hosted_calls WHERE id <> $1 AND id` + s.d.among
	if err := s.read.SelectContext(ctx, &rows, text, "", s.d.texts(ids)); err != nil {
		return nil, fmt.Errorf("read what was told of calls: %w", err)
	}
	return convert(rows, factRow.fact), nil
}

const factNamed = `SELECT * FROM hosted_calls WHERE name = $1 AND name <> '' ORDER BY id LIMIT 1`

// HostedCall returns what is known of the call that its carrier names so, or
// ErrNotFound.
func (s *Store) HostedCall(ctx context.Context, name string) (call.Fact, error) {
	var row factRow
	err := s.read.GetContext(ctx, &row, factNamed, name)
	return row.fact(), found(err, "find the call that its carrier names %s", name)
}

// openHosted finds those that go on, and those that are over but have not been
// closed.
const openHosted = `
SELECT * FROM hosted_calls WHERE owner = $1 AND phase < 5
UNION ALL
SELECT h.* FROM calls c JOIN hosted_calls h ON h.id = c.id WHERE c.owner = $1 AND c.ended_at = 0 AND h.phase >= 5`

// OpenHosted returns the calls at carriers that this run of the node sees to the
// end of: those that it placed, or of which it heard first, and those that
// Recover has moved to it, as long as they are not over and closed.
func (s *Store) OpenHosted(ctx context.Context) ([]call.Fact, error) {
	var rows []factRow
	if err := s.read.SelectContext(ctx, &rows, openHosted, s.owner(s.ownNode())); err != nil {
		return nil, fmt.Errorf("list the calls at carriers: %w", err)
	}
	return convert(rows, factRow.fact), nil
}
