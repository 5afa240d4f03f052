package dialog

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/campaigns"
	"careline/sip/wire"
)

// Invite asks for an outbound call.
type Invite struct {
	// Leg names the dialog: Call-ID, From-tag, branch and request URI, as they
	// were committed before. A repeat, as with credentials, uses branch+".2". A
	// target with ;transport=tcp or tls goes by that, one of sips: by TLS.
	Leg campaigns.Leg
	// Route is where it is sent to: host or host:port, with the parameters
	// ;transport=udp|tcp|tls, ;name= (that the certificate has to be for) and ;flow
	// (only by a connection that stands). Empty is where the target points. What
	// names no port is looked up by SRV. What names no transport, and is too large
	// for a datagram, goes by TCP where that is listened for and the other side
	// takes it, else by UDP in pieces.
	Route       string
	Path        Path // proxies to its phone, of which Route names the first
	From        Party
	To          Party  // the zero value is the target
	Offer       []byte // our session description; nil has the callee make an offer, which Handlers.Offer answers
	Headers     []sipmsg.Header
	Credentials Credentials   // for a trunk that asks for them
	Reliable    Reliability   // of what comes before the answer
	Ring        time.Duration // given up after ringing, or silence, so long; 0 means 60 s
	Handlers    Handlers

	// Redirect, where set, is asked before a redirect is followed, with the leg of
	// the INVITE that would leave: its Moved is the target, its Branch and CSeq are
	// new, its Target is as before. It is followed when the error is nil; by then
	// the leg must be stored, so that a later process can end the call there. Nil
	// follows none: nobody but us decides what number is called. It is asked for
	// at most three targets of one redirect, one after the other has failed, and
	// never once a callee has rung. The target gets the headers of the INVITE, and
	// the credentials if it asks for them.
	Redirect func(ctx context.Context, leg campaigns.Leg) error
	// OnSent, where set, is called when the INVITE has left; OnRinging for the
	// first 18x of each callee, and for one whose early media is another than
	// before, at most 64 times. The call goes on meanwhile. An error gives it up.
	OnSent    func(ctx context.Context) error
	OnRinging func(ctx context.Context, r Ringing) error
	// OnAnswer, where set, is called with the answered dialog before the answer
	// is confirmed, so that it can be stored: a peer that has no ACK repeats its
	// answer, to a later process too, while one that has it is heard of no more.
	OnAnswer func(ctx context.Context, d *Dialog)
}

// Reliability says whether provisional responses are confirmed (RFC 3262).
type Reliability string

// The reliabilities of an Invite.
const (
	MayBeReliable  Reliability = ""         // the callee chooses
	MustBeReliable Reliability = "required" // a callee that cannot is asked again without it, after its 420
	NeverReliable  Reliability = "never"
)

// Ringing is a provisional response, 180 to 189.
type Ringing struct {
	At       time.Time
	Code     int
	ToTag    string
	SDP      []byte // early media of this callee, its latest; often none. Of several callees the newest one's is heard
	Media    EarlyMedia
	Reliable bool // it was confirmed, and SDP is the answer
}

// NewLeg returns fresh identities for a call to target.
func NewLeg(target string) campaigns.Leg {
	return campaigns.Leg{CallID: rand.Text(), FromTag: rand.Text(), Branch: newBranch(), Target: target}
}

// Invite places a call and waits for its end: the answered dialog, or a
// *RefusedError. When ctx ends, or nobody answers within Ring, the call is cancelled
// and its end awaited; an answer that crosses our CANCEL is taken down again.
func (e *Endpoint) Invite(ctx context.Context, inv Invite) (*Dialog, error) {
	inv.Ring = cmp.Or(inv.Ring, time.Minute)
	o := newOutgoing(e, inv)
	req, err := e.inviteRequest(inv)
	if err != nil {
		return nil, &RefusedError{Cause: fmt.Errorf("%w: %w", ErrNotSent, err)}
	}
	if !e.calls.place(o) {
		return nil, &RefusedError{Cause: fmt.Errorf("%w: call-id %s is in use", ErrNotSent, inv.Leg.CallID)}
	}
	if err := o.send(ctx, req); err != nil {
		e.calls.unplace(o)
		return nil, &RefusedError{Cause: err}
	}
	if inv.OnSent != nil {
		if err := inv.OnSent(ctx); err != nil {
			o.giveUp(ctx, fmt.Errorf("%w: %w", ErrCancelled, err))
		}
	}
	return o.wait(ctx)
}

// inviteRequest builds the first INVITE. Its CSeq is 1, so that a later process
// can CANCEL it by its Leg alone.
func (e *Endpoint) inviteRequest(inv Invite) (*sipmsg.Request, error) {
	uri, err := parseURI(inv.Leg.Target)
	if err != nil {
		return nil, err
	}
	if inv.Leg.CallID == "" || inv.Leg.FromTag == "" || inv.Leg.Branch == "" {
		return nil, fmt.Errorf("leg has no call-id, from-tag or branch")
	}
	if err := checkHeaders(inv.Headers); err != nil {
		return nil, err
	}
	dest := cmp.Or(inv.Route, wire.HeadingOf(&uri).String())
	req := e.request(outline{
		method: sipmsg.INVITE, uri: uri, callID: inv.Leg.CallID, cseq: 1, branch: inv.Leg.Branch, dest: dest,
		from: e.from(inv.From, inv.Leg.FromTag, dest), to: to(inv.To, &uri, ""),
	})
	inv.Path.lead(req)
	req.AppendHeader(e.wire.Contact(inv.From.User, uri.Scheme, req.Transport(), dest))
	req.AppendHeader(e.allow())
	inv.Reliable.ask(req)
	e.demand(req)
	for _, h := range inv.Headers {
		req.AppendHeader(h)
	}
	setSDP(req, inv.Offer)
	return req, nil
}

// setSDP gives a message a session description; nil leaves it without.
func setSDP(m sipmsg.Message, sdp []byte) {
	if sdp == nil {
		return
	}
	m.AppendHeader(sipmsg.NewHeader("Content-Type", typeSDP))
	m.SetBody(sdp)
}
