package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"careline/call"
	"careline/store"
)

// recordingsConfig is where the messages are kept that callers leave.
type recordingsConfig struct {
	Directory string `yaml:"directory"`      // empty: no messages are taken
	Keep      string `yaml:"keep"`           // as 90d; 0: for good; empty: 90d
	Most      int    `yaml:"most_megabytes"` // in the directory; then no message is taken; 0: 10240
	AtCarrier bool   `yaml:"keep_at_carrier"`
}

// usualRecordings is how long messages are kept where nobody says.
const usualRecordings = 90 * 24 * time.Hour

// leastRecordings is more than it takes to listen to a message.
const leastRecordings = time.Hour

func (c recordingsConfig) check() error {
	var errs []error
	if c.Most < 0 {
		errs = append(errs, fmt.Errorf("recordings.most_megabytes: %d is below 0; 0 is the usual number", c.Most))
	}
	if d, err := parseSpan(c.Keep); c.Keep != "" && err != nil {
		errs = append(errs, fmt.Errorf("recordings.keep: %w", err))
	} else if d > 0 && d < leastRecordings {
		errs = append(errs, fmt.Errorf("recordings.keep: %s is less than an hour, and nobody has listened by then; 0 keeps messages for good", c.Keep))
	}
	return errors.Join(errs...)
}

// keep is how long messages are kept; 0 is for good.
func (c recordingsConfig) keep() time.Duration {
	if c.Keep == "" {
		return usualRecordings
	}
	d, _ := parseSpan(c.Keep) // check has looked
	return d
}

// most is how many bytes of messages there may be; 0 is the usual number.
func (c recordingsConfig) most() int64 { return int64(c.Most) << 20 }

// path is where a message's file is.
func (c recordingsConfig) path(r call.Recording) string {
	return filepath.Join(c.Directory, filepath.Base(r.File))
}

// recordingName is what the files of messages are called, whole or not.
var recordingName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}\.wav((\.[0-9]+)?\.part)?$`)

// pruneRecordings deletes the messages that are too old, until ctx ends.
func (s *service) pruneRecordings(ctx context.Context) {
	if s.cfg.Recordings.keep() == 0 {
		return
	}
	look := time.NewTicker(pruneEvery)
	defer look.Stop()
	for {
		n, err := s.cfg.deleteRecordings(ctx, s.store, time.Now().Add(-s.cfg.Recordings.keep()))
		switch {
		case err != nil && ctx.Err() == nil:
			s.log.Warn("old messages not deleted", "err", err)
		case n > 0:
			s.log.Info("old messages deleted", "messages", n)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

// deleteRecordings deletes this node's messages from before a time, and whatever
// else of that age looks like one: parts of messages that a crash has left.
func (c config) deleteRecordings(ctx context.Context, s *store.Store, before time.Time) (n int, err error) {
	list, err := s.Recordings(ctx, store.RecordingFilter{Before: before, Host: c.Node, Limit: 1000})
	if err != nil {
		return 0, err
	}
	for _, r := range list {
		if err := c.deleteRecording(ctx, s, r); err != nil {
			return n, err
		}
		n++
	}
	return n, c.Recordings.sweep(before)
}

// deleteRecording deletes a message: first its file, then what is known of it.
func (c config) deleteRecording(ctx context.Context, s *store.Store, r call.Recording) error {
	if r.File != "" && c.Recordings.Directory != "" {
		if err := os.Remove(c.Recordings.path(r)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete message %s: %w", r.ID, err)
		}
	}
	return s.DeleteRecording(ctx, r.ID)
}

// sweep removes files of messages from before a time.
func (c recordingsConfig) sweep(before time.Time) error {
	files, err := os.ReadDir(c.Directory)
	if c.Directory == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, f := range files {
		info, bad := f.Info()
		if bad != nil || !info.Mode().IsRegular() || !recordingName.MatchString(f.Name()) || !info.ModTime().Before(before) {
			continue
		}
		err = errors.Join(err, os.Remove(filepath.Join(c.Directory, f.Name())))
	}
	if err != nil {
		return fmt.Errorf("remove old messages: %w", err)
	}
	return nil
}
