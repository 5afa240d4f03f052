package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"careline/examples"
	"careline/ivr"
	"careline/phone"
	"careline/speech"
	"careline/store"
)

// openStore opens the database of a configuration for a command. The node's name
// and its journal are the service's, which may run meanwhile.
func (c config) openStore(ctx context.Context, log *slog.Logger) (*store.Store, error) {
	calendars, err := c.calendars()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, c.Database, store.Options{Calendars: calendars, Log: log})
}

// openNode opens the database of a configuration for the service.
func (c config) openNode(ctx context.Context, log *slog.Logger) (*store.Store, error) {
	dids := make(map[string]string)
	for _, d := range c.DIDs {
		dids[d.Number] = d.Flow
		if n, err := phone.Parse(d.Number, c.Region); err == nil { // as trunks name it
			dids[string(n)] = d.Flow
		}
	}
	calendars, err := c.calendars()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, c.Database, store.Options{
		Node: c.Node, DIDs: dids, Journal: c.journal(), Agents: len(c.Agents) > 0, Calendars: calendars, Log: log,
	})
}

// journal is where answers go while the database does not take them: beside a
// database that is a file, else in the working directory.
func (c config) journal() string {
	switch {
	case c.Journal != "":
		return c.Journal
	case strings.Contains(c.Database, "://"):
		return c.Node + ".journal"
	default:
		return strings.TrimPrefix(c.Database, "sqlite:") + ".journal"
	}
}

// addFlows reads the flow files of the configured directories into the store. It
// takes all of them or none.
func (c config) addFlows(ctx context.Context, s *store.Store, now time.Time) error {
	var dirs []fs.FS
	if c.shipped != nil {
		dirs = append(dirs, c.shipped)
	}
	for i, dir := range c.Flows {
		if _, err := os.Stat(dir); err != nil {
			return fmt.Errorf("flows[%d]: %w", i, err)
		}
		dirs = append(dirs, os.DirFS(dir))
	}
	flows, err := readFlows(dirs...)
	if err != nil {
		return err
	}
	for name, text := range flows {
		if _, err := s.AddFlow(ctx, name, text, now); err != nil {
			return fmt.Errorf("add flow %s: %w", name, err)
		}
	}
	return c.answered(ctx, s)
}

// answered checks that each number that can be called has a flow.
func (c config) answered(ctx context.Context, s *store.Store) error {
	for i, d := range c.DIDs {
		hash, err := s.NewestFlow(ctx, d.Flow)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("dids[%d].flow: there is no flow %q; put its file into a directory of flows", i, d.Flow)
		case err != nil:
			return err
		}
		flow, err := s.Flow(ctx, hash)
		if err != nil {
			return err
		}
		if flow.TakesMessages() && c.Recordings.Directory == "" {
			return fmt.Errorf("dids[%d].flow: callers of flow %s leave messages; name under recordings.directory where these are to be kept", i, d.Flow)
		}
	}
	return nil
}

// readFlows reads and checks all flow files of some directories.
func readFlows(dirs ...fs.FS) (map[string][]byte, error) {
	flows := make(map[string][]byte)
	for _, dir := range dirs {
		files, err := fs.Glob(dir, "*.yaml")
		if err != nil {
			return nil, fmt.Errorf("look for flow files: %w", err)
		}
		for _, file := range files {
			text, err := fs.ReadFile(dir, file)
			if err != nil {
				return nil, fmt.Errorf("read a flow: %w", err)
			}
			f, err := ivr.Parse(file, text)
			if err != nil {
				return nil, err
			}
			flows[f.Name()] = text
		}
	}
	return flows, nil
}

// openSpeech opens the configured recordings over those that ship.
func (c config) openSpeech() (*speech.Library, error) {
	var layers []fs.FS
	for _, dir := range c.Prompts {
		if _, err := os.Stat(dir); err != nil {
			return nil, fmt.Errorf("open prompts: %w", err)
		}
		layers = append(layers, os.DirFS(dir))
	}
	shipped, err := examples.Prompts()
	if err != nil {
		return nil, fmt.Errorf("open the prompts that ship: %w", err)
	}
	library, err := speech.Open(append(layers, shipped)...)
	if err != nil {
		return nil, fmt.Errorf("open prompts: %w", err)
	}
	return library, nil
}
