package twin

import (
	"context"
	"errors"
)

// ending is how the execution of documents has come to its end.
type ending string

const (
	goesOn  ending = ""        // with the verb that is next
	ended   ending = "ended"   // there is no next verb
	hangs   ending = "hangup"  // the document wants it
	left    ending = "leave"   // the queue
	refused ending = "reject"  // the call
	broken  ending = "error"   // a document could not be had
	stopped ending = "stopped" // the call is over, or another document takes its place
)

// outcome is what a verb comes to.
type outcome struct {
	next *source // the document that is next
	how  ending
}

// scene is a document that is being executed for a call.
type scene struct {
	t *Twin
	c *call
	d *document
}

// converse executes documents until nothing is left to do, and says why. What
// REST puts in their place takes their place at once.
func (t *Twin) converse(ctx context.Context, c *call, first source) error {
	for next := &first; next != nil; {
		step, stop := context.WithCancelCause(ctx)
		t.mu.Lock()
		c.interrupt = stop
		if c.pending != nil {
			stop(errUpdated)
		}
		t.mu.Unlock()
		how := t.follow(step, c, *next, "")
		stop(nil)
		if next = t.updateOf(ctx, c); next != nil {
			continue
		}
		if how == broken {
			return errBroken
		}
		if how == stopped {
			return reason(ctx, errPerson)
		}
	}
	return errDocument
}

// updateOf is what REST has put in the place of what was executed; without any
// nothing can be put there any more.
func (t *Twin) updateOf(ctx context.Context, c *call) *source {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := c.pending
	c.pending = nil
	if next == nil || ctx.Err() != nil {
		c.closed = true
		return nil
	}
	return next
}

// follow executes a document and those that it leads to. kind is that of the
// documents, where they may not do everything.
func (t *Twin) follow(ctx context.Context, c *call, src source, kind string) ending {
	for {
		d, err := t.load(ctx, c, src, kind)
		switch {
		case ctx.Err() != nil:
			return stopped
		case err != nil:
			return broken
		}
		out := scene{t, c, d}.execute(ctx)
		if out.next == nil {
			return out.how
		}
		src = *out.next
	}
}

// load gets a document, or the one that stands in for it.
func (t *Twin) load(ctx context.Context, c *call, src source, kind string) (*document, error) {
	d, err := t.fetch(ctx, c, src, kind)
	var bad *trouble
	if !errors.As(err, &bad) || ctx.Err() != nil {
		return d, err
	}
	e := c.about(KindDocument)
	e.URL, e.Note, e.Code = src.url, bad.what, bad.code
	t.write(e)
	t.mu.Lock()
	instead := c.fallback
	t.mu.Unlock()
	if instead.url == "" || kind != "" {
		return nil, err
	}
	instead.params = faultParams(bad.code, src.url)
	return t.fetch(ctx, c, instead, kind)
}

// execute plays a document to its end.
func (s scene) execute(ctx context.Context) outcome {
	if s.d.sound != nil {
		return s.only(ctx)
	}
	for _, n := range s.d.root.kids {
		if ctx.Err() != nil {
			return outcome{how: stopped}
		}
		if out := s.verb(ctx, n); out.next != nil || out.how != goesOn {
			return out
		}
	}
	return outcome{how: ended}
}

// verb executes one.
func (s scene) verb(ctx context.Context, n *node) outcome {
	switch n.name {
	case "Pause":
		return s.pause(ctx, n)
	case "Say", "Play":
		return s.play(ctx, n)
	case "Gather":
		return s.gather(ctx, n)
	case "Record":
		return s.record(ctx, n)
	case "Dial":
		return s.dial(ctx, n)
	case "Enqueue":
		return s.enqueue(ctx, n)
	case "Redirect":
		return s.redirect(n)
	case "Leave":
		return outcome{how: left}
	case "Reject":
		return s.reject(n)
	case "Hangup":
		if err := s.pick(ctx); err != nil {
			return outcome{how: stopped}
		}
		return outcome{how: hangs}
	}
	return outcome{}
}

// redirect leads to another document.
func (s scene) redirect(n *node) outcome {
	next, ok := s.lead(n, n.text, nil)
	if !ok {
		return outcome{how: broken}
	}
	return outcome{next: next}
}

// pick answers a call that came in, at the first verb that needs it.
func (s scene) pick(ctx context.Context) error {
	if s.c.party != nil {
		return nil
	}
	return s.t.pickUp(ctx, s.c)
}
