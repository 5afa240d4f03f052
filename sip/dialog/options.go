package dialog

import (
	"context"
	"crypto/rand"
	"fmt"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Options asks target for its capabilities, to see whether it is alive, and
// returns its final status; an error when none came. route is where it is sent
// to, as Invite.Route; empty is where target points.
func (e *Endpoint) Options(ctx context.Context, target, route string) (code int, err error) {
	uri, err := parseURI(target)
	if err != nil {
		return 0, fmt.Errorf("options to %s: %w", route, err)
	}
	req := e.request(outline{
		method: sipmsg.OPTIONS, uri: uri, callID: rand.Text(), cseq: 1, dest: route,
		from: e.from(Party{User: e.opt.UserAgent}, rand.Text(), headingOf(&uri).String()), to: to(Party{}, &uri, ""),
	})
	req.AppendHeader(e.contact("", uri.Scheme, req.Transport(), req.Destination()))
	req.AppendHeader(sipmsg.NewHeader("Accept", typeSDP))
	res, err := e.exchange(ctx, req)
	if err != nil {
		return 0, fmt.Errorf("options to %s: %w", req.Destination(), err)
	}
	return res.StatusCode, nil
}

// serveOptions answers that we are here, and what we understand.
func (e *Endpoint) serveOptions(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	if toTag(req) != "" && e.within(req, tx) == nil {
		return
	}
	e.respond(req, tx, 200, "OK", e.allow(), supported(), sipmsg.NewHeader("Accept", typeSDP))
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
