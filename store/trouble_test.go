package store_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/lib/pq"

	"careline/call"
	"careline/store"
)

func TestIsTrouble(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{call.ErrStale, false},
		{store.ErrEnded, false},
		{errors.New("write as JSON"), false},
		{driver.ErrBadConn, true},
		{io.EOF, true},
		{context.DeadlineExceeded, true},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, true},
		{&pq.Error{Code: "57P01"}, true},  // the server is shutting down
		{&pq.Error{Code: "40P01"}, true},  // deadlock
		{&pq.Error{Code: "53100"}, true},  // disk full
		{&pq.Error{Code: "22021"}, false}, // not a text
		{&pq.Error{Code: "23505"}, false}, // not unique
		{&pq.Error{Code: "42703"}, false}, // no such column
	} {
		if got := store.IsTrouble(tt.err); got != tt.want {
			t.Errorf("IsTrouble(%v) = %v; want %v", tt.err, got, tt.want)
		}
		if tt.err == nil {
			continue
		}
		if got := store.IsTrouble(fmt.Errorf("commit: %w", tt.err)); got != tt.want {
			t.Errorf("IsTrouble(%v), wrapped = %v; want %v", tt.err, got, tt.want)
		}
	}
}

// TestSQLiteTrouble takes errors from the database itself.
func TestSQLiteTrouble(t *testing.T) {
	s, err := store.Open(t.Context(), file(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for text, want := range map[string]bool{
		"INSERT INTO changes (id, n) VALUES (1, 0)":     false, // not unique
		"SELECT nothing FROM nowhere":                   false,
		"PRAGMA max_page_count = 1; CREATE TABLE t (a)": true, // full
	} {
		err := s.Exec(t.Context(), text)
		if err == nil || store.IsTrouble(err) != want {
			t.Errorf("%s: IsTrouble(%v) = %v; want %v", text, err, !want, want)
		}
	}
}
