package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// sightConfig is for how long it can be seen how calls went.
type sightConfig struct {
	KeepTraces string `yaml:"keep_traces"` // the messages of calls, as 7d or 12h; 0: none are kept; empty: 7d
	MostTraces int    `yaml:"most_traces"` // of so many calls at most; 0: 200000

	Announcements string `yaml:"announcements"` // directory of networks' announcements, as 3-vacant.wav; empty: tones alone are recognised
}

// What is kept where nobody says.
const (
	usualKeep = 7 * 24 * time.Hour
	usualMost = 200_000
)

// span is a duration that may count days: 7d.
type span struct {
	set bool
	d   time.Duration
}

// UnmarshalText reads it from the command line.
func (s *span) UnmarshalText(text []byte) (err error) {
	s.d, err = parseSpan(string(text))
	s.set = err == nil
	return err
}

// parseSpan reads 7d, 12h, 90m, or 0.
func parseSpan(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(n) * 24 * time.Hour
		if n > 36500 {
			err = strconv.ErrRange
		}
	}
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no length of time, as 7d, 12h or 90m", text)
	}
	return d, nil
}

// keep is how long traces are kept; 0 is not at all.
func (c sightConfig) keep() time.Duration {
	if c.KeepTraces == "" {
		return usualKeep
	}
	d, _ := parseSpan(c.KeepTraces) // check has looked
	return d
}

func (c sightConfig) check() error {
	if c.MostTraces < 0 {
		return fmt.Errorf("most_traces: %d is below 0; 0 is the usual number", c.MostTraces)
	}
	if c.KeepTraces == "" {
		return nil
	}
	if _, err := parseSpan(c.KeepTraces); err != nil {
		return fmt.Errorf("keep_traces: %w", err)
	}
	return nil
}

// pruneEvery is how often old traces are deleted.
const pruneEvery = 10 * time.Minute

// prune deletes the traces that are too old, or too many, until ctx ends.
func (s *service) prune(ctx context.Context) {
	most := s.cfg.SIP.MostTraces
	if most == 0 {
		most = usualMost
	}
	look := time.NewTicker(pruneEvery)
	defer look.Stop()
	for {
		n, err := s.store.PruneTraces(ctx, time.Now().Add(-s.cfg.SIP.keep()), most)
		switch {
		case err != nil && ctx.Err() == nil:
			s.log.Warn("old traces not deleted", "err", err)
		case n > 0:
			s.log.Info("old traces deleted", "calls", n)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}
