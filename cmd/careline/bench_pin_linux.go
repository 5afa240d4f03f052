package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// pinSelf moves this process to one core, or to any but that one.
func pinSelf(core int, others bool) error {
	var set unix.CPUSet
	for i := range runtime.NumCPU() {
		if (i == core) != others {
			set.Set(i)
		}
	}
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil || set.Count() == 0 {
		return err
	}
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(id, &set); err != nil && err != unix.ESRCH {
			return err
		}
	}
	return nil
}

// openSockets is how many sockets this process holds.
func openSockets() (n int, err error) {
	const dir = "/proc/self/fd"
	list, err := os.ReadDir(dir)
	for _, f := range list {
		if to, bad := os.Readlink(filepath.Join(dir, f.Name())); bad == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n, err
}
