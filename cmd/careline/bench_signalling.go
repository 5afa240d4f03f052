package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// What is wanted of one core.
const (
	wantedRate  = 400              // calls a second, without a failure
	wantedCPU   = 1.5              // milliseconds a call
	wantedHeap  = 2 << 20          // bytes more after all calls than before, at most, and after as many again
	wantedFlood = 0.3              // of a core for floodRate
	floodRate   = 20_000           // packets a second
	leastAfter  = 0.9              // of what it can carry is still carried at twice as much
	wantedP99   = 500              // milliseconds until those calls are answered that are accepted then
	longestRest = 15 * time.Second // until all is given back, after SIP's own timers
)

// benchSignallingCmd calls the service, in another process and on a core of its
// own: INVITE, 200, ACK, BYE, each call with its record in the database.
type benchSignallingCmd struct {
	Calls   int           `default:"20000" help:"Calls of the measurement that looks for leaks as well."`
	Rate    float64       `default:"400" help:"Calls a second."`
	Hold    time.Duration `default:"100ms" help:"How long each call lasts."`
	Quick   bool          `help:"Measure less, with SIP's timers shortened: to see that it works."`
	JSON    bool          `name:"json" help:"Print one JSON object."`
	Profile string        `hidden:"" type:"path" placeholder:"FILE" help:"Write a CPU profile of the service."`
}

// signallingBench is what was measured.
type signallingBench struct {
	Machine  machine   `json:"machine"`
	Database string    `json:"database"`
	Carried  calling   `json:"carried"`
	Overload calling   `json:"overload"`
	Leaks    leakCheck `json:"leaks"`
	Flood    flooding  `json:"flood"`
	Records  recorded  `json:"records"`
}

// calling is a measurement with calls.
type calling struct {
	Rate     float64        `json:"offered_per_second"`
	Offered  int            `json:"offered"`
	Carried  int            `json:"carried"`
	Refused  int            `json:"refused"` // with 503
	Failed   int            `json:"failed"`
	Why      map[string]int `json:"failures,omitempty"`
	Seconds  float64        `json:"seconds"`
	CPU      float64        `json:"cpu_ms_per_call"` // of the service, for each call carried
	Core     float64        `json:"cpu_cores"`       // of the service
	AnswerMS lateness       `json:"answer_ms"`       // from INVITE to 200
}

// leakCheck compares the service before the calls, after them, and after as many
// again.
type leakCheck struct {
	Before serviceSays `json:"before"`
	After  serviceSays `json:"after"`
	Again  serviceSays `json:"again"`
	Wait   float64     `json:"seconds"` // from the last call, the longer of both times
}

// flooding is a measurement with a flood.
type flooding struct {
	Packets int     `json:"packets"`
	Seconds float64 `json:"seconds"`
	Without calling `json:"without"`
	With    calling `json:"with"`
	Core    float64 `json:"cpu_cores"` // that the flood cost
}

// Run measures one after another.
func (c *benchSignallingCmd) Run(a *app) error {
	if c.Calls < 1 || c.Rate <= 0 || c.Hold < 0 {
		return fmt.Errorf("%w: at least 1 call, at a rate above 0", errUsage)
	}
	if err := pinSelf(0, runtime.NumCPU() > 1); err != nil {
		fmt.Fprintln(a.err, "careline: the far end is not kept off the service's core:", err)
	}
	out := signallingBench{Machine: thisMachine()}
	b, err := c.open(a)
	if err != nil {
		return fmt.Errorf("bench signalling: %w", err)
	}
	defer b.close()
	if err := b.measure(a.ctx, &out); err != nil {
		return fmt.Errorf("bench signalling: %w", err)
	}
	out.Machine.after()
	if c.JSON {
		return json.NewEncoder(a.out).Encode(out)
	}
	out.print(a.out)
	return nil
}

// t1 is the timer that all others of SIP follow from.
func (c *benchSignallingCmd) t1() time.Duration {
	if c.Quick {
		return 50 * time.Millisecond
	}
	return 500 * time.Millisecond
}

// span is how long a measurement takes besides the long one.
func (c *benchSignallingCmd) span() time.Duration {
	if c.Quick {
		return time.Second
	}
	return 15 * time.Second
}

