package people

import (
	"fmt"
	"net"
	"net/netip"
	"time"
)

// socket is a UDP socket that knows when packets arrived.
type socket struct {
	conn *net.UDPConn
	addr netip.AddrPort
	oob  [64]byte
}

// listen opens a socket on an address, host:port.
func listen(addr string) (*socket, error) {
	udp, err := net.ResolveUDPAddr("udp4", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	conn, err := net.ListenUDP("udp4", udp)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	stampArrivals(conn)
	at, _ := netip.ParseAddrPort(conn.LocalAddr().String())
	return &socket{conn: conn, addr: at}, nil
}

// read waits for a packet. at is when it came to this host, if the system says
// so, and else now.
func (s *socket) read(b []byte) (n int, from netip.AddrPort, at time.Time, err error) {
	n, control, _, from, err := s.conn.ReadMsgUDPAddrPort(b, s.oob[:])
	at = arrival(s.oob[:max(control, 0)])
	if at.IsZero() {
		at = time.Now()
	}
	return n, from, at, err
}

// send sends a packet; what cannot be sent is lost, as packets may be.
func (s *socket) send(b []byte, to netip.AddrPort) {
	_, _ = s.conn.WriteToUDPAddrPort(b, to)
}

// close ends reading and sending.
func (s *socket) close() { _ = s.conn.Close() }
