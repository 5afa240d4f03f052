package dialog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
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

// breather is waited for after an error of a socket that shall go on.
const breather = 20 * time.Millisecond

// bind opens the sockets, and makes the UDP one known to sipgo so that requests
// leave by it before Run.
func (e *Endpoint) bind() error {
	udp, err := listenUDP(e.opt.UDP)
	if err != nil {
		return err
	}
	if err = udp.SetReadBuffer(4 << 20); err != nil {
		e.log.Debug("socket buffer left small", "err", err)
	}
	pool := e.ua.TransportLayer().Pool("udp")
	e.udp = &socket{UDPConn: udp, e: e}
	e.udp.sources = newSources(pool, &sipmsg.UDPConnection{PacketConn: e.udp, PacketAddr: udp.LocalAddr().String(), Listener: true})
	pool.Add(udp.LocalAddr().String(), e.udp.sources.conn)
	if err = e.bindStreams(); err != nil {
		udp.Close()
	}
	return err
}

// bindStreams opens the sockets for TCP and TLS, where they are asked for.
func (e *Endpoint) bindStreams() (err error) {
	e.secrets, err = e.opt.Secure.load(func(err error) { e.log.Error("tls files not read again", "err", err) })
	if err != nil {
		return err
	}
	if e.opt.TLS != "" && e.secrets.pair == nil {
		return errors.New("listen on tls: no certificate is named")
	}
	if e.opt.TCP != "" {
		if e.tcp, err = e.listen("TCP", e.opt.TCP); err != nil {
			return err
		}
	}
	if e.opt.TLS == "" {
		return nil
	}
	if e.tls, err = e.listen("TLS", e.opt.TLS); err != nil && e.tcp != nil {
		e.tcp.Close()
	}
	return err
}

// listenUDP listens on an address; [::] stands for IPv4 too, 0.0.0.0 for IPv4
// alone.
func listenUDP(address string) (*net.UDPConn, error) {
	addr, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, fmt.Errorf("resolve udp address %q: %w", address, err)
	}
	network := "udp"
	if addr.IP.To4() != nil {
		network = "udp4"
	}
	conn, err := net.ListenUDP(network, addr)
	if err != nil {
		return nil, fmt.Errorf("listen on udp %q: %w", address, err)
	}
	return conn, nil
}

// Addr returns the address that the UDP socket listens on.
func (e *Endpoint) Addr() netip.AddrPort { return addrPort(e.udp.LocalAddr()) }

// TCPAddr returns the address that the TCP socket listens on; the zero value
// without one.
func (e *Endpoint) TCPAddr() netip.AddrPort { return e.tcp.addr() }

// TLSAddr returns the address that TLS is listened for on; the zero value
// without it.
func (e *Endpoint) TLSAddr() netip.AddrPort { return e.tls.addr() }

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

// socket is the UDP socket. sipgo gets from it only what it can be given: it
// keeps the source of each packet for good, and parses without a net below.
type socket struct {
	*net.UDPConn
	e       *Endpoint
	from    netip.AddrPort // of the packet read last
	sources *sources
}

// ReadFrom returns the next packet that may come in and can be parsed, or an
// error once the socket is closed. Where it is from stays in s.from, for
// observe, which sipgo calls before it reads again.
func (s *socket) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := s.ReadFromUDPAddrPort(b)
		switch {
		case errors.Is(err, net.ErrClosed):
			return n, nil, err
		case err != nil:
			s.e.log.Warn("udp read failed", "err", err)
			<-time.After(breather)
		default:
			if clean := s.admit(netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), b[:n]); clean != nil {
				return copy(b, clean), somewhere{}, nil
			}
		}
	}
}

// admit returns a packet as sipgo shall have it; nil if it shall not.
func (s *socket) admit(from netip.AddrPort, data []byte) []byte {
	if !s.e.allowed(from, data) || isPing(data) {
		return nil
	}
	s.e.trace(Trace{Transport: "UDP", Local: s.e.Addr(), Remote: from, Data: data})
	s.from = from
	return s.e.screen(data, from, func(res []byte) error {
		_, err := s.WriteTo(res, net.UDPAddrFromAddrPort(from))
		return err
	})
}

// sign tells a message, and sipgo, where it came from.
func (s *socket) sign(msg sipmsg.Message) {
	msg.SetSource(s.from.String())
	s.sources.note(s.from, time.Now())
}

// receive notes in the Via of a request where it really came from (RFC 3261
// section 18.2.1): its sender may lie, or not know.
func receive(msg sipmsg.Message) {
	req, ok := msg.(*sipmsg.Request)
	if !ok || req.Via() == nil {
		return
	}
	from := sourceOf(req).Addr()
	if ip, err := netip.ParseAddr(strings.Trim(req.Via().Host, "[]")); from.IsValid() && (err != nil || ip.Unmap() != from) {
		req.Via().Params.Add("received", from.String())
	}
}

// WriteTo sends a packet.
func (s *socket) WriteTo(b []byte, to net.Addr) (int, error) {
	now := time.Now()
	s.e.spoken.note(addrPort(to), b, now)
	n, err := s.UDPConn.WriteTo(b, to)
	if err == nil {
		s.e.trace(Trace{At: now, Sent: true, Transport: "UDP", Local: s.e.Addr(), Remote: addrPort(to), Data: b})
	}
	return n, err
}

func (s *socket) closed() bool { return errors.Is(s.SetReadDeadline(time.Time{}), net.ErrClosed) }

// somewhere is what sipgo is told of a packet's source.
type somewhere struct{}

// Network returns udp.
func (somewhere) Network() string { return "udp" }

// String returns the same for all.
func (somewhere) String() string { return "somewhere" }
