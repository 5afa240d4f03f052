package dialog_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"careline/sip/dialog"
	"careline/sip/wire"
)

// logs collects what is logged.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	var log logs
	e := start(t, dialog.Options{Wire: wire.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}})
	p := newPeer(t, e.Addr())
	head := "Via: SIP/2.0/UDP " + p.addr() + ";branch=z9hG4bK-x;rport\nFrom: <sip:13800138000@h>;tag=f\nTo: <sip:b@h>\nCall-ID: 1\nCSeq: 1 OPTIONS\n"
	for _, tt := range []struct{ name, text, want string }{
		{"start line", "OPTIONS sip:b@h with more SIP/2.0\n" + head + "\n", "400 Bad Request, line 1"},
		{"version", "OPTIONS sip:b@h SIP/7.0\n" + head + "\n", "505 Version Not Supported"},
		{"scheme", "OPTIONS mailto:b@h SIP/2.0\n" + head + "\n", "416 Unsupported URI Scheme"},
		{"no end", "OPTIONS sip:b@h SIP/2.0\n" + head, "400 Bad Request, line 6 (CSeq)"},
		{"line", "OPTIONS sip:b@h SIP/2.0\n" + head + "nonsense\n\n", "400 Bad Request, line 7"},
		{"contact", "OPTIONS sip:b@h SIP/2.0\n" + head + "Contact: <sip:x\n\n", "400 Bad Request, line 7 (Contact)"},
		{"length", "OPTIONS sip:b@h SIP/2.0\n" + head + "Content-Length: -1\n\n", "400 Bad Request, line 7 (Content-Length)"},
		{"short body", "OPTIONS sip:b@h SIP/2.0\n" + head + "Content-Length: 99\n\nabc", "400 Bad Request"},
		{"method", "INFO sip:b@h SIP/2.0\n" + head + "\n", "400 CSeq does not match the method"},
		{"no from", "OPTIONS sip:b@h SIP/2.0\n" + strings.Replace(head, "From", "X", 1) + "\n", "400 Bad or missing From"},
		{"no tag", "OPTIONS sip:b@h SIP/2.0\n" + strings.Replace(head, ";tag=f", "", 1) + "\n", "400 Bad or missing From"},
		{"no to", "OPTIONS sip:b@h SIP/2.0\n" + strings.Replace(head, "To", "X", 1) + "\n", "400 Bad or missing To"},
		{"no call-id", "OPTIONS sip:b@h SIP/2.0\n" + strings.Replace(head, "Call-ID", "X", 1) + "\n", "400 Missing Call-ID"},
		{"no cseq", "OPTIONS sip:b@h SIP/2.0\n" + strings.Replace(head, "CSeq", "X", 1) + "\n", "400 Bad or missing CSeq"},
		{"two call-ids", "OPTIONS sip:b@h SIP/2.0\n" + head + "i: 2\n\n", "400 More than one Call-ID"},
	} {
		p.send(tt.text)
		res := p.take("SIP/2.0")
		if !strings.HasPrefix(res.start, "SIP/2.0 "+tt.want) || res.get("Via") == "" || tt.name != "no call-id" && res.get("Call-ID") != "1" {
			t.Errorf("%s: got\n%s\nwant %s", tt.name, res.raw, tt.want)
		}
	}
	for _, text := range []string{"nonsense", "\x00\x01", "OPTIONS x\n\n", "ACK sip:b@h\n" + head + "\n", "SIP/2.0 200\n" + head + "\n", "OPTIONS sip:b@h\n\n", "\n\n"} {
		p.send(text)
	}
	if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
		t.Errorf("a good OPTIONS got %s", res.start)
	}
	p.none("SIP/2.0")
	if n := strings.Count(log.String(), "malformed"); n != 1 {
		t.Errorf("logged %d times; want once:\n%s", n, log.String())
	}
	if strings.Contains(log.String(), "13800138000") {
		t.Errorf("a number is in the log:\n%s", log.String())
	}
	if got := e.Stats().Malformed; got != 15+6 {
		t.Errorf("Malformed = %d; want 21", got)
	}
}

