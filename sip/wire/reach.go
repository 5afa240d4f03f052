package wire

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
)

// reach sends a request to the first machine that takes it: it finds the
// machines, makes a connection where one is needed, and calls send. The next one
// is tried only if nothing can have been sent.
func (w *Wire) reach(ctx context.Context, req *sipmsg.Request, send func() error) error {
	hops, flow, err := w.hops(ctx, req)
	if err != nil {
		return err
	}
	var errs []error
	for _, h := range hops {
		switch {
		case w.crew.isShut():
			return errors.Join(append(errs, ErrClosed)...)
		case ctx.Err() != nil:
			return errors.Join(append(errs, context.Cause(ctx))...)
		}
		if err := w.sendTo(ctx, req, h, flow, send); err != nil {
			w.graves.bury(h, lapseOf(h), time.Now())
			errs = append(errs, err)
			continue
		}
		return nil
	}
	return errors.Join(errs...)
}

// sendTo sends a request to one machine.
func (w *Wire) sendTo(ctx context.Context, req *sipmsg.Request, h Hop, flow bool, send func() error) error {
	if h.Transport != "UDP" {
		wait, stop := ctx, context.CancelFunc(func() {})
		if h.large {
			wait, stop = context.WithTimeout(ctx, tryTCP)
		}
		err := w.connect(wait, h, flow)
		stop()
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	w.face(req, h)
	return send()
}

// tryTCP is how long a large request waits for a connection before it goes by
// UDP: a call that was to be placed must not be late.
const tryTCP = 500 * time.Millisecond

// lapseOf is how long a machine that failed is tried after others: longer for
// one that does not take TCP in place of UDP.
func lapseOf(h Hop) time.Duration {
	if h.large {
		return noTCPFor
	}
	return deadFor
}

// hops finds the machines that a request may be sent to, in the order in which
// they shall be tried, and whether only a connection that stands will do.
func (w *Wire) hops(ctx context.Context, req *sipmsg.Request) (hops []Hop, flow bool, err error) {
	h, err := ReadHeading(req.Destination())
	if err != nil {
		return nil, false, err
	}
	named := h.Transport != ""
	if !named && (h.Port != 0 || req.Transport() != "UDP") {
		h.Transport = req.Transport()
	}
	if t := h.Transport; t != "" && t != "UDP" && t != "TCP" && t != "TLS" {
		return nil, false, fmt.Errorf("transport %s is not supported, use udp, tcp or tls", grammar.Plain(t, 16))
	}
	if hops, err = w.find(ctx, h); err != nil {
		return nil, false, err
	}
	now := time.Now()
	hops = w.graves.last(hops, now)
	if !named && w.tcp != nil && isLarge(req) {
		hops = w.preferTCP(hops, now)
	}
	return hops, h.Flow, nil
}

// find looks a heading up, and keeps to the addresses that our socket can reach.
func (w *Wire) find(ctx context.Context, h Heading) (hops []Hop, err error) {
	if hops, err = h.resolve(ctx, w.names); err != nil {
		return nil, err
	}
	ours := w.Addr().Addr()
	usable := slices.DeleteFunc(hops, func(hop Hop) bool {
		return hop.Addr.Addr().Is4() != ours.Is4() && ours != netip.IPv6Unspecified()
	})
	if len(usable) == 0 {
		return nil, fmt.Errorf("no address of %s can be reached from %s, where we listen", h.Host, ours)
	}
	return usable, nil
}

// Resolve finds the machines behind an address as requests do:
// those that failed of late come last.
func (w *Wire) Resolve(ctx context.Context, address string) ([]Hop, error) {
	h, err := ReadHeading(address)
	if err != nil {
		return nil, err
	}
	hops, err := w.find(ctx, h)
	if err != nil {
		return nil, err
	}
	return w.graves.last(hops, time.Now()), nil
}

// largest is how long a request may be that goes by UDP though TCP would do
// (RFC 3261 section 18.1.1).
const largest = 1300

// isLarge tells whether a request of ours is too long for UDP. CANCEL has to go
// where its INVITE went, and ACK where the answer came from.
func isLarge(req *sipmsg.Request) bool {
	if req.Transport() != "UDP" || req.Method == sipmsg.CANCEL || req.Method == sipmsg.ACK {
		return false
	}
	var n counter
	req.StringWrite(&n)
	return n > largest
}

// counter counts what is written.
type counter int

// WriteString counts s.
func (c *counter) WriteString(s string) (int, error) {
	*c += counter(len(s))
	return len(s), nil
}

// preferTCP tries each machine by TCP first, unless it is known not to take it.
func (w *Wire) preferTCP(hops []Hop, now time.Time) []Hop {
	both := make([]Hop, 0, 2*len(hops))
	for _, h := range hops {
		other := Hop{Transport: "TCP", Addr: h.Addr, large: true}
		if h.Transport == "UDP" && !w.graves.holds(other, now) {
			both = append(both, other)
		}
		both = append(both, h)
	}
	return both
}

// Judge notes whether the machine that a request went to does its work: without
// an answer, or with 503, it is tried after the others for a while.
func (w *Wire) Judge(req *sipmsg.Request, res *sipmsg.Response) {
	h, err := ReadHeading(req.Destination())
	ip, ok := h.Address()
	if err != nil || !ok {
		return
	}
	hop := h.hop(strings.ToUpper(req.Transport()), ip, h.Port)
	switch now := time.Now(); {
	case res == nil:
		w.graves.bury(hop, deadFor, now)
	case res.StatusCode == 503:
		w.graves.bury(hop, max(RetryAfter(res), deadFor/2), now)
	default:
		w.graves.raise(hop)
	}
}
