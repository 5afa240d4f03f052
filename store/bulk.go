package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lib/pq"
)

// bulk is a statement that inserts many rows at once.
type bulk struct {
	into     string // table (column, ...)
	types    string // of the columns, one letter for each: t is TEXT, i is BIGINT
	conflict string // what follows the rows
}

// rowsAtOnce is how many rows a statement of SQLite's inserts. Each connection
// keeps the statement prepared for that many, and for one.
const rowsAtOnce = 50

// insert inserts rows, whose values follow one another in values, and returns
// how many rows that were.
func (s *Store) insert(ctx context.Context, tx *txn, b bulk, values []any) (int, error) {
	if s.d.postgres {
		return b.unnest(ctx, tx, values)
	}
	var done int
	for len(values) > 0 {
		rows := rowsAtOnce
		if len(values) < rows*len(b.types) {
			rows = 1
		}
		n, err := exec(ctx, tx, b.list(rows), values[:rows*len(b.types)]...)
		if err != nil {
			return done, err
		}
		done += n
		values = values[rows*len(b.types):]
	}
	return done, nil
}

// list is the statement with a parameter for each value.
func (b bulk) list(rows int) string {
	row := "(?" + strings.Repeat(",?", len(b.types)-1) + ")"
	return "INSERT INTO " + b.into + " VALUES " + row + strings.Repeat(","+row, rows-1) + " " + b.conflict
}

// unnest has PostgreSQL take a parameter for each column.
func (b bulk) unnest(ctx context.Context, tx *txn, values []any) (int, error) {
	if len(values) == 0 {
		return 0, nil
	}
	width, rows := len(b.types), len(values)/len(b.types)
	params, args := make([]string, width), make([]any, width)
	for i, t := range b.types {
		if t == 'i' {
			column := make(pq.Int64Array, rows)
			for r := range rows {
				column[r] = values[r*width+i].(int64)
			}
			params[i], args[i] = fmt.Sprintf("$%d::bigint[]", i+1), column
			continue
		}
		column := make(pq.StringArray, rows)
		for r := range rows {
			column[r] = values[r*width+i].(string)
		}
		params[i], args[i] = fmt.Sprintf("$%d::text[]", i+1), column
	}
	return exec(ctx, tx, "INSERT INTO "+b.into+" SELECT * FROM unnest("+strings.Join(params, ", ")+") "+b.conflict, args...)
}

// texts is a parameter that holds many texts; a condition on it is d.among.
func (d dialect) texts(all []string) any {
	if d.postgres {
		return pq.StringArray(all)
	}
	return jsonText(all)
}

// jsonText is a value as JSON.
func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "null" // none of the types that are written fails
	}
	return string(text)
}
