package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// errNoDialing is what sipgo gets that would make a connection by itself, as it
// does when one has just been closed.
var errNoDialing = errors.New("no such connection")

// noDialing leaves it to connect to make connections.
func noDialing() sipmsg.TransportsConfig {
	never := func(net.Addr) net.Dialer {
		return net.Dialer{Control: func(string, string, syscall.RawConn) error { return errNoDialing }}
	}
	return sipmsg.TransportsConfig{
		TCP: &sipmsg.TransportTCP{DialerCreate: never},
		TLS: &sipmsg.TransportTLS{TransportTCP: &sipmsg.TransportTCP{DialerCreate: never}},
	}
}

// gate is the listener that sipgo knows: it gets the connections that stand,
// whoever made them. What it takes to make them holds up no other.
type gate struct {
	conns chan net.Conn
	shut  chan struct{}
	once  sync.Once
	at    net.Addr
}

func newGate(at net.Addr) *gate {
	return &gate{conns: make(chan net.Conn), shut: make(chan struct{}), at: at}
}

// Accept returns the next connection, or an error once the gate is shut.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case conn := <-g.conns:
		return conn, nil
	case <-g.shut:
		return nil, net.ErrClosed
	}
}

// pass hands a connection to sipgo and waits until requests can go by it.
func (g *gate) pass(s *stream) bool {
	select {
	case g.conns <- s:
	case <-g.shut:
		return false
	}
	select {
	case <-s.reading:
		return true
	case <-s.gone:
		return false
	case <-g.shut:
		return false
	}
}

// Close lets no connection through any more.
func (g *gate) Close() error {
	g.once.Do(func() { close(g.shut) })
	return nil
}

// Addr returns the address of the UDP socket.
func (g *gate) Addr() net.Addr { return g.at }

// open has sipgo read the connections that come through the gates.
func (w *Wire) open() {
	layer := w.ua.TransportLayer()
	for transport, serve := range map[string]func(net.Listener) error{"TCP": layer.ServeTCP, "TLS": layer.ServeTLS} {
		g := newGate(w.udp.LocalAddr())
		w.gates[transport] = g
		w.crew.send(func() { _ = serve(g) }) // it ends when the gate is shut
	}
}

// door is a socket that others connect to.
type door struct {
	net.Listener
	w         *Wire
	transport string

	mu   sync.Mutex
	open int
	per  map[netip.Addr]int
}

// doors lists those that are there.
func (w *Wire) doors() (list []*door) {
	for _, d := range []*door{w.tcp, w.tls} {
		if d != nil {
			list = append(list, d)
		}
	}
	return list
}

// listen opens a door.
func (w *Wire) listen(transport, address string) (*door, error) {
	network := "tcp"
	if at, err := netip.ParseAddrPort(address); err == nil && at.Addr().Is4() {
		network = "tcp4"
	}
	l, err := net.Listen(network, address) //nolint:noctx // listening on an address of this machine does not wait
	if err != nil {
		return nil, fmt.Errorf("listen on %s %q: %w", transport, address, err)
	}
	return &door{Listener: l, w: w, transport: transport, per: make(map[netip.Addr]int)}, nil
}

// addr returns the address that is listened on; the zero value without a door.
func (d *door) addr() netip.AddrPort {
	if d == nil {
		return netip.AddrPort{}
	}
	return addrPort(d.Addr())
}

// serve accepts connections until the door is closed.
func (d *door) serve(ctx context.Context) error {
	for {
		conn, err := d.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accept %s %s: %w", d.transport, d.addr(), err)
		case err != nil:
			d.w.log.Warn("sip connection not accepted", "err", err)
			<-time.After(breather)
		default:
			d.let(ctx, conn)
		}
	}
}

// let lets a connection in, unless it is a stranger's or one too many.
func (d *door) let(ctx context.Context, conn net.Conn) {
	from := addrPort(conn.RemoteAddr())
	if !d.w.allowed(from, nil) {
		conn.Close()
		return
	}
	if !d.enter(neighbour(from.Addr())) {
		if d.w.notes.due("connections "+from.Addr().String(), time.Now()) {
			d.w.log.Warn("sip connection turned away, too many are open", "source", from)
		}
		conn.Close()
		return
	}
	leave := sync.OnceFunc(func() { d.leave(neighbour(from.Addr())) })
	if !d.w.crew.send(func() { d.welcome(ctx, conn, leave) }) {
		conn.Close()
		leave()
	}
}

// welcome hands a connection to sipgo.
func (d *door) welcome(ctx context.Context, conn net.Conn, leave func()) {
	if d.transport == "TLS" {
		secured, err := d.w.secureIn(ctx, conn)
		if err != nil {
			d.refused(conn, err)
			leave()
			return
		}
		conn = secured
	}
	s := newStream(d.w, conn, d.transport)
	s.onClose = leave
	d.w.take(s)
}

// refused notes a connection with which TLS did not come about.
func (d *door) refused(conn net.Conn, err error) {
	from := addrPort(conn.RemoteAddr())
	if d.w.notes.due("tls "+from.Addr().String(), time.Now()) {
		d.w.log.Warn("sip connection refused", "source", from, "err", err)
	}
}

// neighbour is what counts as one source: with IPv6 a whole network, as anybody
// has one.
func neighbour(ip netip.Addr) netip.Addr {
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return ip
}

// enter takes a place for a connection, and reports false when there is none.
func (d *door) enter(from netip.Addr) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open >= d.w.opt.Limits.Connections || d.per[from] >= d.w.opt.Limits.PerSource {
		return false
	}
	d.open++
	d.per[from]++
	return true
}

func (d *door) leave(from netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open--
	if d.per[from]--; d.per[from] == 0 {
		delete(d.per, from)
	}
}
