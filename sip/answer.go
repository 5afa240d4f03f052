package sip

import (
	"context"
	"errors"
	"fmt"

	"careline/call"
	"careline/sip/dialog"
	"careline/sip/sdp"
	"careline/sip/session"
)

// answer takes an inbound call, or refuses it where its sound cannot be had.
func (d *Driver) answer(ctx context.Context, in *incoming, info call.Info) (*Line, error) {
	sess, err := d.openSound(ctx, d.sessionOptions(in.security()), in.in.Source().Addr(), soundAddr(in.in.Offer()))
	switch {
	case errors.Is(err, errFamily):
		d.refuse(in.in, 488, "Not Acceptable Here")
		return nil, err
	case err != nil:
		d.refuse(in.in, 503, "Service Unavailable", comeBack())
		return nil, err
	}
	t := newTerms(sess, in.codecs(), in.security())
	if in.trunk == nil && !in.guest {
		t.mayRefer()
	}
	dlg, err := d.agree(ctx, in.in, t)
	if err != nil {
		sess.Close()
		return nil, err
	}
	seen := traceOfIncoming(in.in.CallID(), info)
	seen.Serves = in.serves
	return d.newLine(ctx, &Line{info: info, guest: in.guest, far: info.From, trace: seen}, dlg, t, func() {}), nil
}

// agree answers the caller's offer, or has them answer ours.
func (d *Driver) agree(ctx context.Context, in *dialog.Incoming, t *terms) (*dialog.Dialog, error) {
	ours, err := t.answer(in.Offer())
	if err != nil {
		code, reason := statusOf(err)
		d.refuse(in, code, reason)
		return nil, err
	}
	dlg, err := in.Answer(ctx, ours, t.handlers(d))
	if err != nil {
		return nil, err
	}
	if len(in.Offer()) > 0 {
		return dlg, nil
	}
	if err := t.accept(dlg.RemoteSDP()); err != nil {
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), byeTime)
		defer cancel()
		return nil, errors.Join(fmt.Errorf("accept the caller's answer: %w", err), dlg.Bye(bye, dialog.Reason{Q850: 88}))
	}
	return dlg, nil
}

func (d *Driver) sessionOptions(s sdp.Security) session.Options {
	return session.Options{FirstWithin: d.opt.FirstSound, NextWithin: d.opt.NextSound, Secure: s == sdp.Required, Log: d.log}
}
