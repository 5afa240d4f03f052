package dialog

import (
	"context"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// accept confirms a 2xx to our INVITE, each one by its own tag, and each time
// that it comes. The first of a call that we still want is its dialog, whose ACK
// waits for OnAnswer; every other callee that has answered is hung up (RFC 3261
// section 13.2.2.4).
func (o *outgoing) accept(ctx context.Context, res *sipmsg.Response) {
	d, ack, wanted := o.enter(res)
	if ack != nil {
		o.e.wire.Send(ctx, ack.Clone())
	}
	switch {
	case d == nil:
		return
	case wanted:
		o.begin(ctx, d)
	default:
		why := o.unwanted()
		o.e.wire.Go(func() { d.turnAway(ctx, res, why) })
	}
	o.signal()
}

// unwanted is why a callee that has answered is hung up.
func (o *outgoing) unwanted() Reason {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.taken {
		return elsewhere
	}
	return reasonFor(o.why, o.rang)
}

// enter notes a 2xx. It returns the dialog, unless that is known already, and
// the ACK, unless that has to wait, for OnAnswer or a BYE.
func (o *outgoing) enter(res *sipmsg.Response) (d *Dialog, ack *sipmsg.Request, wanted bool) {
	tag := wire.ToTag(res)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.heard = true
	ack, again := o.acks[tag]
	if !again {
		d = o.dialogOf(res)
		ack = d.ack
		o.acks[tag] = ack
		wanted = o.why == nil && !o.taken && o.final == nil && o.current(res)
	}
	switch {
	case wanted:
		o.taken = true
		o.e.calls.add(d)
		if o.delayed = o.offered(tag); o.delayed || o.inv.OnAnswer != nil {
			o.waiting = ack
		}
	case d != nil && !o.taken && o.current(res):
		o.crossed = true
	}
	if ack == o.waiting || d != nil && !wanted {
		ack = nil
	}
	return d, ack, wanted
}

// begin hands the dialog over, unless the peer has ended it already.
func (o *outgoing) begin(ctx context.Context, d *Dialog) {
	o.mu.Lock()
	bye, ended := o.byes[d.id.remote]
	o.dialog = d
	o.mu.Unlock()
	d.arm(ctx)
	if ended {
		d.finish(ByRemote, bye)
	}
}

// answered tells of the answer, and then lets its ACK leave, with our answer
// where the callee has made the offer. It returns why the call cannot begin.
func (o *outgoing) answered(ctx context.Context, d *Dialog) (unfit error) {
	if o.inv.OnAnswer != nil {
		o.inv.OnAnswer(ctx, d)
	}
	o.mu.Lock()
	ack, delayed := o.waiting, o.delayed
	o.mu.Unlock()
	if ack == nil {
		return nil
	}
	if delayed {
		unfit = o.counter(ctx, d, ack)
	}
	o.mu.Lock()
	o.waiting = nil
	o.mu.Unlock()
	o.e.wire.Send(ctx, ack.Clone())
	return unfit
}

// keepAck builds the ACK of a 2xx to an INVITE of ours: a request of its own
// within the dialog, with the CSeq and the credentials of the INVITE. It is
// kept, as the 2xx may come again. The caller holds d.mu, or is alone with d.
func (d *Dialog) keepAck(invite *sipmsg.Request) {
	d.ackSeq = invite.CSeq().SeqNo
	d.ack = d.build(sipmsg.ACK, d.ackSeq)
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		sipmsg.CopyHeaders(name, invite, d.ack)
	}
}

// confirm sends the ACK of a 2xx to an INVITE of ours within the dialog, the
// first one as every repeated one.
func (d *Dialog) confirm(ctx context.Context, invite *sipmsg.Request, res *sipmsg.Response) {
	d.mu.Lock()
	if d.ackSeq < invite.CSeq().SeqNo {
		d.refresh(res)
		d.keepAck(invite)
	}
	ack := d.ack.Clone()
	d.mu.Unlock()
	d.e.wire.Send(ctx, ack)
}

// reconfirm sends an ACK again for a 2xx that came after its transaction.
func (d *Dialog) reconfirm(ctx context.Context, res *sipmsg.Response) {
	d.mu.Lock()
	var ack *sipmsg.Request
	if d.ack != nil && d.ackSeq == res.CSeq().SeqNo {
		ack = d.ack.Clone()
	}
	d.mu.Unlock()
	if ack != nil {
		d.e.wire.Send(ctx, ack)
	}
}

// serveAck passes an ACK to the answer that waits for it. ACK is never answered.
func (e *Endpoint) serveAck(req *sipmsg.Request) {
	if d := e.calls.dialog(req); d != nil {
		d.acked(req)
	}
}

// acked ends the wait for the ACK of an answer of ours.
func (d *Dialog) acked(req *sipmsg.Request) {
	d.mu.Lock()
	wait := d.acks[req.CSeq().SeqNo]
	delete(d.acks, req.CSeq().SeqNo)
	d.mu.Unlock()
	if wait != nil {
		wait <- req // holds one
	}
}
