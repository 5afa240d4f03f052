package dialog

import (
	"net/netip"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// overloaded takes care of an INVITE that is one too many, by send, and of what
// comes with it, and reports whether it has. Such a call costs no transaction:
// every repeat of its INVITE gets the same answer, its ACK nothing.
func (e *Endpoint) overloaded(msg sipmsg.Message, from netip.AddrPort, send func([]byte) error) (done bool) {
	defer e.wire.Rescue("overload")
	req, ok := msg.(*sipmsg.Request)
	switch {
	case !ok:
	case req.Method == sipmsg.INVITE && wire.ToTag(req) == "":
		key := e.intake.key(req)
		admitted, fresh := e.intake.admit(key, time.Now())
		if admitted {
			return false
		}
		if fresh {
			e.overload()
		}
		req.SetSource(from.String())
		e.dismiss(req, send, 503, "Service Unavailable", retryHeader(returns(key)))
		return true
	case req.Method == sipmsg.ACK:
		return e.intake.refused(e.intake.key(req))
	case req.Method == sipmsg.CANCEL && e.intake.refused(e.intake.key(req)):
		req.SetSource(from.String())
		e.dismiss(req, send, 200, "OK")
		return true
	}
	return false
}

// overload counts and notes a call too many.
func (e *Endpoint) overload() {
	e.overloads.Add(1)
	if e.wire.Due("overload", time.Now()) {
		e.log.Warn("calls refused, as too many are being set up", "most", e.opt.MostSetups)
	}
}

// dismiss answers a request without a transaction. Nobody else has seen it yet.
func (e *Endpoint) dismiss(req *sipmsg.Request, send func([]byte) error, code int, reason string, headers ...sipmsg.Header) {
	wire.Receive(req)
	if wire.ToTag(req) == "" {
		req.To().Params.Add("tag", e.tagFor(req))
	}
	if err := send([]byte(e.response(req, code, reason, headers...).String())); err != nil {
		e.log.Debug("request not answered", "method", string(req.Method), "status", code, "source", req.Source(), "err", err)
	}
}

// returns is after how long a caller shall try again: not all at once.
func returns(key uint64) time.Duration { return time.Duration(1+key%3) * time.Second }

// isSetUp ends the setting up of a call: it rings, is answered or refused. It may
// be called more than once.
func (in *Incoming) isSetUp() { in.e.intake.end(in.e.intake.key(in.req), time.Now()) }
