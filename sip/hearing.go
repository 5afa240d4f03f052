package sip

import (
	"context"
	"errors"
	"sync"
	"time"

	"careline/audio"
	"careline/audio/greeting"
	"careline/campaigns"
	"careline/ivr"
	"careline/media"
)

// hearing listens to who has answered a call.
type hearing struct {
	line  *Line
	start time.Time
	stop  func()
	beat  *time.Ticker

	mu       sync.Mutex
	detector *greeting.Detector
	was      greeting.Heard
	pcm      [audio.Rate / 10]int16
}

// quietEvery is how often a callee is thought of whose network sends nothing
// while nobody speaks.
const quietEvery = 100 * time.Millisecond

// hear listens to the callee of a campaign until it is known who that is, and
// until the first words are over.
func (d *Driver) hear(l *Line) {
	w := l.info.Witness
	w.Answered(time.Now())
	if !w.Listens() {
		return
	}
	h := &hearing{line: l, start: time.Now(), detector: greeting.New(d.opt.Greeting), beat: time.NewTicker(quietEvery)}
	h.stop = l.sess.Tap(h)
	go func() {
		defer h.beat.Stop()
		defer h.stop()
		for !h.quiet(time.Now()) {
			select {
			case <-h.beat.C:
			case <-l.over:
				return
			}
		}
	}()
}

// Record listens to sound of the far end.
func (h *hearing) Record(f media.Frame) {
	if f.Side != media.FarEnd {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	n := f.Codec.Decode(h.pcm[:], f.Sound)
	h.tell(h.detector.Write(f.At.Sub(h.start)-audio.Duration(n), h.pcm[:n]))
}

// quiet takes in that nothing has come until now, and reports true when there is
// nothing more to listen for.
func (h *hearing) quiet(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tell(h.detector.Quiet(now.Sub(h.start)))
	return h.was.Done()
}

// tell has the call's witness note what is new. h.mu is held.
func (h *hearing) tell(is greeting.Heard) {
	was, w := h.was, h.line.info.Witness
	if is == was {
		return
	}
	h.was = is
	if is.Spoke && !was.Spoke {
		w.Spoke()
	}
	if is.Over && !was.Over && is.Spoke {
		w.GreetingEnded(h.start.Add(is.End))
	}
	if is.Kind != was.Kind {
		w.Is(partyOf(is.Kind))
	}
	if is.Kind == greeting.Human || is.Kind == "" {
		return
	}
	switch w.Machine() {
	case campaigns.MachineHangUp:
		h.line.end(endedByMachine)
	case campaigns.MachineFlow:
		if is.Over && !was.Over && is.Kind == greeting.Machine {
			close(h.line.machine)
		} else if is.Kind == greeting.Fax {
			h.line.end(endedByMachine)
		}
	case campaigns.MachineOff:
	}
}

// partyOf is who has answered.
func partyOf(k greeting.Kind) campaigns.Party {
	switch k {
	case greeting.Human:
		return campaigns.HumanParty
	case greeting.Machine, greeting.Fax:
		return campaigns.MachineParty
	default:
		return ""
	}
}

// answeredByMachine is closed when the flow shall be told that a machine has
// answered; nil once it was told.
func (l *Line) answeredByMachine() <-chan struct{} {
	if l.told {
		return nil
	}
	return l.machine
}

// errMachine is why nobody is waited for any more.
var errMachine = errors.New("a machine has answered")

// unlessMachine takes a callee out of the queue who turns out to be a machine,
// unless an agent has the call by then, until done is called.
func (l *Line) unlessMachine(leave context.CancelCauseFunc) (done func()) {
	quit := make(chan struct{})
	go func() {
		select {
		case <-l.machine:
			if l.info.Witness.Awaits() {
				leave(errMachine)
			}
		case <-quit:
		}
	}()
	return func() { close(quit) }
}

// greetedByMachine is the event that tells the flow so.
func (l *Line) greetedByMachine() ivr.Event {
	l.told = true
	l.sess.Stop()
	return l.reached(ivr.Machine)
}
