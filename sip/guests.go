package sip

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"careline/call"
	"careline/sip/dialog"
	"careline/sip/sdp"
)

// Limits of what is expected of other networks.
const (
	leastSecret  = 22              // characters: 128 bits in base64
	longestGuest = 2 * time.Minute // until a leg has to be here: those that come once somebody has answered wait for that
)

var (
	errWeakSecret = errors.New("the secret of an expected leg is too short")
	errLongGuest  = errors.New("a leg is expected for too long")
	errNoSource   = errors.New("a leg is expected from nowhere")
)

// guests are the legs that other networks were asked to send here. Each comes by
// a secret that lets it in once, from where it is expected alone.
type guests struct {
	turned atomic.Int64 // calls from where a leg was expected that were none of those

	mu   sync.Mutex
	list []*guest // that are expected, or here
}

// guest is one such leg.
type guest struct {
	call.Expected
	until   time.Time
	came    bool // guarded by guests.mu
	arrived chan *Line
	over    <-chan struct{} // closed when nobody expects it any more
}

// door tells whether packets of a source are worth reading.
func (g *guests) door(src netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.ContainsFunc(g.list, func(e *guest) bool { return e.from(src) })
}

// from tells whether the leg may come from a source.
func (e *guest) from(src netip.Addr) bool {
	return slices.ContainsFunc(e.From, func(p netip.Prefix) bool { return p.Contains(src) })
}

// find returns the guest who is expected by that name, or nil; claim lets them in,
// so that nobody else is. All are compared, in a time that tells nothing.
func (g *guests) find(name string, src netip.Addr, now time.Time, claim bool) (found *guest) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, e := range g.list {
		same := subtle.ConstantTimeCompare([]byte(e.Secret), []byte(name)) == 1
		if same && !e.came && now.Before(e.until) && !isClosed(e.over) && e.from(src) {
			found = e
		}
	}
	if found != nil && claim {
		found.came = true
	}
	return found
}

func (g *guests) enter(e *guest) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = append(g.list, e)
}

func (g *guests) leave(e *guest) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = slices.DeleteFunc(g.list, func(o *guest) bool { return o == e })
}

// isHere tells whether the guest has come.
func (g *guests) isHere(e *guest) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return e.came
}

// ExpectLeg lets one leg in by a secret. The channel returned gets the leg, and
// is closed where none has come in time, or ctx has ended; a leg that nobody has
// taken by then is hung up. For everybody else, and once the secret was used, it
// is as if there were no such name.
func (d *Driver) ExpectLeg(ctx context.Context, e call.Expected) (<-chan call.Leg, error) {
	switch {
	case len(e.Secret) < leastSecret:
		return nil, errWeakSecret
	case e.Within <= 0 || e.Within > longestGuest:
		return nil, errLongGuest
	case len(e.From) == 0:
		return nil, errNoSource
	}
	ctx, end := d.during(ctx)
	g := &guest{Expected: e, until: time.Now().Add(e.Within), arrived: make(chan *Line), over: ctx.Done()}
	d.guard.guests.enter(g)
	arrived := make(chan call.Leg)
	go func() {
		defer end()
		defer close(arrived)
		l := d.guard.guests.await(g)
		if l == nil {
			return
		}
		select {
		case arrived <- l:
		case <-g.over:
			l.end(endedByFlow)
		}
	}()
	return arrived, nil
}

// await returns a guest's leg; nil where none came. Who is at the door when the
// time is up may still come in.
func (g *guests) await(e *guest) *Line {
	late := time.NewTimer(e.Within)
	defer late.Stop()
	for {
		select {
		case l := <-e.arrived: // nil: it has come to nothing
			return l
		case <-e.over:
		case <-late.C:
			if g.isHere(e) {
				continue
			}
		}
		if !g.isHere(e) {
			g.leave(e)
		}
		return nil
	}
}

// fromGuest takes a leg that was expected.
func (d *Driver) fromGuest(ctx context.Context, in *dialog.Incoming, g *guest) {
	defer d.guard.guests.leave(g)
	if in.Replaces() != nil {
		d.refuse(in, 403, "Forbidden")
		g.tell(nil)
		return
	}
	info, taken := g.Info, false
	info.ID = cmp.Or(info.ID, newID())
	d.hand(ctx, &incoming{d: d, in: in, guest: true, serves: g.Serves, info: info}, func(ctx context.Context, in call.Incoming) {
		line, err := in.Answer(ctx, info)
		l, ok := line.(*Line)
		if err != nil || !ok {
			d.log.Warn("expected leg not answered", "call_id", info.ID, "err", err)
			return
		}
		if taken = g.tell(l); taken {
			<-l.Done()
		}
	})
	if !taken {
		g.tell(nil)
	}
}

// tell hands the leg over, or that it came to nothing; it reports false where
// nobody expects it any more.
func (e *guest) tell(l *Line) bool {
	select {
	case e.arrived <- l:
		return true
	case <-e.over:
		return false
	}
}

// turnAway refuses who is no guest as a number is refused that does not exist.
func (d *Driver) turnAway(in *dialog.Incoming, src netip.AddrPort) {
	d.guard.guests.turned.Add(1)
	d.log.Warn("call refused from where a leg was expected", "source", src.String())
	d.refuse(in, 404, "Not Found")
}

// guestSound is how a guest's sound is encrypted: as the other network offers it.
const guestSound = sdp.Optional

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}
