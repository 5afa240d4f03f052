package dialog

import (
	"context"
	"errors"
	"net/netip"
	"sync"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// ErrGone is the cause of an answer that came too late: the caller has given up.
var ErrGone = errors.New("caller has given up")

// ErrNoAck is the cause of an answer that the caller never confirmed.
var ErrNoAck = errors.New("answer was never confirmed")

// Incoming is an inbound call that has not been answered.
type Incoming struct {
	// Credentials are for what the peer challenges within the call. They belong
	// before Answer.
	Credentials Credentials

	e       *Endpoint
	req     *sipmsg.Request
	tx      *sipmsg.ServerTx
	contact sipmsg.Header
	offer   []byte
	old     *Dialog // whose place it shall take; nil: none's
	done    chan struct{}

	mu             sync.Mutex
	settled        bool         // answered, refused or given up
	why            Reason       // that the caller gave for giving up
	reliable       *provisional // the latest 18x to be confirmed; nil: none
	unconfirmed    bool         // it never was
	updating       bool         // an UPDATE of the caller is being answered
	agreed, remote []byte       // what the latest exchange before the answer said of the session; nil: nothing
	dialog         *Dialog      // once answered
}

func (e *Endpoint) newIncoming(req *sipmsg.Request, tx *sipmsg.ServerTx) *Incoming {
	offer, _ := sdpOf(req)
	return &Incoming{
		e: e, req: req, tx: tx, offer: offer, done: make(chan struct{}),
		contact: e.wire.Contact(userOf(&req.Recipient), req.Recipient.Scheme, req.Transport(), req.Source()),
	}
}

// Request is the INVITE as it came, apart from our tag in To. It must not be
// changed.
func (in *Incoming) Request() *sipmsg.Request { return in.req }

// Source is where the INVITE came from.
func (in *Incoming) Source() netip.AddrPort { return wire.SourceOf(in.req) }

// Transport is how the INVITE came: UDP, TCP or TLS.
func (in *Incoming) Transport() string { return in.req.Transport() }

// CallID is the call's Call-ID.
func (in *Incoming) CallID() string { return in.req.CallID().Value() }

// From is the caller as From names it.
func (in *Incoming) From() Party {
	h := in.req.From()
	return partyOf(h.DisplayName, &h.Address)
}

// Asserted is the caller as P-Asserted-Identity names it (RFC 3325); the zero
// value without. Whether it can be trusted depends on the source.
func (in *Incoming) Asserted() Party { return assertedIdentity(in.req) }

// To is the callee as To names it.
func (in *Incoming) To() Party {
	h := in.req.To()
	return partyOf(h.DisplayName, &h.Address)
}

// Dialed is the user of the request URI: the number that was dialed.
func (in *Incoming) Dialed() string { return userOf(&in.req.Recipient) }

// Header returns the first value of a header, or "".
func (in *Incoming) Header(name string) string { return wire.Header(in.req, name) }

// Offer is the caller's session description; nil asks for an offer of ours.
func (in *Incoming) Offer() []byte { return in.offer }

// Replaces is the call of ours whose place this one shall take (RFC 3891); nil
// for a call of its own. Whether the caller may do so is to be decided by whoever
// answers, who has to end the other call too.
func (in *Incoming) Replaces() *Dialog { return in.old }

// Done is closed when the caller has given up, or the call was refused.
func (in *Incoming) Done() <-chan struct{} { return in.done }

// Reason is why the caller has given up, as far as it said so: SIP cause 200
// when another callee has answered. It is meant for after Done.
func (in *Incoming) Reason() Reason {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.why
}

func (in *Incoming) blame(why Reason) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.settled {
		in.why = why
	}
}

// Ring says 180 Ringing to the caller, as often as it takes where the caller
// wants to confirm it.
func (in *Incoming) Ring() error {
	if in.isSettled() {
		return ErrGone
	}
	res := in.e.response(in.req, 180, "Ringing")
	res.AppendHeader(sipmsg.HeaderClone(in.contact))
	in.isSetUp()
	if lists(listed(in.req, "Require"), "100rel") {
		return in.ringReliably(res)
	}
	return in.say(res)
}

func (in *Incoming) isSettled() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.settled
}

// Refuse ends the call with a final status, 300 to 699.
func (in *Incoming) Refuse(code int, reason string, headers ...sipmsg.Header) error {
	if err := checkHeaders(headers); err != nil {
		return err
	}
	if !in.settle() {
		return ErrGone
	}
	defer close(in.done)
	return in.say(in.e.response(in.req, code, reason, headers...))
}

// settle reports false when the call has been answered, refused or given up.
func (in *Incoming) settle() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.settled {
		return false
	}
	in.settled = true
	in.isSetUp()
	return true
}

// say sends a response.
func (in *Incoming) say(res *sipmsg.Response) error { return in.e.say(in.req, in.tx, res) }

// say sends a response to an INVITE. When a CANCEL has come in between, sipgo has
// said 487 and now repeats ours in its place; so the 487 is put back.
func (e *Endpoint) say(req *sipmsg.Request, tx *sipmsg.ServerTx, res *sipmsg.Response) error {
	err := tx.Respond(res)
	if errors.Is(err, sipmsg.ErrTransactionCanceled) {
		_ = tx.Respond(e.response(req, 487, "Request Terminated"))
		return ErrGone
	}
	return err
}

// cancelled is told that sipgo has ended the call with 487.
func (in *Incoming) cancelled(cancel *sipmsg.Request) {
	in.blame(reasonOf(cancel))
	if in.settle() {
		close(in.done)
	}
}

// withdraw ends the call for a CANCEL that sipgo had no transaction for.
func (in *Incoming) withdraw(why Reason) {
	in.blame(why)
	_ = in.Refuse(487, "Request Terminated")
}

// serveInvite takes in an INVITE that opens a call.
func (e *Endpoint) serveInvite(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	in := e.newIncoming(req, tx)
	e.respond(req, tx, 100, "Trying")
	if !e.calls.serve(req) {
		e.respond(req, tx, 482, "Loop Detected")
		return
	}
	defer e.calls.served(in)
	if f, headers := e.acceptable(req); f != nil {
		e.respond(req, tx, f.code, f.reason, headers...)
		return
	}
	var f *fault
	if in.old, f = e.replaced(req); f != nil {
		e.respond(req, tx, f.code, f.reason)
		return
	}
	if !tx.OnCancel(in.cancelled) || !e.calls.enter(in) {
		in.withdraw(Reason{})
		return
	}
	defer in.conclude(ctx)
	e.opt.OnInvite(ctx, in)
}

// conclude makes sure that a call does not remain open that its handler has
// forgotten, or has panicked on.
func (in *Incoming) conclude(ctx context.Context) {
	in.e.calls.leave(in)
	p := recover()
	if in.settle() {
		_ = in.say(in.e.response(in.req, 500, "Server Internal Error"))
		close(in.done)
	}
	if p == nil {
		return
	}
	in.e.wire.Panicked("invite", p)
	if d := in.answered(); d != nil {
		_ = d.Bye(ctx, Reason{})
	}
}

// answered returns the dialog once there is one.
func (in *Incoming) answered() *Dialog {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.dialog
}
