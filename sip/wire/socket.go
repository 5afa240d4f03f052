package wire

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
// wire exists. Of the size it allows 200 bytes less.
var _ = func() bool {
	sipmsg.UDPMTUSize = mostSent + 200
	sipmsg.SetDefaultLogger(quiet)
	return true
}()

// breather is waited for after an error of a socket that shall go on.
const breather = 20 * time.Millisecond

// bind opens the sockets, and makes the UDP one known to sipgo so that requests
// leave by it before Serve.
func (w *Wire) bind() error {
	udp, err := listenUDP(w.opt.UDP)
	if err != nil {
		return err
	}
	if err = udp.SetReadBuffer(4 << 20); err != nil {
		w.log.Debug("socket buffer left small", "err", err)
	}
	pool := w.ua.TransportLayer().Pool("udp")
	w.udp = newSocket(w, udp)
	w.udp.sources = newSources(pool, &sipmsg.UDPConnection{PacketConn: w.udp, PacketAddr: udp.LocalAddr().String(), Listener: true})
	pool.Add(udp.LocalAddr().String(), w.udp.sources.conn)
	if err = w.bindStreams(); err != nil {
		udp.Close()
	}
	return err
}

// bindStreams opens the sockets for TCP and TLS, where they are asked for.
func (w *Wire) bindStreams() (err error) {
	w.secrets, err = w.opt.Secure.load(func(err error) { w.log.Error("tls files not read again", "err", err) })
	if err != nil {
		return err
	}
	if w.opt.TLS != "" && w.secrets.pair == nil {
		return errors.New("listen on tls: no certificate is named")
	}
	if w.opt.TCP != "" {
		if w.tcp, err = w.listen("TCP", w.opt.TCP); err != nil {
			return err
		}
	}
	if w.opt.TLS == "" {
		return nil
	}
	if w.tls, err = w.listen("TLS", w.opt.TLS); err != nil && w.tcp != nil {
		w.tcp.Close()
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
func (w *Wire) Addr() netip.AddrPort { return addrPort(w.udp.LocalAddr()) }

// TCPAddr returns the address that the TCP socket listens on; the zero value
// without one.
func (w *Wire) TCPAddr() netip.AddrPort { return w.tcp.addr() }

// TLSAddr returns the address that TLS is listened for on; the zero value
// without it.
func (w *Wire) TLSAddr() netip.AddrPort { return w.tls.addr() }

// serveUDP reads the UDP socket until it is closed. A panic of the parser costs
// one packet.
func (w *Wire) serveUDP(ctx context.Context) error {
	for ctx.Err() == nil {
		err := w.readUDP()
		if errors.Is(err, net.ErrClosed) || w.udp.closed() {
			break
		}
		w.log.Error("sip reading broke off", "err", err)
	}
	return fmt.Errorf("read udp %s: %w", w.Addr(), net.ErrClosed)
}

func (w *Wire) readUDP() (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.count.panics.Add(1)
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return w.ua.TransportLayer().ServeUDP(w.udp)
}

// socket is the UDP socket. sipgo gets from it only what it can be given: it
// keeps the source of each packet for good, and parses without a net below.
type socket struct {
	*net.UDPConn
	w       *Wire
	from    netip.AddrPort     // of the packet read last
	reply   func([]byte) error // to it; made once, as that costs
	sources *sources
}

func newSocket(w *Wire, conn *net.UDPConn) *socket {
	s := &socket{UDPConn: conn, w: w}
	s.reply = func(res []byte) error {
		_, err := s.WriteTo(res, net.UDPAddrFromAddrPort(s.from))
		return err
	}
	return s
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
			s.w.log.Warn("udp read failed", "err", err)
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
	if !s.w.allowed(from, data) || isPing(data) {
		return nil
	}
	s.w.trace(Trace{Transport: "UDP", Local: s.w.Addr(), Remote: from, Data: data})
	s.from = from
	return s.w.screen(data, from, s.reply)
}

// sign tells a message, and sipgo, where it came from.
func (s *socket) sign(msg sipmsg.Message) {
	msg.SetSource(s.from.String())
	s.sources.note(s.from, time.Now())
}

// Receive notes in the Via of a request where it really came from (RFC 3261
// section 18.2.1): its sender may lie, or not know.
func Receive(msg sipmsg.Message) {
	req, ok := msg.(*sipmsg.Request)
	if !ok || req.Via() == nil {
		return
	}
	from := SourceOf(req).Addr()
	if ip, err := netip.ParseAddr(strings.Trim(req.Via().Host, "[]")); from.IsValid() && (err != nil || ip.Unmap() != from) {
		req.Via().Params.Add("received", from.String())
	}
}

// WriteTo sends a packet.
func (s *socket) WriteTo(b []byte, to net.Addr) (int, error) {
	now := time.Now()
	s.w.spoken.note(addrPort(to), b, now)
	n, err := s.UDPConn.WriteTo(b, to)
	if err == nil {
		s.w.trace(Trace{At: now, Sent: true, Transport: "UDP", Local: s.w.Addr(), Remote: addrPort(to), Data: b})
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
