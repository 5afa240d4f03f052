package store

import (
	"fmt"
	"path/filepath"
	"testing"
)

// A connection prepares each text once, also when the same text is in use twice
// at the same time and when a table has changed meanwhile.
func TestStatementsAreKept(t *testing.T) {
	db, err := connect(fileURL(filepath.Join(t.TempDir(), "a.db"), nil, "_txlock", "immediate"), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var kept *keeper
	conn, err := db.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.Raw(func(c any) error {
		kept = c.(*keeper)
		return nil
	})
	must := func(text string, args ...any) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), text, args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	must("CREATE TABLE a (n INTEGER); CREATE TABLE b (n INTEGER)") // several in one text
	for n := range 3 {
		must("INSERT INTO a VALUES ($1)", n)
	}
	const all = "SELECT * FROM a ORDER BY n"
	sum := func() (sum int) {
		t.Helper()
		outer, err := conn.QueryxContext(t.Context(), all)
		if err != nil {
			t.Fatal(err)
		}
		defer outer.Close()
		for outer.Next() {
			row, err := outer.SliceScan()
			if err != nil {
				t.Fatal(err)
			}
			var first int
			if err := conn.GetContext(t.Context(), &first, "SELECT n FROM a ORDER BY n"); err != nil || first != 0 {
				t.Fatalf("the inner query gave %d, %v", first, err)
			}
			sum += int(row[0].(int64)) + 100*len(row)
		}
		return sum
	}
	if got := sum(); got != 303 {
		t.Errorf("sum = %d; want 303", got)
	}
	must("ALTER TABLE a ADD COLUMN m INTEGER")
	if got := sum(); got != 603 {
		t.Errorf("sum with another column = %d; want 603", got)
	}
	if kept.kept[all] == nil {
		t.Errorf("the statement was not kept")
	}
	for n := range 2 * mostKept {
		must(fmt.Sprintf("SELECT n + %d FROM b", n))
	}
	if n := len(kept.kept); n != mostKept {
		t.Errorf("%d statements are kept; want %d", n, mostKept)
	}
	if _, err := conn.ExecContext(t.Context(), "INSERT INTO nowhere VALUES (1)"); err == nil {
		t.Error("a statement that cannot be prepared gave no error")
	}
}
