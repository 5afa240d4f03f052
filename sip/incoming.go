package sip

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/google/uuid"

	"careline/audio"
	"careline/call"
	"careline/phone"
	"careline/sip/dialog"
	"careline/sip/sdp"
)

// incoming is a call.Incoming.
type incoming struct {
	d      *Driver
	in     *dialog.Incoming
	info   call.Info
	trunk  *trunk // that it came by; nil from a phone, and of a guest
	guest  bool   // it was expected
	serves string // the call that it is for; empty: a call of its own

	mu   sync.Mutex
	line *Line
	over bool // answered or refused
}

var _ call.Incoming = (*incoming)(nil)

// onInvite takes an INVITE: from a trunk's address, from a registered phone that
// knows its password, or one that was expected. Nobody else is let in.
func (d *Driver) onInvite(ctx context.Context, in *dialog.Incoming) {
	src := in.Source()
	src = netip.AddrPortFrom(src.Addr().Unmap(), src.Port())
	if g := d.guard.guests.find(in.Dialed(), src.Addr(), time.Now(), true); g != nil {
		d.fromGuest(ctx, in, g)
		return
	}
	if t := d.guard.trunkOf(src, in.Dialed(), in.Transport()); t != nil {
		d.fromTrunk(ctx, in, t)
		return
	}
	if d.phones.from(src) || d.guard.proxy(src) {
		d.fromPhone(ctx, in, src)
		return
	}
	if d.guard.guests.door(src.Addr()) {
		d.turnAway(in, src)
		return
	}
	d.log.Warn("call refused from an unknown source", "source", src.String())
	d.refuse(in, 403, "Forbidden")
}

func (d *Driver) fromTrunk(ctx context.Context, in *dialog.Incoming, t *trunk) {
	if in.Replaces() != nil {
		d.replace(ctx, in, func(l *Line) bool { return l.info.Trunk == t.Name && !l.guest })
		return
	}
	in.Credentials = t.credentials()
	t.count(0, 1)
	defer t.count(0, -1)
	d.hand(ctx, &incoming{d: d, in: in, trunk: t, info: call.Info{
		ID: newID(), From: t.caller(in), To: t.callee(in), Trunk: t.Name, Attested: t.attested(in),
	}}, d.opt.OnCall)
}

// fromPhone takes a call from a phone once it has shown whose it is, each time
// anew: a datagram says of itself where it comes from.
func (d *Driver) fromPhone(ctx context.Context, in *dialog.Incoming, src netip.AddrPort) {
	agent, doubt := d.prove(in.Request(), in.From().User)
	if doubt == nil && !d.phones.is(agent, src) && !d.behindProxy(agent, src) {
		d.log.Warn("call refused from a phone that is registered for another agent", "agent_id", agent)
		doubt = &refusal{code: 403, reason: "Forbidden"}
	}
	if doubt != nil {
		d.refuse(in, doubt.code, doubt.reason, doubt.headers...)
		return
	}
	if in.Replaces() != nil {
		d.replace(ctx, in, func(l *Line) bool { return l.info.Phone == agent })
		return
	}
	d.hand(ctx, &incoming{d: d, in: in, info: call.Info{ID: newID(), To: in.Dialed(), Phone: agent}}, d.opt.OnPhone)
}

// hand gives a call to whoever takes such calls. It returns when the call is
// over, and leaves none behind.
func (d *Driver) hand(ctx context.Context, in *incoming, to func(context.Context, call.Incoming)) {
	ctx, end := d.during(ctx)
	defer end()
	log := d.log.With("call_id", in.info.ID, "sip_call_id", in.in.CallID())
	if to == nil || ctx.Err() != nil {
		in.Reject(ctx, call.Overloaded)
		return
	}
	log.Info("call came in", "from", in.info.From, "to", dialed(in.info), "trunk", in.info.Trunk, "agent_id", in.info.Phone)
	d.sight.begin(in.in.CallID())
	to(ctx, in)
	in.Reject(ctx, call.Overloaded) // where neither was done
	if line := in.answered(); line != nil {
		line.Hangup(context.WithoutCancel(ctx))
		<-line.gone
		return
	}
	d.sight.end(traceOfIncoming(in.in.CallID(), in.info))
}

// dialed is the number dialed, for a log. One that a trunk brings is ours; on a
// phone a customer's may have been dialed.
func dialed(i call.Info) string {
	if i.Phone == "" {
		return i.To
	}
	return phone.Number(i.To).LogValue().String()
}

// codecs are those of the trunk, in its order.
func (in *incoming) codecs() []audio.Codec {
	if in.trunk == nil {
		return nil
	}
	return in.trunk.Codecs
}

// security is whether the caller's sound is encrypted.
func (in *incoming) security() sdp.Security {
	switch {
	case in.guest:
		return guestSound
	case in.trunk == nil:
		return in.d.opt.SRTP
	}
	return in.trunk.SRTP
}

// Info says who calls whom.
func (in *incoming) Info() call.Info { return in.info }

// Answer takes the call.
func (in *incoming) Answer(ctx context.Context, info call.Info) (call.Line, error) {
	if !in.claim() {
		return nil, fmt.Errorf("answer call %s twice: %w", in.info.ID, call.ErrHungUp)
	}
	info.ID = in.info.ID
	line, err := in.d.answer(ctx, in, info)
	if err != nil {
		return nil, fmt.Errorf("answer call %s: %w", in.info.ID, err)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.line = line
	return line, nil
}

// Reject refuses it. After Answer it does nothing.
func (in *incoming) Reject(_ context.Context, r call.Rejection) {
	if !in.claim() {
		return
	}
	code, reason := rejection(r)
	if code == 503 {
		in.d.refuse(in.in, code, reason, comeBack())
		return
	}
	in.d.refuse(in.in, code, reason)
}

// rejection is how a refusal is said in SIP.
func rejection(r call.Rejection) (code int, reason string) {
	switch r {
	case call.UnknownNumber:
		return 404, "Not Found"
	case call.Forbidden:
		return 403, "Forbidden"
	case call.BusyHere:
		return 486, "Busy Here"
	case call.Overloaded:
		fallthrough
	default:
		return 503, "Service Unavailable"
	}
}

// comeBack asks a caller whom there is no room for to try again.
func comeBack() sipmsg.Header { return sipmsg.NewHeader("Retry-After", "5") }

// claim reports true to the first who decides about the call.
func (in *incoming) claim() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	was := in.over
	in.over = true
	return !was
}

func (in *incoming) answered() *Line {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.line
}

func (d *Driver) refuse(in *dialog.Incoming, code int, reason string, headers ...sipmsg.Header) {
	if err := in.Refuse(code, reason, headers...); err != nil {
		d.log.Debug("refusal not sent", "sip_call_id", in.CallID(), "code", code, "err", err)
	}
}

// newID makes a sortable id.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
