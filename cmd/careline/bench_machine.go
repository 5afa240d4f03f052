package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// machine is where something was measured.
type machine struct {
	Name  string   `json:"name"`
	CPU   string   `json:"cpu,omitempty"`
	Cores int      `json:"cores"`
	OS    string   `json:"os"`
	Go    string   `json:"go"`
	Load  []string `json:"load,omitempty"` // load averages over 1, 5 and 15 minutes, before and after

	// Stolen is the share of a core, above 0, that a virtual machine was due while
	// something was measured and the host did not give it.
	Stolen float64 `json:"stolen"`

	began  time.Time
	stolen time.Duration // before
}

func thisMachine() machine {
	name, err := os.Hostname()
	if err != nil {
		name = "unknown"
	}
	return machine{
		Name: name, CPU: cpuModel(), Cores: runtime.NumCPU(), OS: runtime.GOOS + "/" + runtime.GOARCH,
		Go: runtime.Version(), Load: []string{loadAverage()},
		began: time.Now(), stolen: stolenTime(),
	}
}

// after notes how busy the machine was meanwhile.
func (m *machine) after() {
	m.Load = append(m.Load, loadAverage())
	m.Stolen = (stolenTime() - m.stolen).Seconds() / time.Since(m.began).Seconds()
}

func (m machine) print(w io.Writer) {
	cpu := m.CPU
	if cpu != "" {
		cpu += ", "
	}
	fmt.Fprintf(w, "Machine %s: %s%d cores, %s, %s; load before and after: %s; the host took %.2f of a core\n",
		m.Name, cpu, m.Cores, m.OS, m.Go, strings.Join(m.Load, " | "), m.Stolen)
}

// cpuModel is the processor's name, where Linux tells it.
func cpuModel() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// loadAverage is the three load averages, where Linux tells them.
func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	f := strings.Fields(string(b))
	return strings.Join(f[:min(3, len(f))], " ")
}

// tick is the unit of Linux's CPU times, as all its tools show them.
const tick = 10 * time.Millisecond

// stolenTime is for how long, since it was started, a virtual machine had work
// and no CPU, as its host was at something else; 0 where nobody tells.
func stolenTime() time.Duration {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	f := strings.Fields(line) // cpu user nice system idle iowait irq softirq steal
	if len(f) < 9 {
		return 0
	}
	n, err := strconv.ParseInt(f[8], 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(n) * tick
}

// cpuSpent is the CPU time of this process.
type cpuSpent struct{ user, system time.Duration }

func cpuTime() cpuSpent {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return cpuSpent{}
	}
	return cpuSpent{user: time.Duration(u.Utime.Nano()), system: time.Duration(u.Stime.Nano())}
}

func (s cpuSpent) sub(t cpuSpent) cpuSpent {
	return cpuSpent{user: s.user - t.user, system: s.system - t.system}
}

// startProfile begins a CPU profile where a file for it is named.
func startProfile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, nil
}
