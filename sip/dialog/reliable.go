package dialog

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// provisional is an 18x of ours that a caller confirms (RFC 3262 section 3).
type provisional struct {
	rseq      uint32
	rack      string   // what its PRACK says: its number, and the INVITE
	sdp       []byte   // what it says of the session; nil: nothing
	handlers  Handlers // for what its PRACK says
	confirmed chan struct{}
	once      sync.Once
}

// newProvisional is the one after another; nil: the first one.
func (in *Incoming) newProvisional(last *provisional) *provisional {
	rseq := 1 + rand.Uint32N(1<<30)
	if last != nil {
		rseq = last.rseq + 1
	}
	return &provisional{
		rseq: rseq, rack: fmt.Sprintf("%d %d INVITE", rseq, in.req.CSeq().SeqNo), confirmed: make(chan struct{}),
	}
}

// ringReliably says 180 until the caller has confirmed it, and gives the call up
// when they never do. It carries no session, so that an answer need not wait.
func (in *Incoming) ringReliably(res *sipmsg.Response) error {
	p := in.newProvisional(nil)
	if !in.follow(nil, p) {
		return nil // it rings
	}
	return in.begin(res, p)
}

// follow makes p the latest 18x, unless another one has come in between.
func (in *Incoming) follow(last, p *provisional) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.reliable != last {
		return false
	}
	in.reliable = p
	return true
}

// begin says an 18x for as long as it takes.
func (in *Incoming) begin(res *sipmsg.Response, p *provisional) error {
	res.AppendHeader(sipmsg.NewHeader("Require", "100rel"))
	res.AppendHeader(sipmsg.NewHeader("RSeq", fmt.Sprint(p.rseq)))
	if err := in.say(res); err != nil {
		return err
	}
	in.e.wire.Go(func() { in.ringOn(res, p) })
	return nil
}

// ringOn repeats a 180 until it is confirmed, or the call has been decided.
func (in *Incoming) ringOn(res *sipmsg.Response, p *provisional) {
	interval := sipmsg.T1
	again, limit := time.NewTimer(interval), time.NewTimer(64*sipmsg.T1)
	defer again.Stop()
	defer limit.Stop()
	for {
		select {
		case <-again.C:
			if in.isSettled() || in.say(res) != nil {
				return
			}
			interval *= 2
			again.Reset(interval)
		case <-limit.C:
			in.mu.Lock()
			in.unconfirmed = true
			in.mu.Unlock()
			_ = in.Refuse(504, "Server Time-out")
			return
		case <-p.confirmed:
			return
		case <-in.done:
			return
		case <-in.tx.Done():
			return
		case <-in.e.wire.Closing():
			return
		}
	}
}

// rang is the latest 18x that is to be confirmed; nil: none.
func (in *Incoming) rang() *provisional {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.reliable
}

// servePrack takes the confirmation of an 18x. That of one which says nothing of
// the session may come after the answer.
func (e *Endpoint) servePrack(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	var p *provisional
	in := e.calls.ringing(req)
	if in != nil {
		p = in.rang()
	} else if d := e.within(req, tx); d != nil {
		p = d.rang
	} else {
		return
	}
	first := false
	if p != nil && strings.Join(strings.Fields(wire.Header(req, "RAck")), " ") == p.rack {
		p.once.Do(func() { first = true })
	}
	if !first {
		e.respond(req, tx, 481, "Call/Transaction Does Not Exist")
		return
	}
	defer close(p.confirmed)
	res := e.response(req, 200, "OK")
	if in != nil {
		res = in.confirmed(ctx, p, req)
	}
	if err := tx.Respond(res); err != nil {
		e.log.DebugContext(ctx, "prack not answered", "err", err)
	}
}
