package trace_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/sip/trace"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	start   = time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	ours    = netip.MustParseAddrPort("192.0.2.1:5060")
	carrier = netip.MustParseAddrPort("198.51.100.7:5060")
	phone   = netip.MustParseAddrPort("192.0.2.40:5062")
)

// seen is a message with a far end, so many milliseconds after the start.
type seen struct {
	ms   int
	sent bool
	head string // start line, and headers beside those that every message has
	body string
}

const sdpOffer = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 10000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"

// message builds one.
func message(far netip.AddrPort, s seen) trace.Message {
	var b strings.Builder
	lines := strings.Split(s.head, "\n")
	b.WriteString(lines[0] + "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nCall-ID: abc\r\n")
	for _, l := range lines[1:] {
		b.WriteString(l + "\r\n")
	}
	if s.body != "" && !strings.Contains(s.head, "Content-Type") {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(s.body), s.body)
	return trace.Message{
		At: start.Add(time.Duration(s.ms) * time.Millisecond), Sent: s.sent, Transport: "UDP",
		Local: ours, Remote: far, Data: []byte(b.String()),
	}
}

// record has a recorder note messages.
func record(o trace.Options, far netip.AddrPort, list ...seen) trace.Log {
	r := trace.NewRecorder(o)
	r.Claim("abc", start)
	for _, s := range list {
		r.Note("abc", message(far, s))
	}
	return r.Take("abc")
}

// customer is a call to a customer who is handed to an agent, with all that a
// ladder shows.
var customer = []seen{
	{0, true, "INVITE sip:+441@198.51.100.7 SIP/2.0\nCSeq: 1 INVITE\nTo: <sip:+441@198.51.100.7>", sdpOffer},
	{500, true, "INVITE sip:+441@198.51.100.7 SIP/2.0\nCSeq: 1 INVITE\nTo: <sip:+441@198.51.100.7>", sdpOffer},
	{520, false, "SIP/2.0 407 Proxy Authentication Required\nCSeq: 1 INVITE\nProxy-Authenticate: Digest realm=\"c\", nonce=\"n1\"", ""},
	{521, true, "ACK sip:+441@198.51.100.7 SIP/2.0\nCSeq: 1 ACK", ""},
	{522, true, "INVITE sip:+441@198.51.100.7 SIP/2.0\nCSeq: 2 INVITE\nProxy-Authorization: Digest username=\"a\", response=\"r1\"\nTo: <sip:+441@198.51.100.7>", sdpOffer},
	{530, false, "SIP/2.0 100 Trying\nCSeq: 2 INVITE", ""},
	{900, false, "SIP/2.0 183 Session Progress\nCSeq: 2 INVITE\nRSeq: 1", strings.Replace(sdpOffer, "8 0 101", "8 101", 1)},
	{901, true, "PRACK sip:x SIP/2.0\nCSeq: 3 PRACK", ""},
	{905, false, "SIP/2.0 200 OK\nCSeq: 3 PRACK", ""},
	{4000, false, "SIP/2.0 200 OK\nCSeq: 2 INVITE", strings.Replace(sdpOffer, "8 0 101", "8 101", 1)},
	{4001, true, "ACK sip:x SIP/2.0\nCSeq: 2 ACK", ""},
	{9000, false, "INVITE sip:y SIP/2.0\nCSeq: 7 INVITE\nTo: <sip:z>;tag=1", sdpOffer + "a=sendonly\r\n"},
	{9001, true, "SIP/2.0 491 Request Pending\nCSeq: 7 INVITE", ""},
	{12000, false, "BYE sip:y SIP/2.0\nCSeq: 8 BYE\nReason: Q.850;cause=16;text=\"Normal call clearing\"", ""},
	{12001, true, "SIP/2.0 200 OK\nCSeq: 8 BYE", ""},
}