// Messages over 1300 bytes leave by UDP: sipgo refuses them.
func TestLargeMessages(t *testing.T) {
	t.Parallel()
	outcome := make(chan error, 1)
	e := start(t, dialog.Options{OnInvite: func(ctx context.Context, in *dialog.Incoming) {
		_, err := in.Answer(ctx, []byte(strings.Repeat("a=x\r\n", 600)), dialog.Handlers{})
		outcome <- err
	}})
	p := newPeer(t, e.Addr())
	inv := to(p)
	inv.Offer = []byte(strings.Repeat("a=x\r\n", 600))
	done := call(t.Context(), e, inv)
	p.ok(p.take("INVITE"), "a")
	answered(t, done)
	s := p.caller("x")
	s.ack(p.final(s.invite()))
	if err := get(t, "Answer", outcome); err != nil {
		t.Error(err)
	}
}

func TestInviteBeforeRun(t *testing.T) {
	t.Parallel()
	e, err := dialog.New(dialog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := newPeer(t, e.Addr())
	done := call(t.Context(), e, to(p))
	req := p.take("INVITE")
	p.ok(req, "a")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	p.take("ACK")
	answered(t, done)
	stop()
	if err := get(t, "Run", ended); err != nil {
		t.Error(err)
	}
	if r := refused(t, call(t.Context(), e, to(p))); !errors.Is(r, dialog.ErrNotSent) {
		t.Errorf("Invite of a closed endpoint = %+v", r)
	}
}

func TestContactOfAHostThatIsConfigured(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ host, udp, want string }{
		{"sip.example.com", "", "sip.example.com:PORT"},
		{"192.0.2.1:6060", "", "192.0.2.1:6060"},
		{"", "0.0.0.0:0", "127.0.0.1:PORT"},
	} {
		e := start(t, dialog.Options{Wire: wire.Options{Host: tt.host, UDP: tt.udp}})
		p := newPeer(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), e.Addr().Port()))
		done := call(t.Context(), e, to(p))
		req := p.take("INVITE")
		_, port, _ := net.SplitHostPort(e.Addr().String())
		want := strings.Replace(tt.want, "PORT", port, 1)
		if req.get("Contact") != "<sip:1000@"+want+">" || !strings.HasPrefix(req.get("Via"), "SIP/2.0/UDP "+want+";") {
			t.Errorf("host %q: Contact: %s, Via: %s; want %s", tt.host, req.get("Contact"), req.get("Via"), want)
		}
		p.ok(req, "a")
		p.take("ACK")
		answered(t, done)
	}
}

// What waits for the network ends with the endpoint, at once.
func TestRunEndsWhatItStarted(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 9)
	e, stop := begin(t, dialog.Options{OnInvite: func(ctx context.Context, in *dialog.Incoming) {
		_, err := in.Answer(ctx, nil, dialog.Handlers{})
		ended <- err
	}})
	p := newPeer(t, e.Addr())
	done := call(t.Context(), e, to(p))
	p.reply(p.take("INVITE"), "180 Ringing", "a")
	s := p.caller("x")
	p.final(s.invite())
	go func() {
		_, err := e.Options(t.Context(), p.target("x"), "")
		ended <- err
	}()
	p.take("OPTIONS")
	begin := time.Now()
	stop()
	if r := refused(t, done); !errors.Is(r, dialog.ErrNoResponse) || !r.Rang {
		t.Errorf("Invite = %+v", r)
	}
	for range 2 {
		if err := get(t, "end", ended); err == nil {
			t.Error("what was waiting succeeded")
		}
	}
	if took := time.Since(begin); took > 20*t1 {
		t.Errorf("it took %v", took)
	}
}
