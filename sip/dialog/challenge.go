package dialog

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"careline/sip/grammar"
)

// ErrCredentials is the cause of a request that was refused for want of
// credentials that the peer takes; what was wrong with ours is said beside it.
var ErrCredentials = errors.New("not authenticated")

// challenge is what a realm asks for, as server or as proxy.
type challenge struct {
	asks, answers string // headers
	chal          *digest.Challenge
	count         int  // how often its nonce was used
	renewed       bool // its nonce was stale once
}

// is reports whether two challenges come from the same party.
func (c *challenge) is(other *challenge) bool {
	return c.asks == other.asks && c.chal.Realm == other.chal.Realm
}

// challenged answers a challenge; nil where none can be answered. Each realm is
// answered once, and once more when it says that the nonce was stale: what it
// refuses then it would refuse for ever.
func (r *rounds) challenged(req *sipmsg.Request, res *sipmsg.Response, cred Credentials) *sipmsg.Request {
	fresh := challenges(res)
	if len(fresh) == 0 || cred.User == "" {
		return nil
	}
	for _, c := range fresh {
		i := slices.IndexFunc(r.met, c.is)
		switch {
		case i < 0:
			r.met = append(r.met, c)
		case !c.chal.Stale || r.met[i].renewed:
			return nil
		default:
			c.renewed = true
			r.met[i] = c
		}
	}
	return req.Clone()
}

// prove gives a request credentials for all realms that have asked for them,
// each time with the next count of their nonces.
func (r *rounds) prove(req *sipmsg.Request, cred Credentials) error {
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		for req.RemoveHeader(name) {
		}
	}
	for _, c := range r.met {
		c.count++
		answer, err := digest.Digest(c.chal, digest.Options{
			Method: string(req.Method), URI: req.Recipient.String(), Count: c.count, Username: cred.User, Password: cred.Password,
		})
		if err != nil {
			return fmt.Errorf("answer the challenge of realm %q: %w", grammar.Plain(c.chal.Realm, 64), err)
		}
		req.AppendHeader(sipmsg.NewHeader(c.answers, answer.String()))
	}
	return nil
}

func isChallenge(res *sipmsg.Response) bool { return res.StatusCode == 401 || res.StatusCode == 407 }

// challenges returns what each realm asks for: the strongest of what it offers
// (RFC 8760), as whoever is in between may have put the weakest first.
func challenges(res *sipmsg.Response) (best []*challenge) {
	for _, names := range [][2]string{{"WWW-Authenticate", "Authorization"}, {"Proxy-Authenticate", "Proxy-Authorization"}} {
		for _, h := range res.GetHeaders(names[0]) {
			chal := readChallenge(h.Value())
			if chal == nil {
				continue
			}
			c := &challenge{asks: names[0], answers: names[1], chal: chal}
			i := slices.IndexFunc(best, c.is)
			switch {
			case i < 0:
				best = append(best, c)
			case strength(chal) > strength(best[i].chal):
				best[i] = c
			}
		}
	}
	return best
}

// readChallenge returns a challenge that we can answer; nil for others.
func readChallenge(s string) *digest.Challenge {
	chal, err := digest.ParseChallenge(s)
	if err != nil || strength(chal) == 0 {
		return nil
	}
	for i, qop := range chal.QOP {
		chal.QOP[i] = strings.TrimSpace(qop)
	}
	if len(chal.QOP) > 0 {
		if !slices.Contains(chal.QOP, "auth") {
			return nil
		}
		chal.QOP = []string{"auth"}
	}
	return chal
}

// strength ranks algorithms; 0 is one that we do not know.
func strength(chal *digest.Challenge) int {
	return 1 + slices.Index([]string{"MD5", "SHA-256", "SHA-512-256"}, strings.ToUpper(cmp.Or(chal.Algorithm, "MD5")))
}

// unproved says what was wrong with our credentials; nil when it was not them
// that a request was refused for.
func unproved(res *sipmsg.Response, cred Credentials) error {
	asked := challenges(res)
	switch {
	case !isChallenge(res):
		return nil
	case len(asked) == 0:
		return fmt.Errorf("%w: the peer asks in a way that is not known here, other than by digest of MD5, SHA-256 or SHA-512-256", ErrCredentials)
	case cred.User == "":
		return fmt.Errorf("%w: realm %q asks for a user and password, none are set", ErrCredentials, grammar.Plain(asked[0].chal.Realm, 64))
	default:
		return fmt.Errorf("%w: realm %q does not take user %q with this password", ErrCredentials, grammar.Plain(asked[0].chal.Realm, 64), cred.User)
	}
}
