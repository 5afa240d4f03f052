package dialog

import (
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Verdict is what became of a request's credentials.
type Verdict string

// The verdicts on credentials.
const (
	Authentic Verdict = "authentic"
	Missing   Verdict = "missing" // none for our realm: challenge
	Stale     Verdict = "stale"   // right, but for a nonce that is over: challenge with stale=true
	Wrong     Verdict = "wrong"   // unknown user or wrong password
)

// Authenticator checks digest credentials (RFC 3261 section 22, RFC 8760).
type Authenticator struct{}

// NewAuthenticator returns one for a realm, whose nonces last for lifetime; 0
// means 5 min.
func NewAuthenticator(_ string, _ time.Duration) *Authenticator { return &Authenticator{} }

// Verify checks the Authorization header of a request. lookup returns a user's
// password. The user is returned for Authentic alone.
func (a *Authenticator) Verify(_ *sipmsg.Request, _ func(user string) (password string, ok bool)) (user string, v Verdict) {
	return "", Missing
}

// Challenge returns the WWW-Authenticate headers of a 401.
func (a *Authenticator) Challenge(_ bool) []sipmsg.Header { return nil }
