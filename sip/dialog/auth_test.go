package dialog_test

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/dialog"
)

// field reads a parameter of a digest header.
func field(header, name string) string {
	m := regexp.MustCompile(`(?:^|[ ,])` + name + `=("[^"]*"|[^, ]*)`).FindStringSubmatch(header)
	if m == nil {
		return ""
	}
	return strings.Trim(m[1], `"`)
}

// digestOf computes a digest response by RFC 2617 section 3.2.2 and RFC 8760,
// from the parts of the credentials by their names, the password and the method.
func digestOf(part func(name string) string) string {
	h := func(s ...string) string {
		sum := md5.New()
		switch part("algorithm") {
		case "SHA-256":
			sum = sha256.New()
		case "SHA-512-256":
			sum = sha512.New512_256()
		}
		sum.Write([]byte(strings.Join(s, ":")))
		return hex.EncodeToString(sum.Sum(nil))
	}
	a1 := h(part("username"), part("realm"), part("password"))
	a2 := h(part("method"), part("uri"))
	if part("qop") == "" {
		return h(a1, part("nonce"), a2)
	}
	return h(a1, part("nonce"), part("nc"), part("cnonce"), part("qop"), a2)
}

// proves checks an Authorization header as a registrar would.
func proves(t *testing.T, header, method, password string) {
	t.Helper()
	want := digestOf(func(name string) string {
		switch name {
		case "method":
			return method
		case "password":
			return password
		}
		return field(header, name)
	})
	if field(header, "response") != want {
		t.Errorf("credentials %s do not prove %q; want response %s", header, password, want)
	}
}

