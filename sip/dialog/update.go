package dialog

import (
	"context"
	"math/rand/v2"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// serveUpdate answers an UPDATE (RFC 3311): a new Contact, and with a session
// description an offer. Before the call is answered offers are put off, unless
// a session was agreed on before (RFC 3262).
func (e *Endpoint) serveUpdate(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	if in := e.calls.ringing(req); in != nil && in.said() != nil {
		in.update(ctx, req, tx)
		return
	}
	if e.calls.dialog(req) == nil && e.budding(req) == nil && (e.calls.placed(req) != nil || e.calls.ringing(req) != nil) {
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
	if f, headers := e.understood(req); f != nil {
		e.respond(req, tx, f.code, f.reason, headers...)
		return
	}
	d.mu.Lock()
	d.refresh(req)
	d.mu.Unlock()
	d.updated(ctx, req, tx, nil)
}

func (e *Endpoint) updateSession(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	d, answer := e.reoffer(ctx, req, tx)
	if d == nil {
		return
	}
	d.answered(ctx, req, answer)
	d.updated(ctx, req, tx, answer)
}

// updated confirms an UPDATE.
func (d *Dialog) updated(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx, answer []byte) {
	res := d.accepts(req, answer)
	d.arm(ctx)
	if err := tx.Respond(res); err != nil {
		d.e.log.WarnContext(ctx, "update not answered", "call_id", d.id.callID, "err", err)
	}
}
