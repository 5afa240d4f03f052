package dialog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// early is a callee whose 18x are confirmed: a dialog before the answer
// (RFC 3262 section 4).
type early struct {
	d      *Dialog
	rseq   uint32 // of the latest one
	agreed bool   // one of them had the answer to our offer, or an offer
	offer  []byte // that the latest one's PRACK has to answer
}

// mostEarly is how many callees of one call have their 18x confirmed.
const mostEarly = 32

// ask says in an INVITE what it supports, and whether provisional responses
// shall be confirmed.
func (r Reliability) ask(req *sipmsg.Request) {
	switch r {
	case MustBeReliable:
		req.AppendHeader(sipmsg.NewHeader("Require", "100rel"))
		req.AppendHeader(supported())
	case NeverReliable:
		req.AppendHeader(supported())
	default:
		req.AppendHeader(supported("100rel"))
	}
}

// rseqOf returns the number of a provisional response that shall be confirmed;
// 0 for others.
func rseqOf(res *sipmsg.Response) uint32 {
	if res.StatusCode == 100 || !slices.Contains(options(res, "Require"), "100rel") {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(wire.Header(res, "RSeq")), 10, 31)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// meet takes in a provisional response. It returns its callee when it shall be
// confirmed, and reports whether it is to be acted on: of those to be confirmed
// only the one that is next counts, as the others will come again. o.mu is held.
func (o *outgoing) meet(res *sipmsg.Response) (callee *early, fresh bool) {
	rseq, tag := rseqOf(res), wire.ToTag(res)
	if rseq == 0 || tag == "" || o.inv.Reliable == NeverReliable {
		return nil, true
	}
	callee = o.early[tag]
	switch {
	case callee == nil && len(o.early) >= mostEarly, callee != nil && rseq != callee.rseq+1:
		return nil, false
	case callee == nil:
		callee = &early{d: newCaller(o, res)}
		callee.d.offering = o.inv.Offer != nil
		o.early[tag] = callee
	}
	callee.rseq = rseq
	callee.offer = nil
	callee.d.heed(res, callee, o.inv.Offer != nil)
	return callee, true
}

// heed takes over what a confirmed 18x says: the peer's Contact, and the first
// answer to our offer, or where we made none, the first offer.
func (d *Dialog) heed(res *sipmsg.Response, callee *early, ours bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refresh(res)
	sdp, _ := sdpOf(res)
	if sdp == nil || callee.agreed {
		return
	}
	callee.agreed = true
	d.sdp, d.offering = sdp, false
	if !ours {
		callee.offer = sdp
	}
}

// prack confirms an 18x. Should that fail, the callee ends the call when it has
// waited long enough.
func (o *outgoing) prack(ctx context.Context, callee *early, res *sipmsg.Response) {
	d, offer := callee.d, callee.offer
	req := d.next(sipmsg.PRACK)
	req.AppendHeader(sipmsg.NewHeader("RAck", fmt.Sprintf("%d %d INVITE", rseqOf(res), res.CSeq().SeqNo)))
	o.e.wire.Go(func() {
		if offer != nil {
			answer, err := d.reply(ctx, offer)
			if err != nil {
				o.giveUp(ctx, fmt.Errorf("%w: answer the callee's offer: %w", ErrCancelled, err))
			}
			setSDP(req, answer)
			d.noteSaid(answer)
		}
		res, err := d.exchange(ctx, req)
		if err == nil && res.StatusCode >= 300 {
			err = refusedBy(res, d.cred)
		}
		if err != nil {
			o.e.log.WarnContext(ctx, "provisional response not confirmed", "call_id", d.id.callID, "err", err)
		}
	})
}

func (d *Dialog) noteSaid(sdp []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.said = sdp
}

// exchange sends a request within the dialog, again with what it was refused for
// mended, and returns the final response.
func (d *Dialog) exchange(ctx context.Context, req *sipmsg.Request) (*sipmsg.Response, error) {
	var tries rounds
	for {
		res, err := d.e.exchange(ctx, req)
		if err != nil {
			return nil, err
		}
		again := d.again(&tries, req, res)
		if again == nil {
			return res, nil
		}
		req = again
	}
}

// budding returns the early dialog that a request of a callee belongs to; nil
// when there is none, or it has become a call.
func (e *Endpoint) budding(req *sipmsg.Request) *Dialog {
	o := e.calls.placed(req)
	if o == nil || e.calls.dialog(req) != nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if callee := o.early[wire.FromTag(req)]; callee != nil {
		return callee.d
	}
	return nil
}

// dialogOf is the dialog of a 2xx: a new one, unless the callee has one already.
// Its answer stands when it had been confirmed before. o.mu is held.
func (o *outgoing) dialogOf(res *sipmsg.Response) *Dialog {
	callee := o.early[wire.ToTag(res)]
	if callee == nil {
		return newCaller(o, res)
	}
	d := callee.d
	d.mu.Lock()
	defer d.mu.Unlock()
	agreed := d.sdp
	d.learn(o, res)
	if callee.agreed {
		d.sdp = agreed
	}
	d.offering = false
	return d
}
