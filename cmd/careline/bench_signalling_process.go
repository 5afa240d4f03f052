package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"careline/audio"
	"careline/call"
)

// benchNumber is what is called.
const benchNumber = "1000"

// signalling is a measurement under way: the far end, and the service in a
// process of its own.
type signalling struct {
	*benchProcess
	cmd      *benchSignallingCmd
	dir      string
	database string
	config   string
	caller   *benchCaller
	carried  int // calls in all
}

// open starts both sides.
func (c *benchSignallingCmd) open(a *app) (*signalling, error) {
	b := &signalling{cmd: c, database: a.database}
	var err error
	if b.dir, err = os.MkdirTemp("", "careline-bench-"); err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	if b.caller, err = newBenchCaller(c.Hold, c.t1()); err != nil {
		return nil, fmt.Errorf("open the far end: %w", err)
	}
	go b.caller.listen()
	if err = b.write(); err == nil {
		err = b.start(a)
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

const benchConfig = `
node: bench
database: %q
journal: bench.journal
flows: [flows]
prompts: [prompts]
sip: {listen: "127.0.0.1:0", rtp: 20000-59999}
trunks:
  - {name: carrier, address: %q, sources: [127.0.0.1], allow: [], keepalive: -1s}
dids:
  - {number: %q, flow: bench}
agents:
  - {name: lina, display: Li Na, team: care, password: nobody-guesses-this}
queues:
  - {name: care, team: care}
`

const benchFlow = `
flow: bench
languages: [en]
start: menu
nodes:
  menu:
    gather: {num_digits: 1, timeout: 60s, tries: 3}
    say: {en: Press a key.}
    on: {"1": end, noinput: end, nomatch: end}
`

// write writes what the service reads: a configuration, a flow and its prompt.
func (b *signalling) write() error {
	if b.database == "" {
		b.database = filepath.Join(b.dir, "careline.db")
	}
	var prompt strings.Builder
	pcm := audio.Tone{Hz: []float64{440}, Level: -19}.PCM(5 * time.Second)
	if err := audio.WriteWAV(&prompt, audio.Sound{Rate: audio.Rate, Channels: 1, Samples: pcm}, audio.PCM16); err != nil {
		return err
	}
	b.config = filepath.Join(b.dir, "careline.yaml")
	return writeBenchFiles(b.dir, map[string]string{
		"careline.yaml":        fmt.Sprintf(benchConfig, b.database, b.caller.addr(), benchNumber),
		"flows/bench.yaml":     benchFlow,
		"prompts/en/index.tsv": "key.wav\tPress a key.\n",
		"prompts/en/key.wav":   prompt.String(),
	})
}

// start starts the service and hears where it listens.
func (b *signalling) start(a *app) error {
	var args []string
	if b.cmd.Quick {
		args = append(args, "--t1", b.cmd.t1().String())
	}
	if b.cmd.Profile != "" {
		args = append(args, "--profile", b.cmd.Profile)
	}
	var err error
	if b.benchProcess, err = startBenchService(a, b.config, args...); err != nil {
		return err
	}
	says, err := b.hear()
	if err != nil {
		return err
	}
	b.caller.to, err = netip.ParseAddrPort(says.Addr)
	return err
}

func (b *signalling) close() {
	b.stop()
	b.caller.close()
	_ = os.RemoveAll(b.dir)
}

// recorded is what the database holds of the calls.
type recorded struct {
	Carried int `json:"carried"` // by the far end's count
	Ended   int `json:"ended"`   // rows of calls that the caller ended
	Open    int `json:"open"`    // rows without an end
}

// records counts the rows.
func (b *signalling) records(ctx context.Context) (r recorded, err error) {
	s, err := config{Database: b.database}.openStore(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return r, err
	}
	defer s.Close()
	for rec, err := range s.Calls(ctx) {
		switch {
		case err != nil:
			return r, err
		case rec.EndedAt.IsZero():
			r.Open++
		case rec.Ending == call.ByCaller:
			r.Ended++
		}
	}
	r.Carried = b.carried
	return r, nil
}
