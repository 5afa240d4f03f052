package store

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"
)

// txn is a transaction, of either database. Where the database is in memory its
// statements go straight to the connection: database/sql watches each from a
// goroutine of its own, which takes as long as to run it.
type txn struct {
	*sqlx.Tx
	straight *straight // nil: by database/sql
}

// GetContext reads one row into dest, or returns sql.ErrNoRows.
func (t *txn) GetContext(ctx context.Context, dest any, text string, args ...any) error {
	if t.straight == nil {
		return t.Tx.GetContext(ctx, dest, text, args...)
	}
	return t.straight.get(ctx, dest, text, args)
}

// SelectContext reads rows into dest, a slice.
func (t *txn) SelectContext(ctx context.Context, dest any, text string, args ...any) error {
	if t.straight == nil {
		return t.Tx.SelectContext(ctx, dest, text, args...)
	}
	return t.straight.rows(ctx, dest, text, args)
}

// ExecContext runs a statement.
func (t *txn) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if t.straight == nil {
		return t.Tx.ExecContext(ctx, text, args...)
	}
	return t.straight.exec(ctx, text, args)
}
