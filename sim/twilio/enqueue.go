package twin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"
)

// enqueue executes Enqueue: the caller waits, and hears what waitUrl says over
// and over, until they leave, hang up, or REST gives their call another
// document.
func (s scene) enqueue(ctx context.Context, n *node) outcome {
	if err := s.pick(ctx); err != nil {
		return outcome{how: stopped}
	}
	name := cmp.Or(n.text, "default")
	if !s.t.queue(s.c, name, n.number("maxQueueSize", bound("queue size"))) {
		return s.dequeued(n, name, 0, "queue-full")
	}
	since := time.Now()
	how := s.wait(ctx, n, name)
	s.t.unqueue(s.c, name)
	waited := time.Duration(float64(time.Since(since)) * s.t.opt.Speed)
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errUpdated):
		// No page says whether the action is requested then.
		if (dice{s.t.opt.Seed, s.c.SID}).roll("action of an updated call") < 0.5 {
			s.byTheWay(n, name, waited, "redirected")
		}
		return outcome{how: stopped}
	case how == left:
		return s.dequeued(n, name, waited, "leave")
	case how == broken:
		return s.dequeued(n, name, waited, "error")
	case how == hangs:
		s.byTheWay(n, name, waited, "hangup")
		return outcome{how: hangs}
	}
	s.byTheWay(n, name, waited, "hangup")
	return outcome{how: stopped}
}

// shortest is how long a waiting document takes at least, so that an empty one
// is not requested without end.
const shortest = time.Second

// wait plays what those who wait hear.
func (s scene) wait(ctx context.Context, n *node, name string) ending {
	to, ok := n.attrs["waitUrl"]
	if !ok || to == "" {
		<-ctx.Done()
		return stopped
	}
	address, err := resolve(s.d.url, to)
	if err != nil {
		s.t.violateIn(s.c, s.d, mistake(14202), "Enqueue has waitUrl %q: %v", to, err)
		return broken
	}
	for {
		src := source{url: address, method: n.or("waitUrlMethod", http.MethodPost), params: s.t.position(s.c, name)}
		began := time.Now()
		how := s.t.follow(ctx, s.c, src, "waitUrl of Enqueue")
		if how != ended {
			return how
		}
		if !after(ctx, s.t.opt.pace(shortest)-time.Since(began)) {
			return stopped
		}
	}
}

// dequeued is what is next when the caller has left the queue.
func (s scene) dequeued(n *node, name string, waited time.Duration, result string) outcome {
	if n.attrs["action"] == "" {
		return outcome{}
	}
	next, ok := s.lead(n, n.attrs["action"], s.t.queueResult(s.c, name, waited, result))
	if !ok {
		return outcome{how: broken}
	}
	return outcome{next: next}
}

// byTheWay tells the action of a caller who has gone elsewhere.
func (s scene) byTheWay(n *node, name string, waited time.Duration, result string) {
	if out := s.dequeued(n, name, waited, result); out.next != nil {
		s.farewell(*out.next)
	}
}
