package sip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/agents"
	"careline/audio"
	"careline/audio/progress"
	"careline/call"
	"careline/campaigns"
	"careline/sip/dialog"
	"careline/sip/sdp"
	"careline/sip/session"
)

// way is how an outbound call goes: by a trunk or to a phone.
type way struct {
	leg     campaigns.Leg
	route   string // host:port; empty is where the leg's target points
	from    dialog.Party
	login   dialog.Credentials
	codecs  []audio.Codec
	srtp    sdp.Security
	peer    netip.Addr     // where its signalling is, as far as is known
	release func()         // called when the call is over
	phone   agents.Binding // of a call to a phone
	headers []sipmsg.Header
	ended   func(err error) // told how the INVITE came out; nil is answered
	others  []way           // to the same phone, where this one fails
}

// Place places a call by a trunk, or to a registered agent's phone.
func (d *Driver) Place(ctx context.Context, o call.Order) (call.Line, error) {
	o.ID = cmp.Or(o.ID, newID())
	o.Info.ID, o.Info.Phone, o.Info.Trunk = o.ID, cmp.Or(o.Info.Phone, o.Phone), cmp.Or(o.Info.Trunk, o.Trunk)
	if d.refuses(o) {
		return nil, notPlaced("the service takes no new calls")
	}
	var line *Line
	ways, err := d.waysTo(o)
	switch {
	case err != nil:
		d.sight.end(unanswered(traceOf(o), err))
		return nil, err
	case o.Phone != "":
		line, err = d.ringAll(ctx, o, ways)
	default:
		line, err = d.dial(ctx, o, ways[0])
	}
	if err != nil {
		d.unanswered(o, err)
		return nil, err
	}
	return line, nil
}

// waysTo finds the ways that an order asks for: one by a trunk, or one to each
// phone of an agent.
func (d *Driver) waysTo(o call.Order) ([]way, error) {
	if o.Phone != "" {
		return d.waysToPhones(o)
	}
	w, err := d.wayTo(o)
	return []way{w}, err
}

func (d *Driver) unanswered(o call.Order, err error) {
	f := &call.Failure{}
	errors.As(err, &f)
	d.checkBlocked(o, f.Evidence)
	d.log.Info("call not answered", "call_id", o.ID, "to", o.Number, "agent_id", o.Phone,
		"disposition", string(f.Disposition), "status", f.Evidence.Status, "q850", f.Evidence.Cause, "why", f.Evidence.Text)
}

// notPlaced is a call of which nothing was sent.
func notPlaced(format string, args ...any) *call.Failure {
	return &call.Failure{
		Disposition: campaigns.NotPlaced,
		Evidence:    campaigns.Evidence{Text: fmt.Sprintf(format, args...)},
	}
}

// wayTo finds the way of an order by its trunk, if it may go it.
func (d *Driver) wayTo(o call.Order) (way, error) {
	t := d.trunks[o.Trunk]
	switch {
	case t == nil:
		return way{}, notPlaced("trunk %q is not configured", o.Trunk)
	case !t.Allow.Permit(o.Number):
		return way{}, notPlaced("trunk %s does not permit the destination: %s", t.Name, t.Allow.Refuses(o.Number))
	}
	if o.Leg.CallID == "" {
		o.Leg = dialog.NewLeg(t.target(o.Number))
	}
	switch {
	case o.Leg.Target != t.target(o.Number):
		return way{}, notPlaced("the leg of the call names another destination than trunk %s and the number", t.Name)
	}
	if why := t.take(time.Now()); why != "" {
		return way{}, notPlaced("trunk %s: %s", t.Name, why)
	}
	return way{
		leg: o.Leg, route: t.route(), login: t.credentials(), codecs: t.Codecs, srtp: t.SRTP, peer: t.ip(),
		from: t.from(o), headers: t.identities(o),
		release: func() { t.count(-1, 0) }, ended: t.ended,
	}, nil
}

func (d *Driver) waysToPhones(o call.Order) ([]way, error) {
	phones := d.phones.reach(o.Phone, time.Now())
	if len(phones) == 0 {
		return nil, notPlaced("no phone of %s is registered", o.Phone)
	}
	var ways []way
	for _, flows := range byPhone(phones, d.stands) {
		same := make([]way, len(flows))
		for i, b := range flows {
			same[i] = way{
				leg: dialog.NewLeg(b.Contact), route: d.routeTo(b), release: func() {}, ended: func(error) {}, phone: b,
				srtp: d.opt.SRTP, peer: homeOf(b), headers: answers(o),
				from: dialog.Party{Display: o.Display, User: cmp.Or(string(o.CallerID), "careline")},
			}
		}
		same[0].others = same[1:]
		ways = append(ways, same[0])
	}
	return ways, nil
}

