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
	req.AppendHeader(reasonFor(o.why, o.rang).header())
	o.mu.Unlock()
	o.signal()
	o.e.wire.Go(func() {
		if _, err := o.e.exchange(ctx, req); err != nil {
			o.e.log.WarnContext(ctx, "cancel not confirmed", "call_id", o.half.callID, "err", err)
		}
	})
}

// overtaken is a CANCEL whose INVITE has not been handled: sipgo gives each
// message a goroutine of its own, and UDP keeps no order either.
type overtaken struct{ met chan struct{} }

// wordLasts is how long an early CANCEL waits for its INVITE.
const wordLasts = 2 * time.Second

// announce leaves word of a CANCEL, for a moment, as soon as it arrives.
func (c *calls) announce(key string) {
	word := &overtaken{met: make(chan struct{})}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.early[key] = word
	time.AfterFunc(wordLasts, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.early[key] == word {
			delete(c.early, key)
		}
	})
}

// serveCancel handles a CANCEL that sipgo had no INVITE for. It waits for the
// INVITE as long as the word of it lasts.
func (e *Endpoint) serveCancel(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	in, word := e.calls.overtake(viaKey(req))
	wait := time.NewTimer(wordLasts)
	defer wait.Stop()
	switch {
	case in != nil:
		in.withdraw(reasonOf(req))
		e.respond(req, tx, 200, "OK")
		return
	case word != nil:
		select {
		case <-word.met:
			e.respond(req, tx, 200, "OK")
			return
		case <-wait.C:
		case <-ctx.Done():
		}
	}
	e.respond(req, tx, 481, "Call/Transaction Does Not Exist")
}

// overtake returns the INVITE that a CANCEL is meant for, or the word that it
// has left.
func (c *calls) overtake(key string) (*Incoming, *overtaken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.incoming[key], c.early[key]
}

// enter makes a call known to the CANCEL that may come. It reports false when
// that has come already.
func (c *calls) enter(in *Incoming) bool {
	key := viaKey(in.req)
	c.mu.Lock()
	defer c.mu.Unlock()
	if word := c.early[key]; word != nil {
		select {
		case <-word.met: // by an earlier INVITE of that name
		default:
			close(word.met)
		}
		return false
	}
	c.incoming[key], c.waiting[halfOf(in.req)] = in, in
	return true
}

func (c *calls) leave(in *Incoming) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.incoming, viaKey(in.req))
	c.stopWaiting(in)
}

// stopWaiting takes a call from those that are not answered. c.mu is held.
func (c *calls) stopWaiting(in *Incoming) {
	if key := halfOf(in.req); c.waiting[key] == in {
		delete(c.waiting, key)
	}
}
