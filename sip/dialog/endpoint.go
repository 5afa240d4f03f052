package dialog

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"
)

// Options tune an Endpoint. The zero value listens on a free port of loopback
// and refuses every call.
type Options struct {
	UDP       string         // address to listen on; empty means 127.0.0.1:0
	TCP       string         // likewise; empty does not listen on TCP
	TLS       string         // likewise for TLS, which needs Secure.Certificate
	Secure    Secure         // how TLS proves who is who
	Host      string         // host or host:port that peers shall see in Contact and Via; empty is the address listened on
	Host6     string         // likewise for those who are reached by IPv6, where Host is of IPv4; empty is the address listened on
	Local     []netip.Prefix // peers there see the address listened on, whatever Host is
	UserAgent string         // empty means careline

	// Allow says whether a packet may come in at all, as soon as it is read. For
	// TCP and TLS it is asked when a connection is made, with a nil head, and for
	// each message; a no closes the connection. Whom we sent a request to may
	// answer in any case. Nil allows everybody.
	Allow func(source netip.AddrPort, head []byte) bool
	// OnLost is told of each connection of ours that is closed, by whomever. It
	// must not wait.
	OnLost func(transport string, remote netip.AddrPort)
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
	// Busy returns a time above 0 when no new call can be taken: callers are
	// asked to try again after it. Nil is never busy.
	Busy func() time.Duration

	// Trace is told of each message read and written, in the goroutine that does
	// so. Nil costs nothing.
	Trace  func(Trace)
	Limits Limits
	DNS    DNS          // nil is the system's
	Log    *slog.Logger // nil discards
}

func (o Options) withDefaults() Options {
	o.UDP = cmp.Or(o.UDP, "127.0.0.1:0")
	o.Limits = o.Limits.withDefaults()
	if o.DNS == nil {
		o.DNS = net.DefaultResolver
	}
	o.UserAgent = cmp.Or(o.UserAgent, "careline")
	o.SessionExpires = cmp.Or(o.SessionExpires, 30*time.Minute)
	o.MinSE = cmp.Or(o.MinSE, usualMinSE)
	o.MostSetups = cmp.Or(o.MostSetups, 128)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
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

// counters are Stats as they are counted.
type counters struct{ dropped, malformed, panics, overloads atomic.Int64 }

// Endpoint is a SIP user agent on its sockets.
type Endpoint struct {
	opt     Options
	log     *slog.Logger
	ua      *sipgo.UserAgent
	parser  *sipmsg.Parser
	udp     *socket
	tcp     *door            // nil: none
	tls     *door            // nil: none
	gates   map[string]*gate // by which connections reach sipgo, by transport
	secret  [32]byte         // our To-tags derive from it
	calls   *calls
	intake  *intake
	crew    *crew
	notes   *notes
	flows   *flows
	names   *names
	graves  *graves
	secrets *secrets
	spoken  *spoken
	count   counters

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
		opt: o, log: o.Log, parser: sipmsg.NewParser(),
		calls: newCalls(), intake: newIntake(o.MostSetups), crew: newCrew(), notes: newNotes(), spoken: newSpoken(),
		flows: newFlows(), graves: newGraves(),
		gates: make(map[string]*gate), arrivals: make(chan arrival), strays: make(chan *sipmsg.Response, 256),
	}
	e.names = newNames(e)
	if _, err := rand.Read(e.secret[:]); err != nil {
		return nil, fmt.Errorf("make a secret for tags: %w", err)
	}
	if err := e.agent(); err != nil {
		return nil, err
	}
	if err := e.bind(); err != nil {
		return nil, err
	}
	e.open()
	return e, nil
}

// agent sets sipgo up.
func (e *Endpoint) agent() error {
	ua, err := sipgo.NewUA(
		sipgo.WithUserAgent(e.opt.UserAgent),
		sipgo.WithUserAgentParser(e.parser),
		sipgo.WithUserAgentTransportLayerOptions(
			sipmsg.WithTransportLayerLogger(quiet),
			sipmsg.WithTransportLayerTransports(noDialing()),
			// Registered here, observe comes before the transactions, in the
			// order of arrival.
			func(l *sipmsg.TransportLayer) { l.OnMessage(e.observe) },
		),
		sipgo.WithUserAgentTransactionLayerOptions(
			sipmsg.WithTransactionLayerLogger(quiet),
			sipmsg.WithTransactionLayerTerminateOnConnClose(),
			sipmsg.WithTransactionLayerUnhandledResponseHandler(e.stray),
		),
	)
	if err != nil {
		return fmt.Errorf("set up sip transactions: %w", err)
	}
	ua.TransactionLayer().OnRequest(e.arrive)
	e.ua = ua
	return nil
}

// Run serves until ctx ends, then closes the sockets and waits for all that it
// started. Calls that shall be ended with BYE must have been ended before.
func (e *Endpoint) Run(ctx context.Context) error {
	failed := make(chan error, 3)
	e.crew.send(func() { failed <- e.serveUDP(ctx) })
	for _, d := range e.doors() {
		e.crew.send(func() { failed <- d.serve(ctx) })
	}
	var err error
	for err == nil {
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case err = <-failed:
		case a := <-e.arrivals:
			e.crew.send(func() { e.serve(ctx, a.req, a.tx) })
		case res := <-e.strays:
			e.meet(ctx, res)
		}
	}
	e.close()
	if ctx.Err() != nil {
		err = nil // that is how Run is meant to end
	}
	return err
}

// close ends all transactions and connections and waits for the goroutines.
func (e *Endpoint) close() {
	e.crew.shut()
	e.udp.Close()
	for _, g := range e.gates {
		g.Close()
	}
	for _, d := range e.doors() {
		d.Close()
	}
	for _, s := range e.flows.all() {
		s.Close()
	}
	if err := e.ua.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		e.log.Warn("sip transport closed", "err", err)
	}
	e.crew.wait()
}

// Stats returns the counts so far.
func (e *Endpoint) Stats() Stats {
	return Stats{
		Dropped: e.count.dropped.Load(), Malformed: e.count.malformed.Load(),
		Panics: e.count.panics.Load(), Overloads: e.count.overloads.Load(),
	}
}
