package dialog_test

import (
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/dialog"
	"careline/sip/wire"
)

// dropped is what is expected of a message that gets no response.
const dropped = 0

// torture is one message of RFC 4475, and what we do with it. Where the RFC
// leaves a choice it is said which one we take.
type torture struct {
	section, name string
	want          int    // the status that answers it
	has           string // what the response says besides; a regular expression
}

// tortures are the 49 messages, in the RFC's order.
var tortures = []torture{
	{"3.1.1.1", "wsinv", 481, "branch=z9hG4bK9ikj8\r(.|\n)*branch=z9hG4bK30239\r"}, // well-formed, with a To-tag of ours that does not exist
	{"3.1.1.2", "intmeth", 405, "\nAllow: "},
	{"3.1.1.3", "esc01", 486, ""},
	{"3.1.1.4", "escnull", 401, ""},
	{"3.1.1.5", "esc02", 405, "\nAllow: "}, // an escaped method is not REGISTER
	{"3.1.1.6", "lwsdisp", 200, ""},
	{"3.1.1.7", "longreq", 486, ""},
	{"3.1.1.8", "dblreq", 401, ""}, // in a datagram what follows the first message is dropped
	{"3.1.1.9", "semiuri", 200, ""},
	{"3.1.1.10", "transports", 200, ""},
	{"3.1.1.11", "mpart01", 405, "\nAllow: "},
	{"3.1.1.12", "unreason", dropped, ""}, // of no call of ours; see TestRFC4475Responses
	{"3.1.1.13", "noreason", dropped, ""}, // likewise

	{"3.1.2.1", "badinv01", 400, ""},
	{"3.1.2.2", "clerr", 400, ""},
	{"3.1.2.3", "ncl", 400, ""},
	{"3.1.2.4", "scalar02", 400, ""},
	{"3.1.2.5", "scalarlg", dropped, ""},
	{"3.1.2.6", "quotbal", 400, ""},
	{"3.1.2.7", "ltgtruri", 400, ""},
	{"3.1.2.8", "lwsruri", 400, ""},
	{"3.1.2.9", "lwsstart", 400, ""},
	{"3.1.2.10", "trws", 400, ""},
	{"3.1.2.11", "escruri", 400, ""},
	{"3.1.2.12", "baddate", 486, ""}, // Date is not read here
	{"3.1.2.13", "regbadct", 400, ""},
	{"3.1.2.14", "badaspec", 400, ""},
	{"3.1.2.15", "baddn", 400, ""},
	{"3.1.2.16", "badvers", 505, ""},
	{"3.1.2.17", "mismatch01", 400, ""},
	{"3.1.2.18", "mismatch02", 400, ""},
	{"3.1.2.19", "bigcode", dropped, ""},

	{"3.2.1", "badbranch", 200, ""}, // told from others by all else (RFC 2543)

	{"3.3.1", "insuf", 400, ""},
	{"3.3.2", "unkscm", 416, ""},
	{"3.3.3", "novelsc", 416, ""},
	{"3.3.4", "unksm2", 400, ""},
	{"3.3.5", "bext01", 420, "\nUnsupported: nothingSupportsThis, nothingSupportsThisEither\r"},
	{"3.3.6", "invut", 415, "\nAccept: application/sdp\r"},
	{"3.3.7", "regaut01", 401, "\nWWW-Authenticate: Digest "},
	{"3.3.8", "multi01", 400, ""},
	{"3.3.9", "mcl01", 400, ""},
	{"3.3.10", "bcast", dropped, ""},
	{"3.3.11", "zeromf", 200, ""}, // it need not go any further
	{"3.3.12", "cparam01", 401, ""},
	{"3.3.13", "cparam02", 401, ""},
	{"3.3.14", "regescrt", 401, ""},
	{"3.3.15", "sdp01", 406, ""},

	{"3.4.1", "inv2543", 400, ""}, // RFC 2543 is not spoken: no From-tag
}

// message reads one of the RFC's messages, byte for byte.
func (m torture) message(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/rfc4475", m.name+".dat"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// tortured is an endpoint that refuses calls and registrations as its user may.
func tortured(t *testing.T, invited chan<- *dialog.Incoming) *dialog.Endpoint {
	t.Helper()
	a := dialog.NewAuthenticator("r", 0)
	return start(t, dialog.Options{
		Wire: wire.Options{TCP: "127.0.0.1:0"},
		OnInvite: func(_ context.Context, in *dialog.Incoming) {
			invited <- in
			_ = in.Refuse(486, "Busy Here")
		},
		OnRegister: func(_ context.Context, req *sipmsg.Request, respond dialog.Respond) {
			_ = respond(401, "Unauthorized", a.Challenge(req, false)...)
		},
	})
}

var wellKnowns atomic.Int32

// wellKnown is a peer on port 5060 of an address of its own: where a Via names no
// port and asks for no rport, that is where the response goes.
func wellKnown(t *testing.T, to netip.AddrPort) *peer {
	t.Helper()
	ip := net.IPv4(127, byte(40+os.Getpid()%20), byte(os.Getpid()/20), byte(wellKnowns.Add(1)))
	return newPeerAt(t, &net.UDPAddr{IP: ip, Port: 5060}, to)
}

var callIDLine = regexp.MustCompile(`(?im)^(?:call-id|i) *: *(.*?)\r$`)

// check asserts what answers a message in a datagram, and that the endpoint lives
// on.
func (m torture) check(t *testing.T, p *peer) {
	t.Helper()
	if m.want == dropped {
		p.raw(m.message(t))
	} else {
		m.answered(t, p)
	}
	if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
		t.Errorf("OPTIONS after it got %s", res.start)
	}
	if m.want == dropped {
		p.none("SIP/2.0")
	}
}

