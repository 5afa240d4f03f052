package twin

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"
)

// dial executes Dial: it calls all nouns, one of them after the other where that
// was asked for, and joins the caller with the first who answers.
func (s scene) dial(ctx context.Context, n *node) outcome {
	if err := s.pick(ctx); err != nil {
		return outcome{how: stopped}
	}
	nouns, ok := s.nouns(n)
	if !ok {
		return s.dialed(ctx, n, nil, "failed")
	}
	groups := [][]*noun{nouns}
	if n.attrs["sequential"] == "true" {
		groups = nil
		for _, one := range nouns {
			groups = append(groups, []*noun{one})
		}
	}
	ring := time.Duration(n.number("timeout", 30)+bound("dial buffer")) * time.Second
	last := nouns[0]
	for _, group := range groups {
		last = group[0]
		winner := s.ring(ctx, group, ring)
		if winner != nil {
			return s.bridge(ctx, n, winner)
		}
		if ctx.Err() != nil {
			break
		}
	}
	s.t.mu.Lock()
	status := last.c.Status
	s.t.mu.Unlock()
	return s.dialed(ctx, n, last, status)
}

// ring calls a group at once and returns who has answered first; nil is nobody.
// The others are given up.
func (s scene) ring(ctx context.Context, group []*noun, limit time.Duration) *noun {
	ctx, stop := context.WithTimeoutCause(ctx, s.t.opt.pace(limit), errNoAnswer)
	defer stop()
	answers := make(chan *noun, len(group))
	for _, one := range group {
		leg, end := context.WithCancelCause(ctx)
		s.t.mu.Lock()
		one.stop, one.c.end = end, end
		s.t.mu.Unlock()
		if !s.t.start(func(context.Context) {
			if s.t.connect(leg, one.c) {
				answers <- one
				return
			}
			answers <- nil
		}) {
			return nil
		}
	}
	var winner *noun
	for range group {
		one := <-answers
		switch {
		case one == nil:
		case winner == nil:
			winner = one
			for _, other := range group {
				if other != one {
					other.stop(errParent)
				}
			}
		default:
			s.t.over(one.c, "completed", errParent)
		}
	}
	return winner
}

// bridge joins the caller with who has answered, until one of them leaves.
func (s scene) bridge(ctx context.Context, n *node, one *noun) outcome {
	leg, end := s.t.guard(context.WithoutCancel(ctx), one.c)
	defer end(nil)
	s.t.mu.Lock()
	one.c.end = end
	s.t.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { end(errParent) })
	defer stop()
	bridged := s.whisper(leg, one)
	if bridged {
		e := s.c.about(KindJoined)
		e.Other = one.c.SID
		s.t.write(e)
		_ = s.c.party.Join(leg, one.c.party) // how it ended is seen by who is left
	}
	var parent error
	select {
	case <-s.c.party.Done():
		parent = errParent
	default:
	}
	why := reason(leg, errPerson)
	if parent != nil {
		why = parent
	}
	s.t.over(one.c, "completed", why)
	out := s.dialedTo(ctx, n, one, "completed", bridged)
	return out
}

// whisper lets who has answered hear the noun's own document first. It reports
// whether they are still there.
func (s scene) whisper(ctx context.Context, one *noun) bool {
	if one.c.amd.mode != "" {
		_, _ = s.t.detect(ctx, one.c)
	}
	if one.n.attrs["url"] == "" {
		return true
	}
	src, ok := s.lead(one.n, one.n.attrs["url"], nil)
	if !ok {
		return true
	}
	kind := "url of Number"
	if one.sip {
		kind = "url of Sip"
	}
	how := s.t.follow(ctx, one.c, *src, kind)
	return how == ended || how == broken
}

// dialed is what is next when nobody was joined.
func (s scene) dialed(ctx context.Context, n *node, one *noun, status string) outcome {
	return s.dialedTo(ctx, n, one, status, false)
}

// dialedTo is what is next after a Dial, joined or not.
func (s scene) dialedTo(ctx context.Context, n *node, one *noun, status string, bridged bool) outcome {
	if errors.Is(context.Cause(ctx), errUpdated) {
		return outcome{how: stopped}
	}
	if n.attrs["action"] == "" {
		if ctx.Err() != nil {
			return outcome{how: stopped}
		}
		return outcome{}
	}
	next, ok := s.lead(n, n.attrs["action"], s.dialParams(one, status, bridged))
	switch {
	case !ok:
		return outcome{how: broken}
	case ctx.Err() != nil:
		return s.farewell(*next)
	}
	select {
	case <-s.c.party.Done():
		return s.farewell(*next)
	default:
		return outcome{next: next}
	}
}

func (s scene) dialParams(one *noun, status string, bridged bool) url.Values {
	p := url.Values{"DialCallStatus": {status}, "DialBridged": {strconv.FormatBool(bridged)}}
	if one == nil {
		return p
	}
	s.t.mu.Lock()
	defer s.t.mu.Unlock()
	p.Set("DialCallSid", one.c.SID)
	p.Set("DialCallDuration", strconv.Itoa(seconds(s.t.length(one.c))))
	if one.sip {
		p.Set("DialSipCallId", one.c.SID+"@twin")
		p.Set("DialSipResponseCode", strconv.Itoa(one.c.SIP))
	}
	return p
}
