package dialog

import (
	"slices"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// mostTries is how often one request is sent at most, changed each time so that
// what it was refused for is mended.
const mostTries = 4

// rounds counts how often one request was sent again, and what it has met.
type rounds struct {
	n   int // repeats
	met []*challenge
}

// next returns the request changed in answer to a refusal: a copy with the next
// CSeq, whose Via is still to be set. It is nil where nothing can be changed.
func (r *rounds) next(req *sipmsg.Request, res *sipmsg.Response, cred Credentials) *sipmsg.Request {
	if r.n >= mostTries-1 {
		return nil
	}
	var again *sipmsg.Request
	switch res.StatusCode {
	case 401, 407:
		again = r.challenged(req, res, cred)
	case 420:
		again = without(req, res)
	case 422:
		again = raised(req, res)
	}
	if again == nil || r.prove(again, cred) != nil {
		return nil
	}
	r.n++
	again.CSeq().SeqNo++
	return again
}

// without drops the options that the peer does not support (RFC 3261 section
// 8.1.3.5); nil when we have not asked for any of them.
func without(req *sipmsg.Request, res *sipmsg.Response) *sipmsg.Request {
	unknown := options(res, "Unsupported")
	if len(unknown) == 0 {
		return nil
	}
	again, dropped := req.Clone(), false
	for _, name := range []string{"Require", "Proxy-Require", "Supported"} {
		all := options(again, name)
		kept := slices.DeleteFunc(slices.Clone(all), func(o string) bool { return slices.Contains(unknown, o) })
		if len(kept) == len(all) {
			continue
		}
		dropped = true
		for again.RemoveHeader(name) {
		}
		if len(kept) > 0 {
			again.AppendHeader(sipmsg.NewHeader(name, strings.Join(kept, ", ")))
		}
	}
	if !dropped {
		return nil
	}
	if slices.Contains(unknown, "timer") {
		interval{}.put(again)
	}
	return again
}

// options reads the option tags that a message names in a header, in lower case.
func options(m sipmsg.Message, name string) (tags []string) {
	for tag := range strings.SplitSeq(listed(m, name), ",") {
		if tag = strings.ToLower(strings.TrimSpace(tag)); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}
