package wire

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// tagOf returns the tag of a From or To, or "".
func tagOf(p sipmsg.HeaderParams) string {
	for _, kv := range p {
		if strings.EqualFold(strings.TrimSpace(kv.K), "tag") {
			return strings.TrimSpace(kv.V)
		}
	}
	return ""
}

// FromTag returns the tag of a message's From, or "".
func FromTag(m sipmsg.Message) string {
	if h := m.From(); h != nil {
		return tagOf(h.Params)
	}
	return ""
}

// ToTag returns the tag of a message's To, or "".
func ToTag(m sipmsg.Message) string {
	if h := m.To(); h != nil {
		return tagOf(h.Params)
	}
	return ""
}

// valued is a message whose headers can be read by name.
type valued interface {
	GetHeader(name string) sipmsg.Header
}

// Header returns the first value of a header, or "".
func Header(m valued, name string) string {
	if h := m.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// RetryAfter reads a Retry-After header; 0 without.
func RetryAfter(m valued) time.Duration {
	digits, _, _ := strings.Cut(Header(m, "Retry-After"), ";")
	digits, _, _ = strings.Cut(strings.TrimSpace(digits), " ")
	seconds, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// addrPort converts a socket's address.
func addrPort(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.UDPAddr:
		ap = a.AddrPort()
	case *net.TCPAddr:
		ap = a.AddrPort()
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// SourceOf returns where a message came from.
func SourceOf(m sipmsg.Message) netip.AddrPort {
	ap, err := netip.ParseAddrPort(m.Source())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
