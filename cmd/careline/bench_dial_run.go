package main

import (
	"context"
	"fmt"
	"time"

	"careline/campaigns"
	"careline/store"
)

// measure has everybody called, and compares.
func (b *dialing) measure(ctx context.Context, out *dialBench) (err error) {
	out.Database = b.database.name
	if b.disk, err = openDisk(b.database.disk); err != nil {
		return err
	}
	b.disk.watch(ctx)
	var samples []serviceSays
	if samples, err = b.dialAll(ctx); err != nil {
		return err
	}
	if out.Disk, err = b.disk.watched(); err != nil {
		return err
	}
	last := samples[len(samples)-1]
	b.far.rest(ctx, 5*time.Second)
	b.stop()
	b.tap.close()
	out.spent(samples)
	out.Commits = commitCount{Transactions: last.Commits, Writes: last.Writes, Mean: float64(last.Writes) / float64(max(last.Commits, 1))}
	out.Stages.Commit, out.Stages.Answer = last.Dial.Commit, last.Dial.Answer
	out.Stages.Keys, out.Stages.Unseen = len(b.tap.saw.toPrompt), b.tap.saw.silent()
	out.Stages.Prompt = latenessOf(b.tap.saw.toPrompt)
	if b.tap.saw.dropped > 0 {
		return fmt.Errorf("%d packets were not looked at, as there was no time; nothing can be said", b.tap.saw.dropped)
	}
	out.Counts.Contacts = b.cmd.contacts()
	if err = out.Counts.heard(b.far); err != nil {
		return err
	}
	return b.withStore(ctx, func(ctx context.Context, s *store.Store) error { return out.count(ctx, s, b.id) })
}

// dialAll starts the campaign and looks at the service until it has ended.
func (b *dialing) dialAll(ctx context.Context) (samples []serviceSays, err error) {
	first, err := b.ask("")
	if err != nil {
		return nil, err
	}
	samples = append(samples, first)
	err = b.withStore(ctx, func(ctx context.Context, s *store.Store) error {
		_, bad := s.Start(ctx, b.id, time.Now())
		return bad
	})
	if err != nil {
		return nil, err
	}
	for until := time.Now().Add(b.cmd.patience()); ; {
		if err = pause(ctx, time.Second); err != nil {
			return nil, err
		}
		says, err := b.ask("")
		if err != nil {
			return nil, err
		}
		samples = append(samples, says)
		switch {
		case says.Dial.Finished && says.Calls == 0:
			return samples, nil
		case time.Now().After(until):
			return nil, fmt.Errorf("after %v the list is not through: %d of %d contacts were called", b.cmd.patience(), says.Dial.Begun, b.cmd.contacts())
		}
	}
}

// spent says what the service has spent: for each call, and while the calls were
// begun at an even rate.
func (out *dialBench) spent(samples []serviceSays) {
	first, last := samples[0], samples[len(samples)-1]
	out.CPU = 1000 * (last.CPU - first.CPU) / float64(max(last.Dial.Begun, 1))
	const ramp = 3 // seconds until as many calls end as begin
	if from := samples[min(ramp, len(samples)-1)]; from.Dial.Begun < last.Dial.Begun {
		to := from
		for _, s := range samples {
			if s.Dial.Begun < last.Dial.Begun && s.At > to.At {
				to = s
			}
		}
		if to.At > from.At {
			out.Core = (to.CPU - from.CPU) / (to.At - from.At)
		}
	}
}

// heard takes what SIPp has counted.
func (c *dialCount) heard(far *benchSipp) error {
	figures, err := far.figures()
	if err != nil {
		return err
	}
	c.Invites, c.FarAnswered = figures["IncomingCall(C)"], figures["answered(C)"]
	c.FarDone, c.FarFailed = figures["SuccessfulCall(C)"], figures["FailedCall(C)"]
	c.Repeated = figures["Retransmissions(C)"]
	return nil
}

// count counts the rows.
func (out *dialBench) count(ctx context.Context, s *store.Store, id campaigns.ID) error {
	c := &out.Counts
	c.Dispositions = make(map[string]int)
	var first, last time.Time
	for t, err := range s.Attempts(ctx, id) {
		if err != nil {
			return err
		}
		c.Attempts++
		c.Dispositions[string(t.Disposition)]++
		if t.EndedAt.IsZero() {
			c.Open++
		}
		if t.Disposition == campaigns.Answered {
			c.Answered++
		}
		if first.IsZero() || t.BegunAt.Before(first) {
			first = t.BegunAt
		}
		if t.BegunAt.After(last) {
			last = t.BegunAt
		}
	}
	for a, err := range s.Answers(ctx, id) {
		if err != nil {
			return err
		}
		if a.Result == "answer" && a.Value == "1" {
			c.Answers++
		}
	}
	out.Seconds = last.Sub(first).Seconds()
	if out.Seconds > 0 {
		out.Begun = float64(c.Attempts-1) / out.Seconds
	}
	return nil
}
