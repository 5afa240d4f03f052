package main

import (
	"os"
	"runtime"
	"strconv"

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

// openFiles is how many files and sockets this process holds.
func openFiles() (int, error) {
	list, err := os.ReadDir("/proc/self/fd")
	return len(list), err
}