// measure takes all measurements.
func (b *signalling) measure(ctx context.Context, out *signallingBench) error {
	c := b.cmd
	warm := min(c.Calls, int(c.Rate*64*c.t1().Seconds())) // until as many are remembered as ever will be
	if _, err := b.call(warm, c.Rate); err != nil {
		return err
	}
	if err := b.compare(ctx, out); err != nil {
		return err
	}
	capacity := 1000 / max(out.Carried.CPU, 0.1)
	var err error
	if out.Overload, err = b.call(int(2*capacity*c.span().Seconds()), 2*capacity); err != nil {
		return err
	}
	if err = b.flood(ctx, &out.Flood); err != nil {
		return err
	}
	out.Database = redactURL(b.database)
	b.stop()
	out.Records, err = b.records(ctx)
	return err
}

// call makes calls and says what they cost.
func (b *signalling) call(n int, rate float64) (calling, error) {
	before, err := b.ask("")
	if err != nil {
		return calling{}, err
	}
	began := time.Now()
	t := b.caller.run(n, rate)
	took := time.Since(began).Seconds()
	after, err := b.ask("")
	if err != nil {
		return calling{}, err
	}
	b.carried += t.carried
	spent := after.CPU - before.CPU
	slices.Sort(t.answers)
	return calling{
		Rate: rate, Offered: t.offered, Carried: t.carried, Refused: t.refused, Failed: t.failed, Why: t.why,
		Seconds: took, CPU: 1000 * spent / float64(max(t.carried, 1)), Core: spent / took,
		AnswerMS: lateness{P50: percentile(t.answers, 0.5), P99: percentile(t.answers, 0.99), P999: percentile(t.answers, 0.999), Max: percentile(t.answers, 1)},
	}, nil
}

// compare makes the calls twice, and looks at the service when it has come to
// rest: before, between and after.
func (b *signalling) compare(ctx context.Context, out *signallingBench) (err error) {
	l := &out.Leaks
	if err = b.rest(ctx, &l.Before, nil); err != nil {
		return err
	}
	for _, after := range []*serviceSays{&l.After, &l.Again} {
		made, err := b.call(b.cmd.Calls, b.cmd.Rate)
		if err != nil {
			return err
		}
		if after == &l.After {
			out.Carried = made
		}
		began := time.Now()
		if err = b.rest(ctx, after, &l.Before); err != nil {
			return err
		}
		l.Wait = max(l.Wait, time.Since(began).Seconds())
	}
	return nil
}

// rest waits until SIP's own timers are over, and a little longer where more is
// left than before.
func (b *signalling) rest(ctx context.Context, now, before *serviceSays) error {
	least := 64*b.cmd.t1() + time.Second
	if err := pause(ctx, least); err != nil {
		return err
	}
	for began := time.Now(); ; {
		var err error
		*now, err = b.ask("collect")
		if err != nil || before == nil || now.within(*before) || time.Since(began) > longestRest {
			return err
		}
		if err = pause(ctx, time.Second); err != nil {
			return err
		}
	}
}

// within tells whether there is no more than before.
func (s serviceSays) within(before serviceSays) bool {
	return s.Goroutines <= before.Goroutines && s.Sockets <= before.Sockets && s.HeapBytes <= before.HeapBytes+wantedHeap
}

// ok tells whether nothing was left behind.
func (l leakCheck) ok() bool { return l.After.within(l.Before) && l.Again.within(l.Before) }

// flood measures calls without and with a flood.
func (b *signalling) flood(ctx context.Context, f *flooding) (err error) {
	n, rate := int(b.cmd.Rate/4*b.cmd.span().Seconds()), b.cmd.Rate/4
	if f.Without, err = b.call(n, rate); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	result := make(chan error, 1)
	began := time.Now()
	go func() {
		sent, broke := flood(ctx, b.caller.to, floodRate)
		f.Packets = sent
		result <- broke
	}()
	f.With, err = b.call(n, rate)
	stop()
	if failed := <-result; failed != nil {
		return failed
	}
	f.Seconds = time.Since(began).Seconds()
	f.Core = f.With.Core - f.Without.Core
	return err
}
