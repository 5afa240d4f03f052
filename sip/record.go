package sip

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"careline/media"
)

// tape records a call, if calls are recorded, and returns what is to be called
// when it is over.
func (d *Driver) tape(l *Line) (save func()) {
	if d.opt.Record == "" {
		return func() {}
	}
	t := &media.Tape{}
	stop := l.sess.Tap(t)
	return func() {
		stop()
		if err := writeTape(t, filepath.Join(d.opt.Record, filepath.Base(l.info.ID)+".wav")); err != nil {
			d.log.Error("call not recorded", "call_id", l.info.ID, "err", err)
		}
	}
}

// makeShelf makes the directory for recordings, so that a service that shall
// record and cannot does not begin.
func makeShelf(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("make the directory for recordings: %w", err)
	}
	return nil
}

func writeTape(t *media.Tape, name string) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("record a call: %w", err)
	}
	if err := t.WriteWAV(f); err != nil {
		return errors.Join(fmt.Errorf("record a call: %w", err), f.Close())
	}
	return f.Close()
}
