package sip

import (
	"context"
	"errors"
	"sync"
	"time"

	"careline/audio"
	"careline/call"
	"careline/sip/session"
)

// errForeignLeg is returned for a leg whose sound is elsewhere.
var errForeignLeg = errors.New("the other leg is no SIP call of this node")

// comfort is what somebody hears who waits without music: a soft tone every few
// seconds, so that they know they are not forgotten.
var comfort = sync.OnceValue(func() *audio.Clip {
	tone := audio.Tone{Hz: []float64{440}, Level: -36, Fade: 30 * time.Millisecond}.PCM(200 * time.Millisecond)
	return audio.NewClip(append(tone, make([]int16, audio.Samples(4*time.Second))...))
})

// Music plays the named clip over and over until Join or Silence. While a line
// that this one is joined with is on hold it is heard again.
func (l *Line) Music(name string) {
	clip := l.d.clip(name)
	l.sess.Stop()
	l.sess.Loop(clip)
	l.sess.Comfort(clip)
}

// clip is a recording by its name, or the comfort tone.
func (d *Driver) clip(name string) *audio.Clip {
	if name == "" || d.opt.Speaker == nil {
		return comfort()
	}
	c, err := d.opt.Speaker.Clip(name)
	if err != nil {
		if d.missing.first(err.Error()) {
			d.log.Error("music cannot be played", "music", name, "err", err)
		}
		return comfort()
	}
	return c
}

// Silence stops what plays.
func (l *Line) Silence() { l.sess.Stop() }

// Join relays sound and keys between two lines of this node until one of them
// is over or ctx ends.
func (l *Line) Join(ctx context.Context, other call.Leg) error {
	o, ok := other.(*Line)
	if !ok {
		return errForeignLeg
	}
	defer session.Bridge(l.sess, o.sess)()
	select {
	case <-l.over:
		return nil
	case <-o.over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
