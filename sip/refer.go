package sip

import (
	"context"
	"errors"
	"sync"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
	"careline/sip/dialog"
)

var _ call.Mover = (*Line)(nil)

// attention is how long a transfer waits for somebody who can decide about it: a
// call is joined to another a moment after it was answered.
const attention = 2 * time.Second

// mayRefer lets the far end ask for transfers.
func (t *terms) mayRefer() { t.referrals = make(chan *call.Referral) }

// Referrals are the transfers that the far end asks for; none by a trunk.
func (l *Line) Referrals() <-chan *call.Referral { return l.terms.referrals }

// referred hands a transfer to whoever has joined the line, and returns when it
// is over.
func (d *Driver) referred(ctx context.Context, t *terms, r *dialog.Referral) {
	if t.referrals == nil {
		r.Refuse(603, "Decline")
		return
	}
	other, ok := d.otherCall(r)
	if !ok {
		r.Refuse(481, "Call To Be Replaced Does Not Exist")
		return
	}
	over := make(chan struct{})
	referral := referralOf(r, other, over)
	late := time.NewTimer(attention)
	defer late.Stop()
	select {
	case t.referrals <- referral:
	case <-late.C:
		r.Refuse(480, "Nobody To Transfer")
		return
	case <-ctx.Done():
		r.Refuse(503, "Service Unavailable")
		return
	}
	select {
	case <-over:
	case <-ctx.Done():
	}
}

// otherCall finds the line that an attended transfer names; none of a blind one.
func (d *Driver) otherCall(r *dialog.Referral) (id string, ok bool) {
	if r.Replaces == nil {
		return "", true
	}
	if l := d.lineOf(d.end.Find(*r.Replaces)); l != nil {
		return l.info.ID, true
	}
	return "", false
}

// lineOf returns the line that a dialog carries, or nil.
func (d *Driver) lineOf(dlg *dialog.Dialog) *Line {
	for _, l := range d.all() {
		if l.dlg.Load() == dlg {
			return l
		}
	}
	return nil
}

// referralOf is a transfer as the others know it. over is closed at its end.
func referralOf(r *dialog.Referral, other string, over chan struct{}) *call.Referral {
	end := sync.OnceFunc(func() { close(over) })
	return &call.Referral{
		To: r.To.User, Other: other,
		Accept: r.Accept,
		Refuse: func(_ context.Context, why call.Rejection) {
			code, reason := rejection(why)
			r.Refuse(code, reason)
			end()
		},
		Done: func(ctx context.Context, err error) {
			code, reason := told(err)
			r.Tell(ctx, code, reason)
			end()
		},
	}
}

// told is how a transfer's end is told to who asked for it.
func told(err error) (code int, reason string) {
	var f *call.Failure
	switch {
	case err == nil:
		return 200, "OK"
	case errors.As(err, &f) && f.Evidence.Status >= 300:
		return f.Evidence.Status, f.Evidence.Text
	default:
		return 480, "Temporarily Unavailable"
	}
}

// Refer has the carrier of the line call number in our place. A leg that was
// expected is but one half of a call elsewhere, which would end with it.
func (l *Line) Refer(ctx context.Context, number phone.Number) error {
	t := l.d.trunks[l.info.Trunk]
	if t == nil || l.guest {
		return call.ErrNoRefer
	}
	if !t.Allow.Permit(number) {
		return notPlaced("trunk %s does not permit the destination", t.Name)
	}
	return l.refer(ctx, dialog.Refer{Target: t.target(number)})
}

// HandTo has the carrier of both lines connect their far ends with one another,
// where the trunk is set up for that.
func (l *Line) HandTo(ctx context.Context, other call.Leg) error {
	o, ok := other.(*Line)
	t := l.d.trunks[l.info.Trunk]
	if !ok || t == nil || l.guest || o.guest || !t.HandOver || o.info.Trunk != t.Name {
		return call.ErrNoRefer
	}
	theirs := o.dlg.Load()
	replaces := dialog.ReplacesOf(theirs)
	return l.refer(ctx, dialog.Refer{Target: theirs.Leg().Remote, Replaces: &replaces})
}

func (l *Line) refer(ctx context.Context, r dialog.Refer) error {
	err := l.dlg.Load().Refer(ctx, r)
	var refused *dialog.RefusedError
	switch {
	case errors.Is(err, dialog.ErrNoRefer):
		l.d.log.Info("transfer not taken by the carrier", "call_id", l.info.ID, "trunk", l.info.Trunk, "err", err)
		return call.ErrNoRefer
	case errors.As(err, &refused):
		return failure(err, "")
	case err != nil:
		return &call.Failure{Disposition: campaigns.NotKnown, Sent: true, Evidence: campaigns.Evidence{Text: err.Error()}}
	}
	return nil
}
