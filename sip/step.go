package sip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"careline/audio"
	"careline/call"
	"careline/ivr"
	"careline/media"
	"careline/sip/session"
)

// run carries out the line actions of a step, in order, and returns the event
// that ends it.
func (l *Line) run(ctx context.Context, actions []ivr.Action) ivr.Event {
	for i, a := range actions {
		if i > 0 {
			l.ready(a)
		}
		switch a.Kind {
		case ivr.Play:
			if ev := l.play(ctx, a.Prompt); ev.Kind != ivr.Played {
				return ev
			}
		case ivr.Gather:
			return l.gather(ctx, a)
		case ivr.Record:
			return l.record(ctx, a)
		case ivr.Enqueue:
			return l.enqueue(ctx, a)
		case ivr.Dial:
			return l.dial(ctx, a)
		case ivr.Hangup:
			if i > 0 {
				l.linger(ctx)
			}
			l.end(endedByFlow)
			<-l.over
			return ivr.Event{Kind: ivr.HungUp}
		case ivr.Answer, ivr.OptOut, ivr.Callback: // the service has done it
		}
	}
	return l.reached(ivr.Played)
}

// tail is how much of what was said may still be in the listener's jitter
// buffer when its last packet has left.
const tail = 200 * time.Millisecond

// linger lets the far end hear the last words before it is hung up on.
func (l *Line) linger(ctx context.Context) {
	timer := time.NewTimer(tail)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.over:
	case <-ctx.Done():
	}
}

// ready prepares for an action: a gather forgets what was pressed before it,
// unless it takes type-ahead.
func (l *Line) ready(a ivr.Action) {
	if a.Kind == ivr.Gather && !a.Gather.TypeAhead {
		l.forgetKeys()
	}
}

// reached is the event given, or HungUp when the call is over.
func (l *Line) reached(k ivr.EventKind) ivr.Event {
	if l.isOver() {
		k = ivr.HungUp
	}
	return ivr.Event{Kind: k}
}

// play plays a prompt to its end.
func (l *Line) play(ctx context.Context, p *ivr.Prompt) ivr.Event {
	playing, ok := l.begin(ctx, p)
	if !ok {
		return l.reached(ivr.Failed)
	}
	return l.listen(ctx, playing)
}

// listen waits for the end of what plays.
func (l *Line) listen(ctx context.Context, playing *media.Playback) ivr.Event {
	select {
	case <-playing.Done():
		return l.reached(ivr.Played)
	case <-l.over:
		return ivr.Event{Kind: ivr.HungUp}
	case <-l.answeredByMachine():
		return l.greetedByMachine()
	case <-ctx.Done():
		l.sess.Stop()
		return l.reached(ivr.Failed)
	}
}

// begin begins to play a prompt. It reports false when a part of it is missing;
// then the apology was played, if there is one.
func (l *Line) begin(ctx context.Context, p *ivr.Prompt) (*media.Playback, bool) {
	clips, err := l.d.clips(p)
	if err == nil {
		if len(clips) > 0 {
			l.info.Witness.Speaks(time.Now())
		}
		return l.sess.Play(clips...), true
	}
	if l.d.missing.first(err.Error()) {
		l.d.log.Error("prompt cannot be said", "call_id", l.info.ID, "err", err)
	}
	sorry := l.d.opt.Apology(p.Lang)
	if clips, err = l.d.clips(&sorry); err == nil {
		l.listen(ctx, l.sess.Play(clips...))
	}
	return nil, false
}

// clips is the sound of a prompt; none for a prompt without pieces.
func (d *Driver) clips(p *ivr.Prompt) ([]*audio.Clip, error) {
	if p == nil || len(p.Pieces) == 0 {
		return nil, nil
	}
	if d.opt.Speaker == nil {
		return nil, fmt.Errorf("no speaker for a prompt in %s", p.Lang)
	}
	return d.opt.Speaker.Clips(*p)
}

// gather plays a prompt and collects keys.
func (l *Line) gather(ctx context.Context, a ivr.Action) ivr.Event {
	pad := newKeypad(*a.Gather)
	l.typed(pad) // may spare the caller the prompt
	if pad.prompting {
		playing, ok := l.begin(ctx, a.Prompt)
		if !ok {
			return l.reached(ivr.Failed)
		}
		return l.collect(ctx, pad, playing.Done())
	}
	return l.collect(ctx, pad, nil)
}

