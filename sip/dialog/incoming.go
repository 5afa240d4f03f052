package dialog

import (
	"context"
	"errors"
	"net/netip"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Incoming is an inbound call that has not been answered.
type Incoming struct{}

// ErrGone is the cause of an answer that came too late: the caller has given up.
var ErrGone = errors.New("caller has given up")

// ErrNoAck is the cause of an answer that the caller never confirmed.
var ErrNoAck = errors.New("answer was never confirmed")

// Request is the INVITE as it came. It must not be changed.
func (in *Incoming) Request() *sipmsg.Request { return nil }

// Source is where the INVITE came from.
func (in *Incoming) Source() netip.AddrPort { return netip.AddrPort{} }

// CallID is the call's Call-ID.
func (in *Incoming) CallID() string { return "" }

// From is the caller as From names it.
func (in *Incoming) From() Party { return Party{} }

// Asserted is the caller as P-Asserted-Identity names it (RFC 3325); the zero
// value without. Whether it can be trusted depends on the source.
func (in *Incoming) Asserted() Party { return Party{} }

// To is the callee as To names it.
func (in *Incoming) To() Party { return Party{} }

// Dialed is the user of the request URI: the number that was dialed.
func (in *Incoming) Dialed() string { return "" }

// Header returns the first value of a header, or "".
func (in *Incoming) Header(_ string) string { return "" }

// Offer is the caller's session description; nil asks for an offer of ours.
func (in *Incoming) Offer() []byte { return nil }

// Done is closed when the caller has given up, or the call was refused.
func (in *Incoming) Done() <-chan struct{} { return nil }

// Ring says 180 Ringing to the caller.
func (in *Incoming) Ring() error { return nil }

// Answer takes the call with our session description: the answer to Offer, or
// an offer of ours where there was none. It returns when the caller has
// confirmed; ErrNoAck after 64*T1 without, ErrGone when the caller was faster.
func (in *Incoming) Answer(_ context.Context, _ []byte, _ Handlers) (*Dialog, error) {
	return nil, ErrGone
}

// Refuse ends the call with a final status, 300 to 699.
func (in *Incoming) Refuse(_ int, _ string, _ ...sipmsg.Header) error { return nil }
