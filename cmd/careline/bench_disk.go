package main

import (
	"fmt"
	"os"
	"slices"
	"time"
)

// diskSpeed is how long a disk takes to keep 4 kB that are added to a file.
type diskSpeed struct {
	Folder string   `json:"folder,omitempty"` // empty: not measured
	Kind   string   `json:"filesystem,omitempty"`
	MS     lateness `json:"fsync_ms,omitzero"`
}

// syncs is how often it is measured.
const syncs = 400

// measureDisk adds to a file in a folder, and waits for the disk each time.
func measureDisk(folder string) (d diskSpeed, err error) {
	if folder == "" {
		return d, nil
	}
	f, err := os.CreateTemp(folder, "careline-fsync-")
	if err != nil {
		return d, fmt.Errorf("measure the disk: %w", err)
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	page, took := make([]byte, 4096), make([]int32, 0, syncs)
	for range syncs {
		began := time.Now()
		if _, err = f.Write(page); err == nil {
			err = f.Sync()
		}
		if err != nil {
			return d, fmt.Errorf("measure the disk: %w", err)
		}
		took = append(took, int32(time.Since(began)/time.Microsecond))
	}
	return diskSpeed{Folder: folder, Kind: filesystem(folder), MS: latenessOf(took)}, nil
}

// latenessOf sums up microseconds.
func latenessOf(us []int32) lateness {
	slices.Sort(us)
	return lateness{P50: percentile(us, 0.5), P99: percentile(us, 0.99), P999: percentile(us, 0.999), Max: percentile(us, 1)}
}
