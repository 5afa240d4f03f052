package dialog

import (
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// serveInfo takes keys that come by INFO, as some gateways send them in place
// of RFC 4733.
func (e *Endpoint) serveInfo(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	d := e.within(req, tx)
	if d == nil {
		return
	}
	key, held, ok := byte(0), time.Duration(0), false
	switch mediaType(req) {
	case "": // asks whether we are there
		e.respond(req, tx, 200, "OK")
		return
	case "application/dtmf-relay":
		key, held, ok = readRelay(string(req.Body()))
	case "application/dtmf":
		key, ok = readKey(string(req.Body()))
	default:
		e.respond(req, tx, 415, "Unsupported Media Type",
			sipmsg.NewHeader("Accept", "application/dtmf-relay, application/dtmf"))
		return
	}
	if !ok {
		e.respond(req, tx, 400, "Bad Signal In Body")
		return
	}
	e.respond(req, tx, 200, "OK")
	if d.handlers.Key != nil {
		d.handlers.Key(key, held)
	}
}

// readRelay reads the lines Signal=5 and Duration=160, in milliseconds.
func readRelay(body string) (key byte, held time.Duration, ok bool) {
	for line := range strings.Lines(body) {
		name, value, _ := strings.Cut(line, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "signal":
			key, ok = readKey(value)
		case "duration":
			if ms, err := strconv.ParseUint(strings.TrimSpace(value), 10, 16); err == nil {
				held = time.Duration(ms) * time.Millisecond
			}
		}
	}
	return key, held, ok
}

// readKey reads a key, or its number in RFC 4733: 10 is *, 11 is #.
func readKey(s string) (byte, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if n, err := strconv.Atoi(s); err == nil && n >= 10 && n <= 15 {
		return "*#ABCD"[n-10], true
	}
	if len(s) == 1 && strings.Contains("0123456789*#ABCD", s) {
		return s[0], true
	}
	return 0, false
}
