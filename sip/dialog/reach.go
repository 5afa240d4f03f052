package dialog

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// reach sends a request to the first machine that takes it: it finds the
// machines, makes a connection where one is needed, and calls send. The next one
// is tried only if nothing can have been sent.
func (e *Endpoint) reach(ctx context.Context, req *sipmsg.Request, send func() error) error {
	hops, flow, err := e.hops(ctx, req)
	if err != nil {
		return err
	}
	var errs []error
	for _, h := range hops {
		switch {
		case e.crew.isShut():
			return errors.Join(append(errs, errClosed)...)
		case ctx.Err() != nil:
			return errors.Join(append(errs, context.Cause(ctx))...)
		}
		if err := e.sendTo(ctx, req, h, flow, send); err != nil {
			e.graves.bury(h, lapseOf(h), time.Now())
			errs = append(errs, err)
			continue
		}
		return nil
	}
	return errors.Join(errs...)
}

// sendTo sends a request to one machine.
func (e *Endpoint) sendTo(ctx context.Context, req *sipmsg.Request, h Hop, flow bool, send func() error) error {
	if h.Transport != "UDP" {
		wait, stop := ctx, context.CancelFunc(func() {})
		if h.large {
			wait, stop = context.WithTimeout(ctx, tryTCP)
		}
		err := e.connect(wait, h, flow)
		stop()
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	e.face(req, h)
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
func (e *Endpoint) hops(ctx context.Context, req *sipmsg.Request) (hops []Hop, flow bool, err error) {
	h, err := readHeading(req.Destination())
	if err != nil {
		return nil, false, err
	}
	named := h.transport != ""
	if !named && (h.port != 0 || req.Transport() != "UDP") {
		h.transport = req.Transport()
	}
	if t := h.transport; t != "" && t != "UDP" && t != "TCP" && t != "TLS" {
		return nil, false, fmt.Errorf("transport %s is not supported, use udp, tcp or tls", plain(t, 16))
	}
	if hops, err = e.find(ctx, h); err != nil {
		return nil, false, err
	}
	now := time.Now()
	hops = e.graves.last(hops, now)
	if !named && e.tcp != nil && isLarge(req) {
		hops = e.preferTCP(hops, now)
	}
	return hops, h.flow, nil
}

// find looks a heading up, and keeps to the addresses that our socket can reach.
func (e *Endpoint) find(ctx context.Context, h heading) (hops []Hop, err error) {
	if hops, err = h.resolve(ctx, e.names); err != nil {
		return nil, err
	}
	ours := e.Addr().Addr()
	usable := slices.DeleteFunc(hops, func(hop Hop) bool {
		return hop.Addr.Addr().Is4() != ours.Is4() && ours != netip.IPv6Unspecified()
	})
	if len(usable) == 0 {
		return nil, fmt.Errorf("no address of %s can be reached from %s, where we listen", h.host, ours)
	}
	return usable, nil
}

// Resolve finds the machines behind an address as requests of the endpoint do:
// those that failed of late come last.
func (e *Endpoint) Resolve(ctx context.Context, address string) ([]Hop, error) {
	h, err := readHeading(address)
	if err != nil {
		return nil, err
	}
	hops, err := e.find(ctx, h)
	if err != nil {
		return nil, err
	}
	return e.graves.last(hops, time.Now()), nil
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
func (e *Endpoint) preferTCP(hops []Hop, now time.Time) []Hop {
	both := make([]Hop, 0, 2*len(hops))
	for _, h := range hops {
		other := Hop{Transport: "TCP", Addr: h.Addr, large: true}
		if h.Transport == "UDP" && !e.graves.holds(other, now) {
			both = append(both, other)
		}
		both = append(both, h)
	}
	return both
}

// judge notes whether the machine that a request went to does its work: without
// an answer, or with 503, it is tried after the others for a while.
func (e *Endpoint) judge(req *sipmsg.Request, res *sipmsg.Response) {
	h, err := readHeading(req.Destination())
	ip, ok := h.address()
	if err != nil || !ok {
		return
	}
	hop := h.hop(strings.ToUpper(req.Transport()), ip, h.port)
	switch now := time.Now(); {
	case res == nil:
		e.graves.bury(hop, deadFor, now)
	case res.StatusCode == 503:
		e.graves.bury(hop, max(retryAfter(res), deadFor/2), now)
	default:
		e.graves.raise(hop)
	}
}
