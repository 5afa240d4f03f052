package store_test

import (
	_ "embed"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"careline/campaigns"
	"careline/migrations"
	"careline/phone"
	"careline/store"
	"careline/store/storetest"
)

// before18 is what version 17 of the tables held of a campaign in the middle of its
// list: one customer answered, one was busy, of one the outcome is not known, one
// asked for no more calls, one was being called, one was claimed, one was not, and
// one is on the do-not-call list.
//
//go:embed testdata/before_18.sql
var before18 string

func TestOldTablesAreDialedOn(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		path := file(t)
		age(t, "sqlite", path, database.DialectSQLite3)
		dialsOn(t, path)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		url := storetest.Postgres(t)
		age(t, "postgres", url, database.DialectPostgres, `DROP SCHEMA public CASCADE`, `CREATE SCHEMA public`)
		dialsOn(t, url)
	})
}

// age makes a database as it was.
func age(t *testing.T, driver, url string, dialect database.Dialect, first ...string) {
	t.Helper()
	db, err := sqlx.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, text := range first {
		db.MustExec(text)
	}
	p, err := goose.NewProvider(dialect, db.DB, migrations.Files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 17); err != nil {
		t.Fatal(err)
	}
	db.MustExec(before18)
}

// dialsOn has today's version go on where the old one was.
func dialsOn(t *testing.T, url string) {
	t.Helper()
	ctx, now := t.Context(), time.Date(2026, 12, 1, 10, 30, 0, 0, time.UTC)
	s, err := store.Open(ctx, url, store.Options{Node: "a"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ok := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	_, err = s.Renew(ctx, "a", now)
	ok("renew", err)
	left, err := s.Recover(ctx, "a", now)
	if ok("recover", err); len(left) != 1 {
		t.Errorf("%d attempts were left open; want 1", len(left))
	}
	old, err := s.CampaignNamed(ctx, "survey")
	ok("find the campaign", err)
	strict := old.Definition
	strict.Name, strict.PerDay = "strict", 1
	second, err := s.CreateCampaign(ctx, strict, now)
	ok("create a campaign", err)
	_, err = s.Start(ctx, second.ID, now)
	ok("start it", err)
	// The customer who answered has a new number, and was called today all the same.
	moved := campaigns.Customer{Key: "c00000", Number: "+8613900000001", Others: []phone.Number{"+8613900000002"}, Zone: "Asia/Shanghai"}
	_, err = s.ImportCustomers(ctx, "customers", []campaigns.Customer{moved}, store.ImportOptions{Now: now})
	ok("import", err)

	begun, held := 0, map[string]int{}
	for _, id := range []campaigns.ID{old.ID, second.ID} {
		claims, failed := s.Claim(ctx, "a", id, 100, now)
		ok("claim", failed)
		for _, c := range claims.Contacts {
			b := campaigns.Begin{Numbers: c.Numbers(), Allowed: true, Attempt: campaigns.Attempt{
				ID: campaigns.AttemptID(uuid.Must(uuid.NewV7()).String()), Campaign: id, Contact: c.ID, Number: c.Number, CallerID: "+8610", Trunk: "carrier", Node: "a", Try: 1,
			}}
			a, v, beginning := s.BeginAttempt(ctx, b, now)
			ok("begin", beginning)
			for _, check := range v.Checks {
				if !check.Passed {
					held[check.Rule]++
				}
			}
			if v.Allowed {
				begun++
				ok("end", s.EndAttempt(ctx, campaigns.End{Attempt: a.ID, Disposition: campaigns.Answered, At: now}))
			}
		}
	}
	// Of the first campaign busy, claimed and waiting are called; the second holds
	// all whom either has called, and the two on the do-not-call list.
	if begun != 3 || held[campaigns.RulePerDay] != 7 || held[campaigns.RuleDoNotCall] != 2 {
		t.Errorf("%d attempts were begun, %v held; want 3, 7 per_day and 2 do_not_call", begun, held)
	}
	f, err := s.Funnel(ctx, old.ID)
	if ok("count", err); f.Submitted != 8 || f.ByState[campaigns.Unknown] != 2 || f.ByState[campaigns.Suppressed] != 2 || f.ByState[campaigns.Pending] != 0 {
		t.Errorf("the old campaign's funnel is %+v", f)
	}
}
