package dialog

import (
	"context"
	"math/rand/v2"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// serveUpdate answers an UPDATE (RFC 3311): a new Contact, and with a session
// description an offer. Before the call is answered offers are put off.
func (e *Endpoint) serveUpdate(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	if e.calls.dialog(req) == nil && (e.calls.placed(req) != nil || e.calls.ringing(req) != nil) {
		e.respond(req, tx, 500, "Not Answered Yet", retryHeader(time.Duration(rand.IntN(11))*time.Second))
		return
	}
	if len(req.Body()) > 0 {
		e.updateSession(ctx, req, tx)
		return
	}
	d := e.within(req, tx)
	if d == nil {
		return
	}
	d.mu.Lock()
	d.refresh(req)
	d.mu.Unlock()
	e.respond(req, tx, 200, "OK", sipmsg.HeaderClone(d.contact))
}

func (e *Endpoint) updateSession(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	d, answer := e.reoffer(ctx, req, tx)
	if d == nil {
		return
	}
	res := e.response(req, 200, "OK", sipmsg.HeaderClone(d.contact))
	setSDP(res, answer)
	d.answered(req)
	if err := tx.Respond(res); err != nil {
		e.log.WarnContext(ctx, "update not answered", "call_id", d.id.callID, "err", err)
	}
}
