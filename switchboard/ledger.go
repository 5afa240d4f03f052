package switchboard

import (
	"context"

	"careline/agents"
	"careline/call"
)

// Ledger keeps agents and talks. The store is one.
type Ledger interface {
	// AgentRecords returns the records of all agents who have one.
	AgentRecords(ctx context.Context) ([]agents.Record, error)
	// SaveAgent stores a record.
	SaveAgent(ctx context.Context, r agents.Record) error
	// SaveTalk stores a talk, or what has changed of it.
	SaveTalk(ctx context.Context, t call.Talk) error
	// NoteCallback notes a caller left over.
	NoteCallback(ctx context.Context, n call.CallbackNote) error
}
