package sdp

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The limits of a description.
const (
	maxSize    = 16 << 10 // bytes
	maxMedia   = 16
	maxFormats = 64 // of one m= line
)

// Parse reads a description.
func Parse(b []byte) (Description, error) {
	var p parser
	if len(b) > maxSize {
		return p.d, fmt.Errorf("%w: %d bytes are over the limit of %d", ErrMalformed, len(b), maxSize)
	}
	n := 0
	for line := range strings.Lines(plainText(b)) {
		n++
		line = strings.TrimRight(line, "\n \t\x00")
		if line == "" {
			continue
		}
		if err := p.line(line); err != nil {
			return Description{}, fmt.Errorf("%w: line %d %q: %w", ErrMalformed, n, shorten(line), err)
		}
	}
	if len(p.d.Media) == 0 {
		return Description{}, fmt.Errorf("%w: no m= line", ErrMalformed)
	}
	p.finish()
	return p.d, nil
}

// plainText is the text without a byte order mark, with the same end at each
// line, which some peers write as CR alone.
func plainText(b []byte) string {
	text := strings.TrimPrefix(string(b), "\ufeff")
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// keyBegins is what stands before a key.
var keyBegins = regexp.MustCompile(`(?i)inline:`)

// shorten keeps a line that is quoted in an error readable, and a key out of it.
func shorten(line string) string {
	const longest = 80
	if at := keyBegins.FindStringIndex(line); at != nil {
		line = line[:at[1]] + "***"
	}
	if len(line) > longest {
		return line[:longest] + "…"
	}
	return line
}

// parser reads line by line.
type parser struct {
	d         Description
	direction Direction // of the session, for media that name none
}

// line reads one line: a letter, =, and a value. What it does not know it
// passes over.
func (p *parser) line(line string) error {
	kind, value, ok := strings.Cut(line, "=")
	if !ok || len(kind) != 1 {
		return fmt.Errorf("not of the form x=value")
	}
	value = strings.TrimSpace(value)
	m := p.current()
	passOver := m != nil && m.Kind != "audio"
	switch {
	case kind == "m":
		return p.media(value)
	case passOver: // whatever it says, the media is refused
	case kind == "o":
		p.origin(value)
	case kind == "c":
		return p.connection(value)
	case kind == "a":
		return p.attribute(value)
	}
	return nil
}

// origin reads "user id version IN IP4 address". The user may hold spaces. A
// line of another form is passed over: nothing depends on it.
func (p *parser) origin(value string) {
	f := strings.Fields(value)
	n := len(f)
	if n < 6 || f[n-3] != "IN" {
		return
	}
	p.d.Origin = Origin{
		User: strings.Join(f[:n-5], " "),
		ID:   f[n-5], Version: f[n-4], Addr: f[n-1],
	}
}

// connection reads "IN IP4 address", with the multicast suffixes cut off.
func (p *parser) connection(value string) error {
	f := strings.Fields(value)
	if len(f) != 3 || f[0] != "IN" {
		return fmt.Errorf("not of the form IN IP4 address")
	}
	host, _, _ := strings.Cut(f[2], "/")
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return fmt.Errorf("%q is no IP address", host)
	}
	addr = addr.Unmap().WithZone("")
	if m := p.current(); m != nil {
		m.Addr = addr
	} else {
		p.d.Addr = addr
	}
	return nil
}

// current is the m= line that attributes belong to; nil before the first.
func (p *parser) current() *Media {
	if len(p.d.Media) == 0 {
		return nil
	}
	return &p.d.Media[len(p.d.Media)-1]
}

// media reads "audio 16384 RTP/AVP 0 8 101".
func (p *parser) media(value string) error {
	if len(p.d.Media) == maxMedia {
		return fmt.Errorf("over the limit of %d m= lines", maxMedia)
	}
	f := strings.Fields(value)
	if len(f) < 3 {
		return fmt.Errorf("not of the form media port protocol formats")
	}
	port, _, _ := strings.Cut(f[1], "/")
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("%q is no port", f[1])
	}
	m := Media{Kind: strings.ToLower(f[0]), Port: uint16(n), Proto: strings.ToUpper(f[2])}
	if m.rtp() {
		err = m.formats(f[3:])
	} else {
		m.Other = strings.Join(f[3:], " ")
	}
	p.d.Media = append(p.d.Media, m)
	return err
}

// rtp tells whether the formats are payload types.
func (m *Media) rtp() bool { return strings.HasPrefix(m.Proto, "RTP/") }

// formats reads payload types, and names those that need no rtpmap.
func (m *Media) formats(list []string) error {
	if len(list) > maxFormats {
		return fmt.Errorf("over the limit of %d formats", maxFormats)
	}
	for _, s := range list {
		pt, err := strconv.ParseUint(s, 10, 7)
		if err != nil {
			return fmt.Errorf("%q is no payload type", s)
		}
		f := Format{PT: uint8(pt)}
		switch Codec(pt) {
		case PCMU, PCMA:
			f.Name, f.ClockHz = Codec(pt).String(), clockHz
		}
		if !slices.ContainsFunc(m.Formats, func(have Format) bool { return have.PT == f.PT }) {
			m.Formats = append(m.Formats, f)
		}
	}
	return nil
}
