package dialog

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// Options tune an Endpoint. The zero value listens on a free port of loopback
// and refuses every call.
type Options struct {
	Wire      wire.Options // the sockets
	UserAgent string       // empty means careline

	// OnInvite takes an inbound call. It must Answer or Refuse it before it
	// returns, and may go on for as long as the call lasts. Nil refuses all.
	OnInvite func(ctx context.Context, in *Incoming)
	// OnRegister answers a REGISTER, exactly once. Nil does not allow the method.
	OnRegister func(ctx context.Context, req *sipmsg.Request, respond Respond)
	// SessionExpires is how long a call lasts without a sign of life of its peer's
	// signalling, as we propose it (RFC 4028); 0 is 30 min, less than 0 proposes
	// nothing. MinSE is the least that a peer may propose; 0 is 90 s.
	SessionExpires, MinSE time.Duration
	// MostSetups is how many calls may be coming in at once that neither ring nor
	// are answered or refused: beyond it callers are asked to try again in some
	// seconds. Where the machine is too slow for so many it is fewer. 0 is 128.
	MostSetups int
	// Busy returns a time above 0 when no new call to that user can be taken from
	// that source: callers are asked to try again after it. Nil is never busy.
	Busy func(dialed string, src netip.AddrPort) time.Duration
}

func (o Options) withDefaults() Options {
	o.UserAgent = cmp.Or(o.UserAgent, "careline")
	o.SessionExpires = cmp.Or(o.SessionExpires, 30*time.Minute)
	o.MinSE = cmp.Or(o.MinSE, usualMinSE)
	o.MostSetups = cmp.Or(o.MostSetups, 128)
	o.Wire.Log = cmp.Or(o.Wire.Log, slog.New(slog.DiscardHandler))
	return o
}

// Respond sends the one final response to a request.
type Respond func(code int, reason string, headers ...sipmsg.Header) error

// Stats are counts since the start.
type Stats struct {
	Dropped   int64 // packets that Allow turned away
	Malformed int64 // messages that could not be read
	Panics    int64 // handlers that panicked
	Overloads int64 // calls refused as too many were being set up
}

// Endpoint is a SIP user agent on its sockets.
type Endpoint struct {
	opt    Options
	log    *slog.Logger
	wire   *wire.Wire
	secret [32]byte // our To-tags derive from it
	calls  *calls
	intake *intake

	malformed, overloads atomic.Int64 // see Stats

	arrivals chan arrival
	strays   chan *sipmsg.Response // that no transaction of ours waits for
}

// New binds the sockets. Requests can be sent at once, but nothing is read
// before Run.
func New(o Options) (*Endpoint, error) {
	o = o.withDefaults()
	if err := o.checkTimers(); err != nil {
		return nil, err
	}
	e := &Endpoint{
		opt: o, log: o.Wire.Log, calls: newCalls(), intake: newIntake(o.MostSetups),
		arrivals: make(chan arrival), strays: make(chan *sipmsg.Response, 256),
	}
	if _, err := rand.Read(e.secret[:]); err != nil {
		return nil, fmt.Errorf("make a secret for tags: %w", err)
	}
	var err error
	e.wire, err = wire.New(o.Wire, wire.Upper{
		Methods: methods, Turn: e.overloaded, Observe: e.observe, OnRequest: e.arrive, OnStray: e.stray,
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Addr returns the address that the UDP socket listens on.
func (e *Endpoint) Addr() netip.AddrPort { return e.wire.Addr() }

// TCPAddr returns the address that the TCP socket listens on; the zero value
// without one.
func (e *Endpoint) TCPAddr() netip.AddrPort { return e.wire.TCPAddr() }

// TLSAddr returns the address that TLS is listened for on; the zero value
// without it.
func (e *Endpoint) TLSAddr() netip.AddrPort { return e.wire.TLSAddr() }

// Wire is what carries the messages of the endpoint.
func (e *Endpoint) Wire() *wire.Wire { return e.wire }

// Run serves until ctx ends, then closes the sockets and waits for all that it
// started. Calls that shall be ended with BYE must have been ended before.
func (e *Endpoint) Run(ctx context.Context) error {
	failed := e.wire.Serve(ctx)
	var err error
	for err == nil {
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case err = <-failed:
		case a := <-e.arrivals:
			e.wire.Go(func() { e.serve(ctx, a.req, a.tx) })
		case res := <-e.strays:
			e.meet(ctx, res)
		}
	}
	e.wire.Close()
	if ctx.Err() != nil {
		err = nil // that is how Run is meant to end
	}
	return err
}

// Stats returns the counts so far.
func (e *Endpoint) Stats() Stats {
	below := e.wire.Stats()
	return Stats{
		Dropped: below.Dropped, Malformed: below.Malformed + e.malformed.Load(),
		Panics: below.Panics, Overloads: e.overloads.Load(),
	}
}
