package store

import (
	"context"
	"fmt"
	"time"

	"careline/ivr"
)

const insertFlow = `
INSERT INTO flows (hash, name, text, added_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (hash) DO UPDATE SET added_at = excluded.added_at`

// AddFlow keeps a flow's text and makes it the newest version of the flow that
// it names. It returns the flow's hash. file is what problems call the text.
func (s *Store) AddFlow(ctx context.Context, file string, text []byte, now time.Time) (hash string, err error) {
	flow, err := ivr.Parse(file, text)
	if err != nil {
		return "", fmt.Errorf("add flow %s: %w", file, err)
	}
	err = s.tx(ctx, func(tx *txn) error {
		_, err = tx.ExecContext(ctx, insertFlow, flow.Hash(), flow.Name(), string(text), ms(now))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("add flow %s: %w", flow.Name(), err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flows[flow.Hash()] = flow
	return flow.Hash(), nil
}

const newestFlow = `SELECT hash FROM flows WHERE name = $1 ORDER BY added_at DESC, hash LIMIT 1`

// NewestFlow returns the hash of a flow's newest version, or ErrNotFound.
func (s *Store) NewestFlow(ctx context.Context, name string) (hash string, err error) {
	err = s.read.GetContext(ctx, &hash, newestFlow, name)
	return hash, found(err, "find flow %q", name)
}

const flowText = `SELECT name, text FROM flows WHERE hash = $1`

// FlowText returns the name and text of a flow in any version, or ErrNotFound.
func (s *Store) FlowText(ctx context.Context, hash string) (name string, text []byte, err error) {
	var row struct{ Name, Text string }
	err = s.read.GetContext(ctx, &row, flowText, hash)
	return row.Name, []byte(row.Text), found(err, "find flow version %s", hash)
}

// Flow returns the flow of that hash, in any version that was ever used.
func (s *Store) Flow(ctx context.Context, hash string) (*ivr.Flow, error) {
	s.mu.Lock()
	flow := s.flows[hash]
	s.mu.Unlock()
	if flow != nil {
		return flow, nil
	}
	name, text, err := s.FlowText(ctx, hash)
	if err != nil {
		return nil, err
	}
	if flow, err = ivr.Parse(name, text); err != nil {
		return nil, fmt.Errorf("read flow version %s: %w", hash, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flows[hash] = flow
	return flow, nil
}
