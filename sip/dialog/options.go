package dialog

import (
	"context"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// Options asks target for its capabilities, to see whether it is alive, and
// returns its final status; an error when none came. route is where it is sent
// to, as Invite.Route; empty is where target points.
func (e *Endpoint) Options(ctx context.Context, target, route string) (code int, err error) {
	reply, err := e.Ask(ctx, Question{Target: target, Route: route})
	return reply.Code, err
}

// serveOptions answers that we are here, and what we understand.
func (e *Endpoint) serveOptions(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	if wire.ToTag(req) != "" && e.within(req, tx) == nil {
		return
	}
	e.respond(req, tx, 200, "OK", e.allow(), supported("100rel"), sipmsg.NewHeader("Accept", typeSDP))
}

// within returns the dialog that a request belongs to. It is nil when we do not
// know it, or the request is out of order; that has been answered then.
func (e *Endpoint) within(req *sipmsg.Request, tx *sipmsg.ServerTx) *Dialog {
	d := e.calls.dialog(req)
	if d == nil {
		d = e.budding(req)
	}
	switch {
	case d == nil || d.over():
		e.respond(req, tx, 481, "Call/Transaction Does Not Exist")
	case !d.take(req):
		e.respond(req, tx, 500, "CSeq Out Of Order")
	default:
		return d
	}
	return nil
}
