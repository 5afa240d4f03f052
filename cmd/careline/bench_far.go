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
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Reader
	addrs []netip.AddrPort // where it listens, one for each call
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
	Packets uint64  `json:"packets"`
	DriftMS float64 `json:"drift_ms"` // of the stream that drifted most, from its beginning to its end
	LateMS  late    `json:"late_ms"`  // behind the earliest packet of the same stream
	CPU     float64 `json:"cpu_seconds"`
}

// late is lateness in milliseconds: the share of the packets that it names came
// no later.
type late struct {
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
	f := &farProcess{cmd: cmd, in: in, lines: bufio.NewReader(out)}
	says, err := f.hear()
	if err == nil && len(says.Addrs) != calls {
		err = fmt.Errorf("it listens on %d addresses for %d calls", len(says.Addrs), calls)
	}
	if err != nil {
		f.kill()
		return nil, fmt.Errorf("start the far end: %w", err)
	}
	f.addrs = says.Addrs
	return f, nil
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

// kill ends the far end, if it has not ended by itself.
func (f *farProcess) kill() {
	_ = f.in.Close()
	_ = f.cmd.Process.Kill()
	_ = f.cmd.Wait()
}
