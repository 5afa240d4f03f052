package store_test

import (
	"path/filepath"
	"testing"

	"careline/call"
	"careline/dialer"
	"careline/sip"
	"careline/store"
	"careline/store/storetest"
	"careline/switchboard"
)

// The store is what the packages beside it need.
var (
	_ dialer.Queue       = (*store.Store)(nil)
	_ dialer.Campaigns   = (*store.Store)(nil)
	_ dialer.Node        = (*store.Store)(nil)
	_ switchboard.Ledger = (*store.Store)(nil)
	_ sip.Bindings       = (*store.Store)(nil)
	_ call.Keeper        = (*store.Store)(nil)
	_ call.Directory     = (*store.Store)(nil)
)

func file(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "careline.db")
}

func TestSQLite(t *testing.T) { storetest.Run(t, file) }

func TestPostgres(t *testing.T) { storetest.Run(t, storetest.Postgres) }
