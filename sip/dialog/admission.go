package dialog

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// fault is why a request is refused.
type fault struct {
	code   int
	reason string
}

// acceptable checks an INVITE before anybody is asked to take it.
func (e *Endpoint) acceptable(req *sipmsg.Request) (f *fault, headers []sipmsg.Header) {
	if f, headers := e.understood(req); f != nil {
		return f, headers
	}
	if req.Contact() == nil {
		return &fault{400, "Bad or missing Contact"}, nil
	}
	if wait := e.busy(req); wait > 0 {
		return &fault{503, "Service Unavailable"}, []sipmsg.Header{retryHeader(wait)}
	}
	if e.opt.OnInvite == nil {
		return &fault{403, "Forbidden"}, nil
	}
	return nil, nil
}

// understood checks that we know all that an INVITE or UPDATE insists on, and
// can keep to its session interval.
func (e *Endpoint) understood(req *sipmsg.Request) (f *fault, headers []sipmsg.Header) {
	if need := required(req); need != "" {
		return &fault{420, "Bad Extension"}, []sipmsg.Header{sipmsg.NewHeader("Unsupported", need)}
	}
	if _, ok := sdpOf(req); !ok {
		return &fault{415, "Unsupported Media Type"}, []sipmsg.Header{sipmsg.NewHeader("Accept", typeSDP)}
	}
	if !acceptsSDP(req) {
		return &fault{406, "Not Acceptable"}, nil
	}
	return e.tooShort(req)
}

// acceptsSDP reports whether a response may have a session description (RFC 3261
// section 20.1). Without an Accept it may.
func acceptsSDP(req *sipmsg.Request) bool {
	headers := req.GetHeaders("Accept")
	for _, h := range headers {
		for kind := range strings.SplitSeq(h.Value(), ",") {
			kind, _, _ = strings.Cut(kind, ";")
			switch strings.ToLower(strings.TrimSpace(kind)) {
			case typeSDP, "application/*", "*/*":
				return true
			}
		}
	}
	return len(headers) == 0
}

func (e *Endpoint) busy(req *sipmsg.Request) time.Duration {
	if e.opt.Busy == nil {
		return 0
	}
	return e.opt.Busy(userOf(&req.Recipient), wire.SourceOf(req))
}

// retryHeader asks the peer to come back after wait, in whole seconds.
func retryHeader(wait time.Duration) sipmsg.Header {
	return sipmsg.NewHeader("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
}

// serve enters an INVITE among those being served. It reports false for another
// fork of one of them, which came here by a second way (RFC 3261 section
// 8.2.2.2).
func (c *calls) serve(req *sipmsg.Request) bool {
	key := forkKey(req)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.merged[key] {
		return false
	}
	c.merged[key] = true
	return true
}

// served forgets an INVITE; one that was answered when no fork of it is under
// way any more.
func (c *calls) served(in *Incoming) {
	key := forkKey(in.req) // the rest need not be kept
	forget := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.merged = drop(c.merged, key)
	}
	if in.answered() != nil {
		c.later.add(forget)
		return
	}
	forget()
}

// forkKey is what all forks of an INVITE share.
func forkKey(req *sipmsg.Request) string {
	return fmt.Sprintf("%s\n%s\n%d", req.CallID().Value(), wire.FromTag(req), req.CSeq().SeqNo)
}
