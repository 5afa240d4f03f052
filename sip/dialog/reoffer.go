package dialog

import (
	"context"
	"math/rand/v2"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// serveReinvite answers an INVITE within a dialog: hold, resume, another port.
func (e *Endpoint) serveReinvite(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	if e.calls.ringing(req) != nil {
		e.respond(req, tx, 500, "Not Answered Yet", retryHeader(time.Duration(rand.IntN(11))*time.Second))
		return
	}
	if e.budding(req) != nil {
		e.respond(req, tx, 491, "Request Pending")
		return
	}
	d, answer := e.reoffer(ctx, req, tx)
	if d == nil {
		return
	}
	res := d.accepts(req, answer)
	acked := d.await(req)
	d.answered(ctx, req, answer)
	if err := e.say(req, tx, res); err != nil {
		d.unawait(req.CSeq().SeqNo)
		d.endOffer()
		e.log.WarnContext(ctx, "re-invite not answered", "call_id", d.id.callID, "err", err)
		return
	}
	ack := d.deliver(tx, res, acked)
	if offer, _ := sdpOf(req); offer == nil {
		d.endOffer()
	}
	if ack == nil && !d.over() {
		e.log.WarnContext(ctx, "call ended", "call_id", d.id.callID, "err", d.unconfirmed(ctx))
	}
	d.takeAnswer(req, ack)
}

// takeAnswer passes on the answer to an offer that we made in a 2xx.
func (d *Dialog) takeAnswer(invite, ack *sipmsg.Request) {
	if offer, _ := sdpOf(invite); ack == nil || offer != nil {
		return
	}
	answer, _ := sdpOf(ack)
	if answer == nil { // the session goes on as it was: there may be somebody on it
		d.e.log.Warn("our offer was not answered", "call_id", d.id.callID)
	}
	d.setRemoteSDP(answer)
	if answer != nil && d.handlers.Answered != nil {
		d.handlers.Answered(answer)
	}
}

// reoffer asks for the answer to an offer of the peer. It returns no dialog when
// the offer was refused; that has been said then, and the session is as it was.
func (e *Endpoint) reoffer(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) (_ *Dialog, answer []byte) {
	d := e.within(req, tx)
	if d == nil {
		return nil, nil
	}
	f, headers := e.understood(req)
	if f == nil {
		f, headers = d.admit()
	}
	if f != nil {
		e.respond(req, tx, f.code, f.reason, headers...)
		return nil, nil
	}
	answer, err := d.ask(ctx, req)
	if err != nil {
		d.turnedDown()
		e.log.InfoContext(ctx, "offer refused", "call_id", d.id.callID, "err", err)
		e.respond(req, tx, 488, "Not Acceptable Here")
		return nil, nil
	}
	if d.over() {
		e.respond(req, tx, 487, "Request Terminated")
		return nil, nil
	}
	return d, answer
}

// ask asks for the answer to an offer.
func (d *Dialog) ask(ctx context.Context, req *sipmsg.Request) (answer []byte, err error) {
	offer, _ := sdpOf(req)
	return d.reply(ctx, offer)
}

// admit lets in an offer of the peer unless another one is pending: 491 when it
// is ours, 500 when it is the peer's own (RFC 3261 section 14.2).
func (d *Dialog) admit() (*fault, []sipmsg.Header) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.offering:
		return &fault{491, "Request Pending"}, nil
	case d.answering:
		return &fault{500, "Request Pending"}, []sipmsg.Header{retryHeader(time.Duration(rand.IntN(11)) * time.Second)}
	}
	d.answering = true
	return nil, nil
}

// turnedDown ends an offer of the peer that changed nothing.
func (d *Dialog) turnedDown() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answering = false
}

// answered ends an offer of the peer that was taken.
func (d *Dialog) answered(ctx context.Context, req *sipmsg.Request, answer []byte) {
	offer, _ := sdpOf(req)
	d.setRemoteSDP(offer)
	d.mu.Lock()
	d.answering, d.said = false, answer
	d.offering = offer == nil && req.Method == sipmsg.INVITE // it is our offer then, until the ACK
	d.refresh(req)
	d.mu.Unlock()
	d.arm(ctx)
}

// unawait ends the wait for an ACK.
func (d *Dialog) unawait(cseq uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.acks, cseq)
}

// ringing returns the call that a request belongs to and that we have not
// answered; nil when there is none.
func (c *calls) ringing(req *sipmsg.Request) *Incoming {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting[halfOf(req)]
}
