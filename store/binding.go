package store

import (
	"context"
	"fmt"
	"time"

	"careline/agents"
)

// bindingRow is a registration as the tables hold it.
type bindingRow struct {
	Agent     string  `db:"agent"`
	Contact   string  `db:"contact"`
	Source    string  `db:"source"`
	CallID    string  `db:"call_id"`
	CSeq      uint32  `db:"cseq"`
	UserAgent string  `db:"user_agent"`
	Expires   instant `db:"expires"`
	Instance  string  `db:"instance"`
	Path      string  `db:"path"`
}

func (r bindingRow) binding() agents.Binding {
	return agents.Binding{
		Agent: r.Agent, Contact: r.Contact, Source: r.Source, CallID: r.CallID,
		CSeq: r.CSeq, UserAgent: r.UserAgent, Expires: r.Expires.Time, Instance: r.Instance, Path: r.Path,
	}
}

const upsertBinding = `
INSERT INTO bindings (agent, contact, source, call_id, cseq, user_agent, expires, instance, path)
VALUES (:agent, :contact, :source, :call_id, :cseq, :user_agent, :expires, :instance, :path)
ON CONFLICT (agent, contact) DO UPDATE SET source = excluded.source, call_id = excluded.call_id,
	cseq = excluded.cseq, user_agent = excluded.user_agent, expires = excluded.expires,
	instance = excluded.instance, path = excluded.path`

// SaveBinding keeps a registration, or its renewal.
func (s *Store) SaveBinding(ctx context.Context, b agents.Binding) error {
	row := bindingRow{
		Agent: clean(b.Agent), Contact: clean(b.Contact), Source: b.Source, CallID: clean(b.CallID),
		CSeq: b.CSeq, UserAgent: clean(b.UserAgent), Expires: at(b.Expires),
		Instance: clean(b.Instance), Path: clean(b.Path),
	}
	err := s.tx(ctx, func(tx *txn) error {
		_, err := tx.NamedExecContext(ctx, upsertBinding, row)
		return err
	})
	if err != nil {
		return fmt.Errorf("save a binding of agent %s: %w", b.Agent, err)
	}
	return nil
}

const deleteBinding = `DELETE FROM bindings WHERE agent = $1 AND contact = $2`

// RemoveBinding forgets a registration.
func (s *Store) RemoveBinding(ctx context.Context, agent, contact string) error {
	err := s.tx(ctx, func(tx *txn) error {
		_, err := tx.ExecContext(ctx, deleteBinding, clean(agent), clean(contact))
		return err
	})
	if err != nil {
		return fmt.Errorf("remove a binding of agent %s: %w", agent, err)
	}
	return nil
}

const liveBindings = `SELECT * FROM bindings WHERE expires > $1 ORDER BY agent, contact`

// LoadBindings returns the registrations that last beyond now.
func (s *Store) LoadBindings(ctx context.Context, now time.Time) ([]agents.Binding, error) {
	var rows []bindingRow
	if err := s.read.SelectContext(ctx, &rows, liveBindings, ms(now)); err != nil {
		return nil, fmt.Errorf("load bindings: %w", err)
	}
	return convert(rows, bindingRow.binding), nil
}
