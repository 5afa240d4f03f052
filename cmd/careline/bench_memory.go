package main

import (
	"runtime"
	"syscall"
)

// maxMemory is the most that a process that has ended had in memory, in MB.
func maxMemory(u *syscall.Rusage) float64 {
	if runtime.GOOS == "darwin" {
		return float64(u.Maxrss) / (1 << 20)
	}
	return float64(u.Maxrss) / (1 << 10)
}
