package dialog_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"careline/sip/dialog"
)

// login is a call with credentials, and its first INVITE.
func login(t *testing.T, cred dialog.Credentials) (p *peer, req msg, done <-chan result) {
	t.Helper()
	e := start(t, dialog.Options{})
	p = newPeer(t, e.Addr())
	inv := to(p)
	inv.Credentials = cred
	done = call(t.Context(), e, inv)
	return p, p.take("INVITE"), done
}

// A proxy and the server behind it each have their say; what was proved to the
// first is proved again with the next count, as it would not take one twice.
func TestInviteProvesItselfToProxyAndServer(t *testing.T) {
	t.Parallel()
	p, req, done := login(t, dialog.Credentials{User: "user", Password: "secret"})
	p.reply(req, "407 Proxy", "x", `Proxy-Authenticate: Digest realm="proxy", nonce="n1", qop="auth"`)
	second := p.take("INVITE", "2 INVITE")
	p.reply(second, "401 Unauthorized", "x", `WWW-Authenticate: Digest realm="server", nonce="n2", algorithm=SHA-256, qop="auth", opaque="o"`)
	third := p.take("INVITE", "3 INVITE")
	for name, nonce := range map[string]string{"Proxy-Authorization": "n1", "Authorization": "n2"} {
		header := third.get(name)
		proves(t, header, "INVITE", "secret")
		if len(third.all(name)) != 1 || field(header, "nonce") != nonce {
			t.Errorf("%s: %s; want one for %s", name, header, nonce)
		}
	}
	if first, next := second.get("Proxy-Authorization"), third.get("Proxy-Authorization"); field(first, "nc") != "00000001" || field(next, "nc") != "00000002" {
		t.Errorf("nonce counts are %s and %s; want 1 and 2", field(first, "nc"), field(next, "nc"))
	}
	p.ok(third, "a")
	p.take("ACK")
	answered(t, done)
}

// Two proxies that a call was forked by may both ask in one response (RFC 3261
// section 22.3).
func TestInviteAnswersTwoRealmsAtOnce(t *testing.T) {
	t.Parallel()
	p, req, done := login(t, dialog.Credentials{User: "user", Password: "secret"})
	p.reply(req, "407 Proxy", "x", `Proxy-Authenticate: Digest realm="one", nonce="n1", qop="auth"`,
		`Proxy-Authenticate: Digest realm="two", nonce="n2", qop="auth"`)
	again := p.take("INVITE", "2 INVITE")
	var realms []string
	for _, header := range again.all("Proxy-Authorization") {
		proves(t, header, "INVITE", "secret")
		realms = append(realms, field(header, "realm"))
	}
	if !slices.Equal(realms, []string{"one", "two"}) {
		t.Errorf("credentials for realms %q; want both", realms)
	}
	p.reply(again, "486 Busy Here", "x")
	refused(t, done)
}

// The error says what is wrong with the credentials, and there is no loop.
func TestInviteWithoutTheRightCredentials(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, asks, want string
		cred             dialog.Credentials
		tries            int
	}{
		{"none", `Digest realm="r", nonce="n"`, "none are set", dialog.Credentials{}, 1},
		{"wrong", `Digest realm="r", nonce="n", qop="auth"`, `does not take user "u"`, dialog.Credentials{User: "u", Password: "hush"}, 2},
		{"ever stale", `Digest realm="r", nonce="n%d", stale=true`, `does not take user "u"`, dialog.Credentials{User: "u", Password: "hush"}, 3},
		{"ever another realm", `Digest realm="r%d", nonce="n"`, `does not take user "u"`, dialog.Credentials{User: "u", Password: "hush"}, 4},
		{"unknown", `Digest realm="r", nonce="n", algorithm=AKAv1-MD5`, "not known here", dialog.Credentials{User: "u", Password: "hush"}, 1},
		{"basic", `Basic realm="r"`, "not known here", dialog.Credentials{User: "u", Password: "hush"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, req, done := login(t, tt.cred)
			for n := 1; ; n++ {
				asks := tt.asks
				if strings.Contains(asks, "%d") {
					asks = fmt.Sprintf(asks, n)
				}
				p.reply(req, "401 Unauthorized", "x", "WWW-Authenticate: "+asks)
				if n == tt.tries {
					break
				}
				req = p.take("INVITE", fmt.Sprint(n+1, " INVITE"))
			}
			r := refused(t, done)
			if !errors.Is(r, dialog.ErrCredentials) || !strings.Contains(r.Error(), tt.want) || r.Code != 401 {
				t.Errorf("Invite = %v; want %q", r, tt.want)
			}
			if strings.Contains(r.Error(), "hush") {
				t.Errorf("the error gives the password away: %v", r)
			}
			p.none("INVITE")
		})
	}
}

func TestRegisterWithAWrongPassword(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	failed := make(chan error, 9)
	done := make(chan error, 1)
	ctx, stop := cancellable(t)
	go func() {
		done <- e.Register(ctx, dialog.Registration{
			Registrar: "sip:" + p.addr(), User: "u", Credentials: dialog.Credentials{User: "u", Password: "hush"},
			OnChange: func(_ time.Time, err error) { failed <- err },
		})
	}()
	for range 2 {
		p.reply(p.take("REGISTER"), "401 Unauthorized", "x", `WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"`)
	}
	if err := get(t, "OnChange", failed); !errors.Is(err, dialog.ErrCredentials) || !strings.Contains(err.Error(), `realm "r" does not take user "u"`) {
		t.Errorf("OnChange got %v; want what is wrong", err)
	}
	stop()
	p.reply(p.take("REGISTER"), "200 OK", "x")
	if err := get(t, "Register", done); err != nil {
		t.Error(err)
	}
}
