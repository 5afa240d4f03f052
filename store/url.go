package store

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// parseURL tells a PostgreSQL address, returned whole, from the path of an
// SQLite file.
func parseURL(raw string) (postgres, path string, err error) {
	scheme, rest, found := strings.Cut(raw, ":")
	switch {
	case raw == "":
		return "", "", errors.New("database url is empty: " + expected)
	case !found || len(scheme) == 1:
		return "", raw, checkFolder(raw)
	case scheme == "sqlite":
		path = strings.TrimPrefix(rest, "//")
		return "", path, checkFolder(path)
	case scheme == "postgres", scheme == "postgresql":
		u, err := url.Parse(raw)
		if err != nil {
			return "", "", fmt.Errorf("database url is not a valid address: %s", expected) // err repeats the password
		}
		if strings.Trim(u.Path, "/") == "" {
			return "", "", fmt.Errorf("database url %s names no database: %s", u.Redacted(), expected)
		}
		return raw, "", nil
	default:
		return "", "", fmt.Errorf("database url begins with %q: %s", scheme+":", expected)
	}
}

const expected = "write postgres://user:password@host:5432/name for PostgreSQL, or a file name such as careline.db for SQLite"

// checkFolder makes sure that an SQLite file can be there.
func checkFolder(path string) error {
	if path == "" {
		return errors.New("database url names no file: " + expected)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("database %s is a folder: name a file in it, such as %s", path, filepath.Join(path, "careline.db"))
	}
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return fmt.Errorf("database %s: there is no folder %s: create it, or name another file", path, folder)
	}
	return nil
}

// name is the database as errors call it, without a password.
func (s *Store) name() string {
	if s.url == "" {
		return s.path
	}
	u, err := url.Parse(s.url)
	if err != nil {
		return "of PostgreSQL"
	}
	return u.Redacted()
}
