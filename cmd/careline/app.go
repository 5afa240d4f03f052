package main

import (
	"bufio"
	"fmt"
	"log/slog"
	"strings"

	"careline/store"
)

// loadConfig reads the configuration, with what the command line and the
// environment say over it.
func (a *app) loadConfig() (config, error) {
	c, err := loadConfig(a.config)
	if err != nil {
		return config{}, err
	}
	if a.database != "" {
		c.Database = a.database
	}
	return c, nil
}

// withStore runs f on the configured database.
func (a *app) withStore(f func(config, *store.Store) error) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	s, err := c.openStore(a.ctx, a.log())
	if err != nil {
		return err
	}
	defer s.Close()
	return f(c, s)
}

// log writes what commands have to say beside their output.
func (a *app) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// confirm asks a question; anything but yes is no.
func (a *app) confirm(question string) bool {
	fmt.Fprintf(a.out, "%s [y/N] ", question)
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && line == "" {
		return false
	}
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}
