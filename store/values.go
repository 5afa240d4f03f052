package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// instant is a time as the tables keep it: UTC milliseconds, 0 for never.
type instant struct{ time.Time }

// at makes an instant of a time.
func at(t time.Time) instant { return instant{t} }

// ms is a time as the tables keep it.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Value is what is written.
func (i instant) Value() (driver.Value, error) { return ms(i.Time), nil }

// Scan takes what was read.
func (i *instant) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("read a time: %T is not a number of milliseconds", src)
	}
	i.Time = time.Time{}
	if n != 0 {
		i.Time = time.UnixMilli(n).UTC()
	}
	return nil
}

// doc is a value that is kept as JSON text.
type doc[T any] struct{ v T }

// as makes a doc of a value.
func as[T any](v T) doc[T] { return doc[T]{v} }

// Value is what is written.
func (d doc[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(d.v)
	if err != nil {
		return nil, fmt.Errorf("write %T as JSON: %w", d.v, err)
	}
	return string(text), nil
}

// Scan takes what was read.
func (d *doc[T]) Scan(src any) error {
	var text []byte
	switch s := src.(type) {
	case string:
		text = []byte(s)
	case []byte:
		text = s
	default:
		return fmt.Errorf("read %T from JSON: %T is not a text", d.v, src)
	}
	if err := json.Unmarshal(text, &d.v); err != nil {
		return fmt.Errorf("read %T from JSON: %w", d.v, err)
	}
	return nil
}

// clean makes a text from the network fit for both databases: PostgreSQL takes
// neither NUL nor what is not UTF-8.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}
