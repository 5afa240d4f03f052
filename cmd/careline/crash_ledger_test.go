package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
)

// ledger is what the raw rows say at one moment, read without the store.
type ledger struct {
	attempts map[string]attemptLine            // by Call-ID; those of calls that live elsewhere by their ids
	contacts map[string]campaigns.ContactState // by id
	answers  map[string]map[string]string      // by the attempt's id, then by result
	calls    map[string]string                 // the ending, by id; empty while open
	stopped  map[string]bool                   // numbers that asked not to be called
	campaign campaigns.State
}

// attemptLine is an attempt as the judge needs it.
type attemptLine struct {
	ID          string
	Contact     string
	Number      string
	Leg         string
	AnsweredAt  int64 `db:"answered_at"`
	EndedAt     int64 `db:"ended_at"`
	Disposition campaigns.Disposition
}

func (a attemptLine) open() bool { return a.EndedAt == 0 }

// readLedger reads all rows.
func readLedger(ctx context.Context, db *sqlx.DB) (ledger, error) {
	l := ledger{
		attempts: make(map[string]attemptLine), contacts: make(map[string]campaigns.ContactState),
		answers: make(map[string]map[string]string), calls: make(map[string]string), stopped: make(map[string]bool),
	}
	var attempts []attemptLine
	err := db.SelectContext(ctx, &attempts, "SELECT id, contact, number, leg, answered_at, ended_at, disposition FROM attempts")
	if err != nil {
		return l, err
	}
	for _, a := range attempts {
		var leg campaigns.Leg
		if err := json.Unmarshal([]byte(a.Leg), &leg); err != nil {
			return l, fmt.Errorf("leg of attempt %s: %w", a.ID, err)
		}
		name := leg.CallID
		if leg.Carrier != "" {
			name = a.ID
		}
		if other, taken := l.attempts[name]; taken {
			return l, fmt.Errorf("attempts %s and %s have the same Call-ID", a.ID, other.ID)
		}
		l.attempts[name] = a
	}
	return l, l.readRest(ctx, db)
}

func (l *ledger) readRest(ctx context.Context, db *sqlx.DB) error {
	var contacts []struct {
		ID    string
		State campaigns.ContactState
	}
	if err := db.SelectContext(ctx, &contacts, "SELECT id, state FROM contacts"); err != nil {
		return err
	}
	for _, c := range contacts {
		l.contacts[c.ID] = c.State
	}
	var answers []struct {
		Call   string `db:"call_id"`
		Result string
		Value  string
	}
	if err := db.SelectContext(ctx, &answers, "SELECT call_id, result, value FROM answers"); err != nil {
		return err
	}
	for _, a := range answers {
		if l.answers[a.Call] == nil {
			l.answers[a.Call] = make(map[string]string)
		}
		l.answers[a.Call][a.Result] = a.Value
	}
	var calls []struct{ ID, Ending string }
	if err := db.SelectContext(ctx, &calls, "SELECT id, ending FROM calls"); err != nil {
		return err
	}
	for _, c := range calls {
		l.calls[c.ID] = c.Ending
	}
	var stopped []string
	if err := db.SelectContext(ctx, &stopped, "SELECT number FROM do_not_call"); err != nil {
		return err
	}
	for _, n := range stopped {
		l.stopped[n] = true
	}
	return db.GetContext(ctx, &l.campaign, "SELECT state FROM campaigns")
}

// rows reads the ledger.
func (w *crashWorld) rows() ledger {
	w.Helper()
	l, err := readLedger(w.Context(), w.db)
	if err != nil {
		w.Fatal("read the raw rows:", err)
	}
	return l
}

// othersAtWork counts what a server still does for others, such as the last
// statement of a process that has been killed.
const othersAtWork = `
SELECT COUNT(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`

// quiet waits until the database does nothing any more for a dead process.
func (w *crashWorld) quiet() {
	w.Helper()
	if w.db.DriverName() != "postgres" {
		return
	}
	w.db.SetMaxOpenConns(1) // it shall not count itself
	left := appears(5*time.Second, func() bool {
		var n int
		if err := w.db.GetContext(w.Context(), &n, othersAtWork); err != nil {
			w.Fatal("look at the server:", err)
		}
		return n == 0
	})
	if !left {
		w.Fatal("the server does not leave a dead client")
	}
}
