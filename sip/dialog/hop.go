package dialog

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Hop is one machine that a request can be sent to.
type Hop struct {
	Transport string // UDP, TCP or TLS
	Addr      netip.AddrPort
	Name      string // that the certificate has to be for, with TLS

	large bool // TCP in place of UDP, since the request is large
}

// String writes a hop as Invite.Route and others take it.
func (h Hop) String() string {
	s := h.Addr.String() + ";transport=" + strings.ToLower(h.Transport)
	if h.Name != "" {
		s += ";name=" + h.Name
	}
	return s
}

// heading says where a request shall go, before that is looked up. Written it is
// host or host:port, with the parameters ;transport=udp|tcp|tls, ;name=host
// (that the certificate has to be for) and ;flow (only by a connection that
// stands, as nobody can call back who is behind NAT).
type heading struct {
	host      string
	port      int    // 0: as DNS says, or the usual one
	transport string // empty: not said
	name      string // empty: host
	flow      bool
}

// readHeading reads a heading as it is written.
func readHeading(s string) (h heading, err error) {
	at, params, _ := strings.Cut(s, ";")
	if h.host, h.port, err = splitHost(at); err != nil {
		return h, err
	}
	for p := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(p, "=")
		switch strings.ToLower(key) {
		case "":
		case "transport":
			h.transport = strings.ToUpper(value)
		case "name":
			h.name = value
		case "flow":
			h.flow = true
		default:
			return h, fmt.Errorf("route to %s: parameter %q is none of transport, name, flow", h.host, plain(key, 16))
		}
	}
	return h, nil
}

// splitHost reads host, host:port, [IPv6] or [IPv6]:port.
func splitHost(s string) (host string, port int, err error) {
	if ip, bad := netip.ParseAddr(strings.Trim(s, "[]")); bad == nil {
		return ip.String(), 0, nil
	}
	if !strings.Contains(s, ":") {
		if s == "" {
			return "", 0, errors.New("no host to send to")
		}
		return s, 0, nil
	}
	host, digits, err := net.SplitHostPort(s)
	n, bad := strconv.ParseUint(digits, 10, 16)
	if err != nil || bad != nil || host == "" {
		return "", 0, fmt.Errorf("%q is no host or host:port", plain(s, 64))
	}
	return host, int(n), nil
}

// String writes a heading.
func (h heading) String() string {
	s := h.host
	if strings.Contains(s, ":") {
		s = "[" + s + "]"
	}
	if h.port != 0 {
		s += ":" + strconv.Itoa(h.port)
	}
	if h.transport != "" {
		s += ";transport=" + strings.ToLower(h.transport)
	}
	if h.name != "" {
		s += ";name=" + h.name
	}
	if h.flow {
		s += ";flow"
	}
	return s
}

// headingOf is where a URI points.
func headingOf(u *sipmsg.Uri) heading {
	return heading{host: strings.Trim(u.Host, "[]"), port: u.Port, transport: transportOf(u, "")}
}

// certified is whose certificate is wanted.
func (h heading) certified() string {
	if h.name != "" {
		return h.name
	}
	return h.host
}

// usualPort is where a transport is listened for unless something else is said.
func usualPort(transport string) int {
	if transport == "TLS" {
		return sipmsg.DefaultTlsPort
	}
	return sipmsg.DefaultUdpPort
}

// portOf is where a URI points.
func portOf(u *sipmsg.Uri) int {
	if u.Port != 0 {
		return u.Port
	}
	return usualPort(transportOf(u, "UDP"))
}

// address returns the address that a heading names outright.
func (h heading) address() (netip.Addr, bool) {
	ip, err := netip.ParseAddr(h.host)
	return ip.Unmap(), err == nil
}
