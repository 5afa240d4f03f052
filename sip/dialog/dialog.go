package dialog

import (
	"bytes"
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/campaigns"
	"careline/sip/wire"
)

// Handlers are told what the other side does within a dialog. They may be
// called from any goroutine, and before Invite or Answer has returned.
type Handlers struct {
	// Offer answers a new offer of the peer (re-INVITE or UPDATE). A nil offer
	// asks for one of our own. An error refuses it with 488, and the session
	// stays as it was; so does a nil Offer.
	Offer func(ctx context.Context, offer []byte) (answer []byte, err error)
	// Answered is told the peer's answer to an offer that Offer made.
	Answered func(answer []byte)
	// Key is told of a key that came by INFO: 0-9, *, #, A-D. held is 0 when
	// the peer did not say.
	Key func(key byte, held time.Duration)
	// Refer takes a transfer that the peer asks for. It must Accept or Refuse it
	// before it returns, and may go on until the transfer is over. Nil refuses
	// all with 603.
	Refer func(ctx context.Context, r *Referral)
}

// Ended is what ended a call.
type Ended string

// What ends a call.
const (
	ByRemote Ended = "remote"  // the peer sent BYE
	ByUs     Ended = "local"   // we sent BYE
	Vanished Ended = "gone"    // the peer does not know the call any more, or never confirmed it
	Expired  Ended = "expired" // the peer did not refresh the session in time (RFC 4028)
)

// Ending is how a call ended.
type Ending struct {
	By     Ended // empty while it lasts
	Reason Reason
	At     time.Time
}

// Dialog is a confirmed call: the 2xx and its ACK have passed, but for the time
// of OnAnswer.
type Dialog struct {
	e        *Endpoint
	id       whole
	leg      campaigns.Leg
	handlers Handlers
	cred     Credentials
	caller   bool          // we placed the call
	local    sipmsg.Header // From of our requests
	remote   sipmsg.Header // To of our requests
	contact  sipmsg.Header
	routes   []sipmsg.Uri // the route set
	via      string       // UDP, TCP or TLS
	source   netip.AddrPort
	done     chan struct{}
	rang     *provisional // a 180 of ours to be confirmed; nil: none

	mu         sync.Mutex
	target     sipmsg.Uri // the peer's Contact
	cseq       uint32     // of our latest request
	remoteCSeq uint32     // of the peer's latest request
	offering   bool       // an offer of ours is not answered
	answering  bool       // an offer of the peer is not answered
	sdp        []byte     // the peer's latest
	said       []byte     // ours
	timer      sessionTimer
	ack        *sipmsg.Request                 // of the latest 2xx to an INVITE of ours
	ackSeq     uint32                          // its CSeq
	acks       map[uint32]chan *sipmsg.Request // of our own 2xx, awaited, by CSeq
	referral   *Referral                       // a transfer that the peer asked for; nil: none is under way
	reference  *reference                      // one that we asked for; nil: none
	ending     Ending
}

// newCaller is the dialog of a 2xx to an INVITE of ours. o.mu is held.
func newCaller(o *outgoing, res *sipmsg.Response) *Dialog {
	req := o.req
	d := &Dialog{
		e: o.e, id: whole{o.half, wire.ToTag(res)}, handlers: o.inv.Handlers, cred: o.inv.Credentials, caller: true,
		local: req.From(), remote: res.To(), contact: req.Contact(),
		via: o.e.wire.ViaOf(req), source: wire.SourceOf(res), done: make(chan struct{}),
		target: req.Recipient, cseq: req.CSeq().SeqNo, acks: make(map[uint32]chan *sipmsg.Request),
	}
	d.learn(o, res)
	return d
}

// learn takes over what a response to our INVITE says of the peer: its route
// set, Contact and session. The caller holds o.mu, and d.mu or is alone with d.
func (d *Dialog) learn(o *outgoing, res *sipmsg.Response) {
	d.routes = routesOf(res)
	slices.Reverse(d.routes)
	d.refresh(res)
	if sdp, _ := sdpOf(res); sdp != nil {
		d.sdp = sdp
	} else if d.sdp == nil {
		d.sdp = o.told[d.id.remote].SDP // of a peer that says it once, too early
	}
	d.leg = o.inv.Leg
	d.leg.ToTag, d.leg.Remote, d.leg.Routes = d.id.remote, d.target.String(), nil
	for _, r := range d.routes {
		d.leg.Routes = append(d.leg.Routes, r.String())
	}
	d.keepAck(o.req)
	if n := res.CSeq().SeqNo; n != d.ackSeq { // to an INVITE before that one
		d.ackSeq, d.ack = n, d.build(sipmsg.ACK, n)
	}
	d.agree(o.req, res)
	if o.inv.Offer != nil {
		d.said = o.inv.Offer
	}
}

