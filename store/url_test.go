package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"careline/store"
)

func TestParseURL(t *testing.T) {
	folder := t.TempDir()
	db := filepath.Join(folder, "careline.db")
	for _, tt := range []struct{ in, postgres, path, err string }{
		{in: db, path: db},
		{in: "sqlite:" + db, path: db},
		{in: "sqlite://" + db, path: db},
		{in: "careline.db", path: "careline.db"},
		{in: "postgres://user:secret@host:5432/name", postgres: "postgres://user:secret@host:5432/name"},
		{in: "postgresql:///name?host=/run/postgresql", postgres: "postgresql:///name?host=/run/postgresql"},
		{in: "", err: "is empty"},
		{in: "sqlite:", err: "names no file"},
		{in: folder, err: "is a folder"},
		{in: filepath.Join(folder, "none", "careline.db"), err: "there is no folder"},
		{in: "mysql://user:secret@host/name", err: `begins with "mysql:"`},
		{in: "postgres://user:secret@host", err: "names no database"},
		{in: "postgres://user:sec%ret@host/name", err: "not a valid address"},
	} {
		postgres, path, err := store.ParseURL(tt.in)
		if err == nil && (postgres != tt.postgres || path != tt.path) || (err == nil) != (tt.err == "") {
			t.Errorf("ParseURL(%q) = %q, %q, %v; want %q, %q, %q", tt.in, postgres, path, err, tt.postgres, tt.path, tt.err)
		}
		if err != nil && (!strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "sec")) {
			t.Errorf("ParseURL(%q): the error is %q; want %q in it, and no password", tt.in, err, tt.err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	foreign := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(foreign, []byte(strings.Repeat("Dear customer, ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ url, says string }{
		{foreign, "letter.txt"},
		{"postgres://careline:secret@127.0.0.1:1/careline?sslmode=disable", "127.0.0.1:1/careline"},
	} {
		s, err := store.Open(t.Context(), tt.url, store.Options{})
		if err == nil {
			s.Close()
			t.Errorf("Open(%q) succeeded", tt.url)
			continue
		}
		if !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("Open: %v; want %q in it, and no password", err, tt.says)
		}
		t.Log(err)
	}
}

// TestOpenTogether: of processes that start at once on a new database each
// finds its tables.
func TestOpenTogether(t *testing.T) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := url(t)
			errs := make(chan error)
			for range 8 {
				go func() {
					s, err := store.Open(t.Context(), database, store.Options{})
					if err == nil {
						err = s.Close()
					}
					errs <- err
				}()
			}
			for range 8 {
				if err := <-errs; err != nil {
					t.Error(err)
				}
			}
		})
	}
}
