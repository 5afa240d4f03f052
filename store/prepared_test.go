package store_test

import (
	"slices"
	"strings"
	"testing"

	"careline/store"
	"careline/store/storetest"
)

// A connection to PostgreSQL prepares each text once, plans it anew from time to
// time, and takes several statements in one text.
func TestStatementsAreKeptOnPostgres(t *testing.T) {
	s, err := store.Open(t.Context(), storetest.Postgres(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err = s.Exec(t.Context(), "CREATE TEMPORARY TABLE one (n TEXT); CREATE TEMPORARY TABLE two (n TEXT)"); err != nil {
		t.Fatal("several statements in one text:", err)
	}
	const first, second = "UPDATE agents SET wish = wish WHERE agent = $1", "DELETE FROM switches WHERE name = $1"
	kept, replanned, err := s.Prepared(t.Context(), first, second, first, second)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(kept, first) || !slices.Contains(kept, second) || !replanned {
		t.Errorf("kept %q, planned anew %v; want both statements, and yes", kept, replanned)
	}
	if slices.ContainsFunc(kept, func(text string) bool {
		return strings.Contains(text, "DISCARD") || strings.Contains(text, "TEMPORARY")
	}) {
		t.Errorf("kept %q; want nothing without parameters", kept)
	}
	if err := s.Exec(t.Context(), "INSERT INTO nowhere VALUES ($1)", "x"); err == nil {
		t.Error("a statement that cannot be prepared gave no error")
	}
}
