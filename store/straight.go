package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/jmoiron/sqlx"
	"github.com/jmoiron/sqlx/reflectx"
)

// straight runs statements on a connection to SQLite by itself, in the course of a
// transaction that database/sql has begun on it. It is used by one goroutine at a
// time.
type straight struct {
	k      *keeper
	fields *reflectx.Mapper
	shapes map[shape][][]int
	args   []driver.NamedValue // of the statement that is being begun
}

// shape is a statement and the type of row that it is read into.
type shape struct {
	text string
	row  reflect.Type
}

// newStraight makes one for a connection.
func newStraight(k *keeper) *straight {
	return &straight{k: k, fields: reflectx.NewMapperFunc("db", sqlx.NameMapper), shapes: make(map[shape][][]int)}
}

// exec runs a statement to its end.
func (s *straight) exec(ctx context.Context, text string, args []any) (sql.Result, error) {
	stmt, err := s.prepare(ctx, text, args)
	if err != nil {
		return nil, err
	}
	defer stmt.Close()
	return stmt.ExecContext(ctx, s.args)
}

// get reads the first row.
func (s *straight) get(ctx context.Context, dest any, text string, args []any) error {
	n := 0
	err := s.each(ctx, text, args, 1, func(names []string, row []driver.Value) error {
		n++
		return s.read(reflect.ValueOf(dest).Elem(), text, names, row)
	})
	if err == nil && n == 0 {
		err = sql.ErrNoRows
	}
	return err
}

// rows reads all rows into a slice, in place of what it holds.
func (s *straight) rows(ctx context.Context, dest any, text string, args []any) error {
	list := reflect.ValueOf(dest).Elem()
	list.SetLen(0)
	return s.each(ctx, text, args, -1, func(names []string, row []driver.Value) error {
		list.Grow(1)
		list.SetLen(list.Len() + 1)
		last := list.Index(list.Len() - 1)
		last.SetZero()
		return s.read(last, text, names, row)
	})
}

// each calls f with a statement's rows, at most so many of them; -1: all.
func (s *straight) each(
	ctx context.Context, text string, args []any, most int, f func(names []string, row []driver.Value) error,
) (err error) {
	stmt, err := s.prepare(ctx, text, args)
	if err != nil {
		return err
	}
	defer stmt.Close()
	rows, err := stmt.QueryContext(ctx, s.args)
	if err != nil {
		return err
	}
	names := rows.Columns()
	row := make([]driver.Value, len(names))
	for ; err == nil && most != 0; most-- {
		if err = rows.Next(row); err == nil {
			err = f(names, row)
		}
	}
	if bad := rows.Close(); bad != nil {
		return bad
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// prepare returns a statement, and puts its arguments into s.args.
func (s *straight) prepare(ctx context.Context, text string, args []any) (*lent, error) {
	s.args = s.args[:0]
	for i, arg := range args {
		v, err := plain(arg)
		if err != nil {
			return nil, fmt.Errorf("parameter %d: %w", i+1, err)
		}
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	stmt, err := s.k.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.(*lent), nil
}

// plain makes of an argument what a driver takes.
func plain(arg any) (driver.Value, error) {
	switch v := arg.(type) {
	case string, int64:
		return v, nil
	case int:
		return int64(v), nil
	case instant:
		return ms(v.Time), nil
	}
	return driver.DefaultParameterConverter.ConvertValue(arg)
}

// read puts a row into dest, a struct or a single value.
func (s *straight) read(dest reflect.Value, text string, names []string, row []driver.Value) error {
	if _, single := dest.Addr().Interface().(sql.Scanner); single || dest.Kind() != reflect.Struct {
		if len(row) != 1 {
			return fmt.Errorf("read %d columns into one %s", len(row), dest.Type())
		}
		return assign(dest, row[0])
	}
	key := shape{text, dest.Type()}
	fields, known := s.shapes[key]
	if !known {
		fields = s.fields.TraversalsByName(dest.Type(), names)
		s.shapes[key] = fields
	}
	for i, field := range fields {
		if len(field) == 0 {
			return fmt.Errorf("read %s: it has no field for %s", dest.Type(), names[i])
		}
		if err := assign(dest.FieldByIndex(field), row[i]); err != nil {
			return fmt.Errorf("read %s: %w", names[i], err)
		}
	}
	return nil
}

// assign puts what SQLite has returned into a field.
func assign(dest reflect.Value, src driver.Value) error {
	to := dest.Addr().Interface()
	if scanner, ok := to.(sql.Scanner); ok {
		return scanner.Scan(src)
	}
	switch v := src.(type) {
	case string:
		if dest.Kind() == reflect.String {
			dest.SetString(v)
			return nil
		}
	case int64:
		if dest.CanInt() {
			dest.SetInt(v)
			return nil
		}
		if dest.Kind() == reflect.Bool {
			dest.SetBool(v != 0)
			return nil
		}
	case float64:
		if dest.Kind() == reflect.Float64 {
			dest.SetFloat(v)
			return nil
		}
	}
	return fmt.Errorf("%T does not fit into %s", src, dest.Type())
}
