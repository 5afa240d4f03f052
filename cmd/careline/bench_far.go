package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strconv"

	"careline/sip/session"
)

// farProcess is the far end of bench media: this program again, which is told
// by lines of JSON on its standard input and answers on its standard output.
type farProcess struct {
	in    io.WriteCloser
	lines *bufio.Reader
	addrs []netip.AddrPort // where it listens, one for each call
	kill  func()           // ends it, if it has not ended by itself
}

// farTold is a line for the far end: what to do, and where to send.
type farTold struct {
	Do string           `json:"do"` // talk, begin, report
	To []netip.AddrPort `json:"to,omitempty"`
}

// farSays is a line of the far end.
type farSays struct {
	Addrs []netip.AddrPort `json:"addrs,omitempty"`
	Saw   *farSaw          `json:"saw,omitempty"`
}

// farSaw is what the far end has measured.
type farSaw struct {
	Packets uint64   `json:"packets"`
	DriftMS float64  `json:"drift_ms"` // of the stream that drifted most, from its beginning to its end
	LateMS  lateness `json:"late_ms"`  // behind the earliest packet of the same stream
	CPU     float64  `json:"cpu_seconds"`
}

// lateness is in milliseconds: the share of the packets that it names came
// no later.
type lateness struct {
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

func startFarEnd(ctx context.Context, stderr io.Writer, calls int, talks bool) (*farProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, "bench", "far-end", "--calls", strconv.Itoa(calls), fmt.Sprintf("--talk=%v", talks))
	cmd.Stderr = stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the far end: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the far end: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the far end: %w", err)
	}
	f := &farProcess{in: in, lines: bufio.NewReader(out), kill: func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}}
	return f, f.meet(calls)
}

// meet hears where the far end listens.
func (f *farProcess) meet(calls int) error {
	says, err := f.hear()
	if err == nil && len(says.Addrs) != calls {
		err = fmt.Errorf("it listens on %d addresses for %d calls", len(says.Addrs), calls)
	}
	if err != nil {
		f.stop()
		return fmt.Errorf("meet the far end: %w", err)
	}
	f.addrs = says.Addrs
	return nil
}

// talkTo tells the far end where the calls are.
func (f *farProcess) talkTo(calls []*session.Session) error {
	told := farTold{Do: "talk"}
	for _, s := range calls {
		told.To = append(told.To, s.LocalAddr())
	}
	return f.send(told)
}

func (f *farProcess) tell(do string) error { return f.send(farTold{Do: do}) }

func (f *farProcess) send(t farTold) error {
	if err := json.NewEncoder(f.in).Encode(t); err != nil {
		return fmt.Errorf("tell the far end to %s: %w", t.Do, err)
	}
	return nil
}

// report ends the far end's measurement.
func (f *farProcess) report() (farSaw, error) {
	if err := f.tell("report"); err != nil {
		return farSaw{}, err
	}
	says, err := f.hear()
	if err != nil || says.Saw == nil {
		return farSaw{}, fmt.Errorf("hear what the far end saw: %w", errors.Join(err, io.ErrUnexpectedEOF))
	}
	return *says.Saw, nil
}

func (f *farProcess) hear() (says farSays, err error) {
	line, err := f.lines.ReadBytes('\n')
	if err != nil {
		return says, err
	}
	return says, json.Unmarshal(line, &says)
}

// stop ends the far end.
func (f *farProcess) stop() {
	_ = f.in.Close()
	f.kill()
}
