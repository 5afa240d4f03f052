package dialog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// ErrOver is the cause of a request within a call that has ended.
var ErrOver = errors.New("call is over")

// errPending is the cause of an offer while another one is not answered.
var errPending = errors.New("another offer is pending")

// ReInvite offers a changed session and returns the peer's answer. When both
// sides offer at once it waits and tries again, until ctx ends. A refusal
// (*RefusedError) leaves the session as it was; 408, 481 and silence end the call.
func (d *Dialog) ReInvite(ctx context.Context, sdp []byte) (answer []byte, err error) {
	for {
		answer, err = d.offer(ctx, sdp)
		var r *RefusedError
		if !errors.Is(err, errPending) && (!errors.As(err, &r) || r.Code != 491) {
			return answer, err
		}
		select {
		case <-time.After(d.backOff()):
		case <-d.done:
			return nil, fmt.Errorf("re-invite of call %s: %w", d.id.callID, ErrOver)
		case <-ctx.Done():
			return nil, fmt.Errorf("re-invite of call %s: %w", d.id.callID, err)
		}
	}
}

// backOff is how long to wait after glare (RFC 3261 section 14.1): 2.1 to 4 s
// in steps of 10 ms for the side that made the Call-ID, 0 to 2 s for the other,
// at the usual T1.
func (d *Dialog) backOff() time.Duration {
	step := sipmsg.T1 / 50
	if d.caller {
		return time.Duration(210+rand.IntN(191)) * step
	}
	return time.Duration(rand.IntN(201)) * step
}

// offer is one try of a re-INVITE, with credentials where they are asked for.
func (d *Dialog) offer(ctx context.Context, sdp []byte) (answer []byte, err error) {
	if err := d.beginOffer(); err != nil {
		return nil, fmt.Errorf("re-invite of call %s: %w", d.id.callID, err)
	}
	defer d.endOffer()
	req := d.next(sipmsg.INVITE)
	req.AppendHeader(d.e.allow())
	d.renew(req)
	setSDP(req, sdp)
	var tries rounds
	for {
		res, err := d.invite(ctx, req)
		if err != nil {
			return nil, d.failed(ctx, "re-invite", err)
		}
		if res.IsSuccess() {
			return d.changed(ctx, sdp, req, res), nil
		}
		if req = d.again(&tries, req, res); req == nil {
			return nil, d.failed(ctx, "re-invite", refusedBy(res, d.cred))
		}
	}
}

// changed notes that the peer took our offer, and returns its answer.
func (d *Dialog) changed(ctx context.Context, offer []byte, req *sipmsg.Request, res *sipmsg.Response) []byte {
	answer, _ := sdpOf(res)
	d.setRemoteSDP(answer)
	d.mu.Lock()
	d.said = offer
	d.agree(req, res)
	d.mu.Unlock()
	d.arm(ctx)
	return answer
}

func (d *Dialog) beginOffer() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.ending.By != "":
		return ErrOver
	case d.offering || d.answering || len(d.acks) > 0:
		return errPending
	}
	d.offering = true
	return nil
}

func (d *Dialog) endOffer() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.offering = false
}

// skip takes the CSeq of a repeated request for our latest.
func (d *Dialog) skip(req *sipmsg.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cseq++
	req.CSeq().SeqNo = d.cseq
}

// invite is one INVITE transaction within the dialog. When ctx ends it is
// cancelled, and its end awaited.
func (d *Dialog) invite(ctx context.Context, req *sipmsg.Request) (*sipmsg.Response, error) {
	bg := context.WithoutCancel(ctx)
	tx, err := d.e.start(bg, req)
	if err != nil {
		return nil, err
	}
	tx.OnRetransmission(func(res *sipmsg.Response) { d.confirm(bg, req, res) })
	c := canceller{d: d, req: req}
	gone := ctx.Done()
	for {
		select {
		case res := <-tx.Responses():
			switch {
			case res.IsProvisional():
				c.heard(bg)
				continue
			case res.IsSuccess():
				d.confirm(bg, req, res)
			}
			return res, nil
		case <-gone:
			gone = nil
			c.wish(bg)
		case <-c.patience:
			tx.Terminate()
			return nil, ErrNoResponse
		case <-tx.Done():
			return nil, fmt.Errorf("%w: %w", ErrNoResponse, tx.Err())
		case <-d.done:
			if !d.e.wire.Go(func() { d.outlive(bg, tx, req) }) {
				tx.Terminate()
			}
			return nil, ErrOver
		}
	}
}

// outlive brings a re-INVITE to its end after that of the call: the peer repeats
// its final response until it is confirmed.
func (d *Dialog) outlive(ctx context.Context, tx *sipmsg.ClientTx, req *sipmsg.Request) {
	limit := time.NewTimer(64 * sipmsg.T1)
	defer limit.Stop()
	for {
		select {
		case res := <-tx.Responses():
			if res.IsSuccess() {
				d.confirm(ctx, req, res)
			}
			if !res.IsProvisional() {
				return
			}
		case <-tx.Done():
			return
		case <-limit.C:
			tx.Terminate()
			return
		}
	}
}

// canceller sends the CANCEL of a re-INVITE when it is wished for and the peer
// has answered something.
type canceller struct {
	d             *Dialog
	req           *sipmsg.Request
	ready, wanted bool
	patience      <-chan time.Time // for a final response to it
}

func (c *canceller) heard(ctx context.Context) {
	c.ready = true
	c.try(ctx)
}

func (c *canceller) wish(ctx context.Context) {
	c.wanted = true
	c.try(ctx)
}

func (c *canceller) try(ctx context.Context) {
	if !c.ready || !c.wanted || c.patience != nil {
		return
	}
	c.patience = time.After(64 * sipmsg.T1)
	cancel := cancelOf(c.req)
	c.d.e.wire.Go(func() {
		if _, err := c.d.e.exchange(ctx, cancel); err != nil {
			c.d.e.log.WarnContext(ctx, "cancel not confirmed", "call_id", c.d.id.callID, "err", err)
		}
	})
}
