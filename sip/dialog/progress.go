package dialog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// ErrUnconfirmed is the cause of an end before the answer: the caller has not
// confirmed a provisional response that it wanted to.
var ErrUnconfirmed = errors.New("provisional response was never confirmed")

// Progress says a provisional response, 180 to 189, to the caller: with early
// media where sdp is given. That is the answer to Offer, or where there was none
// an offer of ours; what the caller says of it goes to the dialog, as does a new
// offer of it, by h.
//
// A caller that understands RFC 3262 confirms each one with a session, and one
// that insists on it each one. Then Progress returns when it has, or ctx ends;
// ErrUnconfirmed, with the call refused, after 64*T1 without. To others an offer
// of ours cannot be said before the answer, and is left out.
func (in *Incoming) Progress(ctx context.Context, code int, sdp []byte, h Handlers) error {
	if code < 180 || code > 189 {
		return fmt.Errorf("progress of call %s: %d is no status from 180 to 189", in.CallID(), code)
	}
	for {
		last := in.rang()
		if err := in.await(ctx, last); err != nil {
			return err
		}
		res, p := in.provisional(last, code, sdp)
		if p == nil {
			in.isSetUp()
			return in.say(res)
		}
		p.handlers = h
		if !in.follow(last, p) {
			continue
		}
		in.isSetUp()
		if err := in.begin(res, p); err != nil {
			return err
		}
		return in.await(ctx, p)
	}
}

// provisional builds an 18x, and what its confirmation is awaited by; nil when
// it shall not be confirmed.
func (in *Incoming) provisional(last *provisional, code int, sdp []byte) (*sipmsg.Response, *provisional) {
	reliable := lists(listed(in.req, "Require"), "100rel") || sdp != nil && supports(in.req, "100rel")
	if in.said() != nil || !reliable && in.offer == nil {
		sdp = nil
	}
	res := in.e.response(in.req, code, map[int]string{180: "Ringing", 183: "Session Progress"}[code])
	res.AppendHeader(sipmsg.HeaderClone(in.contact))
	setSDP(res, sdp)
	if !reliable {
		return res, nil
	}
	p := in.newProvisional(last)
	p.sdp = sdp
	return res, p
}

// await waits until an 18x has been confirmed; nil waits for none.
func (in *Incoming) await(ctx context.Context, p *provisional) error {
	if in.isSettled() {
		return in.lost(p)
	}
	if p == nil {
		return nil
	}
	select {
	case <-p.confirmed:
		return nil
	case <-in.done:
		return in.lost(p)
	case <-ctx.Done():
		return fmt.Errorf("await confirmation of call %s: %w", in.CallID(), context.Cause(ctx))
	}
}

// lost is why nothing can be said any more.
func (in *Incoming) lost(p *provisional) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if p != nil && in.unconfirmed {
		return ErrUnconfirmed
	}
	return ErrGone
}

// said is what a confirmed 18x has said of the session: the answer says no more
// of it. Nil: nothing.
func (in *Incoming) said() []byte {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.agreed
}

// agree notes what both sides have said of the session before the answer; nil is
// nothing new.
func (in *Incoming) agree(ours, theirs []byte) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if ours != nil {
		in.agreed = ours
	}
	if theirs != nil {
		in.remote = theirs
	}
}

// confirmed takes over what the PRACK of an 18x says of the session: the answer
// to our offer, or a new offer once the first one is answered (RFC 3262 section
// 5). It builds the response.
func (in *Incoming) confirmed(ctx context.Context, p *provisional, req *sipmsg.Request) *sipmsg.Response {
	sdp, _ := sdpOf(req)
	in.agree(p.sdp, nil)
	switch {
	case sdp == nil:
	case p.sdp != nil && in.offer == nil:
		in.agree(nil, sdp)
	case in.said() == nil:
		return in.e.response(req, 488, "Not Acceptable Here")
	default:
		answer, err := in.e.reply(ctx, p.handlers, sdp)
		if err != nil {
			return in.e.response(req, 488, "Not Acceptable Here")
		}
		in.agree(answer, sdp)
		res := in.e.response(req, 200, "OK")
		setSDP(res, answer)
		return res
	}
	return in.e.response(req, 200, "OK")
}

// update answers an UPDATE of the caller before our answer, when a session was
// agreed on already.
func (in *Incoming) update(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	offer, _ := sdpOf(req)
	if offer == nil {
		in.e.respond(req, tx, 200, "OK", sipmsg.HeaderClone(in.contact))
		return
	}
	if !in.claim(true) {
		in.e.respond(req, tx, 500, "Request Pending", retryHeader(time.Duration(rand.IntN(11))*time.Second))
		return
	}
	defer in.claim(false)
	answer, err := in.e.reply(ctx, in.rang().handlers, offer)
	if err != nil {
		in.e.respond(req, tx, 488, "Not Acceptable Here")
		return
	}
	in.agree(answer, offer)
	res := in.e.response(req, 200, "OK", sipmsg.HeaderClone(in.contact))
	setSDP(res, answer)
	if err := tx.Respond(res); err != nil {
		in.e.log.WarnContext(ctx, "update not answered", "call_id", in.CallID(), "err", err)
	}
}

// claim begins, or ends, the one exchange of the caller that goes on at a time.
// It reports false when another one does.
func (in *Incoming) claim(begins bool) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if begins && in.updating {
		return false
	}
	in.updating = begins
	return true
}
