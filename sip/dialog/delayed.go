package dialog

import (
	"context"
	"errors"
	"fmt"

	sipmsg "github.com/emiago/sipgo/sip"
)

// errNoOffer is why a call without our offer cannot begin: the callee made none.
var errNoOffer = errors.New("the callee has made no offer")

// offered reports whether the answer to a 2xx is still ours to give: our INVITE
// made no offer (RFC 3261 section 13.2.1), and no confirmed 18x had one. o.mu is
// held.
func (o *outgoing) offered(tag string) bool {
	callee := o.early[tag]
	return o.inv.Offer == nil && (callee == nil || !callee.agreed)
}

// counter puts our answer to the offer of a 2xx into its ACK.
func (o *outgoing) counter(ctx context.Context, d *Dialog, ack *sipmsg.Request) error {
	offer := d.RemoteSDP()
	if offer == nil {
		return errNoOffer
	}
	answer, err := d.reply(ctx, offer)
	if err != nil {
		return fmt.Errorf("answer the callee's offer: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	setSDP(ack, answer)
	d.said = answer
	return nil
}

func (d *Dialog) reply(ctx context.Context, offer []byte) (answer []byte, err error) {
	return d.e.reply(ctx, d.handlers, offer)
}

// reply asks Handlers.Offer; a panic of it is a no.
func (e *Endpoint) reply(ctx context.Context, h Handlers, offer []byte) (answer []byte, err error) {
	if h.Offer == nil {
		return nil, errors.New("changes of the session are not taken")
	}
	err = errors.New("handler panicked") // stands after a panic
	defer e.wire.Rescue("offer")
	return h.Offer(ctx, offer)
}

// decline ends an answered call that cannot begin.
func (o *outgoing) decline(ctx context.Context, d *Dialog, why error) *RefusedError {
	reason := Reason{Q850: 88, Text: "Offer not acceptable"}
	if d.finish(ByUs, reason) {
		o.e.wire.Go(func() { d.dismiss(context.WithoutCancel(ctx), reason) })
	}
	return &RefusedError{Sent: true, Heard: true, Rang: o.hasRung(), Cause: fmt.Errorf("%w: %w", ErrCancelled, why)}
}

func (o *outgoing) hasRung() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.rang
}
