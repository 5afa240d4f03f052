package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// floodSources is how many addresses of loopback a flood comes from.
const floodSources = 250

// flood sends SIP that nobody asked for, as scanners do, at a rate a second until
// ctx ends. It returns how many packets left.
func flood(ctx context.Context, to netip.AddrPort, rate int) (sent int, err error) {
	var conns []*net.UDPConn
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	for i := range floodSources {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 66, byte(i/200), byte(1+i%200))})
		if err != nil {
			return 0, fmt.Errorf("open the sources of a flood: %w", err)
		}
		conns = append(conns, c)
	}
	began := time.Now()
	for tick := time.NewTicker(2 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return sent, nil
		case <-tick.C:
		}
		for due := int(time.Since(began).Seconds() * float64(rate)); sent < due; sent++ {
			c := conns[sent%len(conns)]
			_, _ = c.WriteToUDPAddrPort([]byte(scan(sent, c.LocalAddr().String(), to)), to)
		}
	}
}

// scan is what scanners send: questions, calls, registrations.
func scan(n int, from string, to netip.AddrPort) string {
	method := []string{"OPTIONS", "INVITE", "REGISTER"}[n%3]
	return fmt.Sprintf("%[1]s sip:100@%[2]v SIP/2.0\r\nVia: SIP/2.0/UDP %[3]s;branch=z9hG4bK-%[4]d;rport\r\n"+
		"Max-Forwards: 70\r\nFrom: \"sipvicious\"<sip:100@1.1.1.1>;tag=%[4]d\r\nTo: \"sipvicious\"<sip:100@1.1.1.1>\r\n"+
		"Call-ID: %[4]d\r\nCSeq: 1 %[1]s\r\nContact: <sip:100@%[3]s>\r\nUser-Agent: friendly-scanner\r\n"+
		"Accept: application/sdp\r\nContent-Length: 0\r\n\r\n", method, to, from, n)
}
