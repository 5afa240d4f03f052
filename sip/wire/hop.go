package wire

import (
	"net/netip"
	"strings"
)

// Hop is one machine that a request can be sent to.
type Hop struct {
	Transport string // UDP, TCP or TLS
	Addr      netip.AddrPort
	Name      string // that the certificate has to be for, with TLS

	large bool // TCP in place of UDP, since the request is large
}

// String writes a hop as a Heading is written.
func (h Hop) String() string {
	s := h.Addr.String() + ";transport=" + strings.ToLower(h.Transport)
	if h.Name != "" {
		s += ";name=" + h.Name
	}
	return s
}
