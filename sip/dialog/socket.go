package dialog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// mostSent is the largest datagram that is sent, in bytes. sipgo refuses what
// is larger; at its own limit of 1300 an INVITE of many routes, or the answer to
// it, would never leave. Beyond 1472 bytes IP breaks it up.
const mostSent = 8192

// quiet takes sipgo's own log lines: they quote whole messages, with numbers and
// credentials in them.
var quiet = slog.New(slog.DiscardHandler)

// sipgo reads these settings without a lock, so they are made before any
// endpoint exists. Of the size it allows 200 bytes less.
var _ = func() bool {
	sipmsg.UDPMTUSize = mostSent + 200
	sipmsg.SetDefaultLogger(quiet)
	return true
}()

// mostConns is how many TCP connections may come in at once.
const mostConns = 1024

// breather is waited for after an error of a socket that shall go on.
const breather = 20 * time.Millisecond

// bind opens the sockets, and makes the UDP one known to sipgo so that requests
// leave by it before Run.
func (e *Endpoint) bind() error {
	addr, err := net.ResolveUDPAddr("udp", e.opt.UDP)
	if err != nil {
		return fmt.Errorf("resolve udp address %q: %w", e.opt.UDP, err)
	}
	conn, err := net.ListenUDP("udp", addr)
	if err != nil {
		return fmt.Errorf("listen on udp %q: %w", e.opt.UDP, err)
	}
	if err = conn.SetReadBuffer(4 << 20); err != nil {
		e.log.Debug("socket buffer left small", "err", err)
	}
	e.udp = &socket{UDPConn: conn, log: e.log, admit: e.allowed, spoken: e.spoken}
	name := conn.LocalAddr().String()
	e.ua.TransportLayer().Pool("udp").Add(name, &sipmsg.UDPConnection{PacketConn: e.udp, PacketAddr: name, Listener: true})
	if e.opt.TCP == "" {
		return nil
	}
	l, err := net.Listen("tcp", e.opt.TCP) //nolint:noctx // listening on an address of this machine does not wait
	if err != nil {
		conn.Close()
		return fmt.Errorf("listen on tcp %q: %w", e.opt.TCP, err)
	}
	e.tcp = &listener{Listener: l, e: e, slots: make(chan struct{}, mostConns)}
	return nil
}

// Addr returns the address that the UDP socket listens on.
func (e *Endpoint) Addr() netip.AddrPort { return addrPort(e.udp.LocalAddr()) }

// TCPAddr returns the address that the TCP socket listens on; the zero value
// without one.
func (e *Endpoint) TCPAddr() netip.AddrPort {
	if e.tcp == nil {
		return netip.AddrPort{}
	}
	return addrPort(e.tcp.Addr())
}

// serveUDP reads the UDP socket until it is closed. A panic of the parser costs
// one packet.
func (e *Endpoint) serveUDP(ctx context.Context) error {
	for ctx.Err() == nil {
		err := e.readUDP()
		if errors.Is(err, net.ErrClosed) || e.udp.closed() {
			break
		}
		e.log.Error("sip reading broke off", "err", err)
	}
	return fmt.Errorf("read udp %s: %w", e.Addr(), net.ErrClosed)
}

func (e *Endpoint) readUDP() (err error) {
	defer func() {
		if p := recover(); p != nil {
			e.count.panics.Add(1)
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return e.ua.TransportLayer().ServeUDP(e.udp)
}

func (e *Endpoint) serveTCP(_ context.Context) error {
	return fmt.Errorf("accept tcp %s: %w", e.TCPAddr(), e.ua.TransportLayer().ServeTCP(e.tcp))
}

// socket is a UDP socket that is read on after an error, as sipgo would stop.
type socket struct {
	*net.UDPConn
	log    *slog.Logger
	admit  func(from netip.AddrPort, data []byte) bool
	spoken *spoken
}

func (s *socket) closed() bool { return errors.Is(s.SetReadDeadline(time.Time{}), net.ErrClosed) }

// listener accepts TCP connections of those who may come in, and goes on after
// an error.
type listener struct {
	net.Listener
	e     *Endpoint
	slots chan struct{}
}

// Accept returns the next connection, or an error once the listener is closed.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil, err
		case err != nil:
			l.e.log.Warn("tcp accept failed", "err", err)
			<-time.After(breather)
			continue
		case l.e.allowed(addrPort(conn.RemoteAddr()), nil):
			select {
			case l.slots <- struct{}{}:
				return &slotConn{Conn: conn, slots: l.slots}, nil
			default:
				l.e.log.Warn("tcp connection turned away", "open", mostConns)
			}
		}
		conn.Close()
	}
}
