package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"
)

// Options tune a Wire. The zero value listens on a free port of loopback.
type Options struct {
	UDP    string         // address to listen on; empty means 127.0.0.1:0
	TCP    string         // likewise; empty does not listen on TCP
	TLS    string         // likewise for TLS, which needs Secure.Certificate
	Secure Secure         // how TLS proves who is who
	Host   string         // host or host:port that peers shall see in Contact and Via; empty is the address listened on
	Host6  string         // likewise for those who are reached by IPv6, where Host is of IPv4; empty is the address listened on
	Local  []netip.Prefix // peers there see the address listened on, whatever Host is

	// Allow says whether a packet may come in at all, as soon as it is read. For
	// TCP and TLS it is asked when a connection is made, with a nil head, and for
	// each message; a no closes the connection. Whom we sent a request to may
	// answer in any case. Nil allows everybody.
	Allow func(source netip.AddrPort, head []byte) bool
	// OnLost is told of each connection of ours that is closed, by whomever. It
	// must not wait.
	OnLost func(transport string, remote netip.AddrPort)
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
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return o
}

// Upper is who stands on a Wire and takes what it brings. All of it is needed.
type Upper struct {
	Methods string // that Allow names in the answer to a method that nobody knows
	// Turn reports whether a message is one too many and has been taken care of,
	// by send: it goes no further then. It is asked about each message as it is
	// read, and may use send until it returns.
	Turn func(msg sipmsg.Message, from netip.AddrPort, send func([]byte) error) bool
	// Observe sees each message that has all that every message has, in the order
	// of arrival, before sipgo hands it to a goroutine of its own.
	Observe func(msg sipmsg.Message)
	// OnRequest is given each request, with its transaction, in a goroutine of
	// sipgo.
	OnRequest func(req *sipmsg.Request, tx *sipmsg.ServerTx)
	// OnStray is given each response that no transaction waits for, in a
	// goroutine of sipgo.
	OnStray func(res *sipmsg.Response)
}

// Stats are counts since the start.
type Stats struct {
	Dropped   int64 // packets that Allow turned away
	Malformed int64 // messages that could not be read
	Panics    int64 // handlers that panicked
}

// counters are Stats as they are counted.
type counters struct{ dropped, malformed, panics atomic.Int64 }

// Wire is the sockets of a SIP user agent, with sipgo's transactions on them.
type Wire struct {
	opt     Options
	upper   Upper
	log     *slog.Logger
	ua      *sipgo.UserAgent
	parser  *sipmsg.Parser
	udp     *socket
	tcp     *door            // nil: none
	tls     *door            // nil: none
	gates   map[string]*gate // by which connections reach sipgo, by transport
	crew    *crew
	notes   *notes
	flows   *flows
	names   *names
	graves  *graves
	secrets *secrets
	spoken  *spoken
	count   counters
}

// New binds the sockets. Requests can be sent at once, but nobody else is
// listened to before Serve.
func New(o Options, up Upper) (*Wire, error) {
	o = o.withDefaults()
	w := &Wire{
		opt: o, upper: up, log: o.Log, parser: sipmsg.NewParser(), gates: make(map[string]*gate),
		crew: newCrew(), notes: newNotes(), spoken: newSpoken(), flows: newFlows(), graves: newGraves(),
	}
	w.names = newNames(w)
	if err := w.agent(); err != nil {
		return nil, err
	}
	if err := w.bind(); err != nil {
		return nil, err
	}
	w.open()
	return w, nil
}

// agent sets sipgo up.
func (w *Wire) agent() error {
	ua, err := sipgo.NewUA(
		sipgo.WithUserAgentParser(w.parser),
		sipgo.WithUserAgentTransportLayerOptions(
			sipmsg.WithTransportLayerLogger(quiet),
			sipmsg.WithTransportLayerTransports(noDialing()),
			// Registered here, observe comes before the transactions, in the
			// order of arrival.
			func(l *sipmsg.TransportLayer) { l.OnMessage(w.observe) },
		),
		sipgo.WithUserAgentTransactionLayerOptions(
			sipmsg.WithTransactionLayerLogger(quiet),
			sipmsg.WithTransactionLayerTerminateOnConnClose(),
			sipmsg.WithTransactionLayerUnhandledResponseHandler(w.upper.OnStray),
		),
	)
	if err != nil {
		return fmt.Errorf("set up sip transactions: %w", err)
	}
	ua.TransactionLayer().OnRequest(w.upper.OnRequest)
	w.ua = ua
	return nil
}

// observe sees each message in the order of arrival, before sipgo hands it to a
// goroutine of its own.
func (w *Wire) observe(msg sipmsg.Message) {
	defer w.Rescue("observe")
	if msg.Transport() == "UDP" {
		w.udp.sign(msg)
	}
	Receive(msg)
	if Check(msg) == nil {
		w.upper.Observe(msg)
	}
}

// Serve reads the sockets, and takes connections in, until Close. It returns at
// once; what comes of the channel is why one of the sockets is read no more.
func (w *Wire) Serve(ctx context.Context) <-chan error {
	failed := make(chan error, 3)
	w.Go(func() { failed <- w.serveUDP(ctx) })
	for _, d := range w.doors() {
		w.Go(func() { failed <- d.serve(ctx) })
	}
	return failed
}

// Close ends all transactions and connections and waits for the goroutines. It
// may be called once.
func (w *Wire) Close() {
	w.crew.shut()
	w.udp.Close()
	for _, g := range w.gates {
		g.Close()
	}
	for _, d := range w.doors() {
		d.Close()
	}
	for _, s := range w.flows.all() {
		s.Close()
	}
	if err := w.ua.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		w.log.Warn("sip transport closed", "err", err)
	}
	w.crew.wait()
}

// Stats returns the counts so far.
func (w *Wire) Stats() Stats {
	return Stats{Dropped: w.count.dropped.Load(), Malformed: w.count.malformed.Load(), Panics: w.count.panics.Load()}
}
