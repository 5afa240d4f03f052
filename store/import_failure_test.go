package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
	"careline/store/storetest"
)

// failing imports rows, of which fail breaks the database in the middle.
func failing(t *testing.T, s *store.Store, fail func()) error {
	t.Helper()
	list := people(4_500)
	_, err := s.Import(t.Context(), "people", func(yield func(campaigns.Customer, error) bool) {
		for i, c := range list {
			if i == 4_400 {
				fail()
			}
			if !yield(c, nil) {
				return
			}
		}
	}, store.ImportOptions{Now: time.Now()})
	return err
}

// customersOf counts the customers of all lists.
func customersOf(t *testing.T, s *store.Store) (n int) {
	t.Helper()
	lists, err := s.Lists(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lists {
		n += l.Customers
	}
	return n
}

// TestImportLosesServer: a server that dies in the middle of an import has nothing
// of it.
func TestImportLosesServer(t *testing.T) {
	t.Parallel()
	server := storetest.StartPostgres(t)
	url := server.Database(t)
	s := opened(t, url)
	if err := failing(t, s, func() { server.Stop(t) }); err == nil {
		t.Error("Import into a server that died succeeds")
	}
	server.Start(t)
	again := opened(t, url)
	if n := customersOf(t, again); n != 0 {
		t.Errorf("%d customers; want none", n)
	}
	if err := failing(t, again, func() {}); err != nil || customersOf(t, again) != 4_500 {
		t.Errorf("the next import: %v, %d customers; want 4500", err, customersOf(t, again))
	}
}

// TestImportFailsAside: an import whose rows cannot all be put aside leaves
// nothing; one that fails later is completed when the database is opened again.
func TestImportFailsAside(t *testing.T) {
	t.Parallel()
	url := file(t)
	s := opened(t, url)
	breaks := func(name, table, when string) {
		t.Helper()
		text := fmt.Sprintf("CREATE TRIGGER %s BEFORE INSERT ON %s WHEN %s BEGIN SELECT RAISE(ABORT, 'the disk is full'); END", name, table, when)
		if err := s.Exec(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	mends := func(name string) {
		t.Helper()
		if err := s.Exec(t.Context(), "DROP TRIGGER "+name); err != nil {
			t.Fatal(err)
		}
	}
	breaks("early", "import_rows", "NEW.n = 7")
	if err := failing(t, s, func() {}); err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("Import = %v; want that the disk is full", err)
	}
	mends("early")
	if left, err := s.Aside(t.Context()); err != nil || left != 0 || customersOf(t, s) != 0 {
		t.Errorf("%d batches put aside (%v), %d customers; want none", left, err, customersOf(t, s))
	}
	breaks("late", "customers", "NEW.key = 'c00003000'")
	if err := failing(t, s, func() {}); err == nil || !strings.Contains(err.Error(), "all rows are kept") {
		t.Errorf("Import = %v; want that all rows are kept", err)
	}
	if n := customersOf(t, s); n != 0 {
		t.Errorf("a list of %d customers is seen that is not complete", n)
	}
	mends("late")
	s.Abandon(t)
	if n := customersOf(t, opened(t, url)); n != 4_500 {
		t.Errorf("%d customers after the database was opened again; want 4500", n)
	}
}

func opened(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestTwoImportsAtOnce of one list, in a file: the one that writes a customer last
// has all of them, and leaves no number of the other's.
func TestTwoImportsAtOnce(t *testing.T) {
	t.Parallel()
	path, now := file(t), time.Now()
	s := opened(t, path)
	list := people(4_500)
	other := list[4_499]
	other.Number, other.Others = "+4930227000001", []phone.Number{"+4930227000002"}
	between := false
	_, err := s.Import(t.Context(), "people", func(yield func(campaigns.Customer, error) bool) {
		for _, c := range list {
			if !yield(c, nil) {
				return
			}
		}
	}, store.ImportOptions{Now: now, Progress: func(p store.ImportProgress) {
		if between || p.Stored == 0 {
			return
		}
		between = true
		if _, err := s.ImportCustomers(t.Context(), "people", []campaigns.Customer{other}, store.ImportOptions{Now: now.Add(time.Second)}); err != nil {
			t.Error(err)
		}
	}})
	if err != nil || !between {
		t.Fatalf("Import = %v, the other in between %v", err, between)
	}
	db, err := sqlx.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var left int
	if err := db.Get(&left, `SELECT COUNT(*) FROM customer_numbers WHERE number LIKE '+49%'`); err != nil || left != 0 {
		t.Errorf("%d numbers are left of the import that was first, %v; want none", left, err)
	}
}
