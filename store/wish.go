package store

import (
	"context"
	"fmt"
	"time"

	"careline/agents"
)

const (
	upsertWish   = `INSERT INTO wishes (agent, wish, at) VALUES ($1, $2, $3) ON CONFLICT (agent) DO UPDATE SET wish = excluded.wish, at = excluded.at`
	selectWishes = `SELECT agent, wish, at FROM wishes ORDER BY at, agent`
	deleteWish   = `DELETE FROM wishes WHERE agent = $1 AND at = $2`
)

// Wish is what a supervisor asks of an agent by command.
type Wish struct {
	Agent string      `db:"agent"`
	Wish  agents.Wish `db:"wish"`
	At    time.Time   `db:"-"`
}

// AskWish has the service set what an agent wishes; it notices within a second.
func (s *Store) AskWish(ctx context.Context, agent string, w agents.Wish, now time.Time) error {
	err := s.command(ctx, func(tx *txn) error {
		_, err := tx.ExecContext(ctx, upsertWish, agent, w, ms(now))
		return err
	})
	if err != nil {
		return fmt.Errorf("ask for the %s of agent %s: %w", w, agent, err)
	}
	return nil
}

// Wishes lists what was asked of agents and has not been done.
func (s *Store) Wishes(ctx context.Context) ([]Wish, error) {
	var rows []struct {
		Wish
		At instant `db:"at"`
	}
	if err := s.read.SelectContext(ctx, &rows, selectWishes); err != nil {
		return nil, fmt.Errorf("list what is asked of agents: %w", err)
	}
	list := make([]Wish, len(rows))
	for i, r := range rows {
		list[i] = Wish{Agent: r.Agent, Wish: r.Wish.Wish, At: r.At.Time}
	}
	return list, nil
}

// GrantWish notes that it has been done.
func (s *Store) GrantWish(ctx context.Context, w Wish) error {
	if _, err := s.db.ExecContext(ctx, deleteWish, w.Agent, ms(w.At)); err != nil {
		return fmt.Errorf("note the wish of agent %s: %w", w.Agent, err)
	}
	return nil
}
