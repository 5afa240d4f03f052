package dialog

import (
	"context"
	"fmt"
	"strings"
	"sync"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
	"careline/sip/wire"
)

// Referral is a transfer that the peer asks for: a REFER within a call (RFC 3515,
// 5589). It is accepted or refused once; after Accept the peer is told how it
// goes, by NOTIFY.
type Referral struct {
	To       Party     // whom we shall call
	Target   string    // the same as a URI, without headers
	Replaces *Replaces // the call that the new one shall take the place of; nil for a blind transfer
	By       Party     // Referred-By; the zero value without

	d      *Dialog
	req    *sipmsg.Request
	tx     *sipmsg.ServerTx
	silent bool // the peer wants no NOTIFY (RFC 4488)

	mu       sync.Mutex
	answered bool
	over     bool   // nothing more is to be told
	news     []news // still to be told
	telling  bool   // somebody does
}

// news is a status of the new call.
type news struct {
	code   int
	reason string
}

// serveRefer takes a REFER. One at a time, as a call can go to one place only.
func (e *Endpoint) serveRefer(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	if e.calls.dialog(req) == nil && wire.ToTag(req) == "" {
		e.respond(req, tx, 403, "Forbidden") // outside a call it would place calls for anybody
		return
	}
	d := e.within(req, tx)
	if d == nil {
		return
	}
	r, f := d.readReferral(req, tx)
	switch {
	case f != nil:
		e.respond(req, tx, f.code, f.reason)
		return
	case d.handlers.Refer == nil:
		e.respond(req, tx, 603, "Decline")
		return
	case !d.beginReferral(r):
		e.respond(req, tx, 491, "Request Pending")
		return
	}
	defer d.endReferral(r)
	defer r.conclude(ctx)
	d.handlers.Refer(ctx, r)
}

// readReferral reads a REFER.
func (d *Dialog) readReferral(req *sipmsg.Request, tx *sipmsg.ServerTx) (*Referral, *fault) {
	values := append(req.GetHeaders("Refer-To"), req.GetHeaders("r")...)
	if len(values) != 1 {
		return nil, &fault{400, "Exactly One Refer-To Needed"}
	}
	var u sipmsg.Uri
	display, err := sipmsg.ParseAddressValue(values[0].Value(), &u, nil)
	if err != nil || u.Scheme != "sip" && u.Scheme != "tel" && u.Scheme != "sips" {
		return nil, &fault{400, "Bad Refer-To"}
	}
	if method, ok := u.UriParams.Get("method"); ok && !strings.EqualFold(method, "INVITE") {
		return nil, &fault{400, "Only INVITE Can Be Asked For"}
	}
	r := &Referral{d: d, req: req, tx: tx, To: partyOf(display, &u), By: referredBy(req)}
	if r.Replaces, err = replacesIn(&u); err != nil {
		return nil, &fault{400, "Bad Replaces In Refer-To"}
	}
	u.Headers = nil
	r.Target = u.String()
	r.silent = strings.EqualFold(strings.TrimSpace(wire.Header(req, "Refer-Sub")), "false")
	return r, nil
}

func referredBy(req *sipmsg.Request) Party {
	for _, name := range []string{"Referred-By", "b"} {
		var u sipmsg.Uri
		if display, err := sipmsg.ParseAddressValue(wire.Header(req, name), &u, nil); err == nil {
			return partyOf(display, &u)
		}
	}
	return Party{}
}

// Refuse turns the transfer down with a final status, 300 to 699. After Accept
// it does nothing.
func (r *Referral) Refuse(code int, reason string) {
	if !r.answer() {
		return
	}
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	r.d.endReferral(r) // before the peer knows, who may ask for another at once
	r.d.e.respond(r.req, r.tx, code, reason)
}

// Accept takes the transfer on, and says 100 Trying.
func (r *Referral) Accept(ctx context.Context) {
	if !r.answer() {
		return
	}
	if r.silent {
		r.mu.Lock()
		r.over = true
		r.mu.Unlock()
		r.d.endReferral(r)
		r.d.e.respond(r.req, r.tx, 200, "OK", sipmsg.NewHeader("Refer-Sub", "false"))
		return
	}
	r.d.e.respond(r.req, r.tx, 202, "Accepted", sipmsg.HeaderClone(r.d.contact))
	r.Tell(ctx, 100, "Trying")
}

// answer reports true to the first who decides.
func (r *Referral) answer() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.answered
	r.answered = true
	return !was
}

// Tell tells the peer how far the transfer has come, in the order of the calls:
// a status of the new call. A final one is the last that is told. It works after
// the peer has hung up as well, as many do at once. It does not wait for the peer,
// who may be gone: there are others on the line.
func (r *Referral) Tell(ctx context.Context, code int, reason string) {
	if r.note(code, reason) {
		r.d.e.wire.Go(func() { r.tell(context.WithoutCancel(ctx)) })
	}
}

// note queues news, and reports whether nobody tells them yet.
func (r *Referral) note(code int, reason string) (idle bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return false
	}
	if r.over = code >= 200; r.over {
		r.d.endReferral(r)
	}
	r.news = append(r.news, news{code, reason})
	idle, r.telling = !r.telling, true
	return idle
}

// tell tells all news, one after the other.
func (r *Referral) tell(ctx context.Context) {
	for {
		n, ok := r.next()
		if !ok {
			return
		}
		res, err := r.d.exchange(ctx, r.notify(n))
		if err == nil && res.StatusCode >= 300 {
			err = refusedBy(res, r.d.cred)
		}
		if err != nil { // the peer does not care, or is gone
			r.hush()
			r.d.e.log.InfoContext(ctx, "progress of a transfer not told", "call_id", r.d.id.callID, "err", err)
		}
	}
}

// next takes the first of the news.
func (r *Referral) next() (n news, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.news) == 0 {
		r.telling = false
		return n, false
	}
	n, r.news = r.news[0], r.news[1:]
	return n, true
}

// hush tells nothing more.
func (r *Referral) hush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over, r.news = true, nil
}

// notify builds a NOTIFY.
func (r *Referral) notify(n news) *sipmsg.Request {
	req := r.d.next(sipmsg.NOTIFY)
	state := "active;expires=180"
	if n.code >= 200 {
		state = "terminated;reason=noresource"
	}
	req.AppendHeader(sipmsg.NewHeader("Event", fmt.Sprintf("refer;id=%d", r.req.CSeq().SeqNo)))
	req.AppendHeader(sipmsg.NewHeader("Subscription-State", state))
	req.AppendHeader(sipmsg.NewHeader("Content-Type", typeFrag))
	req.SetBody(fmt.Appendf(nil, "SIP/2.0 %d %s\r\n", n.code, grammar.Plain(n.reason, 128)))
	return req
}

// conclude makes sure that no transfer remains open that its handler has
// forgotten, or has panicked on.
func (r *Referral) conclude(ctx context.Context) {
	if p := recover(); p != nil {
		r.d.e.wire.Panicked("refer", p)
	}
	r.Refuse(500, "Server Internal Error")
	r.Tell(ctx, 500, "Server Internal Error")
}

func (d *Dialog) beginReferral(r *Referral) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.referral != nil {
		return false
	}
	d.referral = r
	return true
}

func (d *Dialog) endReferral(r *Referral) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.referral == r {
		d.referral = nil
	}
}
