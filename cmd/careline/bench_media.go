package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"careline/audio"
	"careline/media"
	"careline/sip/session"
)

// What each of so many calls may cost the sending process, in percent of a core,
// and how far its sound may drift.
const (
	targetCalls   = 500
	mostSending   = 0.12
	mostReceiving = 0.16
	mostDrift     = 10 * time.Millisecond
)

// warmUp is how long sound flows before it is measured.
const warmUp = time.Second

// benchMediaCmd plays a prompt to many calls at once, and measures at the far
// end, in another process.
type benchMediaCmd struct {
	Calls   int           `default:"500" help:"Calls at once."`
	For     time.Duration `default:"30s" help:"How long each of the two measurements takes."`
	JSON    bool          `name:"json" help:"Print one JSON object."`
	Profile string        `hidden:"" type:"path" placeholder:"FILE" help:"Write a CPU profile of the sending process."`
}

// mediaBench is what was measured.
type mediaBench struct {
	Machine machine    `json:"machine"`
	Calls   int        `json:"calls"`
	Seconds float64    `json:"seconds"`
	Runs    []mediaRun `json:"runs"`
}

// mediaRun is one measurement.
type mediaRun struct {
	Name       string  `json:"name"`
	PerCall    float64 `json:"cpu_percent_per_call"` // of one core, by the sending process
	Most       float64 `json:"target_percent_per_call"`
	User       float64 `json:"cpu_percent_user"` // of one core, all calls
	System     float64 `json:"cpu_percent_system"`
	Sent       uint64  `json:"packets_sent"`
	Received   uint64  `json:"packets_received"`
	Lost       uint64  `json:"packets_lost"` // of those sent to the sending process
	Skipped    uint64  `json:"frames_skipped"`
	LateOver30 uint64  `json:"late_over_30ms"` // packets, at their departure
	FarEnd     farSaw  `json:"far_end"`
}

// Run measures with sending alone, then with as many packets received.
func (c *benchMediaCmd) Run(a *app) error {
	if c.Calls < 1 || c.For < time.Second {
		return fmt.Errorf("%w: at least 1 call, for at least 1s", errUsage)
	}
	out := mediaBench{Machine: thisMachine(), Calls: c.Calls, Seconds: c.For.Seconds()}
	stop, err := startProfile(c.Profile)
	if err != nil {
		return err
	}
	defer stop()
	for _, r := range []mediaRun{
		{Name: "sending only", Most: mostSending},
		{Name: "sending + 50 packets/s received and parsed on each", Most: mostReceiving},
	} {
		far, err := startFarEnd(a.ctx, a.err, c.Calls, len(out.Runs) > 0)
		if err == nil {
			err = c.measure(a.ctx, &r, far)
			far.stop()
		}
		if err != nil {
			return fmt.Errorf("bench media, %s: %w", r.Name, err)
		}
		out.Runs = append(out.Runs, r)
	}
	out.Machine.after()
	if c.JSON {
		return json.NewEncoder(a.out).Encode(out)
	}
	out.print(a.out)
	return nil
}

// measure plays to every call of the far end.
func (c *benchMediaCmd) measure(ctx context.Context, r *mediaRun, far *farProcess) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	clock := media.NewClock(media.ClockOptions{})
	go func() { _ = clock.Run(ctx) }() // ends with ctx, before the process does
	calls, err := playTo(ctx, clock, far.addrs)
	defer closeAll(calls)
	if err != nil {
		return err
	}
	if err := far.talkTo(calls); err != nil {
		return err
	}
	if err := pause(ctx, warmUp); err != nil {
		return err
	}
	return c.watch(ctx, r, far, clock, calls)
}

// watch measures while sound flows.
func (c *benchMediaCmd) watch(ctx context.Context, r *mediaRun, far *farProcess, clock *media.Clock, calls []*session.Session) error {
	if err := far.tell("begin"); err != nil {
		return err
	}
	before, start, ticks := sumStats(calls), cpuTime(), clock.Stats()
	began := time.Now()
	if err := pause(ctx, c.For); err != nil {
		return err
	}
	took, spent := time.Since(began).Seconds(), cpuTime().sub(start)
	after := sumStats(calls)
	r.User, r.System = 100*spent.user.Seconds()/took, 100*spent.system.Seconds()/took
	r.PerCall = (r.User + r.System) / float64(len(calls))
	r.Sent, r.Received, r.Lost = after.Sent-before.Sent, after.Received-before.Received, after.Lost-before.Lost
	r.LateOver30, r.Skipped = after.Late-before.Late, clock.Stats().Skipped-ticks.Skipped
	var err error
	r.FarEnd, err = far.report()
	return err
}

// playTo opens a session to each of the addresses, and plays a prompt on it over
// and over.
func playTo(ctx context.Context, clock *media.Clock, addrs []netip.AddrPort) ([]*session.Session, error) {
	ports, err := session.NewPorts(addrs[0].Addr(), session.PortOptions{})
	if err != nil {
		return nil, err
	}
	prompt := audio.NewClip(audio.Tone{Hz: []float64{440}, Level: -19}.PCM(10 * time.Second))
	var calls []*session.Session
	for _, addr := range addrs {
		s, err := session.Open(ctx, ports, clock, session.Options{FirstWithin: -1})
		if err != nil {
			return calls, err
		}
		calls = append(calls, s)
		s.SetRemote(session.Remote{Addr: addr, Codec: audio.PCMA, PT: uint8(audio.PCMA), Keys: true, KeysPT: 101})
		s.Loop(prompt)
	}
	return calls, nil
}

func closeAll(calls []*session.Session) {
	for _, s := range calls {
		s.Close()
	}
}

// sumStats adds up the figures of all calls.
func sumStats(calls []*session.Session) (total session.Stats) {
	for _, s := range calls {
		st := s.Stats()
		total.Sent += st.Sent
		total.Received += st.Received
		total.Lost += st.Lost
		total.Late += st.Late
	}
	return total
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return errors.New("interrupted")
	}
}
