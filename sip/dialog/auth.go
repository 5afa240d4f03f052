package dialog

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"careline/sip/wire"
)

// Verdict is what became of a request's credentials.
type Verdict string

// The verdicts on credentials.
const (
	Authentic Verdict = "authentic"
	Missing   Verdict = "missing" // none for our realm: challenge
	Stale     Verdict = "stale"   // for a nonce that is over, used up, or not given to this source: challenge with stale=true
	Wrong     Verdict = "wrong"   // unknown user or wrong password
)

// Authenticator checks digest credentials (RFC 3261 section 22, RFC 8760).
type Authenticator struct {
	realm      string
	lifetime   time.Duration
	algorithms []string
	secret     [32]byte

	mu   sync.Mutex
	used map[string]int // highest count of each nonce that was right once
}

// NewAuthenticator returns one for a realm, whose nonces last for lifetime; 0
// means 5 min. It asks for the algorithms given, in this order, MD5 when none
// is: phones that do not know SHA-256 may give up at the sight of it. Answers in
// MD5 and SHA-256 are taken whatever was asked for.
func NewAuthenticator(realm string, lifetime time.Duration, algorithms ...string) *Authenticator {
	if len(algorithms) == 0 {
		algorithms = []string{"MD5"}
	}
	a := &Authenticator{
		realm: realm, lifetime: cmp.Or(lifetime, 5*time.Minute), algorithms: algorithms, used: make(map[string]int),
	}
	_, _ = rand.Read(a.secret[:]) // never fails
	return a
}

// Challenge returns the WWW-Authenticate headers of a 401 to a request. The nonce
// in them is good for the request's source alone.
func (a *Authenticator) Challenge(req *sipmsg.Request, stale bool) []sipmsg.Header {
	nonce := a.nonce(sourceKey(req), time.Now())
	headers := make([]sipmsg.Header, 0, len(a.algorithms))
	for _, alg := range a.algorithms {
		chal := digest.Challenge{Realm: a.realm, Nonce: nonce, Algorithm: alg, QOP: []string{"auth"}, Stale: stale}
		headers = append(headers, sipmsg.NewHeader("WWW-Authenticate", chal.String()))
	}
	return headers
}

// Verify checks the Authorization header of a request. lookup returns a user's
// password. The user is who the request claims to be; it is proved for Authentic
// alone. Passwords are looked at only where the nonce is one that this source was
// given: who gives a false source is never Wrong in its name.
func (a *Authenticator) Verify(req *sipmsg.Request, lookup func(user string) (password string, ok bool)) (user string, v Verdict) {
	for _, h := range req.GetHeaders("Authorization") {
		cred, err := digest.ParseCredentials(h.Value())
		if err == nil && cred.Realm == a.realm {
			return cred.Username, a.judge(req, cred, lookup)
		}
	}
	return "", Missing
}

func (a *Authenticator) judge(req *sipmsg.Request, cred *digest.Credentials, lookup func(string) (string, bool)) Verdict {
	source, now := sourceKey(req), time.Now()
	if !a.valid(cred.Nonce, source, now) {
		return Stale
	}
	password, known := lookup(cred.Username)
	right := a.matches(req, cred, password) // asked for unknown users as well: it takes its time
	switch {
	case !known || !right || !sameTarget(cred.URI, &req.Recipient):
		return Wrong
	case !a.fresh(cred, now):
		return Stale
	}
	return Authentic
}

// matches computes the answer to the challenge and compares it.
func (a *Authenticator) matches(req *sipmsg.Request, cred *digest.Credentials, password string) bool {
	chal := &digest.Challenge{Realm: a.realm, Nonce: cred.Nonce, Algorithm: cred.Algorithm}
	switch strings.ToUpper(cred.Algorithm) {
	case "", "MD5", "SHA-256":
	default:
		return false
	}
	switch cred.QOP {
	case "":
	case "auth":
		chal.QOP = []string{"auth"}
	default:
		return false
	}
	want, err := digest.Digest(chal, digest.Options{
		Method: string(req.Method), URI: cred.URI, Count: cred.Nc, Cnonce: cred.Cnonce,
		Username: cred.Username, Password: password,
	})
	if err != nil || cred.QOP != "" && (cred.Cnonce == "" || cred.Nc < 1) {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(want.Response), []byte(strings.ToLower(cred.Response))) == 1
}

// sameTarget reports whether credentials were made for this request URI.
func sameTarget(s string, u *sipmsg.Uri) bool {
	var made sipmsg.Uri
	if err := sipmsg.ParseUri(s, &made); err != nil {
		return false
	}
	return made.User == u.User && strings.EqualFold(made.Host, u.Host)
}

// nonceSize is the length of a nonce, in bytes: time, chance, and a mac of both
// and of whom it was given to.
const nonceSize = 8 + 8 + 16

// nonce makes a nonce that we can tell to be ours, its age, and whom it was given
// to, without keeping it.
func (a *Authenticator) nonce(source string, now time.Time) string {
	b := make([]byte, 16, nonceSize)
	binary.BigEndian.PutUint64(b, uint64(now.UnixMilli()))
	_, _ = rand.Read(b[8:])
	return hex.EncodeToString(append(b, a.seal(b, source)...))
}

func (a *Authenticator) seal(b []byte, source string) []byte {
	mac := hmac.New(sha256.New, a.secret[:])
	mac.Write(b)
	mac.Write([]byte(source))
	return mac.Sum(nil)[:16]
}

func (a *Authenticator) valid(nonce, source string, now time.Time) bool {
	b, err := hex.DecodeString(nonce)
	return err == nil && len(b) == nonceSize && hmac.Equal(b[16:], a.seal(b[:16], source)) && a.young(b, now)
}

// young tells whether a nonce, of which the time comes first, is not over.
func (a *Authenticator) young(nonce []byte, now time.Time) bool {
	age := now.Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(nonce))))
	return age >= 0 && age <= a.lifetime
}

// fresh reports whether a nonce was not used with this count before: what was
// overheard cannot be sent again.
func (a *Authenticator) fresh(cred *digest.Credentials, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	last, seen := a.used[cred.Nonce]
	if seen && cred.Nc <= last {
		return false
	}
	if !seen && len(a.used)%256 == 255 {
		a.sweep(now)
	}
	a.used[cred.Nonce] = cred.Nc
	return true
}

// sweep forgets nonces that are over. a.mu is held.
func (a *Authenticator) sweep(now time.Time) {
	for nonce := range a.used {
		if b, err := hex.DecodeString(nonce); err != nil || !a.young(b, now) {
			delete(a.used, nonce)
		}
	}
}

// sourceKey is whom a nonce is given to: an IPv4 address, or the 64 bits of an
// IPv6 one that a network is given. A router may change the port.
func sourceKey(req *sipmsg.Request) string {
	ip := wire.SourceOf(req).Addr()
	if p, err := ip.Prefix(64); err == nil && ip.Is6() {
		return p.String()
	}
	return ip.String()
}
