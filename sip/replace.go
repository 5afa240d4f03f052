package sip

import (
	"context"

	"careline/sip/dialog"
)

// replace lets a call take the place of another on the other's line (RFC 3891):
// the line keeps its flow, its port and whom it is joined with, and has another
// far end from then on. Only the party whose call it is may do so: the same
// trunk, or the same agent.
func (d *Driver) replace(ctx context.Context, in *dialog.Incoming, may func(*Line) bool) {
	ctx, end := d.during(ctx)
	defer end()
	old := in.Replaces()
	l := d.lineOf(old)
	switch {
	case ctx.Err() != nil:
		d.refuse(in, 503, "Service Unavailable", comeBack())
		return
	case l == nil:
		d.refuse(in, 481, "Call/Transaction Does Not Exist")
		return
	case !may(l):
		d.log.Warn("call refused that would replace somebody else's", "call_id", l.info.ID, "source", in.Source().String())
		d.refuse(in, 403, "Forbidden")
		return
	}
	t := l.terms.successor()
	dlg, err := d.agree(ctx, in, t)
	if err != nil {
		d.log.Warn("call not replaced", "call_id", l.info.ID, "err", err)
		return
	}
	if !l.becomes(old, dlg, t) { // it ends, or another one was faster
		d.dismiss(ctx, dlg)
		return
	}
	d.log.Info("call replaced", "call_id", l.info.ID, "sip_call_id", in.CallID())
	d.dismiss(ctx, old)
}

// successor are terms for a call that takes the place of this one. What it agrees
// on comes into force by yield: until it is confirmed somebody is talking.
func (t *terms) successor() *terms {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := newTerms(t.sess, nil, t.secret.wanted)
	s.local.Codecs = t.local.Codecs
	s.info, s.referrals, s.idle = t.info, t.referrals, true
	return s
}

// yield has what another call agrees on come into force, and nothing of this one
// any more.
func (t *terms) yield(to *terms) {
	t.mu.Lock()
	t.idle = true
	t.mu.Unlock()
	to.mu.Lock()
	defer to.mu.Unlock()
	to.idle = false
	to.sess.SetRemote(to.remote)
}

// dismiss hangs up a dialog that no line has any more.
func (d *Driver) dismiss(ctx context.Context, dlg *dialog.Dialog) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), byeTime)
	defer cancel()
	if err := dlg.Bye(ctx, dialog.Reason{Q850: 16}); err != nil {
		d.log.Warn("hang-up not confirmed", "err", err)
	}
}
