package store

import (
	"context"
	"fmt"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
)

// callbackRow is a note to call somebody back, as the tables hold it.
type callbackRow struct {
	CallID   string              `db:"call_id"`
	Number   phone.Number        `db:"number"`
	Campaign campaigns.ID        `db:"campaign"`
	Contact  campaigns.ContactID `db:"contact"`
	Queue    string              `db:"queue"`
	Agent    string              `db:"agent"`
	Reason   string              `db:"reason"`
	At       instant             `db:"at"`
}

func (r callbackRow) note() call.CallbackNote {
	return call.CallbackNote{
		CallID: r.CallID, Number: r.Number, Campaign: r.Campaign, Contact: r.Contact,
		Queue: r.Queue, Agent: r.Agent, Reason: r.Reason, At: r.At.Time,
	}
}

// NoteCallback notes a caller left over.
func (s *Store) NoteCallback(ctx context.Context, n call.CallbackNote) error {
	if err := s.w.write(ctx, &noteCallback{CallbackNote: n}); err != nil {
		return fmt.Errorf("note a callback for call %s: %w", n.CallID, err)
	}
	return nil
}

type noteCallback struct{ call.CallbackNote }

func (noteCallback) kind() string { return "note_callback" }

const insertCallback = `
INSERT INTO callbacks (call_id, number, campaign, contact, queue, agent, reason, at)
VALUES (:call_id, :number, :campaign, :contact, :queue, :agent, :reason, :at)
ON CONFLICT (call_id, at) DO NOTHING`

func (n noteCallback) apply(ctx context.Context, _ *Store, tx *txn, _ bool) error {
	_, err := tx.NamedExecContext(ctx, insertCallback, callbackRow{
		CallID: n.CallID, Number: phone.Number(clean(string(n.Number))), Campaign: n.Campaign, Contact: n.Contact,
		Queue: n.Queue, Agent: n.Agent, Reason: clean(n.Reason), At: at(n.At),
	})
	if err != nil {
		return fmt.Errorf("keep a note to call back: %w", err)
	}
	return nil
}

const callbacksSince = `SELECT * FROM callbacks WHERE at >= $1 ORDER BY at, call_id`

// Callbacks returns the callers to be called back who were noted at since or
// later, oldest first.
func (s *Store) Callbacks(ctx context.Context, since time.Time) ([]call.CallbackNote, error) {
	var rows []callbackRow
	if err := s.read.SelectContext(ctx, &rows, callbacksSince, ms(since)); err != nil {
		return nil, fmt.Errorf("list callbacks: %w", err)
	}
	return convert(rows, callbackRow.note), nil
}
