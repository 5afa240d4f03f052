package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"careline/campaigns"
	"careline/sip/dialog"
)

// retorts are responses to an INVITE that have it sent again, confirmed, moved
// or ended.
func retorts(p *peer, req msg, r *rand.Rand) string {
	tag := fmt.Sprint("t", r.IntN(3))
	at := "Contact: <sip:x@" + p.addr() + ">"
	switch r.IntN(8) {
	case 0:
		return p.response(req, "302 Moved", tag, fmt.Sprintf("Contact: <sip:a@%s;x?y=z>;q=0.3, \"B\" <sip:b@%[1]s>;q=1", p.addr()))
	case 1:
		return p.response(req, "401 Unauthorized", tag, `WWW-Authenticate: Digest realm="r", nonce="n", qop="auth,auth-int", opaque="o"`,
			`WWW-Authenticate: Digest realm="r", nonce="m", algorithm=SHA-256`)
	case 2:
		return p.response(req, "407 Proxy", tag, `Proxy-Authenticate: Digest realm="p", nonce="n", stale=true`)
	case 3:
		return p.response(req, "420 Bad Extension", tag, "Unsupported: 100rel, timer,")
	case 4:
		return p.response(req, "422 Too Small", tag, "Min-SE: 7200;x=y")
	case 5:
		return p.response(req, "200 OK", tag, at, "Session-Expires: 90;refresher=uac", sdpType, "", sdp("x"))
	case 6:
		return p.response(req, "486 Busy Here", tag, `Reason: SIP;cause=486;text="a, \"b\"", Q.850;cause=17`, "Retry-After: 5 (x);duration=3")
	default:
		return p.response(req, "183 Session Progress", tag, at, "Require: 100rel", fmt.Sprint("RSeq: ", r.IntN(3)), "P-Early-Media: gated,sendrecv", sdpType, "", sdp("y"))
	}
}

// spoil mutates a response, but for where it leads to: what is sent stays here.
func spoil(r *rand.Rand, text, other string) string {
	if strings.HasPrefix(text, "SIP/2.0 302") {
		return mutate(r, text, other) // Redirect is asked
	}
	var at, rest []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if strings.HasPrefix(line, "Contact:") {
			at = append(at, line)
			continue
		}
		rest = append(rest, line)
	}
	start, tail, _ := strings.Cut(mutate(r, strings.Join(rest, "\r\n"), "\r\nX: "+strings.Repeat("y", r.IntN(9))), "\r\n")
	return strings.Join(append([]string{start}, append(at, tail)...), "\r\n")
}

// Whatever a callee says, calls come to an end, and nothing panics.
func TestMutatedResponses(t *testing.T) {
	t.Parallel()
	e, p := robust(t)
	r := rand.New(rand.NewPCG(3, 4))
	var calls sync.WaitGroup
	for range 150 {
		inv := to(p)
		inv.Ring, inv.Credentials = 50*time.Millisecond, dialog.Credentials{User: "u", Password: "p"}
		inv.Redirect = func(_ context.Context, leg campaigns.Leg) error {
			if !strings.HasSuffix(leg.Moved, "@"+p.addr()) {
				return errors.New("not here")
			}
			return nil
		}
		calls.Go(func() {
			if d, err := e.Invite(t.Context(), inv); err == nil {
				_ = d.Bye(t.Context(), dialog.Reason{})
			}
		})
		req := p.take("INVITE")
		for range 1 + r.IntN(5) {
			p.raw(spoil(r, retorts(p, req, r), retorts(p, req, r)))
		}
	}
	calls.Wait()
	serves(t, p)
	if s := e.Stats(); s.Panics > 0 {
		t.Errorf("%+v; want no panic", s)
	}
}
