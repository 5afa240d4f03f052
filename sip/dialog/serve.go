package dialog

import (
	"context"
	"errors"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
	"careline/sip/wire"
)

// observe sees each message in the order of arrival, before sipgo hands it to a
// goroutine of its own. Requests that open a call get our tag here, so that no
// two goroutines touch them later.
func (e *Endpoint) observe(msg sipmsg.Message) {
	switch m := msg.(type) {
	case *sipmsg.Request:
		if (m.Method == sipmsg.INVITE || m.Method == sipmsg.CANCEL) && wire.ToTag(m) == "" {
			m.To().Params.Add("tag", e.tagFor(m))
		}
		if m.Method == sipmsg.CANCEL {
			e.calls.announce(viaKey(m))
		}
	case *sipmsg.Response:
		if m.CSeq().MethodName != sipmsg.INVITE {
			return
		}
		if o := e.calls.placed(m); o != nil && o.observe(m) {
			e.stray(m) // an answer after a refusal: sipgo would drop it
		}
	}
}

// arrival is a request on its way from sipgo's goroutine to Run.
type arrival struct {
	req *sipmsg.Request
	tx  *sipmsg.ServerTx
}

// arrive is called by sipgo. Connections that we made ourselves are read before
// Run as well; what they bring waits for it.
func (e *Endpoint) arrive(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	select {
	case e.arrivals <- arrival{req, tx}:
	case <-e.wire.Closing():
		tx.Terminate()
	}
}

// serve handles one request in a goroutine of its own. The transaction ends with
// it unless a final response was sent.
func (e *Endpoint) serve(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	defer tx.TerminateGracefully()
	defer func() {
		if p := recover(); p != nil {
			e.recovered(req, tx, p)
		}
	}()
	if f := wire.Check(req); f != nil { // of a stream, which the gate does not inspect
		e.malformed.Add(1)
		e.respond(req, tx, f.Code, f.Reason)
		return
	}
	if req.Method == sipmsg.INVITE {
		key := e.intake.key(req)
		e.intake.begin(key)
		defer func() { e.intake.end(key, time.Now()) }()
	}
	if need := required(req); need != "" && req.Method != sipmsg.ACK && req.Method != sipmsg.CANCEL {
		e.respond(req, tx, 420, "Bad Extension", sipmsg.NewHeader("Unsupported", need))
		return
	}
	if req.Recipient.Scheme == "sips" && req.Transport() != "TLS" && req.Method != sipmsg.ACK {
		e.respond(req, tx, 480, "SIPS Not Allowed", sipmsg.NewHeader("Warning", `380 careline "SIPS needs TLS"`))
		return
	}
	e.dispatch(ctx, req, tx)
}

func (e *Endpoint) dispatch(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	switch req.Method {
	case sipmsg.INVITE:
		if wire.ToTag(req) == e.tagFor(req) {
			e.serveInvite(ctx, req, tx)
		} else {
			e.serveReinvite(ctx, req, tx)
		}
	case sipmsg.ACK:
		e.serveAck(req)
	case sipmsg.CANCEL:
		e.serveCancel(ctx, req, tx)
	case sipmsg.BYE:
		e.serveBye(req, tx)
	case sipmsg.OPTIONS:
		e.serveOptions(req, tx)
	case sipmsg.INFO:
		e.serveInfo(req, tx)
	case sipmsg.PRACK:
		e.servePrack(ctx, req, tx)
	case sipmsg.UPDATE:
		e.serveUpdate(ctx, req, tx)
	case sipmsg.REFER:
		e.serveRefer(ctx, req, tx)
	case sipmsg.NOTIFY:
		e.serveNotify(req, tx)
	default:
		if req.Method == sipmsg.REGISTER && e.opt.OnRegister != nil {
			e.serveRegister(ctx, req, tx)
			return
		}
		e.respond(req, tx, 405, "Method Not Allowed", e.allow())
	}
}

// recovered answers a request whose handler has panicked.
func (e *Endpoint) recovered(req *sipmsg.Request, tx *sipmsg.ServerTx, p any) {
	e.wire.Panicked(string(req.Method), p)
	if req.Method != sipmsg.ACK {
		e.respond(req, tx, 500, "Server Internal Error")
	}
}

// response builds a response to a request.
func (e *Endpoint) response(req *sipmsg.Request, code int, reason string, headers ...sipmsg.Header) *sipmsg.Response {
	res := sipmsg.NewResponseFromRequest(req, code, grammar.Plain(reason, 128), nil)
	res.SipVersion = "SIP/2.0"
	if code > 100 {
		res.AppendHeader(sipmsg.NewHeader("Server", e.opt.UserAgent))
	}
	for _, h := range headers {
		res.AppendHeader(h)
	}
	return res
}

// respond answers a request. That its transaction is over by then is nobody's
// fault: the peer has cancelled or gone.
func (e *Endpoint) respond(req *sipmsg.Request, tx *sipmsg.ServerTx, code int, reason string, headers ...sipmsg.Header) {
	err := tx.Respond(e.response(req, code, reason, headers...))
	if err != nil && !errors.Is(err, sipmsg.ErrTransactionCanceled) && !errors.Is(err, sipmsg.ErrTransactionTerminated) {
		e.log.Warn("sip response not sent", "method", string(req.Method), "status", code, "err", err)
	}
}
