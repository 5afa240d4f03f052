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
	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

// dialing is a measurement under way: the service in a process of its own, SIPp
// behind its trunk, and who listens to both.
type dialing struct {
	*benchProcess
	cmd      *benchDialCmd
	app      *app
	dir      string
	database benchDatabase
	config   string
	disk     *disk
	far      *benchSipp
	tap      *tap
	host     netip.Addr // of the service and of SIPp
	id       campaigns.ID
}

// open starts all of it. Nobody is called yet.
func (c *benchDialCmd) open(a *app) (b *dialing, err error) {
	b = &dialing{cmd: c, app: a, host: ownLoopback()}
	defer func() {
		if err != nil {
			_ = b.close() // err says more
		}
	}()
	if b.dir, err = os.MkdirTemp("", "careline-bench-"); err != nil {
		return b, fmt.Errorf("make a folder: %w", err)
	}
	if b.database, err = makeBenchDatabase(a.ctx, a.database, c.Dir); err != nil {
		return b, err
	}
	if b.tap, err = openTap(b.host); err != nil {
		return b, err
	}
	if b.far, err = startBenchSipp(a, b.host.String(), filepath.Join(b.dir, "sipp"), c); err != nil {
		return b, err
	}
	if err = b.write(); err != nil {
		return b, err
	}
	args := []string{"--watch"}
	if c.Profile != "" {
		args = append(args, "--profile", c.Profile)
	}
	if b.benchProcess, err = startBenchService(a, b.config, args...); err != nil {
		return b, err
	}
	if _, err = b.hear(); err != nil {
		return b, err
	}
	return b, b.withStore(a.ctx, b.fill)
}

const benchDialConfig = `
node: bench
database: %q
journal: bench.journal
flows: [flows]
prompts: [prompts]
sip: {listen: "%v:0", rtp: 20000-39999}
trunks:
  - {name: carrier, address: %q, allow: ["+44"], max_calls: 5000, calls_per_second: %v, keepalive: -1s}
`

const benchDialFlow = `
flow: bench
outbound: true
languages: [en]
start: question
nodes:
  question:
    gather: {num_digits: 1, timeout: 5s, tries: 1}
    say: {en: Press a key.}
    result: answer
    on: {"1-9": thanks, noinput: end, nomatch: end}
  thanks:
    say: {en: Thank you.}
    next: end
`

const benchCampaign = `
name: bench
flow: bench
list: bench
mode: agentless
trunks: [carrier]
caller_id: "+442079460999"
ring_timeout: 15s
max_attempts: 1
complete: [answer]
`

// The tones that stand for the prompts; the wire tells them apart.
const (
	questionHz = 440
	thanksHz   = 1600
)

// write writes what the service reads.
func (b *dialing) write() error {
	question, err := toneWAV(questionHz, time.Second)
	if err != nil {
		return err
	}
	thanks, err := toneWAV(thanksHz, 500*time.Millisecond)
	if err != nil {
		return err
	}
	b.config = filepath.Join(b.dir, "careline.yaml")
	return writeBenchFiles(b.dir, map[string]string{
		"careline.yaml":         fmt.Sprintf(benchDialConfig, b.database.url, b.host, b.far.addr, b.cmd.Rate),
		"flows/bench.yaml":      benchDialFlow,
		"prompts/en/index.tsv":  "key.wav\tPress a key.\nthanks.wav\tThank you.\n",
		"prompts/en/key.wav":    question,
		"prompts/en/thanks.wav": thanks,
	})
}

func toneWAV(hz float64, d time.Duration) (string, error) {
	var text strings.Builder
	pcm := audio.Tone{Hz: []float64{hz}, Level: -19}.PCM(d)
	err := audio.WriteWAV(&text, audio.Sound{Rate: audio.Rate, Channels: 1, Samples: pcm}, audio.PCM16)
	return text.String(), err
}

// withStore runs f on the database, from this process.
func (b *dialing) withStore(ctx context.Context, f func(context.Context, *store.Store) error) error {
	s, err := config{Database: b.database.url}.openStore(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close()
	return f(ctx, s)
}

// fill makes the list and the campaign.
func (b *dialing) fill(ctx context.Context, s *store.Store) error {
	list := make([]campaigns.Customer, 0, b.cmd.contacts())
	for i := range b.cmd.contacts() {
		list = append(list, campaigns.Customer{
			Key: fmt.Sprintf("C%06d", i), Number: phone.Number(fmt.Sprintf("+4420%08d", 79000000+i)),
		})
	}
	if _, err := s.ImportCustomers(ctx, "bench", list, store.ImportOptions{Now: time.Now()}); err != nil {
		return err
	}
	d, err := campaigns.ParseDefinition("bench.yaml", []byte(benchCampaign))
	if err != nil {
		return err
	}
	made, err := s.CreateCampaign(ctx, d, time.Now())
	b.id = made.ID
	return err
}

// close ends all of it.
func (b *dialing) close() error {
	b.stop()
	b.far.stop()
	b.tap.close()
	b.disk.close()
	err := b.database.drop()
	_ = os.RemoveAll(b.dir)
	return err
}

// ownLoopback is an address of the loopback's that no other measurement has.
func ownLoopback() netip.Addr {
	pid := os.Getpid()
	return netip.AddrFrom4([4]byte{127, byte(16 + pid>>16&15), byte(pid >> 8), byte(pid)})
}
