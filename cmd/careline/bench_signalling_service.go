package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/dialer"
)

// benchServiceCmd is the measured process of bench signalling: the service as it
// serves, on one core.
type benchServiceCmd struct {
	T1      time.Duration `name:"t1" help:"Shorten SIP's timers to this T1."`
	Profile string        `type:"path" help:"Write a CPU profile, and beside it one of the heap at each collection."`
	Watch   bool          `help:"Note how long the stages of attempts take."`

	collected int // how often
	began     time.Time
	watch     *dialWatch
}

// serviceSays is a line of the measured process.
type serviceSays struct {
	Addr       string  `json:"addr,omitempty"`
	Hooks      string  `json:"webhooks,omitempty"` // where webhooks are taken
	CPU        float64 `json:"cpu_seconds"`        // spent so far
	Goroutines int     `json:"goroutines"`
	Sockets    int     `json:"sockets"`
	HeapBytes  uint64  `json:"heap_bytes"`
	Calls      int     `json:"calls"`   // up now
	Dropped    int64   `json:"dropped"` // packets turned away unread
	Panics     int64   `json:"panics"`
	Commits    int64   `json:"commits"` // transactions
	Writes     int64   `json:"writes"`  // that they carried out

	At   float64   `json:"at_seconds"` // since the process began
	Dial *dialSays `json:"dial,omitempty"`
}

// Run serves until its standard input ends. To each line it says what it has
// spent; to "collect" after two collections of garbage.
func (c *benchServiceCmd) Run(a *app) error {
	runtime.GOMAXPROCS(1)
	if c.Profile != "" && !c.Watch {
		runtime.MemProfileRate = 2048 // of what is left behind, not of what the calls cost
	}
	collectLess()
	if err := pinSelf(0, false); err != nil {
		fmt.Fprintln(a.err, "careline: not on a core of its own:", err)
	}
	if c.T1 > 0 {
		sipmsg.SetTimers(c.T1, 4*c.T1, 2*c.T1)
	}
	stop, err := startProfile(c.Profile)
	if err != nil {
		return err
	}
	defer stop()
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(filepath.Dir(a.config), "serve.log"))
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	defer file.Close()
	var watch func(dialer.Event)
	if c.Watch {
		c.watch = newDialWatch()
		watch = c.watch.see
	}
	c.began = time.Now()
	s, err := newService(a.ctx, cfg, slog.New(slog.NewTextHandler(file, nil)), watch)
	if err != nil {
		return err
	}
	defer s.Close()
	return c.serve(a, s)
}

// serve runs the service and reports on it.
func (c *benchServiceCmd) serve(a *app, s *service) error {
	ctx, cancel := context.WithCancel(a.ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, ctx) }()
	told := bufio.NewScanner(a.in)
	err := c.say(a, s, "")
	for err == nil && told.Scan() {
		err = c.say(a, s, told.Text())
	}
	cancel()
	return errors.Join(err, <-ended)
}

// say reports.
func (c *benchServiceCmd) say(a *app, s *service, asked string) error {
	says := serviceSays{Addr: s.driver.Addr().String(), CPU: (cpuTime().user + cpuTime().system).Seconds()}
	if s.hooks != nil {
		says.Hooks = s.hooks.listener.Addr().String()
	}
	if asked == "collect" {
		runtime.GC()
		runtime.GC()
		if err := c.profileHeap(); err != nil {
			return err
		}
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	var err error
	if says.Sockets, err = openSockets(); err != nil {
		return fmt.Errorf("count sockets: %w", err)
	}
	stats := s.driver.Stats()
	says.Goroutines, says.HeapBytes = runtime.NumGoroutine(), mem.HeapAlloc
	says.Calls, says.Dropped, says.Panics = stats.Calls, stats.Dropped, stats.Panics
	says.Commits, says.Writes = s.store.Commits()
	says.At = time.Since(c.began).Seconds()
	if c.watch != nil {
		says.Dial = c.watch.says()
	}
	return json.NewEncoder(a.out).Encode(says)
}

// profileHeap writes what the heap holds, where profiles are wanted.
func (c *benchServiceCmd) profileHeap() error {
	if c.Profile == "" {
		return nil
	}
	c.collected++
	f, err := os.Create(fmt.Sprintf("%s.heap.%d", c.Profile, c.collected))
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return errors.Join(pprof.WriteHeapProfile(f), f.Close())
}