var agent = []seen{
	{6000, true, "INVITE sip:lina@192.0.2.40 SIP/2.0\nCSeq: 1 INVITE\nTo: <sip:lina@192.0.2.40>", sdpOffer},
	{6010, false, "SIP/2.0 180 Ringing\nCSeq: 1 INVITE", ""},
	{7000, false, "SIP/2.0 200 OK\nCSeq: 1 INVITE", sdpOffer},
	{7001, true, "ACK sip:lina SIP/2.0\nCSeq: 1 ACK", ""},
	{10000, true, "REFER sip:lina SIP/2.0\nCSeq: 2 REFER\nRefer-To: <sip:somebody@example.com>", ""},
	{10001, false, "SIP/2.0 202 Accepted\nCSeq: 2 REFER", ""},
	{10002, false, "NOTIFY sip:us SIP/2.0\nCSeq: 2 NOTIFY\nContent-Type: message/sipfrag", "SIP/2.0 100 Trying"},
	{10003, true, "SIP/2.0 200 OK\nCSeq: 2 NOTIFY", ""},
	{12002, true, "BYE sip:lina SIP/2.0\nCSeq: 3 BYE", ""},
	{12005, false, "SIP/2.0 200 OK\nCSeq: 3 BYE", ""},
}

func TestLadder(t *testing.T) {
	one := trace.Leg{Party: "carrier", Log: record(trace.Options{}, carrier, customer...)}
	two := trace.Leg{Party: "lina", Log: record(trace.Options{}, phone, agent...)}
	for name, tt := range map[string]struct {
		legs  []trace.Leg
		width int
	}{
		"one-80":  {[]trace.Leg{one}, 80},
		"two-80":  {[]trace.Leg{one, two}, 40},
		"two-120": {[]trace.Leg{one, two}, 120},
		"gap":     {[]trace.Leg{{Party: "carrier", Log: record(trace.Options{Messages: 6}, carrier, customer...)}}, 80},
		"none":    {[]trace.Leg{{Party: "carrier"}}, 80},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := trace.WriteLadder(&b, tt.legs, tt.width); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".ladder", b.String())
			for line := range strings.Lines(b.String()) {
				if n := len([]rune(strings.TrimRight(line, "\n"))); n > max(tt.width, 80) {
					t.Errorf("a line of %d characters:\n%s", n, line)
				}
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestTimers(t *testing.T) {
	l := record(trace.Options{}, carrier, customer...)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	want := trace.Timers{
		Invite: at(0), Trying: at(530), Ringing: at(900), Final: at(4000), Ack: at(4001), Bye: at(12000), Over: at(12001),
	}
	if diff := cmp.Diff(want, l.Timers()); diff != "" {
		t.Errorf("Timers (-want +got):\n%s", diff)
	}
	if why, sent := l.Reason(); sent || why != `Q.850;cause=16;text="Normal call clearing"` {
		t.Errorf("Reason = %q, ours %t; want that of the carrier's BYE", why, sent)
	}
}

// What was packed is what is unpacked, but for its secrets.
func TestEncode(t *testing.T) {
	l := record(trace.Options{Messages: 6, Largest: 300}, carrier, customer...)
	packed, err := trace.Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	for i := range l.Messages {
		l.Messages[i].Data = trace.Mask(l.Messages[i].Data)
	}
	got, err := trace.Decode(packed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("Decode (-want +got):\n%s", diff)
	}
	if l.Omitted == 0 || l.Messages[0].Again == nil || l.Messages[0].Cut == 0 {
		t.Error("the log leaves nothing out, repeats nothing and cuts nothing: the test says little")
	}
	empty, err := trace.Decode(nil)
	if err != nil || len(empty.Messages) != 0 {
		t.Errorf("Decode(nil) = %v, %v; want an empty log", empty, err)
	}
}

func FuzzDecode(f *testing.F) {
	packed, err := trace.Encode(record(trace.Options{}, carrier, customer...))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add(packed[:len(packed)/2])
	f.Add([]byte("no trace at all"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := trace.Decode(b)
		if err != nil {
			return
		}
		if err := trace.WriteLadder(&bytes.Buffer{}, []trace.Leg{{Party: "x", Log: l}}, 80); err != nil {
			t.Error(err)
		}
		l.Timers()
		if err := trace.WritePcap(&bytes.Buffer{}, l); err != nil {
			t.Error(err)
		}
	})
}
