package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"
)

// diskSpeed is how long a disk takes to keep 4 kB that are added to a file.
type diskSpeed struct {
	Folder string   `json:"folder,omitempty"` // empty: not measured
	Kind   string   `json:"filesystem,omitempty"`
	Before lateness `json:"fsync_ms,omitzero"`
	During lateness `json:"fsync_during_ms,omitzero"` // while it was used
}

const (
	syncs     = 400                    // at first, one after another
	syncEvery = 100 * time.Millisecond // from then on
)

// disk adds to a file in a folder, and waits each time.
type disk struct {
	speed diskSpeed
	file  *os.File
	took  []int32 // microseconds, from watch on
	stop  context.CancelFunc
	done  chan error
}

// openDisk measures the disk of a folder; an empty one is nobody's.
func openDisk(folder string) (*disk, error) {
	d := &disk{}
	if folder == "" {
		return d, nil
	}
	var err error
	if d.file, err = os.CreateTemp(folder, "careline-fsync-"); err != nil {
		return nil, fmt.Errorf("measure the disk: %w", err)
	}
	d.speed.Folder, d.speed.Kind = folder, filesystem(folder)
	for range syncs {
		if err := d.add(); err != nil {
			d.close()
			return nil, err
		}
	}
	d.speed.Before, d.took = latenessOf(d.took), nil
	return d, nil
}

func (d *disk) add() error {
	began := time.Now()
	_, err := d.file.Write(make([]byte, 4096))
	if err == nil {
		err = d.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("measure the disk: %w", err)
	}
	d.took = append(d.took, int32(time.Since(began)/time.Microsecond))
	return nil
}

// watch goes on measuring, a little, until watched.
func (d *disk) watch(ctx context.Context) {
	if d.file == nil {
		return
	}
	ctx, d.stop = context.WithCancel(ctx)
	d.done = make(chan error, 1)
	go func() {
		var err error
		for err == nil && pause(ctx, syncEvery) == nil {
			err = d.add()
		}
		d.done <- err
	}()
}

// watched is what was measured.
func (d *disk) watched() (diskSpeed, error) {
	if d.stop == nil {
		return d.speed, nil
	}
	d.stop()
	err := <-d.done
	d.stop = nil
	d.speed.During = latenessOf(d.took)
	return d.speed, err
}

func (d *disk) close() {
	if d == nil || d.file == nil {
		return
	}
	_, _ = d.watched()
	_ = d.file.Close()
	_ = os.Remove(d.file.Name())
}

// latenessOf sums up microseconds.
func latenessOf(us []int32) lateness {
	slices.Sort(us)
	return lateness{P50: percentile(us, 0.5), P99: percentile(us, 0.99), P999: percentile(us, 0.999), Max: percentile(us, 1)}
}
