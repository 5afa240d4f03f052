package twin

import (
	"context"
	"errors"
	"time"

	"careline/audio"
)

// beep is what is heard before a recording.
func beep() *Sound {
	return &Sound{Text: "beep", Length: 500 * time.Millisecond, PCM: audio.Tone{Hz: []float64{1000}, Level: -20, Fade: 10 * time.Millisecond}.PCM(500 * time.Millisecond)}
}

// record executes Record: what somebody says until they press a key, are silent
// or hang up.
func (s scene) record(ctx context.Context, n *node) outcome {
	if err := s.pick(ctx); err != nil {
		return outcome{how: stopped}
	}
	ask := Ask{
		Document: s.d.url, Finish: n.or("finishOnKey", "1234567890*#"), Record: true,
		First: time.Duration(n.number("timeout", 5)) * time.Second, Longest: time.Duration(n.number("maxLength", 3600)) * time.Second,
	}
	if n.attrs["playBeep"] != "false" {
		ask.Sounds = []*Sound{beep()}
	}
	reply, err := s.c.party.Ask(ctx, ask)
	if err != nil && !errors.Is(err, ErrHungUp) && !errors.Is(context.Cause(ctx), errPerson) {
		return outcome{how: stopped}
	}
	if reply.Recorded == 0 { // nothing was said: no action is requested
		s.t.absent(s, n)
		if err != nil {
			return outcome{how: stopped}
		}
		return outcome{}
	}
	params := s.t.recording(s, n, reply)
	params.Set("Digits", reply.Finish)
	if err != nil {
		params.Set("Digits", "hangup")
	}
	next, ok := s.lead(n, n.attrs["action"], params)
	if !ok {
		return outcome{how: broken}
	}
	if reply.Finish != "" && err == nil {
		next.press = s.t.pressed(s.c, Press{Keys: reply.Finish, Document: s.d.url, Said: "beep", URL: next.url})
	}
	if err != nil {
		return s.farewell(*next)
	}
	return outcome{next: next}
}

// farewell requests a document of a call whose person has hung up. What is
// answered does not matter any more.
func (s scene) farewell(src source) outcome {
	s.t.start(func(ctx context.Context) { _, _ = s.t.requestOf(ctx, s.c, src) })
	return outcome{how: stopped}
}
