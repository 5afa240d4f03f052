package store_test

import (
	"database/sql"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

// customer has fields of each kind that rows have.
type customer struct {
	Number phone.Number              `db:"number"`
	Mode   campaigns.Mode            `db:"mode"`
	N      int                       `db:"n"`
	Long   int64                     `db:"long"`
	Yes    bool                      `db:"yes"`
	Share  float64                   `db:"share"`
	Maybe  sql.NullString            `db:"maybe"`
	At     store.Instant             `db:"at"`
	Doc    store.Doc[[]campaigns.ID] `db:"doc"`
}

const everyKind = `
SELECT $1 AS number, 'power' AS mode, 7 AS n, 9007199254740993 AS long, 2 > 1 AS yes, 0.5 AS share, NULL AS maybe,
	$2 AS at, '["a","b"]' AS doc`

// In memory, statements that go straight to the connection give what database/sql
// does.
func TestStraightReadsAsDatabaseSQLDoes(t *testing.T) {
	s, err := store.OpenMemory(t.Context(), t.Name(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	type result struct {
		One, None string
		N         []int
		Texts     []string
		Customers []customer
		Changed   int64
		Missing   bool
	}
	err = s.BothWays(t.Context(), func(straight, usual store.Way) error {
		var got [2]result
		for i, way := range []store.Way{straight, usual} {
			r := &got[i]
			r.Texts = []string{"before"}
			check := func(err error) {
				if err != nil {
					t.Errorf("way %d: %v", i, err)
				}
			}
			check(way.GetContext(t.Context(), &r.One, "SELECT value FROM json_each($1) ORDER BY 1", `["b","a"]`))
			check(way.SelectContext(t.Context(), &r.N, "SELECT value FROM json_each($1) ORDER BY 1", `[3,1,2]`))
			check(way.SelectContext(t.Context(), &r.Texts, "SELECT value FROM json_each($1)", `["x","y"]`))
			check(way.SelectContext(t.Context(), &r.Customers, everyKind+" UNION ALL "+everyKind, phone.Number("+441632960001"), store.At(1772442000123)))
			r.Missing = errors.Is(way.GetContext(t.Context(), &r.None, "SELECT name FROM lists"), sql.ErrNoRows)
			res, failed := way.ExecContext(t.Context(), "INSERT INTO lists (name, created_at, updated_at) VALUES ($1, $2, 0), ($1 || 'b', $2, 0)", "l", i)
			check(failed)
			r.Changed, err = res.RowsAffected()
			check(err)
			_, err = way.ExecContext(t.Context(), "DELETE FROM lists")
			check(err)
		}
		if len(got[0].Customers) != 2 || got[0].One != "a" || !got[0].Missing || got[0].Changed != 2 {
			t.Errorf("straight: %+v", got[0])
		}
		if diff := cmp.Diff(got[1], got[0]); diff != "" {
			t.Errorf("straight and usual differ (-usual +straight):\n%s", diff)
		}
		for _, bad := range []string{"SELECT 1 AS nothing", "SELECT NULL AS number", "SELECT 'x' AS n", "SELECT nothing"} {
			var c customer
			if straight.GetContext(t.Context(), &c, bad) == nil || usual.GetContext(t.Context(), &c, bad) == nil {
				t.Errorf("%s gave no error", bad)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
