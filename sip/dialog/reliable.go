package dialog

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// provisional is a 180 of ours that a caller wants to confirm (RFC 3262 section
// 3).
type provisional struct {
	rack      string // what its PRACK says: its number, and the INVITE
	confirmed chan struct{}
	once      sync.Once
}

// ringReliably says 180 until the caller has confirmed it, and gives the call up
// when they never do. It carries no session, so that an answer need not wait.
func (in *Incoming) ringReliably(res *sipmsg.Response) error {
	rseq := 1 + rand.Uint32N(1<<30)
	p := &provisional{rack: fmt.Sprintf("%d %d INVITE", rseq, in.req.CSeq().SeqNo), confirmed: make(chan struct{})}
	in.mu.Lock()
	if in.reliable != nil {
		in.mu.Unlock()
		return nil // it rings
	}
	in.reliable = p
	in.mu.Unlock()
	res.AppendHeader(sipmsg.NewHeader("Require", "100rel"))
	res.AppendHeader(sipmsg.NewHeader("RSeq", fmt.Sprint(rseq)))
	if err := in.say(res); err != nil {
		return err
	}
	in.e.crew.send(func() { in.ringOn(res, p) })
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
			_ = in.Refuse(504, "Server Time-out")
			return
		case <-p.confirmed:
			return
		case <-in.done:
			return
		case <-in.tx.Done():
			return
		case <-in.e.crew.closing:
			return
		}
	}
}

// rang is the 180 that is to be confirmed; nil: none.
func (in *Incoming) rang() *provisional {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.reliable
}

// servePrack takes the confirmation of a 180, which may come after the answer.
func (e *Endpoint) servePrack(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	var p *provisional
	if in := e.calls.ringing(req); in != nil {
		p = in.rang()
	} else if d := e.within(req, tx); d != nil {
		p = d.rang
	} else {
		return
	}
	first := false
	if p != nil && strings.Join(strings.Fields(header(req, "RAck")), " ") == p.rack {
		p.once.Do(func() {
			close(p.confirmed)
			first = true
		})
	}
	if !first {
		e.respond(req, tx, 481, "Call/Transaction Does Not Exist")
		return
	}
	e.respond(req, tx, 200, "OK")
}