// answered asserts what answers a message.
func (m torture) answered(t *testing.T, p *peer) {
	t.Helper()
	text := m.message(t)
	id := ""
	if found := callIDLine.FindStringSubmatch(text); found != nil {
		id = found[1]
	}
	p.raw(text)
	var res msg
	p.until("the response to "+m.name, func() bool {
		for _, r := range p.box {
			if r.code() >= 200 && r.get("Call-ID") == id {
				res = r
				return true
			}
		}
		return false
	})
	if res.code() != m.want || !regexp.MustCompile(m.has).MatchString(res.raw) {
		t.Errorf("got\n%s\nwant %d %q", res.raw, m.want, m.has)
	}
}

// Every message of RFC 4475, in a datagram. Each has an endpoint to itself, as
// several name the same transaction.
func TestRFC4475(t *testing.T) {
	t.Parallel()
	if files, err := filepath.Glob("testdata/rfc4475/*.dat"); err != nil || len(files) != 49 || len(tortures) != 49 {
		t.Fatalf("%d messages, %d expectations, %v; want 49 of each", len(files), len(tortures), err)
	}
	for _, m := range tortures {
		t.Run(m.section+"_"+m.name, func(t *testing.T) {
			t.Parallel()
			e := tortured(t, make(chan *dialog.Incoming, 1))
			m.check(t, wellKnown(t, e.Addr()))
			if s := e.Stats(); s.Panics > 0 {
				t.Errorf("Stats = %+v; want no panic", s)
			}
		})
	}
}

// The same over a connection, where the length of a message tells what follows
// it: what is not there in full is waited for, and what follows a body that was
// longer than it said ends the connection.
func TestRFC4475OverTCP(t *testing.T) {
	t.Parallel()
	unframed := map[string]bool{"clerr": true, "baddn": true, "dblreq": true}
	for _, m := range tortures {
		t.Run(m.section+"_"+m.name, func(t *testing.T) {
			t.Parallel()
			e := tortured(t, make(chan *dialog.Incoming, 1))
			p := overTCP(t, dialTCP(t, e.TCPAddr()))
			if m.want == dropped || unframed[m.name] {
				p.raw(m.message(t))
			} else {
				m.answered(t, p)
			}
			alive(t, e)
			if m.want == dropped {
				p.none("SIP/2.0")
			}
		})
	}
}

// What the calls among them say reaches whoever takes calls.
func TestRFC4475Calls(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		section, name, dialed string
		from                  dialog.Party
	}{
		{"3.1.1.3", "esc01", "sips:user@example.com", dialog.Party{User: "I have spaces", Host: "example.net"}},
		{"3.1.2.12", "baddate", "user", dialog.Party{User: "caller", Host: "example.net"}},
	} {
		invited := make(chan *dialog.Incoming, 1)
		p := wellKnown(t, tortured(t, invited).Addr())
		m := torture{section: tt.section, name: tt.name}
		p.raw(m.message(t))
		in := get(t, "INVITE", invited)
		if in.Dialed() != tt.dialed || in.From() != tt.from || !strings.Contains(string(in.Offer()), "m=audio 49217 RTP/AVP 0 12") {
			t.Errorf("%s: %+v calls %q with the offer %q", tt.name, in.From(), in.Dialed(), in.Offer())
		}
	}
}

// Responses to a call of ours may have no reason phrase, or one in any script; a
// status that is none ends nothing.
func TestRFC4475Responses(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	done := call(t.Context(), e, to(p))
	req := p.take("INVITE")
	for _, name := range []string{"noreason", "bigcode"} {
		p.reply(req, torture{name: name}.status(t), "a")
	}
	p.ok(req, "a", torture{name: "scalarlg"}.line(t, "Retry-After"))
	p.take("ACK")
	answered(t, done)

	done = call(t.Context(), e, to(p))
	req = p.take("INVITE")
	p.reply(req, torture{name: "unreason"}.status(t), "c", "Contact: <sip:callee@"+p.addr()+">", sdpType, "", sdp("peer"))
	p.take("ACK")
	answered(t, done)
}

// status is a response's status line without its version.
func (m torture) status(t testing.TB) string {
	t.Helper()
	line, _, _ := strings.Cut(m.message(t), "\r\n")
	return strings.TrimPrefix(line, "SIP/2.0 ")
}

// line is a header line of a message.
func (m torture) line(t testing.TB, name string) string {
	t.Helper()
	return regexp.MustCompile(`(?m)^` + name + `: .*`).FindString(strings.ReplaceAll(m.message(t), "\r", ""))
}
