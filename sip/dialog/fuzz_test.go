package dialog_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/dialog"
	"careline/sip/wire"
)

// seeds are messages of every kind, valid and not, as they may reach endpoint e
// from peer p.
func seeds(p *peer) (texts []string) {
	s := p.caller("100")
	for _, method := range []string{"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "REGISTER", "PRACK", "NOTIFY"} {
		texts = append(texts, s.request(method, "Contact: *", `Authorization: Digest username="a", realm="r", nonce="n", uri="sip:x", response="y", nc=00000001, qop=auth, cnonce="c"`,
			`P-Asserted-Identity: "x" <tel:+1>, <sip:y@z>`, "Require: a,b", "Record-Route: <sip:a;lr>,<sip:b>", "Reason: Q.850;cause=16", sdpType, "", sdp("x")).raw)
		in := *s
		in.other += ";tag=in"
		texts = append(texts, in.request(method, `Content-Type: multipart/mixed; boundary="b"`, "", "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--").raw)
	}
	req := s.request("INVITE")
	for _, status := range []string{"100 Trying", "180 Ringing", "200 OK", "302 Moved", "401 Unauthorized", "487 Terminated", "699 "} {
		texts = append(texts, p.response(req, status, "t", `WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"`, "Contact: <sip:a@b:1;x>;expires=3", "Retry-After: 3;duration=4"))
	}
	return append(
		texts, "", "\r\n\r\n", "\x00\x00\x00\x00\x00", "INVITE", "SIP/2.0 200 OK\r\n\r\n",
		"INVITE sip:[::1 SIP/2.0\r\nVia: SIP/2.0/UDP [::1;branch=z9hG4bK\r\n\r\n",
		"OPTIONS sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP h:99999;branch=z9hG4bKx;rport=x;received=\r\nf: <sip:a>;tag\r\nt:\r\ni:\r\nCSeq: 4294967296 OPTIONS\r\nl: 99999999999\r\n\r\n",
	)
}

// robust is an endpoint that takes whatever comes, and a peer of it.
func robust(t testing.TB) (*dialog.Endpoint, *peer) {
	t.Helper()
	a := dialog.NewAuthenticator("r", 0)
	e := start(t, dialog.Options{
		Wire: wire.Options{TCP: "127.0.0.1:0"},
		OnInvite: func(ctx context.Context, in *dialog.Incoming) {
			_, _, _, _, _ = in.From(), in.To(), in.Asserted(), in.Dialed(), in.Header("Reason")
			if in.Header("X-Good") != "" {
				d, err := in.Answer(ctx, in.Offer(), dialog.Handlers{})
				if err == nil {
					<-d.Done()
				}
				return
			}
			_ = in.Refuse(486, "Busy Here")
		},
		OnRegister: func(_ context.Context, req *sipmsg.Request, respond dialog.Respond) {
			_, v := a.Verify(req, func(string) (string, bool) { return "x", true })
			_ = respond(401, "Unauthorized", a.Challenge(req, v == dialog.Stale)...)
		},
	})
	return e, newPeer(t, e.Addr())
}

// serves makes a whole call, to see that the endpoint lives.
func serves(t testing.TB, p *peer) {
	t.Helper()
	s := p.caller("good")
	res := p.final(s.invite("X-Good: 1"))
	if res.code() != 200 {
		t.Fatalf("a good call got %s", res.start)
	}
	s.ack(res)
	if res := s.do("BYE"); res.code() != 200 {
		t.Fatalf("its BYE got %s", res.start)
	}
	p.mu.Lock()
	p.box, p.seen = nil, make(map[string]int)
	p.mu.Unlock()
}

// mutate spoils a message in a few places.
func mutate(r *rand.Rand, s string, other string) string {
	b := []byte(s)
	for range 1 + r.IntN(4) {
		if len(b) < 2 {
			break
		}
		i, j := r.IntN(len(b)), r.IntN(len(b))
		if i > j {
			i, j = j, i
		}
		switch r.IntN(7) {
		case 0:
			b[i] = byte(r.IntN(256))
		case 1:
			b = append(b[:i:i], b[min(j, i+8):]...)
		case 2:
			b = append(b[:i:i], append([]byte(strings.Repeat(string(b[i]), r.IntN(40))), b[i:]...)...)
		case 3:
			k := r.IntN(len(other) + 1)
			b = append(b[:i:i], other[k:]...)
		case 4:
			b = b[:j]
		case 5:
			lines := strings.Split(string(b), "\r\n")
			x, y := r.IntN(len(lines)), r.IntN(len(lines))
			lines[x], lines[y] = lines[y], lines[x]
			b = []byte(strings.Join(lines, "\r\n"))
		case 6:
			const odd = "\"<>;:,=@[]*\\ \r\n\t"
			b[i] = odd[r.IntN(len(odd))]
		}
	}
	return string(b)
}

func TestMutatedMessages(t *testing.T) {
	t.Parallel()
	e, p := robust(t)
	r := rand.New(rand.NewPCG(1, 2))
	texts := seeds(p)
	end := time.Now().Add(time.Second)
	n := 0
	for ; time.Now().Before(end); n++ {
		p.raw(mutate(r, texts[r.IntN(len(texts))], texts[r.IntN(len(texts))]))
		if n%100 == 99 {
			serves(t, p)
		}
	}
	serves(t, p)
	if s := e.Stats(); s.Panics > 0 || s.Malformed == 0 {
		t.Errorf("after %d messages: %+v; want some malformed ones and no panic", n, s)
	}
}

func FuzzEndpoint(f *testing.F) {
	e, p := robust(f)
	for _, text := range seeds(p) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p.t = t
		p.raw(string(b))
		serves(t, p)
		if s := e.Stats(); s.Panics > 0 {
			t.Errorf("%+v after %q", s, b)
		}
	})
}