func TestInviteAnswersChallenges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		status string
		asks   []string
		answer string // header
		want   string // in it
	}{
		{"md5", "401 Unauthorized", []string{`WWW-Authenticate: Digest realm="r", nonce="n1", algorithm=MD5, qop="auth"`}, "Authorization", `algorithm=MD5`},
		{"no qop", "401 Unauthorized", []string{`WWW-Authenticate: Digest realm="r", nonce="n1"`}, "Authorization", `nonce="n1"`},
		{"sha", "407 Proxy", []string{`Proxy-Authenticate: Digest realm="r", nonce="n1", algorithm=SHA-256, qop="auth-int, auth"`}, "Proxy-Authorization", `algorithm=SHA-256`},
		{"preference", "401 Unauthorized", []string{
			`WWW-Authenticate: Digest realm="r", nonce="n0", algorithm=AKAv1-MD5`,
			`WWW-Authenticate: Digest realm="r", nonce="n1", algorithm=SHA-256, qop="auth"`,
			`WWW-Authenticate: Digest realm="r", nonce="n2", algorithm=MD5, qop="auth"`,
		}, "Authorization", `nonce="n1"`},
		{"strongest", "401 Unauthorized", []string{
			`WWW-Authenticate: Digest realm="r", nonce="n1", algorithm=MD5, qop="auth"`,
			`WWW-Authenticate: Digest realm="r", nonce="n2", algorithm=SHA-512-256, opaque="o p", qop="auth"`,
			`WWW-Authenticate: Digest realm="r", nonce="n3", algorithm=SHA-256, qop="auth"`,
		}, "Authorization", `opaque="o p"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := start(t, dialog.Options{})
			p := newPeer(t, e.Addr())
			inv := to(p)
			inv.Credentials = dialog.Credentials{User: "user", Password: "secret"}
			done := call(t.Context(), e, inv)
			first := p.take("INVITE")
			p.reply(first, tt.status, "x", tt.asks...)
			p.take("ACK")
			again := p.take("INVITE")
			header := again.get(tt.answer)
			proves(t, header, "INVITE", "secret")
			if !strings.Contains(header, tt.want) || field(header, "uri") != inv.Leg.Target {
				t.Errorf("%s: %s; want %s", tt.answer, header, tt.want)
			}
			if again.get("CSeq") != "2 INVITE" || branchOf(again) != inv.Leg.Branch+".2" || again.body != first.body ||
				again.get("From") != first.get("From") || again.get("Call-ID") != first.get("Call-ID") || len(again.all("Via")) != 1 {
				t.Errorf("the repeated INVITE is\n%s", again.raw)
			}
			p.ok(again, "a")
			if ack := p.take("ACK", "2 ACK"); ack.get(tt.answer) != header {
				t.Errorf("ACK has %s: %s; want that of the INVITE", tt.answer, ack.get(tt.answer))
			}
			answered(t, done)
		})
	}
}

func TestInviteIsChallengedAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, second string
		tries        int
	}{
		{"stale", `WWW-Authenticate: Digest realm="r", nonce="n2", stale=true`, 3},
		{"wrong password", `WWW-Authenticate: Digest realm="r", nonce="n2"`, 2},
		{"proxy as well", `Proxy-Authenticate: Digest realm="p", nonce="n2"`, 3},
		{"nonsense", `WWW-Authenticate: Basic realm="r"`, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := start(t, dialog.Options{})
			p := newPeer(t, e.Addr())
			inv := to(p)
			inv.Credentials = dialog.Credentials{User: "user", Password: "secret"}
			done := call(t.Context(), e, inv)
			p.reply(p.take("INVITE"), "401 Unauthorized", "x", `WWW-Authenticate: Digest realm="r", nonce="n1"`)
			status := "401 Unauthorized"
			if strings.HasPrefix(tt.second, "Proxy") {
				status = "407 Proxy Authentication Required"
			}
			p.reply(p.take("INVITE"), status, "x", tt.second)
			if tt.tries == 3 {
				third := p.take("INVITE")
				if third.get("CSeq") != "3 INVITE" || branchOf(third) != inv.Leg.Branch+".3" || len(third.all("Authorization")) != 1 {
					t.Errorf("third INVITE is\n%s", third.raw)
				}
				p.reply(third, status, "x", tt.second)
			}
			if r := refused(t, done); r.Code/10 != 40 {
				t.Errorf("Invite = %+v", r)
			}
		})
	}
}

// guarded is an endpoint whose REGISTER needs the password of alice.
func guarded(t *testing.T, a *dialog.Authenticator) (*peer, *side) {
	t.Helper()
	e := start(t, dialog.Options{OnRegister: func(_ context.Context, req *sipmsg.Request, respond dialog.Respond) {
		user, v := a.Verify(req, func(user string) (string, bool) { return "wonder", user == "alice" })
		if v == dialog.Authentic && user == "alice" {
			_ = respond(200, "OK")
			return
		}
		if v == dialog.Wrong {
			_ = respond(403, "Forbidden")
			return
		}
		_ = respond(401, "Unauthorized", a.Challenge(req, v == dialog.Stale)...)
	}})
	p := newPeer(t, e.Addr())
	return p, p.caller("alice")
}

// proof answers a challenge; change alters some of its parts.
func proof(s *side, chal, alg string, change map[string]string) string {
	v := map[string]string{
		"username": "alice", "password": "wonder", "realm": field(chal, "realm"), "nonce": field(chal, "nonce"),
		"uri": s.uri, "nc": "00000001", "cnonce": "abc", "qop": "auth", "method": "REGISTER", "algorithm": alg,
	}
	maps.Copy(v, change)
	qop := ""
	if v["qop"] != "" {
		qop = fmt.Sprintf(", qop=%s, nc=%s, cnonce=%q", v["qop"], v["nc"], v["cnonce"])
	}
	return fmt.Sprintf("Authorization: Digest username=%q, realm=%q, nonce=%q, uri=%q, algorithm=%s, response=%q%s",
		v["username"], v["realm"], v["nonce"], v["uri"], alg, digestOf(func(name string) string { return v[name] }), qop)
}

func TestVerify(t *testing.T) {
	t.Parallel()
	_, s := guarded(t, dialog.NewAuthenticator("careline", 0, "SHA-256", "MD5"))
	challenge := func() []string {
		res := s.do("REGISTER")
		if res.code() != 401 || res.get("Allow") != "" {
			t.Fatalf("REGISTER got %s; want 401", res.start)
		}
		return res.all("WWW-Authenticate")
	}
	both := challenge()
	if len(both) != 2 || field(both[0], "algorithm") != "SHA-256" || field(both[1], "algorithm") != "MD5" || field(both[0], "qop") != "auth" {
		t.Fatalf("challenges are %q", both)
	}
	for _, tt := range []struct {
		name, alg string
		change    map[string]string
		want      int
	}{
		{"right", "MD5", nil, 200},
		{"right in SHA-256", "SHA-256", nil, 200},
		{"without qop", "MD5", map[string]string{"qop": ""}, 200},
		{"wrong password", "MD5", map[string]string{"password": "guess"}, 403},
		{"unknown user", "MD5", map[string]string{"username": "bob"}, 403},
		{"unknown user, empty password", "MD5", map[string]string{"username": "bob", "password": ""}, 403},
		{"another method", "MD5", map[string]string{"method": "INVITE"}, 403},
		{"another uri", "MD5", map[string]string{"uri": "sip:bob@elsewhere"}, 403},
		{"another realm", "MD5", map[string]string{"realm": "elsewhere"}, 401},
		{"nonce of another", "MD5", map[string]string{"nonce": strings.Repeat("ab", 32)}, 401},
		{"nonce that is none", "MD5", map[string]string{"nonce": "x"}, 401},
		{"qop that we lack", "MD5", map[string]string{"qop": "auth-int"}, 403},
	} {
		res := s.do("REGISTER", proof(s, challenge()[0], tt.alg, tt.change))
		if res.code() != tt.want {
			t.Errorf("%s: got %s; want %d", tt.name, res.start, tt.want)
		}
	}
	for _, header := range []string{"Digest", "Basic YTpi", `Digest username="alice"`, `Digest username="a`, `Digest nc=zz`} {
		if res := s.do("REGISTER", "Authorization: "+header); res.code() != 401 {
			t.Errorf("Authorization %q got %s; want 401", header, res.start)
		}
	}
}

