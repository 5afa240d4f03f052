package twin

import (
	"context"
	"strings"
	"time"
)

// play executes Say and Play.
func (s scene) play(ctx context.Context, n *node) outcome {
	sounds := s.sounds(ctx, []*node{n})
	if len(sounds) == 0 {
		return outcome{}
	}
	return s.hear(ctx, sounds)
}

// only plays an answer that is no document, and hangs up.
func (s scene) only(ctx context.Context) outcome {
	one := s.d.sound
	if one.URL != "" {
		one = s.t.clip(ctx, s.c, s.d, one.URL)
	} else {
		one = s.t.say(ctx, one.Text, "man", "en-US")
	}
	if one != nil {
		if out := s.hear(ctx, []*Sound{one}); out.how != goesOn {
			return out
		}
	}
	return outcome{how: hangs}
}

func (s scene) hear(ctx context.Context, sounds []*Sound) outcome {
	if err := s.pick(ctx); err != nil {
		return outcome{how: stopped}
	}
	if err := s.c.party.Play(ctx, sounds); err != nil {
		return outcome{how: stopped}
	}
	return outcome{}
}

// pause waits. A call that came in is not answered by it.
func (s scene) pause(ctx context.Context, n *node) outcome {
	length := time.Duration(n.number("length", 1)) * time.Second
	if s.c.party != nil {
		return s.hear(ctx, []*Sound{{Length: length}})
	}
	if !after(ctx, s.t.opt.pace(length)) {
		return outcome{how: stopped}
	}
	return outcome{}
}

// reject refuses a call that came in and was not answered.
func (s scene) reject(n *node) outcome {
	if s.c.party != nil || s.c.Direction != "inbound" {
		s.t.violateIn(s.c, s.d, of("Reject", 0), "Reject after the answer of the call: it is hung up")
		return outcome{how: hangs}
	}
	s.t.mu.Lock()
	s.c.refusal = n.or("reason", "rejected")
	s.t.mu.Unlock()
	return outcome{how: refused}
}

// said is what a prompt consists of, for the diary.
func said(sounds []*Sound) string {
	var parts []string
	for _, one := range sounds {
		if words := one.Text + one.URL; words != "" {
			parts = append(parts, words)
		}
	}
	return strings.Join(parts, " ")
}
