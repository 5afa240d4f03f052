package dialog

import (
	"context"
	"fmt"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// Bye ends the call. Done is closed at once; Bye returns when the peer has
// confirmed, or did not within 64*T1 or ctx. It may be called more than once.
func (d *Dialog) Bye(ctx context.Context, reason Reason) error {
	if !d.finish(ByUs, reason) {
		return nil
	}
	return d.sendBye(ctx, reason)
}

func (d *Dialog) sendBye(ctx context.Context, reason Reason) error {
	req := d.next(sipmsg.BYE)
	if h := reason.header(); h != nil {
		req.AppendHeader(h)
	}
	res, err := d.exchange(ctx, req)
	if err != nil {
		return fmt.Errorf("send bye of call %s: %w", d.id.callID, err)
	}
	if res.StatusCode >= 300 && res.StatusCode != 481 && res.StatusCode != 408 {
		return fmt.Errorf("send bye of call %s: %w", d.id.callID, refusedBy(res, d.cred))
	}
	return nil
}

// dismiss hangs up a callee that was not wanted any more.
func (d *Dialog) dismiss(ctx context.Context, why Reason) {
	if err := d.sendBye(ctx, why); err != nil {
		d.e.log.WarnContext(ctx, "unwanted answer not hung up", "call_id", d.id.callID, "err", err)
	}
}

// turnAway hangs up a callee whose answer came when nobody wanted it any more.
// BYE goes before the ACK: once that is there the callee does not repeat the
// answer, and should this process die before its BYE nobody would know of the
// call. A callee that does not take a BYE so early gets another one.
func (d *Dialog) turnAway(ctx context.Context, answer *sipmsg.Response, why Reason) {
	req := d.next(sipmsg.BYE)
	req.AppendHeader(why.header())
	tx, err := d.e.start(context.WithoutCancel(ctx), req)
	d.reconfirm(ctx, answer)
	if err == nil {
		var res *sipmsg.Response
		if res, err = d.e.final(ctx, tx); err == nil && res.IsSuccess() {
			return
		}
	}
	d.dismiss(ctx, why)
}

// serveBye ends a dialog. A BYE may overtake the 2xx that it belongs to, and
// may cross ours; a caller may send it before we have answered.
func (e *Endpoint) serveBye(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	d, o, in := e.calls.dialog(req), e.calls.placed(req), e.calls.ringing(req)
	switch {
	case d != nil && !d.take(req):
		e.respond(req, tx, 500, "CSeq Out Of Order")
	case d != nil:
		d.finish(ByRemote, reasonOf(req)) // before the peer knows that we know
		e.respond(req, tx, 200, "OK")
	case o != nil:
		o.bye(req)
		e.respond(req, tx, 200, "OK")
	case in != nil:
		e.respond(req, tx, 200, "OK")
		in.withdraw(reasonOf(req))
	default:
		e.respond(req, tx, 481, "Call/Transaction Does Not Exist")
	}
}

// bye notes a BYE of a callee whose 2xx has not been handled yet, or that we
// are hanging up ourselves.
func (o *outgoing) bye(req *sipmsg.Request) {
	tag := wire.FromTag(req)
	o.mu.Lock()
	o.byes[tag] = reasonOf(req)
	d := o.dialog
	o.mu.Unlock()
	if d != nil && d.id.remote == tag {
		d.finish(ByRemote, reasonOf(req))
	}
}
