package dialog

import (
	"cmp"
	"context"
	"log/slog"
	"net/netip"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Options tune an Endpoint. The zero value listens on a free port of loopback
// and refuses every call.
type Options struct {
	UDP       string // address to listen on; empty means 127.0.0.1:0
	TCP       string // likewise; empty does not listen on TCP
	Host      string // the host that peers shall see in Contact and Via; empty is the address listened on
	UserAgent string // empty means careline

	// Allow says whether a packet may come in at all, before it is parsed. For
	// TCP it is asked for each piece read. Nil allows everybody.
	Allow func(source netip.AddrPort, head []byte) bool
	// OnInvite takes an inbound call. It must Answer or Refuse it before it
	// returns, and may go on for as long as the call lasts. Nil refuses all.
	OnInvite func(ctx context.Context, in *Incoming)
	// OnRegister answers a REGISTER, exactly once. Nil does not allow the method.
	OnRegister func(ctx context.Context, req *sipmsg.Request, respond Respond)
	// Busy returns a time above 0 when no new call can be taken: callers are
	// asked to try again after it. Nil is never busy.
	Busy func() time.Duration

	Log *slog.Logger // nil discards
}

func (o Options) withDefaults() Options {
	o.UDP = cmp.Or(o.UDP, "127.0.0.1:0")
	o.UserAgent = cmp.Or(o.UserAgent, "careline")
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return o
}

// Respond sends the one final response to a request.
type Respond func(code int, reason string, headers ...sipmsg.Header) error

// Endpoint is a SIP user agent on its sockets.
type Endpoint struct {
	opt Options
}

// New binds the sockets. Requests can be sent at once, but nothing is read
// before Run.
func New(o Options) (*Endpoint, error) { return &Endpoint{opt: o.withDefaults()}, nil }

// Run serves until ctx ends, then closes the sockets and waits for all that it
// started. Calls that shall be ended with BYE must have been ended before.
func (e *Endpoint) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// Addr returns the address that the UDP socket listens on.
func (e *Endpoint) Addr() netip.AddrPort { return netip.AddrPort{} }

// Stats are counts since the start.
type Stats struct {
	Dropped   int64 // packets that Allow turned away
	Malformed int64 // messages that could not be read
	Panics    int64 // handlers that panicked
}

// Stats returns the counts so far.
func (e *Endpoint) Stats() Stats { return Stats{} }
