package sip

import (
	"context"
	"errors"
	"time"

	"careline/audio"
	"careline/ivr"
	"careline/media"
	"careline/sip/session"
)

// How a message is taken.
const (
	messageBeat = 200 * time.Millisecond // between two looks at what has come
	messageLag  = 300 * time.Millisecond // until a late packet is not waited for any more
	messageTail = 500 * time.Millisecond // of silence that stays at a message's end
	leastSaid   = 200 * time.Millisecond // of speech; less is no message
)

// beep says that it is time to speak.
var beep = audio.NewClip(audio.Tone{Hz: []float64{1000}, Level: -15, Fade: 10 * time.Millisecond}.PCM(400 * time.Millisecond))

// record has the caller leave a message: they hear the prompt and a beep, and
// what they say then is on disk before the event that tells of it.
func (l *Line) record(ctx context.Context, a ivr.Action) ivr.Event {
	m, err := l.beginMessage(*a.Record)
	if err != nil {
		if l.d.missing.first(err.Error()) {
			l.d.log.Error("no message can be taken", "call_id", l.info.ID, "err", err)
		}
		return l.reached(ivr.Failed)
	}
	ev := l.play(ctx, a.Prompt)
	if ev.Kind == ivr.Played && a.Record.Beep {
		ev = l.listen(ctx, l.sess.Play(beep))
	}
	if ev.Kind != ivr.Played {
		m.sheet.drop()
		return ev
	}
	l.forgetKeys()
	return m.take(ctx)
}

// errNoShelf is returned where there is no directory for messages.
var errNoShelf = errors.New("there is no directory for messages")

// parting is the event of a step that nobody waits for any more: what was said
// until then is a message all the same.
func (l *Line) parting(ctx context.Context) (ivr.Event, error) {
	s := l.step
	if s == nil || !s.records {
		return ivr.Event{}, ctx.Err()
	}
	l.step = nil
	s.stop()
	if ev := <-s.result; ev.Kind == ivr.Recorded {
		return ev, nil
	}
	return ivr.Event{}, ctx.Err()
}

// message is a message being taken.
type message struct {
	l     *Line
	spec  ivr.RecordSpec
	sheet *sheet
	reel  *media.Reel
	begun time.Time
	quiet time.Time // since when nobody speaks
}

func (l *Line) beginMessage(spec ivr.RecordSpec) (*message, error) {
	if l.d.shelf == nil {
		return nil, errNoShelf
	}
	sheet, err := l.d.shelf.begin(audio.Samples(spec.Max))
	return &message{l: l, spec: spec, sheet: sheet}, err
}

// stopped is how a message came to its end.
type stopped struct {
	at    time.Time
	event ivr.Event // where nothing was said; where something was it is Recorded
	void  bool      // nothing that was heard is a message
}

// take listens until the message is over, and keeps it.
func (m *message) take(ctx context.Context) ivr.Event {
	m.begun = time.Now()
	m.quiet = m.begun
	m.reel = media.NewReel(m.begun)
	stop := m.l.sess.Tap(m.reel)
	end := m.listen(ctx)
	stop()
	if said, _ := m.reel.Spoken(); end.void || said < leastSaid {
		m.sheet.drop()
		return end.event
	}
	m.write(end.at)
	m.sheet.cut(audio.Samples(end.at.Sub(m.begun)))
	kept, err := m.sheet.keep(m.reel.Codec())
	if err != nil {
		m.l.d.log.Error("message lost", "call_id", m.l.info.ID, "err", err)
		return m.l.reached(ivr.Failed)
	}
	m.l.d.log.Info("message left", "call_id", m.l.info.ID, "message", kept.ID, "length", kept.Length)
	return ivr.Event{Kind: ivr.Recorded, Message: kept}
}

// listen waits for the end of the message, and writes meanwhile what has come.
func (m *message) listen(ctx context.Context) stopped {
	beat := time.NewTicker(messageBeat)
	defer beat.Stop()
	for {
		select {
		case k := <-m.l.sess.Keys():
			if m.finishes(k) {
				return stopped{at: k.At, event: m.l.reached(ivr.Silent)}
			}
		case k := <-m.l.terms.info:
			if m.finishes(k) {
				return stopped{at: k.At, event: m.l.reached(ivr.Silent)}
			}
		case now := <-beat.C:
			m.write(now.Add(-messageLag))
			if at, over := m.over(now); over {
				return stopped{at: at, event: m.l.reached(ivr.Silent)}
			}
		case <-m.l.over: // whoever leaves has said what there is
			return stopped{at: m.reel.End(), event: ivr.Event{Kind: ivr.HungUp}}
		case <-m.l.answeredByMachine():
			return stopped{event: m.l.greetedByMachine(), void: true}
		case <-ctx.Done():
			return stopped{at: m.reel.End(), event: m.l.reached(ivr.Failed)}
		}
	}
}

func (m *message) finishes(k session.Key) bool { return string(k.Digit) == m.spec.FinishOnKey }

// over tells whether the message has come to its end by itself, and where that is.
func (m *message) over(now time.Time) (at time.Time, over bool) {
	last := m.begun.Add(m.spec.Max)
	if !now.Before(last) {
		return last, true
	}
	_, spoken := m.reel.Spoken()
	if m.l.sess.Held() {
		m.quiet = now // nobody is there to speak
	} else if spoken.After(m.quiet) {
		m.quiet = spoken
	}
	if now.Sub(m.quiet) < m.spec.Silence {
		return now, false
	}
	return spoken.Add(messageTail), true
}

// write writes what stands before a time, as far as the message may last.
func (m *message) write(until time.Time) {
	if last := m.begun.Add(m.spec.Max); until.After(last) {
		until = last
	}
	m.sheet.write(m.reel.Take(until))
}
