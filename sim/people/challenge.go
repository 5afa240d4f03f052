package people

import (
	"cmp"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// challenge asks for credentials.
func (l *leg) challenge(at time.Time) {
	l.nonce = sipmsg.GenerateTagN(24)
	c := digest.Challenge{Realm: l.n.realm(), Nonce: l.nonce, Algorithm: "MD5", QOP: []string{"auth"}}
	l.write(Entry{At: at, Kind: KindChallenged, Status: 407})
	l.invite.respond(l.st, 407, nil, sipmsg.NewHeader("Proxy-Authenticate", c.String()))
	l.ringUntil = at.Add(64 * l.n.o.T1) // then nobody comes any more
}

func (n *Network) realm() string { return cmp.Or(n.o.Challenge.Realm, "careline.example") }

// credentialsGood says whether the INVITE carries the right answer to our
// challenge.
func (l *leg) credentialsGood() bool {
	h := l.invite.req.GetHeader("Proxy-Authorization")
	if h == nil || l.nonce == "" {
		return false
	}
	got, err := digest.ParseCredentials(h.Value())
	if err != nil || got.Nonce != l.nonce || got.Username != l.n.o.Challenge.User {
		return false
	}
	want, err := digest.Digest(
		&digest.Challenge{Realm: l.n.realm(), Nonce: l.nonce, Algorithm: "MD5", QOP: []string{"auth"}},
		digest.Options{
			Method: "INVITE", URI: got.URI, Username: l.n.o.Challenge.User, Password: l.n.o.Challenge.Password,
			Cnonce: got.Cnonce, Count: got.Nc,
		})
	return err == nil && want.Response == got.Response
}

// challenges says whether a response asks for credentials.
func challenges(res *sipmsg.Response) bool {
	return res.StatusCode == sipmsg.StatusUnauthorized || res.StatusCode == sipmsg.StatusProxyAuthRequired
}

// answerTo adds to a repeat of r the credentials that res asks for.
func answerTo(res *sipmsg.Response, r *sipmsg.Request, c Credentials) bool {
	ask, answer := "WWW-Authenticate", "Authorization"
	if res.StatusCode == sipmsg.StatusProxyAuthRequired {
		ask, answer = "Proxy-Authenticate", "Proxy-Authorization"
	}
	h := res.GetHeader(ask)
	if h == nil {
		return false
	}
	ch, err := digest.ParseChallenge(h.Value())
	if err != nil {
		return false
	}
	cred, err := digest.Digest(ch, digest.Options{
		Method: string(r.Method), URI: r.Recipient.String(), Username: c.User, Password: c.Password,
	})
	if err != nil {
		return false
	}
	r.AppendHeader(sipmsg.NewHeader(answer, cred.String()))
	return true
}
