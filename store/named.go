package store

import (
	"context"
	"database/sql"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// compiled is a statement with named parameters, read once for a type of row: to
// do so each time takes as long as to run it.
type compiled struct {
	text   string  // with $1, $2, ...
	fields [][]int // of the row, by parameter
}

// compilations holds those that were read, by statement and type.
var compilations sync.Map

type compilation struct {
	text string
	row  reflect.Type
}

// named runs a statement whose parameters are named after a row's columns.
func named(ctx context.Context, tx *txn, text string, row any) (sql.Result, error) {
	v := reflect.ValueOf(row)
	key := compilation{text, v.Type()}
	known, there := compilations.Load(key)
	if !there {
		c, whole := compile(tx, text, v.Type())
		if !whole {
			return tx.NamedExecContext(ctx, text, row) // says what is missing
		}
		known, _ = compilations.LoadOrStore(key, c)
	}
	c := known.(compiled)
	args := make([]any, len(c.fields))
	for i, field := range c.fields {
		args[i] = v.FieldByIndex(field).Interface()
	}
	return tx.ExecContext(ctx, c.text, args...)
}

// compile reads a statement; it is not whole when the row lacks a parameter.
func compile(tx *txn, text string, row reflect.Type) (c compiled, whole bool) {
	var b strings.Builder
	var names []string
	for rest := text; ; {
		before, after, found := strings.Cut(rest, ":")
		b.WriteString(before)
		if !found {
			break
		}
		end := strings.IndexFunc(after, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') })
		if end < 0 {
			end = len(after)
		}
		names = append(names, after[:end])
		b.WriteString("$" + strconv.Itoa(len(names)))
		rest = after[end:]
	}
	c.text, c.fields = b.String(), tx.Mapper.TraversalsByName(row, names)
	for _, field := range c.fields {
		if len(field) == 0 {
			return c, false
		}
	}
	return c, true
}
