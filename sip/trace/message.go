package trace

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Message is one SIP message as it passed.
type Message struct {
	At        time.Time
	Sent      bool   // by us
	Transport string // UDP, TCP or TLS
	Local     netip.AddrPort
	Remote    netip.AddrPort
	Data      []byte
	Cut       int             // bytes at its end that were left out
	Again     []time.Duration // when the very same message passed again, since At
}

// Log is what was kept of a call, in the order of time.
type Log struct {
	Messages []Message
	Omitted  int // messages that were left out
	Gap      int // index of the message that they came before
}

// Title is a message's start line in short, as a ladder shows it: a request's
// method, or a response's status, with what it responds to unless that is plain.
func (m Message) Title() string {
	first, _, _ := bytes.Cut(m.Data, []byte("\n"))
	line := strings.TrimSpace(string(first))
	cseq := method(m.Header("CSeq"))
	if rest, ok := strings.CutPrefix(line, "SIP/2.0 "); ok {
		if cseq == "INVITE" || cseq == "" {
			return rest
		}
		return rest + " (" + cseq + ")"
	}
	name, _, _ := strings.Cut(line, " ")
	if name == "INVITE" && strings.Contains(m.Header("To"), "tag=") {
		return "re-INVITE"
	}
	return name
}

// Status is the status of a response; 0 for a request.
func (m Message) Status() int {
	rest, ok := bytes.CutPrefix(m.Data, []byte("SIP/2.0 "))
	if !ok || len(rest) < 3 {
		return 0
	}
	n, err := strconv.Atoi(string(rest[:3]))
	if err != nil {
		return 0
	}
	return n
}

// Method is a request's method; for a response that of the request.
func (m Message) Method() string {
	if m.Status() != 0 {
		return method(m.Header("CSeq"))
	}
	name, _, _ := bytes.Cut(m.Data, []byte(" "))
	return string(name)
}

// method is that of a CSeq.
func method(cseq string) string {
	_, name, _ := strings.Cut(strings.TrimSpace(cseq), " ")
	return strings.TrimSpace(name)
}

// compact are the short names of the headers that are looked for.
var compact = map[string]string{"to": "t", "content-type": "c", "contact": "m", "refer-to": "r", "session-expires": "x"}

// Header returns the first value of a header; empty without one.
func (m Message) Header(name string) string {
	name = strings.ToLower(name)
	rest := m.Data
	for first := true; len(rest) > 0; first = false {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 {
			break
		}
		i := bytes.IndexByte(line, ':')
		if first || i < 0 {
			continue
		}
		if is := strings.ToLower(string(bytes.TrimSpace(line[:i]))); is == name || is == compact[name] {
			return string(bytes.TrimSpace(line[i+1:]))
		}
	}
	return ""
}

// Body is what follows the headers.
func (m Message) Body() []byte {
	_, body := parts(m.Data)
	return body
}

// parts splits a message after the empty line that ends its headers.
func parts(data []byte) (head, body []byte) {
	for i := range data {
		if data[i] != '\n' {
			continue
		}
		end := i + 1
		if end < len(data) && data[end] == '\r' {
			end++
		}
		if end < len(data) && data[end] == '\n' {
			return data[:end+1], data[end+1:]
		}
	}
	return data, nil
}
