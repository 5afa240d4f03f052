package sip

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/sip/session"
	"careline/sip/trace"
	"careline/sip/wire"
)

// Traces keeps how calls went on the wire. The package store does.
type Traces interface {
	// KeepTraces stores traces. What it cannot store soon is lost.
	KeepTraces(ctx context.Context, list []call.Trace) error
}

// How the messages of calls are handled.
const (
	sightPause = 250 * time.Millisecond // between two looks for calls that are over
	afterglow  = time.Second            // for the last messages of a call that is over
	strayTime  = 10 * time.Second       // for an INVITE to become a call
	sightBatch = 64                     // calls stored at once
	mostEnded  = 10000                  // calls that wait to be stored
	lastSights = 2 * time.Second        // for storing what is left when the service ends
)

// sight keeps the messages of calls, and hands them to the database once the
// calls are over: beside the calls, so that none ever waits for it. A nil sight
// keeps nothing.
type sight struct {
	rec  *trace.Recorder
	keep Traces
	log  *slog.Logger

	mu    sync.Mutex
	ended []endedCall // in the order of their ends
	lost  int64       // calls whose messages were not stored
}

type endedCall struct {
	trace call.Trace
	due   time.Time
}

func newSight(keep Traces, log *slog.Logger) *sight {
	if keep == nil {
		return nil
	}
	return &sight{rec: trace.NewRecorder(trace.Options{}), keep: keep, log: log}
}

// hook is what dialogs shall tell of messages.
func (s *sight) hook() func(wire.Trace) {
	if s == nil {
		return nil
	}
	return func(m wire.Trace) {
		s.rec.Note(m.CallID, trace.Message{
			At: m.At, Sent: m.Sent, Transport: m.Transport, Local: m.Local, Remote: m.Remote, Data: m.Data,
		})
	}
}

// begin has the messages of a call kept until end.
func (s *sight) begin(sipCallID string) {
	if s != nil {
		s.rec.Claim(sipCallID, time.Now())
	}
}

// end hands in a call that is over.
func (s *sight) end(t call.Trace) {
	if s == nil {
		return
	}
	now := time.Now()
	t.EndedAt = now
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ended) >= mostEnded {
		s.lost++
		s.rec.Take(t.SIPCallID)
		return
	}
	s.ended = append(s.ended, endedCall{t, now.Add(afterglow)})
}

// run stores calls that are over until ctx ends.
func (s *sight) run(ctx context.Context) {
	if s == nil {
		return
	}
	look := time.NewTicker(sightPause)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-look.C:
			s.rec.Sweep(now.Add(-strayTime))
			s.store(ctx, now)
		}
	}
}

// close stores what is left.
func (s *sight) close(ctx context.Context) {
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSights)
	defer cancel()
	s.store(ctx, time.Now().Add(afterglow))
}

// store hands over the calls that are due.
func (s *sight) store(ctx context.Context, now time.Time) {
	for {
		batch := s.take(now)
		if len(batch) == 0 {
			return
		}
		for i := range batch {
			batch[i] = s.complete(batch[i])
		}
		if err := s.keep.KeepTraces(ctx, batch); err != nil {
			s.log.Warn("messages of calls not stored", "calls", len(batch), "err", err)
			s.mu.Lock()
			s.lost += int64(len(batch))
			s.mu.Unlock()
		}
	}
}

// take returns some of the calls that are due.
func (s *sight) take(now time.Time) []call.Trace {
	s.mu.Lock()
	defer s.mu.Unlock()
	var batch []call.Trace
	for _, e := range s.ended[:min(sightBatch, len(s.ended))] {
		if e.due.After(now) {
			break
		}
		batch = append(batch, e.trace)
	}
	left := s.ended[len(batch):]
	s.ended = append(s.ended[:0], left...)
	clear(s.ended[len(s.ended):cap(s.ended)])
	if len(s.ended) == 0 {
		s.ended = nil // what a rush needed is given back
	}
	return batch
}

