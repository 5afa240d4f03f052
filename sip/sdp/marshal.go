package sdp

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Marshal writes the description, with the lines in the order of RFC 8866.
func (d Description) Marshal() []byte {
	var b bytes.Buffer
	o := d.Origin
	addr := cmp.Or(o.Addr, text(d.Addr))
	fmt.Fprintf(&b, "v=0\r\no=%s %s %s IN %s %s\r\ns=-\r\n",
		cmp.Or(o.User, "-"), cmp.Or(o.ID, "0"), cmp.Or(o.Version, "0"), family(addr), addr)
	connection(&b, d.Addr)
	b.WriteString("t=0 0\r\n")
	for _, m := range d.Media {
		m.marshal(&b)
	}
	return b.Bytes()
}

func (m Media) marshal(b *bytes.Buffer) {
	fmt.Fprintf(b, "m=%s %d %s", m.Kind, m.Port, m.Proto)
	if m.Other != "" {
		b.WriteString(" " + m.Other)
	}
	for _, f := range m.Formats {
		fmt.Fprintf(b, " %d", f.PT)
	}
	b.WriteString("\r\n")
	connection(b, m.Addr)
	for _, f := range m.Formats {
		f.marshal(b)
	}
	for _, c := range m.Crypto {
		c.marshal(b)
	}
	control(b, m)
	packetTime(b, "ptime", m.Ptime)
	packetTime(b, "maxptime", m.MaxPtime)
	if m.Direction != "" {
		fmt.Fprintf(b, "a=%s\r\n", m.Direction)
	}
}

func (f Format) marshal(b *bytes.Buffer) {
	if f.Name != "" {
		name := f.Name
		if name == telephoneEvent {
			name = strings.ToLower(name) // some peers compare it to the letter
		}
		fmt.Fprintf(b, "a=rtpmap:%d %s/%d", f.PT, name, f.ClockHz)
		if f.Channels > 1 {
			fmt.Fprintf(b, "/%d", f.Channels)
		}
		b.WriteString("\r\n")
	}
	if f.Params != "" {
		fmt.Fprintf(b, "a=fmtp:%d %s\r\n", f.PT, f.Params)
	}
}

// control writes where RTCP is received, unless that is the port after RTP's.
func control(b *bytes.Buffer, m Media) {
	if m.RTCP.Port() != 0 {
		fmt.Fprintf(b, "a=rtcp:%d", m.RTCP.Port())
		if a := m.RTCP.Addr(); a.IsValid() {
			fmt.Fprintf(b, " IN %s %s", family(a.String()), a)
		}
		b.WriteString("\r\n")
	}
	if m.Mux {
		b.WriteString("a=rtcp-mux\r\n")
	}
}

func packetTime(b *bytes.Buffer, name string, d time.Duration) {
	if d > 0 {
		fmt.Fprintf(b, "a=%s:%d\r\n", name, d.Milliseconds())
	}
}

func connection(b *bytes.Buffer, a netip.Addr) {
	if a.IsValid() {
		fmt.Fprintf(b, "c=IN %s %s\r\n", family(a.String()), a)
	}
}

// text is an address as it is written; an invalid one as the unspecified.
func text(a netip.Addr) string {
	if !a.IsValid() {
		return "0.0.0.0"
	}
	return a.String()
}

// family is the address type of RFC 8866.
func family(addr string) string {
	if strings.Contains(addr, ":") {
		return "IP6"
	}
	return "IP4"
}