func TestVerifyTakesANonceOnce(t *testing.T) {
	t.Parallel()
	_, s := guarded(t, dialog.NewAuthenticator("careline", 0))
	chal := s.do("REGISTER").get("WWW-Authenticate")
	for _, tt := range []struct {
		nc   string
		want int
	}{{"00000001", 200}, {"00000001", 401}, {"00000002", 200}, {"00000009", 200}, {"00000003", 401}} {
		res := s.do("REGISTER", proof(s, chal, "MD5", map[string]string{"nc": tt.nc}))
		if res.code() != tt.want {
			t.Errorf("nc=%s got %s; want %d", tt.nc, res.start, tt.want)
		}
		if stale := field(res.get("WWW-Authenticate"), "stale"); tt.want == 401 && stale != "true" {
			t.Errorf("nc=%s: challenge is not stale: %s", tt.nc, res.get("WWW-Authenticate"))
		}
	}
}

func TestVerifyOfAnOldNonce(t *testing.T) {
	t.Parallel()
	a := dialog.NewAuthenticator("careline", time.Nanosecond)
	_, s := guarded(t, a)
	chal := s.do("REGISTER").get("WWW-Authenticate")
	<-time.After(2 * time.Millisecond)
	res := s.do("REGISTER", proof(s, chal, "MD5", nil))
	if res.code() != 401 || field(res.get("WWW-Authenticate"), "stale") != "true" {
		t.Errorf("an old nonce got\n%s\nwant stale=true", res.raw)
	}
}

// What one source is challenged with is no use to another, whoever tells it: so
// nobody can fail in the name of a source that is not theirs.
func TestVerifyTakesANonceFromItsSource(t *testing.T) {
	t.Parallel()
	a := dialog.NewAuthenticator("careline", 0)
	_, s := guarded(t, a)
	chal := s.do("REGISTER").get("WWW-Authenticate")
	for _, tt := range []struct {
		source string
		want   dialog.Verdict
	}{{"127.0.0.1:9", dialog.Wrong}, {"192.0.2.1:5060", dialog.Stale}, {"[2001:db8::1]:5060", dialog.Stale}} {
		text := "REGISTER sip:h SIP/2.0\r\n" + proof(s, chal, "MD5", map[string]string{"password": "guess"}) + "\r\n\r\n"
		msg, err := sipmsg.ParseMessage([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		msg.SetSource(tt.source)
		_, v := a.Verify(msg.(*sipmsg.Request), func(string) (string, bool) { return "wonder", true })
		if v != tt.want {
			t.Errorf("a wrong password from %s is %s; want %s", tt.source, v, tt.want)
		}
	}
}