// collect waits until a gather is over.
func (l *Line) collect(ctx context.Context, pad *keypad, played <-chan struct{}) ivr.Event {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for !pad.over {
		if played != nil && !pad.prompting { // a key has cut the prompt short
			l.sess.Stop()
			played = nil
		}
		keys, info := l.keys(pad)
		if d, ok := pad.wait(time.Now()); ok {
			timer.Reset(d)
		}
		select {
		case k := <-keys:
			pad.press(k.Digit, k.At)
		case k := <-info:
			pad.press(k.Digit, k.At)
		case <-played:
			played = nil
			pad.promptEnded(time.Now())
		case <-timer.C:
			l.typed(pad) // a key that came in time counts
			if l.sess.Held() {
				pad.hold(time.Now())
				continue
			}
			pad.expire(time.Now())
		case <-l.over:
			l.typed(pad)
			if !pad.hungUp() {
				return ivr.Event{Kind: ivr.HungUp}
			}
		case <-l.answeredByMachine():
			return l.greetedByMachine()
		case <-ctx.Done():
			l.sess.Stop()
			return l.reached(ivr.Failed)
		}
	}
	if played != nil {
		l.sess.Stop()
	}
	return ivr.Event{Kind: ivr.Keys, Keys: string(pad.keys)}
}

// keys are where keys come from, by events and by INFO; nil while they have to
// wait.
func (l *Line) keys(pad *keypad) (events, info <-chan session.Key) {
	if !pad.listens() {
		return nil, nil
	}
	return l.sess.Keys(), l.terms.info
}

// typed hands in the keys that wait, as far as they may count.
func (l *Line) typed(pad *keypad) {
	for pad.listens() && !pad.over {
		select {
		case k := <-l.sess.Keys():
			pad.press(k.Digit, k.At)
		case k := <-l.terms.info:
			pad.press(k.Digit, k.At)
		default:
			return
		}
	}
}

// forgetKeys drops the keys that wait.
func (l *Line) forgetKeys() {
	for {
		select {
		case <-l.sess.Keys():
		case <-l.terms.info:
		default:
			return
		}
	}
}

// enqueue leaves the caller to the queue.
func (l *Line) enqueue(ctx context.Context, a ivr.Action) ivr.Event {
	return l.leave(ctx, a.Enqueue.Music, func(ctx context.Context, q call.Queue) ivr.EventKind {
		return q.Serve(ctx, l.waiting(), *a.Enqueue)
	})
}

// dial has the queue call somebody else for the caller.
func (l *Line) dial(ctx context.Context, a ivr.Action) ivr.Event {
	return l.leave(ctx, a.Dial.Music, func(ctx context.Context, q call.Queue) ivr.EventKind {
		return q.Dial(ctx, l.waiting(), *a.Dial)
	})
}

// leave has somebody else look after the caller, who hears music meanwhile.
func (l *Line) leave(ctx context.Context, music string, to func(context.Context, call.Queue) ivr.EventKind) ivr.Event {
	q := l.d.queueOf()
	if q == nil {
		l.d.log.Error("caller sent to a queue, but there is none", "call_id", l.info.ID)
		return l.reached(ivr.Failed)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-l.over:
			cancel(call.ErrHungUp)
		case <-ctx.Done():
		}
	}()
	if w := l.info.Witness; w.Awaits() { // who answers a call of ours is not put on hold
		defer l.unlessMachine(cancel)()
	} else {
		l.Music(music)
	}
	kind := to(ctx, q)
	l.Silence()
	l.forgetKeys() // they were meant for whom the caller talked to
	if errors.Is(context.Cause(ctx), errMachine) && !l.isOver() {
		return l.greetedByMachine()
	}
	if kind == ivr.HungUp {
		kind = ivr.Failed // unless the call is over the queue was told to give up
	}
	return l.reached(kind)
}

// waiting is the caller as a queue knows them.
func (l *Line) waiting() call.Waiting {
	return call.Waiting{
		ID: l.info.ID, Number: cmp.Or(l.far, l.info.Customer.Number), Trunk: l.info.Trunk, Campaign: l.info.Campaign, Contact: l.info.Contact, Customer: l.info.Customer,
		Witness: l.info.Witness,
		Media:   func(context.Context) (call.Leg, error) { return l, nil },
	}
}
