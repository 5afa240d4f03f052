package dialog

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// outgoing is an INVITE of ours: its transactions (more than one when it is
// challenged) and what has come of it. Responses are taken in as they arrive,
// whatever Invite is waiting for, since the transaction stands still otherwise
// and an answer must be confirmed at once.
type outgoing struct {
	e    *Endpoint
	inv  Invite
	half half

	mu      sync.Mutex
	req     *sipmsg.Request // the INVITE in flight
	tx      *sipmsg.ClientTx
	rounds  rounds
	moves   moves
	open    int                        // transactions that are not over
	heard   bool                       // some response came
	ready   bool                       // a 1xx came for the INVITE in flight: it can be cancelled
	rang    bool                       // an 18x came
	rings   []Ringing                  // still to be told
	told    map[string]Ringing         // what was told last, by To-tag
	tells   int                        // how often that was
	early   map[string]*early          // callees that want their 18x confirmed, by To-tag
	why     error                      // we have given up
	cancel  bool                       // CANCEL was sent
	taken   bool                       // a first answer was taken
	crossed bool                       // an answer came though we had given up
	dialog  *Dialog                    // the answer
	waiting *sipmsg.Request            // its ACK, while that waits for OnAnswer
	delayed bool                       // or for our answer to its offer
	final   *sipmsg.Response           // the refusal
	failed  error                      // the transaction ended without a final response
	acks    map[string]*sipmsg.Request // of 2xx, by To-tag
	byes    map[string]Reason          // that overtook their 2xx, by To-tag

	changed chan struct{} // holds one signal
}

func newOutgoing(e *Endpoint, inv Invite) *outgoing {
	return &outgoing{
		e: e, inv: inv, half: half{inv.Leg.CallID, inv.Leg.FromTag},
		told: make(map[string]Ringing), early: make(map[string]*early), acks: make(map[string]*sipmsg.Request), byes: make(map[string]Reason),
		changed: make(chan struct{}, 1),
	}
}

// send starts a transaction with req.
func (o *outgoing) send(ctx context.Context, req *sipmsg.Request) error {
	bg := context.WithoutCancel(ctx)
	o.mu.Lock()
	o.req, o.final, o.ready = req, nil, false
	o.open++
	o.mu.Unlock()
	tx, err := o.e.start(ctx, req)
	if err != nil {
		o.closeOne()
		return err
	}
	tx.OnRetransmission(func(res *sipmsg.Response) { o.accept(bg, res) })
	o.mu.Lock()
	o.tx = tx
	o.mu.Unlock()
	if !o.e.wire.Go(func() { o.pump(bg, tx, req) }) {
		tx.Terminate()
		o.closeOne()
		o.ended(req, wire.ErrClosed)
	}
	return nil
}

// pump takes in what comes for one transaction.
func (o *outgoing) pump(ctx context.Context, tx *sipmsg.ClientTx, req *sipmsg.Request) {
	defer o.closeOne()
	for {
		select {
		case res := <-tx.Responses():
			o.receive(ctx, req, res)
		case <-tx.Done():
			o.ended(req, tx.Err())
			return
		}
	}
}

// closeOne ends one transaction, and with the last of them the INVITE is
// forgotten.
func (o *outgoing) closeOne() {
	o.mu.Lock()
	o.open--
	last := o.open == 0
	o.mu.Unlock()
	if last {
		o.e.calls.unplace(o)
	}
}

func (o *outgoing) signal() {
	select {
	case o.changed <- struct{}{}:
	default:
	}
}

func (o *outgoing) receive(ctx context.Context, req *sipmsg.Request, res *sipmsg.Response) {
	switch {
	case res.IsProvisional():
		o.provisional(ctx, res)
	case res.IsSuccess():
		o.accept(ctx, res)
	default:
		o.e.wire.Judge(req, res)
		o.mu.Lock()
		o.heard = true
		if req == o.req {
			o.final = res
		}
		o.mu.Unlock()
		o.signal()
	}
}

// provisional notes a 1xx, and confirms it where that is asked for. The CANCEL
// that was held back until now goes out.
func (o *outgoing) provisional(ctx context.Context, res *sipmsg.Response) {
	o.mu.Lock()
	o.heard, o.ready = true, true
	if isRinging(res) {
		o.rang = true
	}
	callee, fresh := o.meet(res)
	if fresh && isRinging(res) {
		o.noteRinging(res, callee != nil)
	}
	given := o.why != nil
	o.mu.Unlock()
	if callee != nil {
		o.prack(ctx, callee, res)
	}
	if given {
		o.sendCancel(ctx)
	}
	o.signal()
}

// mostTold is how often one call tells that it rings: a peer can go on for ever.
const mostTold = 64

// noteRinging queues what OnRinging shall be told. A 180 after a 183 with early
// media leaves that as it is. o.mu is held.
func (o *outgoing) noteRinging(res *sipmsg.Response, reliable bool) {
	r := Ringing{At: time.Now(), Code: res.StatusCode, ToTag: wire.ToTag(res), Media: earlyMediaOf(res), Reliable: reliable}
	r.SDP, _ = sdpOf(res)
	last, known := o.told[r.ToTag]
	if r.SDP == nil {
		r.SDP = last.SDP
	}
	if r.Media.Direction == "" {
		r.Media = last.Media
	}
	if known && bytes.Equal(r.SDP, last.SDP) && r.Media == last.Media || o.tells >= mostTold {
		return
	}
	o.tells++
	o.told[r.ToTag] = r
	o.rings = append(o.rings, r)
}

// observe sees a response before any other does, in the order of arrival: a
// refusal must not be acted on before the ringing that preceded it.
func (o *outgoing) observe(res *sipmsg.Response) (stray bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if isRinging(res) {
		o.rang = true
	}
	return res.IsSuccess() && (o.final != nil || !o.current(res))
}

// current reports whether a response is to the INVITE in flight, not to one that
// was challenged or redirected. o.mu is held.
func (o *outgoing) current(res *sipmsg.Response) bool {
	return res.CSeq().SeqNo == o.req.CSeq().SeqNo
}

func isRinging(res *sipmsg.Response) bool { return res.StatusCode >= 180 && res.StatusCode <= 189 }

// ended notes that a transaction is over.
func (o *outgoing) ended(req *sipmsg.Request, err error) {
	o.mu.Lock()
	if !o.heard {
		o.e.wire.Judge(req, nil)
	}
	if req == o.req && o.final == nil {
		if err == nil {
			err = errors.New("transaction ended")
		}
		o.failed = err
	}
	o.mu.Unlock()
	o.signal()
}
