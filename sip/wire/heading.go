package wire

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
)

// Heading says where a request shall go, before that is looked up. Written it is
// host or host:port, with the parameters ;transport=udp|tcp|tls, ;name=host
// (that the certificate has to be for) and ;flow (only by a connection that
// stands, as nobody can call back who is behind NAT).
type Heading struct {
	Host      string
	Port      int    // 0: as DNS says, or the usual one
	Transport string // empty: not said
	Name      string // empty: Host
	Flow      bool
}

// ReadHeading reads a heading as it is written.
func ReadHeading(s string) (h Heading, err error) {
	at, params, _ := strings.Cut(s, ";")
	if h.Host, h.Port, err = splitHost(at); err != nil {
		return h, err
	}
	for p := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(p, "=")
		switch strings.ToLower(key) {
		case "":
		case "transport":
			h.Transport = strings.ToUpper(value)
		case "name":
			h.Name = value
		case "flow":
			h.Flow = true
		default:
			return h, fmt.Errorf("route to %s: parameter %q is none of transport, name, flow", h.Host, grammar.Plain(key, 16))
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
	if err == nil && strings.Contains(host, ":") { // of IPv6, in one of many ways to write it
		var ip netip.Addr
		ip, err = netip.ParseAddr(host)
		host = ip.String()
	}
	if err != nil || bad != nil || host == "" {
		return "", 0, fmt.Errorf("%q is no host or host:port", grammar.Plain(s, 64))
	}
	return host, int(n), nil
}

// String writes a heading, as ReadHeading reads it.
func (h Heading) String() string {
	s := h.Host
	if strings.Contains(s, ":") {
		s = "[" + s + "]"
	}
	if h.Port != 0 {
		s += ":" + strconv.Itoa(h.Port)
	}
	if h.Transport != "" {
		s += ";transport=" + strings.ToLower(h.Transport)
	}
	if h.Name != "" {
		s += ";name=" + h.Name
	}
	if h.Flow {
		s += ";flow"
	}
	return s
}

// HeadingOf is where a URI points.
func HeadingOf(u *sipmsg.Uri) Heading {
	return Heading{Host: strings.Trim(u.Host, "[]"), Port: u.Port, Transport: TransportOf(u, "")}
}

// TransportOf returns what a URI asks for, or usual.
func TransportOf(u *sipmsg.Uri, usual string) string {
	if u.Scheme == "sips" {
		return "TLS"
	}
	if t, ok := u.UriParams.Get("transport"); ok && t != "" {
		return strings.ToUpper(t)
	}
	return usual
}

// certified is whose certificate is wanted.
func (h Heading) certified() string {
	if h.Name != "" {
		return h.Name
	}
	return h.Host
}

// usualPort is where a transport is listened for unless something else is said.
func usualPort(transport string) int {
	if transport == "TLS" {
		return sipmsg.DefaultTlsPort
	}
	return sipmsg.DefaultUdpPort
}

// PortOf is where a URI points.
func PortOf(u *sipmsg.Uri) int {
	if u.Port != 0 {
		return u.Port
	}
	return usualPort(TransportOf(u, "UDP"))
}

// Address returns the address that a heading names outright.
func (h Heading) Address() (netip.Addr, bool) {
	ip, err := netip.ParseAddr(h.Host)
	return ip.Unmap(), err == nil
}
