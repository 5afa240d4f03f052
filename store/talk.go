package store

import (
	"context"
	"fmt"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
)

// talkRow is a talk as the tables hold it.
type talkRow struct {
	ID         string              `db:"id"`
	CallID     string              `db:"call_id"`
	AgentCall  string              `db:"agent_call"`
	Queue      string              `db:"queue"`
	Campaign   campaigns.ID        `db:"campaign"`
	Contact    campaigns.ContactID `db:"contact"`
	Agent      string              `db:"agent"`
	KnownAgent int                 `db:"known_agent"`
	From       string              `db:"from_talk"`
	Number     phone.Number        `db:"number"`
	Trunk      string              `db:"trunk"`
	Leg        doc[campaigns.Leg]  `db:"leg"`
	Outcome    string              `db:"outcome"`
	WaitedFrom instant             `db:"waited_from"`
	JoinedAt   instant             `db:"joined_at"`
	EndedAt    instant             `db:"ended_at"`
}

func (r talkRow) talk() call.Talk {
	return call.Talk{
		ID: r.ID, CallID: r.CallID, AgentCall: r.AgentCall, Queue: r.Queue, Campaign: r.Campaign,
		Contact: r.Contact, Agent: r.Agent, KnownAgent: r.KnownAgent != 0, Outcome: r.Outcome,
		From: r.From, Number: r.Number, Trunk: r.Trunk, Leg: r.Leg.v,
		WaitedFrom: r.WaitedFrom.Time, JoinedAt: r.JoinedAt.Time, EndedAt: r.EndedAt.Time,
	}
}

// SaveTalk stores a talk, or what has changed of it.
func (s *Store) SaveTalk(ctx context.Context, t call.Talk) error {
	if err := s.w.write(ctx, &saveTalk{Talk: t}); err != nil {
		return fmt.Errorf("save talk %s: %w", t.ID, err)
	}
	return nil
}

type saveTalk struct{ call.Talk }

func (saveTalk) kind() string { return "save_talk" }

const upsertTalk = `
INSERT INTO talks (id, call_id, agent_call, queue, campaign, contact, agent, known_agent, outcome,
	from_talk, number, trunk, leg, waited_from, joined_at, ended_at)
VALUES (:id, :call_id, :agent_call, :queue, :campaign, :contact, :agent, :known_agent, :outcome,
	:from_talk, :number, :trunk, :leg, :waited_from, :joined_at, :ended_at)
ON CONFLICT (id) DO UPDATE SET agent_call = excluded.agent_call, agent = excluded.agent,
	known_agent = excluded.known_agent, number = excluded.number, outcome = excluded.outcome,
	trunk = excluded.trunk, leg = excluded.leg, joined_at = excluded.joined_at, ended_at = excluded.ended_at`

func (t saveTalk) apply(ctx context.Context, _ *Store, tx *txn, _ bool) error {
	known := 0
	if t.KnownAgent {
		known = 1
	}
	_, err := tx.NamedExecContext(ctx, upsertTalk, talkRow{
		ID: t.ID, CallID: t.CallID, AgentCall: t.AgentCall, Queue: t.Queue, Campaign: t.Campaign,
		Contact: t.Contact, Agent: t.Agent, KnownAgent: known, Outcome: t.Outcome,
		From: t.From, Number: t.Number, Trunk: t.Trunk, Leg: as(t.Leg),
		WaitedFrom: at(t.WaitedFrom), JoinedAt: at(t.JoinedAt), EndedAt: at(t.EndedAt),
	})
	if err != nil {
		return err
	}
	return chargeTalk(ctx, tx, t.Talk)
}

const talksSince = `SELECT * FROM talks WHERE waited_from >= $1 ORDER BY waited_from, id`

// Talks returns the talks whose callers began to wait at since or later, oldest
// first.
func (s *Store) Talks(ctx context.Context, since time.Time) ([]call.Talk, error) {
	var rows []talkRow
	if err := s.read.SelectContext(ctx, &rows, talksSince, ms(since)); err != nil {
		return nil, fmt.Errorf("list talks: %w", err)
	}
	return convert(rows, talkRow.talk), nil
}
