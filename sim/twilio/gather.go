package twin

import (
	"context"
	"net/url"
	"time"
)

// gather executes Gather: keys, while or after what is nested is heard.
func (s scene) gather(ctx context.Context, n *node) outcome {
	if err := s.pick(ctx); err != nil {
		return outcome{how: stopped}
	}
	sounds := s.sounds(ctx, n.kids)
	finish, ok := n.attrs["finishOnKey"]
	if !ok {
		finish = "#"
	}
	reply, err := s.c.party.Ask(ctx, Ask{
		Document: s.d.url, Sounds: sounds, Finish: finish, Most: n.number("numDigits", 0),
		First: time.Duration(n.number("timeout", 5)) * time.Second,
	})
	p := Press{Keys: reply.Keys, Document: s.d.url, Said: said(sounds)}
	if err != nil {
		if reply.Keys != "" {
			s.t.pressed(s.c, p)
		}
		return outcome{how: stopped}
	}
	if reply.Keys == "" && n.attrs["actionOnEmptyResult"] != "true" {
		return outcome{}
	}
	next, ok := s.lead(n, n.attrs["action"], url.Values{"Digits": {reply.Keys}})
	if !ok {
		return outcome{how: broken}
	}
	if reply.Keys != "" {
		p.URL = next.url
		next.press = s.t.pressed(s.c, p)
	}
	return outcome{next: next}
}

// pressed keeps keys that were collected, and returns which of the presses they
// are, from 1.
func (t *Twin) pressed(c *call, p Press) int {
	p.Call, p.To, p.From, p.At = c.SID, c.To, c.From, time.Now()
	t.mu.Lock()
	t.presses = append(t.presses, p)
	n := len(t.presses)
	t.mu.Unlock()
	e := c.about(KindPressed)
	e.URL, e.Keys, e.Note = p.URL, p.Keys, p.Said
	t.write(e)
	return n
}
