package twin

import (
	"net/url"
	"slices"
	"strings"

	"careline/sim/twilio/spec"
)

// address reads whom <Sip> calls. It reports false where nobody can be.
func (s scene) address(n *node) (Dialing, bool) {
	uri, query, _ := strings.Cut(n.text, "?")
	d := Dialing{To: uri, User: n.attrs["username"], Password: n.attrs["password"]}
	switch {
	case !isSIP(uri) || !strings.Contains(uri, "@"):
		s.t.violateIn(s.c, s.d, mistake(13243), "Sip has %q, which is no SIP address", n.text)
		return d, false
	case len(uri) > bound("sip uri"):
		s.t.violateIn(s.c, s.d, of("Sip", 13243), "Sip has an address that is too long")
		return d, false
	case len(query) > bound("sip headers"):
		s.t.violateIn(s.c, s.d, mistake(13253), "Sip has headers that are too long")
	}
	s.uriParameters(uri)
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		value, err := url.PathUnescape(value)
		switch {
		case pair == "":
		case err != nil || strings.ContainsAny(value, "\r\n"):
			s.t.violateIn(s.c, s.d, of("Sip", 13252), "Sip has header %s, which cannot be read", name)
		case !sipHeader(name):
			s.t.violateIn(s.c, s.d, mistake(13252), "Sip has header %s, which Twilio does not send", name)
		default:
			d.Headers = append(d.Headers, Header{name, value})
		}
	}
	return d, true
}

// uriParameters checks those of a SIP address.
func (s scene) uriParameters(uri string) {
	_, rest, _ := strings.Cut(uri, "@")
	for i, p := range strings.Split(rest, ";") {
		name, value, _ := strings.Cut(p, "=")
		known := slices.ContainsFunc(spec.URIParameters, func(r spec.HeaderRow) bool { return r.Name == name })
		switch {
		case i == 0:
		case !known:
			s.t.violateIn(s.c, s.d, of("Sip", 13243), "Sip has parameter %s, which is not documented", name)
		case name == "transport" && !slices.Contains([]string{"udp", "tcp", "tls"}, value):
			s.t.violateIn(s.c, s.d, of("Sip", 13243), "Sip has transport %s", value)
		}
	}
}

// sipHeader tells whether a SIP address may carry a header.
func sipHeader(name string) bool {
	return slices.ContainsFunc(spec.URIHeaders, func(r spec.HeaderRow) bool {
		if strings.HasSuffix(r.Name, "-") {
			return len(name) > len(r.Name) && strings.EqualFold(name[:len(r.Name)], r.Name)
		}
		return strings.EqualFold(name, r.Name)
	})
}
