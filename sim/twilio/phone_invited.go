package twin

import (
	"context"
	"fmt"
	"sync"

	"careline/sip/dialog"
)

// invited is a call that came in by SIP. It is an Arrival.
type invited struct {
	p  *Phones
	in *dialog.Incoming

	mu      sync.Mutex
	decided bool
}

// From is who calls.
func (a *invited) From() string { return a.in.From().User }

// To is the number dialed.
func (a *invited) To() string { return a.in.Dialed() }

// Done is closed when the caller has given up.
func (a *invited) Done() <-chan struct{} { return a.in.Done() }

// Reject refuses the call; after Answer it does nothing.
func (a *invited) Reject(status int) {
	if !a.decide() {
		return
	}
	reasons := map[int]string{404: "Not Found", 486: "Busy Here", 603: "Decline", 503: "Service Unavailable", 487: "Request Terminated"}
	if err := a.in.Refuse(status, reasons[status]); err != nil {
		a.p.o.Log.Debug("refusal not sent", "status", status, "err", err)
	}
}

// decide reports true to the first who decides about the call.
func (a *invited) decide() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	was := a.decided
	a.decided = true
	return !was
}

// Answer takes the call.
func (a *invited) Answer(ctx context.Context) (Party, error) {
	if !a.decide() {
		return nil, ErrHungUp
	}
	h, err := a.p.newHandset(ctx)
	if err != nil {
		_ = a.in.Refuse(503, "Service Unavailable")
		return nil, err
	}
	ours, err := h.answer(a.in.Offer())
	if err != nil {
		h.sess.Close()
		_ = a.in.Refuse(488, "Not Acceptable Here")
		return nil, err
	}
	dlg, err := a.in.Answer(ctx, ours, h.handlers())
	if err != nil {
		h.sess.Close()
		return nil, fmt.Errorf("answer a call: %w", err)
	}
	h.begin(ctx, dlg)
	return h, nil
}
