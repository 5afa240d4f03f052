package wire

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// flowKey names a connection.
type flowKey struct {
	transport string
	remote    netip.AddrPort
}

// flows are the connections that stand, whoever made them. A request goes by the
// one that is there (RFC 5626, RFC 5923): who is behind NAT has no other way.
type flows struct {
	making singleflight.Group

	mu    sync.Mutex
	open  map[flowKey]*stream       // the latest of each
	every map[*stream]struct{}      // all
	proof map[netip.AddrPort]string // names that the certificates of addresses were for
}

func newFlows() *flows {
	return &flows{
		open: make(map[flowKey]*stream), every: make(map[*stream]struct{}), proof: make(map[netip.AddrPort]string),
	}
}

func (f *flows) add(s *stream) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open[flowKey{s.transport, s.remote}] = s
	f.every[s] = struct{}{}
	if s.name == "" {
		return
	}
	if len(f.proof) >= mostNames {
		clear(f.proof)
	}
	f.proof[s.remote] = s.name
}

// named gives an address the name that it has proved to have: what comes later
// in a call often bears the address alone, for which no certificate is.
func (f *flows) named(h Hop) Hop {
	f.mu.Lock()
	defer f.mu.Unlock()
	if name, ok := f.proof[h.Addr]; ok && h.Name == h.Addr.Addr().String() {
		h.Name = name
	}
	return h
}

func (f *flows) remove(s *stream) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.every, s)
	if k := (flowKey{s.transport, s.remote}); f.open[k] == s {
		delete(f.open, k)
	}
}

// find returns the connection to a machine; nil without.
func (f *flows) find(transport string, remote netip.AddrPort) *stream {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open[flowKey{transport, remote}]
}

// all lists the connections.
func (f *flows) all() []*stream {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Collect(maps.Keys(f.every))
}

// Connected tells whether a connection to a machine stands, whoever has made it:
// a route to it may say ;flow.
func (w *Wire) Connected(transport string, remote netip.AddrPort) bool {
	return w.flows.find(transport, remote) != nil
}

// Flow is a connection that stands.
type Flow struct{ s *stream }

// Flow returns the connection to a machine, whoever has made it.
func (w *Wire) Flow(transport string, remote netip.AddrPort) (f Flow, ok bool) {
	s := w.flows.find(transport, remote)
	return Flow{s}, s != nil
}

// Gone returns what is closed when the connection is.
func (f Flow) Gone() <-chan struct{} { return f.s.gone }

// ErrClosed is the cause of what ends with its wire.
var ErrClosed = errors.New("endpoint is closed")

// errNoFlow is why a request to somebody behind NAT cannot be sent.
var errNoFlow = errors.New("the connection that the other side had made is closed")

// connect makes sure that there is a connection to a machine, which sipgo finds
// by its address.
func (w *Wire) connect(ctx context.Context, h Hop, flow bool) error {
	h = w.flows.named(h)
	if s := w.flows.find(h.Transport, h.Addr); s != nil && (flow || s.serves(h.Name)) {
		return nil
	}
	if flow {
		return fmt.Errorf("%s %s: %w", h.Transport, h.Addr, errNoFlow)
	}
	made := w.flows.making.DoChan(h.String(), func() (any, error) {
		if s := w.flows.find(h.Transport, h.Addr); s != nil && s.serves(h.Name) {
			return nil, nil //nolint:nilnil // it was made meanwhile
		}
		if !w.crew.join() {
			return nil, ErrClosed
		}
		defer w.crew.leave()
		return nil, w.dial(ctx, h)
	})
	select {
	case r := <-made:
		if r.Err != nil {
			return fmt.Errorf("connect to %s by %s: %w", h.Addr, h.Transport, r.Err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("connect to %s by %s: %w", h.Addr, h.Transport, context.Cause(ctx))
	}
}

// dial makes a connection and hands it to sipgo. It ends with the wire, not with
// ctx, as others may wait for it too.
func (w *Wire) dial(ctx context.Context, h Hop) error {
	ctx, stop := w.limited(ctx, w.opt.Limits.Dial)
	defer stop()
	d := net.Dialer{KeepAliveConfig: keepAlive}
	if ip := w.Addr().Addr(); !ip.IsUnspecified() && ip.Is4() == h.Addr.Addr().Is4() {
		d.LocalAddr = &net.TCPAddr{IP: ip.AsSlice()}
	}
	conn, err := d.DialContext(ctx, "tcp", h.Addr.String())
	if err != nil {
		return err
	}
	if h.Transport == "TLS" {
		if conn, err = w.secureOut(ctx, conn, h.Name); err != nil {
			return err
		}
	}
	s := newStream(w, conn, h.Transport)
	s.dialed, s.name = true, h.Name
	if !w.take(s) {
		return ErrClosed
	}
	return nil
}

// limited returns a context that ends after a while, and with the wire, but not
// with ctx.
func (w *Wire) limited(ctx context.Context, wait time.Duration) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), wait)
	go func() {
		select {
		case <-w.crew.closing:
			stop()
		case <-ctx.Done():
		}
	}()
	return ctx, stop
}

// keepAlive notices within a minute that the other side has gone without a word.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 20 * time.Second, Interval: 10 * time.Second, Count: 4}

// take hands a connection to sipgo, which enters it as it begins to read.
func (w *Wire) take(s *stream) bool {
	if w.gates[s.transport].pass(s) {
		return true
	}
	s.Close()
	return false
}

// enter has requests go by a connection. It comes before the first message is
// read, as what answers that may have to go by it.
func (w *Wire) enter(s *stream) {
	w.flows.add(s)
	select {
	case <-s.gone: // meanwhile
		w.flows.remove(s)
	default:
	}
}