// newCallee is the dialog of an INVITE that we answer.
func newCallee(in *Incoming, h Handlers) *Dialog {
	req := in.req
	local, remote := req.To().AsFrom(), req.From().AsTo()
	d := &Dialog{
		e: in.e, id: wholeOf(req), handlers: h, cred: in.Credentials,
		local: &local, remote: &remote, contact: in.contact,
		via: req.Transport(), source: wire.SourceOf(req), done: make(chan struct{}),
		rang: in.rang(), target: req.From().Address, remoteCSeq: req.CSeq().SeqNo, acks: make(map[uint32]chan *sipmsg.Request),
		routes: routesOf(req),
	}
	d.refresh(req)
	d.sdp, _ = sdpOf(req)
	in.mu.Lock()
	if in.remote != nil {
		d.sdp = in.remote
	}
	in.mu.Unlock()
	d.leg = campaigns.Leg{
		CallID: d.id.callID, FromTag: d.id.tag, ToTag: d.id.remote,
		Target: d.target.String(), Remote: d.target.String(),
	}
	return d
}

// Leg names the whole dialog: FromTag is ours, ToTag and Remote are the peer's.
func (d *Dialog) Leg() campaigns.Leg { return d.leg }

// RemoteSDP returns the session description that the peer sent last; nil if it
// never sent one.
func (d *Dialog) RemoteSDP() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Clone(d.sdp)
}

func (d *Dialog) setRemoteSDP(sdp []byte) {
	if sdp == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sdp = bytes.Clone(sdp)
}

// Done is closed when the call is over, whoever ended it.
func (d *Dialog) Done() <-chan struct{} { return d.done }

// Ending returns how the call ended; it is meant for after Done.
func (d *Dialog) Ending() Ending {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ending
}

// finish ends the dialog, and reports false when it was over.
func (d *Dialog) finish(by Ended, r Reason) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ending.By != "" {
		return false
	}
	d.ending = Ending{By: by, Reason: r, At: time.Now()}
	close(d.done)
	d.timer.stop()
	d.e.calls.retire(d)
	return true
}

// over reports whether the dialog has ended.
func (d *Dialog) over() bool {
	select {
	case <-d.done:
		return true
	default:
		return false
	}
}

// refresh takes over the peer's Contact (RFC 3261 section 12.2). The caller
// holds d.mu, or is alone with d.
func (d *Dialog) refresh(m sipmsg.Message) {
	var h *sipmsg.ContactHeader
	switch m := m.(type) {
	case *sipmsg.Request:
		h = m.Contact()
	case *sipmsg.Response:
		h = m.Contact()
	}
	if h != nil && h.Address.Host != "" && !h.Address.Wildcard {
		d.target = *h.Address.Clone()
	}
}

// take checks the CSeq of a request of the peer: one lower than it has sent
// before is out of order (RFC 3261 section 12.2.2).
func (d *Dialog) take(req *sipmsg.Request) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := req.CSeq().SeqNo; n >= d.remoteCSeq {
		d.remoteCSeq = n
		return true
	}
	return false
}

// newLate is the dialog of a 2xx that came when nobody waited for it any more.
func newLate(e *Endpoint, lc *lostCall, res *sipmsg.Response) *Dialog {
	d := &Dialog{
		e: e, id: wholeOf(res), leg: lc.Leg, cred: lc.Credentials, caller: true,
		local: res.From(), remote: res.To(), via: wire.TransportOf(&lc.target, "UDP"), source: wire.SourceOf(res),
		done: make(chan struct{}), target: lc.target, cseq: res.CSeq().SeqNo, routes: routesOf(res),
	}
	slices.Reverse(d.routes)
	d.refresh(res)
	d.ackSeq = d.cseq
	d.ack = d.build(sipmsg.ACK, d.ackSeq)
	return d
}