// complete adds what the messages of a call tell.
func (s *sight) complete(t call.Trace) call.Trace {
	l := s.rec.Take(t.SIPCallID)
	times := l.Timers()
	if t.BegunAt.IsZero() {
		t.BegunAt = cmp.Or(times.Invite, t.EndedAt)
	}
	if t.RingingAt.IsZero() {
		t.RingingAt = times.Ringing
	}
	if t.Detail.Evidence.Status == 0 {
		t.Detail.Evidence.Status = l.Status()
	}
	if t.Disposition == "" {
		t.Disposition = refusedAs(t.Detail.Evidence.Status)
	}
	if t.Disposition == campaigns.Answered && t.AnsweredAt.IsZero() {
		t.AnsweredAt = times.Final
	}
	if reason, ours := l.Reason(); !ours && t.Detail.Reason == "" {
		t.Detail.Reason = reason
	}
	t.Detail.Timers = timersOf(times)
	packed, err := trace.Encode(l)
	if err != nil {
		s.log.Error("messages of a call not packed", "call_id", t.ID, "err", err)
	}
	t.Messages = packed
	return t
}

// refusedAs is how a caller was turned away by us, or gave up.
func refusedAs(status int) campaigns.Disposition {
	switch status {
	case 0:
		return campaigns.NotKnown
	case 487:
		return campaigns.Cancelled
	default:
		return byStatus(status)
	}
}

func timersOf(t trace.Timers) call.Timers {
	since := func(at time.Time) int64 {
		if at.IsZero() || t.Invite.IsZero() {
			return 0
		}
		return at.Sub(t.Invite).Milliseconds()
	}
	return call.Timers{
		Trying: since(t.Trying), Ringing: since(t.Ringing), Final: since(t.Final), Ack: since(t.Ack),
		Cancel: since(t.Cancel), Bye: since(t.Bye), Over: since(t.Over),
	}
}

// untold counts the calls whose messages were not stored.
func (s *sight) untold() int64 {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost + s.rec.Lost()
}

// traceOf is the trace of an outbound call as it begins.
func traceOf(o call.Order) call.Trace {
	return call.Trace{
		ID: o.ID, Serves: o.Serves, SIPCallID: o.Leg.CallID, Direction: call.Outbound,
		From: string(o.CallerID), To: cmp.Or(string(o.Number), o.Phone), Trunk: o.Trunk, Phone: o.Phone,
		Campaign: o.Info.Campaign, Contact: o.Info.Contact, BegunAt: time.Now(),
	}
}

// traceOfIncoming is that of an inbound one. When it began its INVITE tells.
func traceOfIncoming(sipCallID string, i call.Info) call.Trace {
	return call.Trace{
		ID: i.ID, SIPCallID: sipCallID, Direction: call.Inbound, From: cmp.Or(string(i.From), i.Phone), To: i.To,
		Trunk: i.Trunk, Phone: i.Phone, Campaign: i.Campaign, Contact: i.Contact,
		Detail: call.TraceDetail{Attested: i.Attested},
	}
}

// unanswered adds how an outbound call ended that nobody answered.
func unanswered(t call.Trace, err error) call.Trace {
	t.Disposition, t.Detail.Why = campaigns.NotKnown, err.Error()
	var f *call.Failure
	if errors.As(err, &f) {
		t.Disposition, t.Detail.Evidence, t.Detail.Why = f.Disposition, f.Evidence, f.Evidence.Text
	}
	return t
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// answered adds how a call ended that was up.
func answered(t call.Trace, why cause, s session.Stats) call.Trace {
	t.Disposition, t.Detail.Evidence.Status = campaigns.Answered, 200
	t.Detail.Ending, t.Detail.Why = why.ending, why.text
	t.Detail.Sound = &call.Sound{
		Sent: s.Sent, Received: s.Received, Lost: s.Lost, Late: s.Late,
		JitterMS: ms(s.Jitter), Secure: s.Secure, Told: s.Peer.Reports, PeerLost: s.Peer.Lost,
		PeerJitterMS: ms(s.Peer.Jitter), RTTMS: ms(s.Peer.RTT),
	}
	return t
}
