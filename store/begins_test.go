package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	"careline/store/storetest"
)

// On PostgreSQL attempts are begun together, and a contact that somebody else
// holds keeps no answer of a call waiting.
func TestAttemptsBeginTogether(t *testing.T) {
	url := storetest.Postgres(t)
	o := newOutage(t, url, 20*time.Second)
	list := o.claim(12)
	answered := o.talk(list[11])
	holds := hold(t, url, list[0].ID)
	before, writes := o.s.Commits()
	var begun sync.WaitGroup
	one := func(i int) {
		begun.Go(func() {
			if _, v, err := o.s.BeginAttempt(t.Context(), begin(list[i]), o.now); err != nil || !v.Allowed {
				t.Errorf("BeginAttempt = %+v, %v", v, err)
			}
		})
	}
	one(0)
	wait(t, "the first attempt waits for its contact", holds.keepsOneWaiting)
	for i := 1; i < 11; i++ {
		one(i)
	}
	wait(t, "the others wait", func() bool { return o.s.Beginning() == 10 })
	o.ok(o.s.CommitStep(t.Context(), keyStep(answered, 1, "1", o.now)))
	if n := o.s.Journaled(); n != 0 || o.s.Beginning() != 10 {
		t.Errorf("%d writes are in the journal, %d attempts wait; want 0 and 10", n, o.s.Beginning())
	}
	holds.letGo()
	begun.Wait()
	after, written := o.s.Commits()
	if after-before != 3 || written-writes != 12 {
		t.Errorf("%d writes in %d transactions; want 12 in 3: the answer, the first attempt, the others", written-writes, after-before)
	}
}

// On PostgreSQL the end of a call that waits for its contact keeps no answer of
// another waiting.
func TestEndsKeepNoAnswerWaiting(t *testing.T) {
	url := storetest.Postgres(t)
	o := newOutage(t, url, 20*time.Second)
	list := o.claim(2)
	ending, talking := o.talk(list[0]), o.talk(list[1])
	holds := hold(t, url, list[0].ID)
	ended := make(chan error, 1)
	go func() {
		end := campaigns.End{Attempt: campaigns.AttemptID(ending.ID), Disposition: campaigns.Answered, At: o.now}
		ended <- o.s.EndAttempt(t.Context(), end)
	}()
	wait(t, "the end waits for the contact", holds.keepsOneWaiting)
	o.ok(o.s.CommitStep(t.Context(), keyStep(talking, 1, "1", o.now)))
	if f := o.funnel(); o.s.Journaled() != 0 || f.Answers["key"]["1"] != 1 || f.Open != 2 {
		t.Errorf("%d writes are in the journal, funnel = %+v; want the answer in the database, and both calls open", o.s.Journaled(), f)
	}
	holds.letGo()
	o.ok(<-ended)
}

// holder is somebody else who has a contact's row.
type holder struct {
	*testing.T
	other *sqlx.DB
	tx    *sqlx.Tx
}

func hold(t *testing.T, url string, contact campaigns.ContactID) *holder {
	t.Helper()
	other, err := sqlx.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	tx, err := other.Beginx()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() }) // unless it is let go
	if _, err = tx.Exec("SELECT id FROM contacts WHERE id = $1 FOR UPDATE", contact); err != nil {
		t.Fatal(err)
	}
	return &holder{t, other, tx}
}

// keepsOneWaiting tells whether somebody waits for the row.
func (h *holder) keepsOneWaiting() bool {
	var n int
	err := h.other.Get(&n, "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
	if err != nil {
		h.Fatal(err)
	}
	return n == 1
}

func (h *holder) letGo() {
	h.Helper()
	if err := h.tx.Rollback(); err != nil {
		h.Fatal(err)
	}
}
