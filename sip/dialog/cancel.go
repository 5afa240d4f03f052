package dialog

import (
	"context"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// giveUp ends the call from our side: by CANCEL, at once or as soon as the peer
// has answered anything (RFC 3261 section 9.1).
func (o *outgoing) giveUp(ctx context.Context, why error) {
	o.mu.Lock()
	if o.why == nil && !o.taken {
		o.why = why
	}
	o.mu.Unlock()
	o.sendCancel(context.WithoutCancel(ctx))
}

// sendCancel sends the one CANCEL of a call that we have given up, if it is
// time for it.
func (o *outgoing) sendCancel(ctx context.Context) {
	o.mu.Lock()
	if o.why == nil || !o.ready || o.cancel || o.final != nil || o.taken || o.crossed {
		o.mu.Unlock()
		return
	}
	o.cancel = true
	req := cancelOf(o.req)
	o.mu.Unlock()
	o.signal()
	o.e.crew.send(func() {
		if _, err := o.e.exchange(ctx, req); err != nil {
			o.e.log.WarnContext(ctx, "cancel not confirmed", "call_id", o.half.callID, "err", err)
		}
	})
}

// overtaken is a CANCEL that came before its INVITE: sipgo handles each message
// in a goroutine of its own, and UDP keeps no order either.
type overtaken struct{ met chan struct{} }

// serveCancel handles a CANCEL whose INVITE has no transaction yet, or none any
// more. It waits for the INVITE a moment.
func (e *Endpoint) serveCancel(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	in, c := e.calls.overtake(viaKey(req))
	if in != nil {
		in.withdraw()
		e.respond(req, tx, 200, "OK")
		return
	}
	wait := time.NewTimer(2 * sipmsg.T1)
	defer wait.Stop()
	select {
	case <-c.met:
		e.respond(req, tx, 200, "OK")
		return
	case <-wait.C:
	case <-ctx.Done():
	}
	e.calls.forgetEarly(viaKey(req), c)
	e.respond(req, tx, 481, "Call/Transaction Does Not Exist")
}

// overtake returns the INVITE that a CANCEL is meant for, or leaves word for it.
func (c *calls) overtake(key string) (*Incoming, *overtaken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if in := c.incoming[key]; in != nil {
		return in, nil
	}
	word := &overtaken{met: make(chan struct{})}
	c.early[key] = word
	return nil, word
}

func (c *calls) forgetEarly(key string, word *overtaken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.early[key] == word {
		delete(c.early, key)
	}
}
