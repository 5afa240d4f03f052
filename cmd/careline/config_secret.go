package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// secret is a password: as written, or env:NAME, or file:PATH. It never shows in
// logs or errors.
type secret string

// LogValue hides it.
func (secret) LogValue() slog.Value { return slog.StringValue("***") }

// String hides it.
func (secret) String() string { return "***" }

// reveal returns the password itself.
func (s secret) reveal() (string, error) {
	if name, ok := strings.CutPrefix(string(s), "env:"); ok {
		v, ok := os.LookupEnv(name)
		if !ok {
			return "", fmt.Errorf("the environment has no %s", name)
		}
		return v, nil
	}
	if path, ok := strings.CutPrefix(string(s), "file:"); ok {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("read the secret: %w", err)
		}
		return strings.TrimRight(string(text), "\r\n"), nil
	}
	return string(s), nil
}