// dial places the call and returns its line once it is up.
func (d *Driver) dial(ctx context.Context, o call.Order, w way) (line *Line, err error) {
	o.Leg = w.leg
	seen := traceOf(o)
	d.sight.begin(w.leg.CallID)
	defer func() {
		if err != nil {
			w.release()
			if errors.Is(context.Cause(ctx), dialog.ErrElsewhere) {
				seen.ID = newID() // the call's own is that of the phone that has it
			}
			d.sight.end(unanswered(seen, err))
		}
	}()
	ctx, end := d.during(ctx)
	defer end()
	sess, err := d.openSound(ctx, d.soundOf(w), w.peer, netip.Addr{})
	if err != nil {
		return nil, notPlaced("%v", err)
	}
	t := newTerms(sess, w.codecs, w.srtp)
	if w.phone.Agent != "" {
		t.mayRefer()
	}
	p, e := &stages{order: o}, &ear{sess: sess, detector: progress.NewDetector(d.opt.Announcements)}
	var unfit error
	dlg, err := d.end.Invite(ctx, dialog.Invite{
		Leg: w.leg, Route: w.route, From: w.from, Offer: t.offer(), Headers: w.headers, Credentials: w.login, Ring: o.Ring,
		Path: dialog.Path(w.phone.Path), Handlers: t.handlers(d), Redirect: d.redirects(p, &w),
		OnSent: func(ctx context.Context) error { return p.reach(ctx, call.Sent, w.leg) },
		OnRinging: func(ctx context.Context, r dialog.Ringing) error {
			t.preview(r.SDP)
			if o.Phone == "" {
				e.open(r.SDP)
			}
			leg := w.leg
			leg.ToTag = r.ToTag
			return p.reach(ctx, call.Ringing, leg)
		},
		OnAnswer: func(ctx context.Context, dlg *dialog.Dialog) {
			e.close()
			unfit = settle(ctx, t, p, dlg)
		},
	})
	w.ended(err)
	if err != nil {
		heard := e.close()
		sess.Close()
		return nil, failure(err, heard)
	}
	if unfit != nil {
		d.takeDown(ctx, o, dlg)
		sess.Close()
		return nil, unfit
	}
	return d.newLine(ctx, &Line{info: o.Info, far: o.Number, trace: seen}, dlg, t, w.release), nil
}

// homeOf is where a phone registered from.
func homeOf(b agents.Binding) netip.Addr {
	at, err := netip.ParseAddrPort(b.Source)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// soundOf is how a call's sound is watched. An agent's phone is there from the
// first moment, or gone: a caller waits on the other side.
func (d *Driver) soundOf(w way) session.Options {
	o := d.sessionOptions(w.srtp)
	if w.phone.Agent != "" {
		o.FirstWithin = min(o.FirstWithin, o.NextWithin)
	}
	return o
}

// settle makes an answered call ready to be talked on. The error is why it
// cannot go on.
func settle(ctx context.Context, t *terms, p *stages, dlg *dialog.Dialog) error {
	f := &call.Failure{Disposition: campaigns.Failure, Sent: true, Rang: true}
	err := t.accept(dlg.RemoteSDP())
	if err == nil {
		f.Disposition = campaigns.Cancelled
		err = p.reach(ctx, call.Up, dlg.Leg())
	}
	if err == nil {
		return nil
	}
	f.Evidence = campaigns.Evidence{Status: 200, Text: err.Error()}
	return f
}

// takeDown ends an answered call that cannot go on.
func (d *Driver) takeDown(ctx context.Context, o call.Order, dlg *dialog.Dialog) {
	bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), byeTime)
	defer cancel()
	why := dialog.Reason{Q850: 88}
	if errors.Is(context.Cause(ctx), dialog.ErrElsewhere) {
		why = dialog.Reason{SIP: 200, Text: "Call completed elsewhere"}
	}
	if err := dlg.Bye(bye, why); err != nil {
		d.log.Warn("hang-up not confirmed", "call_id", o.ID, "err", err)
	}
}

// stages tells an order's Progress how far the call has come, each stage once
// and none after a later one.
type stages struct {
	order call.Order
	last  int
}

func (p *stages) reach(ctx context.Context, s call.Stage, leg campaigns.Leg) error {
	rank := rankOf(s)
	if rank <= p.last || p.order.Progress == nil {
		return nil
	}
	p.last = rank
	return p.order.Progress(ctx, call.Progress{Stage: s, At: time.Now(), Leg: leg})
}

// failure reads how a call ended that was not answered, with what was heard
// until then.
func failure(err error, heard string) error {
	var r *dialog.RefusedError
	if !errors.As(err, &r) {
		return fmt.Errorf("place a call: %w", err)
	}
	o := outcome{
		sent: r.Sent, rang: r.Rang, status: r.Code, cause: r.Q850, heard: heard,
		unheard:  errors.Is(err, dialog.ErrNoResponse),
		gaveUp:   errors.Is(err, dialog.ErrNoAnswer),
		recalled: errors.Is(err, dialog.ErrCancelled),
	}
	text := cmp.Or(r.Text, r.Reason)
	if r.Cause != nil && (text == "" || errors.Is(err, dialog.ErrRedirect) || errors.Is(err, dialog.ErrCredentials)) {
		text = r.Cause.Error()
	}
	d, rule := o.disposition()
	return &call.Failure{
		Disposition: d, Rang: r.Rang, Sent: r.Sent,
		Evidence: campaigns.Evidence{
			Status: r.Code, Cause: r.Q850, Text: text, Reason: r.Why,
			RetryAfter: int(r.RetryAfter.Seconds()), Heard: heard, Rule: rule,
		},
	}
}
