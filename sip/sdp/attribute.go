package sdp

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// attribute reads an a= line.
func (p *parser) attribute(value string) error {
	name, value, _ := strings.Cut(value, ":")
	value = strings.TrimSpace(value)
	switch strings.ToLower(name) {
	case "rtpmap":
		return p.rtpmap(value)
	case "fmtp":
		return p.fmtp(value)
	case "ptime":
		return p.packetTime(value, func(m *Media) *time.Duration { return &m.Ptime })
	case "maxptime":
		return p.packetTime(value, func(m *Media) *time.Duration { return &m.MaxPtime })
	case string(SendRecv), string(SendOnly), string(RecvOnly), string(Inactive):
		p.direct(Direction(strings.ToLower(name)))
	default:
		p.transport(strings.ToLower(name), value)
	}
	return nil
}

// transport reads the attributes that say how the media goes. One that cannot
// be read is passed over: without it the call may still be had.
func (p *parser) transport(name, value string) {
	m := p.current()
	if m == nil || !m.rtp() {
		return
	}
	switch name {
	case "crypto":
		if c, ok := parseCrypto(value); ok && len(m.Crypto) < maxCrypto {
			m.Crypto = append(m.Crypto, c)
		}
	case "rtcp-mux":
		m.Mux = true
	case "rtcp":
		m.rtcp(strings.Fields(value))
	}
}

// rtcp reads "4001" or "4001 IN IP4 192.0.2.5" (RFC 3605).
func (m *Media) rtcp(f []string) {
	if len(f) != 1 && len(f) != 4 {
		return
	}
	port, err := strconv.ParseUint(f[0], 10, 16)
	if err != nil || port == 0 {
		return
	}
	var addr netip.Addr
	if len(f) == 4 {
		if addr, err = netip.ParseAddr(f[3]); err != nil {
			return
		}
	}
	m.RTCP = netip.AddrPortFrom(addr.Unmap().WithZone(""), uint16(port))
}

// direct notes who sends: of the session, before the first m= line.
func (p *parser) direct(d Direction) {
	if m := p.current(); m != nil {
		m.Direction = d
	} else {
		p.direction = d
	}
}

// rtpmap reads "101 telephone-event/8000".
func (p *parser) rtpmap(value string) error {
	f, rest, err := p.format(value)
	if f == nil || err != nil {
		return err
	}
	name, clock, _ := strings.Cut(rest, "/")
	if name = strings.TrimSpace(name); name == "" || clock == "" {
		return fmt.Errorf("not of the form payload type name/clock")
	}
	clock, channels, _ := strings.Cut(clock, "/")
	hz, err := strconv.ParseUint(strings.TrimSpace(clock), 10, 31)
	if err != nil {
		return fmt.Errorf("%q is no clock rate", clock)
	}
	f.Name, f.ClockHz, f.Channels = strings.ToUpper(name), int(hz), 0
	if n, err := strconv.ParseUint(strings.TrimSpace(channels), 10, 8); err == nil && n > 1 {
		f.Channels = int(n)
	}
	return nil
}

// fmtp reads "101 0-15".
func (p *parser) fmtp(value string) error {
	f, rest, err := p.format(value)
	if f == nil || err != nil {
		return err
	}
	f.Params = rest
	return nil
}

// format finds the payload type that a value begins with. It is nil where the
// m= line does not name it, or is none of RTP.
func (p *parser) format(value string) (*Format, string, error) {
	m := p.current()
	if m == nil || !m.rtp() {
		return nil, "", nil
	}
	head, rest, _ := strings.Cut(value, " ")
	pt, err := strconv.ParseUint(head, 10, 7)
	if err != nil {
		return nil, "", fmt.Errorf("%q is no payload type", head)
	}
	for i := range m.Formats {
		if m.Formats[i].PT == uint8(pt) {
			return &m.Formats[i], strings.TrimSpace(rest), nil
		}
	}
	return nil, "", nil
}

// packetTime reads milliseconds. Fractions occur, and are cut off.
func (p *parser) packetTime(value string, field func(*Media) *time.Duration) error {
	m := p.current()
	if m == nil {
		return nil
	}
	whole, _, _ := strings.Cut(value, ".")
	ms, err := strconv.ParseUint(whole, 10, 16)
	if err != nil {
		return fmt.Errorf("%q is no number of milliseconds", value)
	}
	*field(m) = time.Duration(ms) * time.Millisecond
	return nil
}

// finish gives the session's direction to media that name none.
func (p *parser) finish() {
	for i := range p.d.Media {
		m := &p.d.Media[i]
		if m.Direction == "" {
			m.Direction = p.direction
		}
		if m.Direction == "" {
			m.Direction = SendRecv
		}
	}
}
