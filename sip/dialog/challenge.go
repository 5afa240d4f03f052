package dialog

import (
	"slices"
	"strings"

	"github.com/icholy/digest"

	sipmsg "github.com/emiago/sipgo/sip"
)

// rounds counts the challenges that one request has met. The first is answered;
// so is a second one when it says that the nonce was stale, or when it comes
// from another party: a proxy on the way to the registrar.
type rounds struct{ kinds []string }

// next returns the request with credentials that answer a challenge: a copy
// with the next CSeq, whose Via is still to be set. It is nil when res is no
// challenge, or none that can be answered.
func (r *rounds) next(req *sipmsg.Request, res *sipmsg.Response, cred Credentials) *sipmsg.Request {
	asks, answers := "WWW-Authenticate", "Authorization"
	switch res.StatusCode {
	case 401:
	case 407:
		asks, answers = "Proxy-Authenticate", "Proxy-Authorization"
	default:
		return nil
	}
	chal := pick(res, asks)
	if chal == nil || cred.User == "" || len(r.kinds) >= mostTries-1 || slices.Contains(r.kinds, asks) && !chal.Stale {
		return nil
	}
	answer, err := digest.Digest(chal, digest.Options{
		Method: string(req.Method), URI: req.Recipient.String(), Username: cred.User, Password: cred.Password,
	})
	if err != nil {
		return nil
	}
	r.kinds = append(r.kinds, asks)
	again := req.Clone()
	for again.RemoveHeader(answers) {
	}
	again.CSeq().SeqNo++
	again.AppendHeader(sipmsg.NewHeader(answers, answer.String()))
	return again
}

func isChallenge(res *sipmsg.Response) bool { return res.StatusCode == 401 || res.StatusCode == 407 }

// pick returns the first challenge that we can answer: the peer's preference
// comes first (RFC 8760 section 2.4).
func pick(res *sipmsg.Response, name string) *digest.Challenge {
	for _, h := range res.GetHeaders(name) {
		chal, err := digest.ParseChallenge(h.Value())
		if err != nil || !digest.CanDigest(chal) {
			continue
		}
		for i, qop := range chal.QOP {
			chal.QOP[i] = strings.TrimSpace(qop)
		}
		if len(chal.QOP) == 0 || slices.Contains(chal.QOP, "auth") {
			return chal
		}
	}
	return nil
}
