package store

import (
	"context"
	"fmt"

	"careline/agents"
)

// agentRow is an agent's record as the tables hold it.
type agentRow struct {
	Agent       string      `db:"agent"`
	Wish        agents.Wish `db:"wish"`
	WrapUpUntil instant     `db:"wrap_up_until"`
	Reserved    string      `db:"reserved"`
	ReservedAt  instant     `db:"reserved_at"`
	IdleSince   instant     `db:"idle_since"`
}

func (r agentRow) record() agents.Record {
	return agents.Record{
		Agent: r.Agent, Wish: r.Wish, WrapUpUntil: r.WrapUpUntil.Time,
		Reserved: r.Reserved, ReservedAt: r.ReservedAt.Time, IdleSince: r.IdleSince.Time,
	}
}

const selectAgents = `SELECT * FROM agents ORDER BY agent`

// AgentRecords returns the records of all agents who have one.
func (s *Store) AgentRecords(ctx context.Context) ([]agents.Record, error) {
	var rows []agentRow
	if err := s.read.SelectContext(ctx, &rows, selectAgents); err != nil {
		return nil, fmt.Errorf("list the agents' records: %w", err)
	}
	return convert(rows, agentRow.record), nil
}

// SaveAgent stores a record.
func (s *Store) SaveAgent(ctx context.Context, r agents.Record) error {
	if err := s.w.write(ctx, &saveAgent{Record: r}); err != nil {
		return fmt.Errorf("save the record of agent %s: %w", r.Agent, err)
	}
	return nil
}

type saveAgent struct{ agents.Record }

func (saveAgent) kind() string { return "save_agent" }

const upsertAgent = `
INSERT INTO agents (agent, wish, wrap_up_until, reserved, reserved_at, idle_since)
VALUES (:agent, :wish, :wrap_up_until, :reserved, :reserved_at, :idle_since)
ON CONFLICT (agent) DO UPDATE SET wish = excluded.wish, wrap_up_until = excluded.wrap_up_until,
	reserved = excluded.reserved, reserved_at = excluded.reserved_at, idle_since = excluded.idle_since`

func (r saveAgent) apply(ctx context.Context, _ *Store, tx *txn, _ bool) error {
	_, err := tx.NamedExecContext(ctx, upsertAgent, agentRow{
		Agent: r.Agent, Wish: r.Wish, WrapUpUntil: at(r.WrapUpUntil),
		Reserved: r.Reserved, ReservedAt: at(r.ReservedAt), IdleSince: at(r.IdleSince),
	})
	return err
}
