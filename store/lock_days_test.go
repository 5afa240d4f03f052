package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	"careline/store"
	"careline/store/storetest"
)

// putOff counts transactions that were put off.
type putOff struct {
	slog.Handler
	n atomic.Int32
}

func (p *putOff) Enabled(context.Context, slog.Level) bool { return true }

func (p *putOff) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "transaction put off" {
		p.n.Add(1)
	}
	return nil
}

// counting is a store whose attempts count into the days of trunks, and somebody
// who holds contacts up.
type counting struct {
	*outage
	log   *putOff
	list  []campaigns.Contact
	other *sqlx.DB
	jobs  sync.WaitGroup
}

func newCounting(t *testing.T) *counting {
	t.Helper()
	url := storetest.Postgres(t)
	c := &counting{outage: newOutage(t, url, 20*time.Second), log: &putOff{Handler: slog.DiscardHandler}}
	c.ok(c.s.Close())
	var err error
	c.s, err = store.Open(t.Context(), url, store.Options{Node: "a", Patience: c.patience, Log: slog.New(c.log)})
	c.ok(err)
	t.Cleanup(func() { c.s.Close() })
	_, err = c.s.Renew(t.Context(), "a", c.now)
	c.ok(err)
	c.list = c.claim(8)
	c.other, err = sqlx.Open("postgres", url)
	c.ok(err)
	t.Cleanup(func() { c.other.Close() })
	return c
}

// begins begins an attempt on a contact, by a trunk that has a cap; empty: by one
// that has none.
func (c *counting) begins(i int, trunk string) {
	b := begin(c.list[i])
	if b.Attempt.Trunk = trunk; trunk != "" {
		b.Cap = campaigns.Cap{Day: "2026-12-01", Calls: 100, Ends: c.now.Add(time.Hour)}
	}
	c.jobs.Go(func() {
		if _, v, err := c.s.BeginAttempt(c.t.Context(), b, c.now); err != nil || !v.Allowed {
			c.t.Errorf("BeginAttempt = %+v, %v", v, err)
		}
	})
}

// ends ends the attempt on a contact, by which its trunk has carried no call.
func (c *counting) ends(i int) {
	end := campaigns.End{Attempt: begin(c.list[i]).Attempt.ID, Disposition: campaigns.NotPlaced, At: c.now}
	c.jobs.Go(func() {
		if err := c.s.EndAttempt(c.t.Context(), end); err != nil {
			c.t.Errorf("EndAttempt = %v", err)
		}
	})
}

// hold holds a contact up.
func (c *counting) hold(i int) *sqlx.Tx {
	tx, err := c.other.Beginx()
	c.ok(err)
	_, err = tx.Exec("SELECT id FROM contacts WHERE id = $1 FOR UPDATE", c.list[i].ID)
	c.ok(err)
	c.t.Cleanup(func() { tx.Rollback() })
	return tx
}

// waits waits until so many jobs wait to be begun, and so many transactions for a
// lock.
func (c *counting) waits(jobs, locks int) {
	wait(c.t, fmt.Sprintf("%d jobs and %d transactions wait", jobs, locks), func() bool {
		var n int
		c.ok(c.other.Get(&n, "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))
		return c.s.Queued() == jobs && n == locks
	})
}

// Begins and ends of attempts that count calls of the same trunks, in whatever
// order, do not wait for each other in a circle.
func TestTrunkDaysAreHeldInOneOrder(t *testing.T) {
	c := newCounting(t)
	c.begins(0, "")
	c.begins(1, "one")
	c.begins(2, "two")
	c.jobs.Wait()
	// The first of either kind waits, so that the next two share a transaction.
	beginning, ending, between := c.hold(3), c.hold(0), c.hold(5)
	c.begins(3, "")
	c.ends(0)
	c.waits(0, 2)
	c.begins(4, "one")
	c.waits(1, 2)
	c.begins(5, "two")
	c.waits(2, 2)
	c.ends(2)
	c.waits(3, 2)
	c.ends(1)
	c.waits(4, 2)
	c.ok(beginning.Rollback())
	c.waits(2, 2)
	c.ok(ending.Rollback())
	c.waits(0, 2)
	c.ok(between.Rollback())
	c.jobs.Wait()
	if n := c.log.n.Load(); n != 0 {
		t.Errorf("%d transactions were put off; want none", n)
	}
	for _, trunk := range []string{"one", "two"} {
		if u, err := c.s.TrunkUse(t.Context(), trunk, "2026-12-01", c.now); err != nil || u.Calls != 1 {
			t.Errorf("trunk %s carried %+v, %v; want one call", trunk, u, err)
		}
	}
}
