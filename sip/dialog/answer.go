package dialog

import (
	"context"
	"fmt"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Answer takes the call with our session description: the answer to Offer, or
// an offer of ours where there was none. It returns when the caller has
// confirmed, also when ctx ends before; ErrNoAck after 64*T1 without, ErrGone
// when the caller was faster.
//
// A session that Progress has agreed on stands, and is not said again: sdp is
// left out then. While it is not confirmed the answer waits.
func (in *Incoming) Answer(ctx context.Context, sdp []byte, h Handlers) (*Dialog, error) {
	if p := in.rang(); p != nil && p.sdp != nil {
		if err := in.await(ctx, p); err != nil {
			return nil, err
		}
	}
	if !in.settle() {
		return nil, ErrGone
	}
	d := newCallee(in, h)
	d.said = sdp
	if agreed := in.said(); agreed != nil {
		d.said, sdp = agreed, nil
	}
	d.offering = in.offer == nil && sdp != nil
	res := d.accepts(in.req, sdp)
	acked := d.await(in.req)
	in.e.calls.add(d)
	if err := in.say(res); err != nil {
		d.unawait(in.req.CSeq().SeqNo)
		in.e.calls.remove(d)
		close(in.done)
		return nil, fmt.Errorf("answer call %s: %w", d.id.callID, err)
	}
	in.taken(d)
	in.e.wire.Meet(d.source, time.Now()) // it may hang up, whatever becomes of its registration
	d.arm(ctx)
	ack := d.deliver(in.tx, res, acked)
	d.endOffer()
	if ack == nil && !d.over() {
		return nil, d.unconfirmed(ctx)
	}
	if ack != nil && in.offer == nil {
		answer, _ := sdpOf(ack)
		d.setRemoteSDP(answer)
	}
	return d, nil
}

// taken notes that the call was answered.
func (in *Incoming) taken(d *Dialog) {
	in.mu.Lock()
	in.dialog = d
	in.mu.Unlock()
	c := in.e.calls
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopWaiting(in)
}

// accepts builds the 2xx of an INVITE or UPDATE of the peer.
func (d *Dialog) accepts(req *sipmsg.Request, sdp []byte) *sipmsg.Response {
	res := d.e.response(req, 200, "OK", sipmsg.HeaderClone(d.contact), d.e.allow(), supported())
	d.grant(req, res)
	setSDP(res, sdp)
	return res
}

// await prepares for the ACK of our answer to an INVITE.
func (d *Dialog) await(invite *sipmsg.Request) chan *sipmsg.Request {
	acked := make(chan *sipmsg.Request, 1)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.acks[invite.CSeq().SeqNo] = acked
	return acked
}

// deliver repeats our 2xx until its ACK comes, which it returns (RFC 3261
// section 13.3.1.4): sipgo sends it once. It returns nil when there was no ACK
// within 64*T1, or the call has ended.
func (d *Dialog) deliver(tx *sipmsg.ServerTx, res *sipmsg.Response, acked <-chan *sipmsg.Request) *sipmsg.Request {
	defer d.unawait(res.CSeq().SeqNo)
	interval := sipmsg.T1
	again, limit := time.NewTimer(interval), time.NewTimer(64*sipmsg.T1)
	defer again.Stop()
	defer limit.Stop()
	for {
		select {
		case ack := <-acked:
			return ack
		case ack := <-tx.Acks(): // of those who reuse the branch of their INVITE
			return ack
		case <-again.C:
			if err := tx.Respond(res); err != nil {
				d.e.log.Debug("answer not repeated", "call_id", d.id.callID, "err", err)
			}
			interval = min(2*interval, sipmsg.T2)
			again.Reset(interval)
		case <-limit.C:
			return nil
		case <-d.done:
			return nil
		case <-tx.Done():
			return nil
		}
	}
}

// unconfirmed ends a call whose answer was never confirmed.
func (d *Dialog) unconfirmed(ctx context.Context) error {
	if d.finish(Vanished, Reason{Text: "no ACK"}) {
		d.dismiss(context.WithoutCancel(ctx), Reason{Q850: 102, Text: "No ACK"})
	}
	return fmt.Errorf("answer call %s: %w", d.id.callID, ErrNoAck)
}
