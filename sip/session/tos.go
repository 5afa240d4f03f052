package session

import "syscall"

// expedited marks packets as voice (DSCP EF, RFC 3246), in the bits of IPv4's
// type of service and IPv6's traffic class.
const expedited = 46 << 2

// markVoice asks routers to prefer a socket's packets. Where the system does not
// let it, they go unmarked.
func markVoice(network, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		if network == "udp6" {
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IPV6, syscall.IPV6_TCLASS, expedited)
			return
		}
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_TOS, expedited)
	})
}
