package twin

import (
	"cmp"
	"context"
	"strings"
	"time"

	"careline/audio"
)

// Play plays sounds to their end.
func (h *handset) Play(ctx context.Context, sounds []*Sound) error {
	for _, one := range sounds {
		if err := h.playOne(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// playOne plays one sound, or waits as long as a silent one lasts.
func (h *handset) playOne(ctx context.Context, one *Sound) error {
	select {
	case <-h.over:
		return ErrHungUp
	default:
	}
	var heard <-chan struct{}
	var passed <-chan time.Time
	if len(one.PCM) > 0 {
		heard = h.sess.Play(audio.NewClip(one.PCM)).Done()
	} else {
		timer := time.NewTimer(one.Length)
		defer timer.Stop()
		passed = timer.C
	}
	select {
	case <-heard:
		return nil
	case <-passed:
		return nil
	case <-h.over:
		return ErrHungUp
	case <-ctx.Done():
		h.sess.Stop()
		return context.Cause(ctx)
	}
}

// listening is an Ask under way.
type listening struct {
	q     Ask
	reply Reply
	ended bool
}

// press takes in a key.
func (l *listening) press(k byte) {
	if l.ended {
		return
	}
	if strings.IndexByte(l.q.Finish, k) >= 0 {
		l.reply.Finish, l.ended = string(k), true
		return
	}
	if l.q.Record {
		return
	}
	l.reply.Keys += string(k)
	l.ended = l.q.Most > 0 && len(l.reply.Keys) == l.q.Most
}

// Ask plays sounds and collects keys, or records.
func (h *handset) Ask(ctx context.Context, q Ask) (Reply, error) {
	h.forget()
	l := &listening{q: q}
	if q.Record {
		return h.record(ctx, l)
	}
	prompt, stop := context.WithCancel(ctx)
	defer stop()
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		_ = h.Play(prompt, q.Sounds) // its end is seen below
	}()
	defer func() { stop(); <-heard }()
	var played <-chan struct{} = heard
	patience := time.NewTimer(time.Hour)
	defer patience.Stop()
	for !l.ended {
		select {
		case k := <-h.sess.Keys():
			stop() // a key ends the prompt
			played = nil
			l.press(k.Digit)
			patience.Reset(cmp.Or(q.Next, q.First))
		case <-played:
			played = nil
			patience.Reset(q.First)
		case <-patience.C:
			return l.reply, nil
		case <-h.over:
			h.rest(l)
			if !l.ended {
				return l.reply, ErrHungUp
			}
		case <-ctx.Done():
			return l.reply, context.Cause(ctx)
		}
	}
	return l.reply, nil
}

// rest takes in the keys that came before the end of the call.
func (h *handset) rest(l *listening) {
	for {
		select {
		case k := <-h.sess.Keys():
			l.press(k.Digit)
		default:
			return
		}
	}
}

// forget drops keys that were pressed before anybody asked: Twilio knows no
// typing ahead of a document.
func (h *handset) forget() { h.rest(&listening{ended: true}) }

// look is how often a recording is looked at.
const look = 100 * time.Millisecond

// record records until a key, silence, the longest time or the end of the call.
func (h *handset) record(ctx context.Context, l *listening) (Reply, error) {
	if err := h.Play(ctx, l.q.Sounds); err != nil {
		return l.reply, err
	}
	h.forget()
	tape := newTape(time.Now())
	defer h.sess.Tap(tape)()
	every := time.NewTicker(look)
	defer every.Stop()
	var err error
	for err == nil && !l.ended {
		select {
		case k := <-h.sess.Keys():
			l.press(k.Digit)
		case now := <-every.C:
			silent := l.q.First > 0 && now.Sub(tape.lastSound()) > l.q.First
			l.ended = silent || tape.length() >= l.q.Longest
		case <-h.over:
			err = ErrHungUp
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	l.reply.Sound = tape.sound()
	l.reply.Recorded = audio.Duration(len(l.reply.Sound))
	return l.reply, err
}

var _ Party = (*handset)(nil)
