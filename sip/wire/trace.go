package wire

import (
	"bytes"
	"net/netip"
	"strings"
	"time"
)

// Trace is one SIP message as it was read or written. Retransmissions are
// messages of their own; keep-alives are none. What Allow turned away is left
// out, what could not be parsed is not.
type Trace struct {
	At            time.Time
	Sent          bool           // by us
	Transport     string         // UDP, TCP or TLS
	Local, Remote netip.AddrPort // of the socket
	CallID        string         // empty where none can be read
	Data          []byte         // plain text, above TLS; valid during the call only; secrets are in it
}

// trace tells Options.Trace of a message, whose Call-ID it reads. What is sent is
// told of once it is written, so an answer may be told of before it; At is from
// before the writing, and tells them in order.
func (w *Wire) trace(t Trace) {
	if w.opt.Trace == nil {
		return
	}
	defer w.Rescue("trace")
	t.CallID = callIDOf(t.Data)
	if t.At.IsZero() {
		t.At = time.Now()
	}
	w.opt.Trace(t)
}

// callIDOf reads the Call-ID of a message that may not be well formed.
func callIDOf(data []byte) string {
	for len(data) > 0 {
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		if line = bytes.TrimSpace(line); len(line) == 0 {
			return ""
		}
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && isCallID(string(bytes.TrimSpace(name))) {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

func isCallID(name string) bool {
	return strings.EqualFold(name, "Call-ID") || strings.EqualFold(name, "i")
}
