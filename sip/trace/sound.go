package trace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// names of the static payload types that telephones use (RFC 3551).
var static = map[string]string{"0": "PCMU", "3": "GSM", "4": "G723", "8": "PCMA", "9": "G722", "13": "CN", "18": "G729"}

// description is what a session description says of sound, in short.
type description struct {
	addr, port string
	formats    []string
	names      map[string]string // of formats
	secure     bool
	hold       string
	medium     bool // within the section of sound
	media      int
}

// sound describes the session description of a message in a few words: codecs,
// where to send, keys by events, encryption, hold. It is empty without one.
func sound(body []byte) string {
	d := description{names: make(map[string]string)}
	for line := range strings.Lines(string(body)) {
		kind, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		if ok {
			d.line(kind, value)
		}
	}
	if d.media == 0 {
		return ""
	}
	return d.String()
}

func (d *description) line(kind, value string) {
	f := strings.Fields(value)
	switch {
	case kind == "c" && len(f) == 3:
		d.addr, _, _ = strings.Cut(f[2], "/")
	case kind == "m":
		d.media++
		if d.medium = len(f) > 3 && f[0] == "audio" && d.port == ""; d.medium {
			d.port, d.formats = f[1], f[3:]
			d.secure = strings.Contains(f[2], "SAVP")
		}
	case kind == "a" && (d.medium || d.media == 0):
		d.attribute(value)
	}
}

func (d *description) attribute(value string) {
	name, rest, _ := strings.Cut(value, ":")
	switch name {
	case "rtpmap":
		if f := strings.Fields(rest); len(f) > 1 {
			d.names[f[0]], _, _ = strings.Cut(f[1], "/")
		}
	case "sendonly", "inactive", "recvonly":
		d.hold = name
	case "crypto":
		d.secure = true
	}
}

// String is the description in a few words.
func (d *description) String() string {
	var parts, codecs []string
	keys := false
	for _, f := range d.formats {
		name := d.names[f]
		if name == "" {
			name = static[f]
		}
		switch {
		case strings.EqualFold(name, "telephone-event"):
			keys = true
		case name == "":
			codecs = append(codecs, f)
		case !slices.Contains(codecs, name):
			codecs = append(codecs, name)
		}
	}
	switch d.port {
	case "":
		return "no sound"
	case "0":
		return "sound refused"
	}
	parts = append(parts, strings.Join(codecs, " "))
	if keys {
		parts = append(parts, "keys")
	}
	if d.secure {
		parts = append(parts, "SRTP")
	}
	switch {
	case d.addr == "0.0.0.0":
		parts = append(parts, "hold (0.0.0.0)")
	case d.hold != "":
		parts = append(parts, "hold ("+d.hold+")")
	}
	return strings.Join(append(parts, place(d.addr, d.port)), ", ")
}

// place is an address and a port.
func place(addr, port string) string {
	if _, err := strconv.Atoi(port); err != nil || addr == "" {
		return "port " + port
	}
	if strings.Contains(addr, ":") {
		return fmt.Sprintf("[%s]:%s", addr, port)
	}
	return addr + ":" + port
}
