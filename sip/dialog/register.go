package dialog

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
	"careline/sip/wire"
)

// Registration keeps us registered at a registrar.
type Registration struct {
	Registrar   string // request URI, such as sip:carrier.example
	Route       string // where it is sent to, as Invite.Route; empty is where Registrar points
	User        string // of the address of record, at Registrar's host
	Credentials Credentials
	Expires     time.Duration // asked for; 0 means 1 h
	Retry       time.Duration // after a failure, unless the registrar says; doubled by each further one, up to 5 min; 0 means 15 s
	Farewell    time.Duration // for taking the registration back; 0 means 32 s
	// Instance, where set, names this phone for ever, as urn:uuid:... does: the
	// registration is bound to the connection that it is made by (RFC 5626). It is
	// for TCP and TLS. A registrar that cannot do so is asked without.
	Instance string
	// Again, where set, asks to register at once: something tells that the
	// registrar has lost us. It is heeded once in Retry.
	Again <-chan struct{}
	// OnChange, where set, is told of each success, with the time until which we
	// are registered, and each failure.
	OnChange func(until time.Time, err error)
}

func (r Registration) withDefaults() Registration {
	r.Expires = cmp.Or(r.Expires, time.Hour)
	r.Retry = cmp.Or(r.Retry, 15*time.Second)
	r.Farewell = cmp.Or(r.Farewell, 64*sipmsg.T1)
	if r.OnChange == nil {
		r.OnChange = func(time.Time, error) {}
	}
	return r
}

// Register registers, and again at half the expiry, until ctx ends; then it
// removes the registration. It returns an error only for what it cannot work
// with.
func (e *Endpoint) Register(ctx context.Context, r Registration) error {
	r = r.withDefaults()
	uri, err := parseURI(r.Registrar)
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	b := &binding{e: e, Registration: r, uri: uri, callID: rand.Text(), tag: rand.Text()}
	for ctx.Err() == nil {
		b.pause(ctx, b.refresh(ctx))
	}
	bye, stop := context.WithTimeout(context.WithoutCancel(ctx), r.Farewell)
	defer stop()
	_, err = b.send(bye, 0)
	if err != nil {
		e.log.WarnContext(bye, "registration not removed", "registrar", uri.Host, "err", err)
	}
	return nil
}

// binding is one registration of ours.
type binding struct {
	e *Endpoint
	Registration
	uri         sipmsg.Uri
	callID, tag string
	cseq        uint32
	failures    int // in a row

	gone    <-chan struct{} // closed with the connection that the registration was granted on; nil: none
	since   time.Time       // that it was
	granted bool            // the registrar sends all our calls by that connection
	lost    bool            // that connection is gone, and we are called by no other
	drops   int             // connections in a row that did not last
}

// longestRetry bounds the time between two tries to register.
const longestRetry = 5 * time.Minute

// pause waits for the time of the next REGISTER, or until it is asked for, or
// the connection that we are registered by is gone.
func (b *binding) pause(ctx context.Context, wait time.Duration) {
	timer, soon := time.NewTimer(wait), time.NewTimer(min(wait, b.Retry))
	defer timer.Stop()
	defer soon.Stop()
	select {
	case <-soon.C:
	case <-b.gone:
		rest(ctx, b.dropped())
		return
	case <-ctx.Done():
		return
	}
	select {
	case <-timer.C:
	case <-b.Again:
	case <-b.gone:
		rest(ctx, b.dropped())
	case <-ctx.Done():
	}
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// backoff is how long to wait after a failure: longer each time, and never the
// same, as a registrar that comes back is asked by all its customers.
func (b *binding) backoff(asked time.Duration) time.Duration {
	wait := min(b.Retry<<min(b.failures, 10), max(longestRetry, b.Retry))
	b.failures++
	wait += time.Duration(mathrand.Int64N(int64(wait)/4 + 1))
	return max(wait, asked)
}

// refresh registers once and returns when to do so again.
func (b *binding) refresh(ctx context.Context) (wait time.Duration) {
	asked := time.Now()
	res, err := b.send(ctx, b.Expires)
	if err == nil && res.StatusCode == 439 && b.Instance != "" { // first hop lacks outbound support
		b.Instance = ""
		res, err = b.send(ctx, b.Expires)
	}
	if err == nil && res.StatusCode == 423 {
		if least := seconds(wire.Header(res, "Min-Expires")); least > b.Expires {
			b.Expires = least
			res, err = b.send(ctx, b.Expires)
		}
	}
	if err == nil && res.StatusCode >= 300 {
		err = refusedBy(res, b.Credentials)
	}
	if ctx.Err() != nil {
		return 0
	}
	if err != nil && b.lost {
		err = fmt.Errorf("%w: %w", ErrConnectionLost, err)
	}
	if err != nil {
		b.OnChange(time.Time{}, fmt.Errorf("register at %s: %w", b.uri.Host, err))
		if res != nil {
			return b.backoff(wire.RetryAfter(res))
		}
		return b.backoff(0)
	}
	b.failures = 0
	b.bound(res)
	lasts := b.lasts(res)
	b.OnChange(asked.Add(lasts), nil)
	return lasts / 2
}

// send sends one REGISTER, and answers its challenges.
func (b *binding) send(ctx context.Context, expires time.Duration) (*sipmsg.Response, error) {
	b.cseq++
	aor := sipmsg.Uri{Scheme: "sip", User: grammar.UserPart(b.User), Host: b.uri.Host}
	from := &sipmsg.FromHeader{Address: aor}
	from.Params.Add("tag", b.tag)
	req := b.e.request(outline{
		method: sipmsg.REGISTER, uri: b.uri, callID: b.callID, cseq: b.cseq, dest: b.Route,
		from: from, to: &sipmsg.ToHeader{Address: aor},
	})
	req.AppendHeader(b.e.wire.Contact(b.User, b.uri.Scheme, req.Transport(), req.Destination()))
	b.offerOutbound(req)
	req.AppendHeader(sipmsg.NewHeader("Expires", strconv.Itoa(int(expires.Seconds()))))
	b.cseq += mostTries // that credentials may use up
	return b.e.transact(ctx, req, b.Credentials)
}

// lasts is how long the registrar keeps us: it says so beside our Contact, or
// in Expires.
func (b *binding) lasts(res *sipmsg.Response) time.Duration {
	host, port := b.e.wire.Facing(res.Transport(), wire.SourceOf(res).Addr())
	for _, h := range res.GetHeaders("Contact") {
		c, ok := h.(*sipmsg.ContactHeader)
		if !ok || strings.Trim(c.Address.Host, "[]") != host || c.Address.Port != port {
			continue
		}
		if v, ok := c.Params.Get("expires"); ok && seconds(v) > 0 {
			return seconds(v)
		}
	}
	return cmp.Or(seconds(wire.Header(res, "Expires")), b.Expires)
}

// seconds reads a number of seconds; 0 for anything else.
func seconds(s string) time.Duration {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// serveRegister hands a REGISTER to whoever keeps registrations.
func (e *Endpoint) serveRegister(ctx context.Context, req *sipmsg.Request, tx *sipmsg.ServerTx) {
	e.opt.OnRegister(ctx, req, func(code int, reason string, headers ...sipmsg.Header) error {
		if err := checkHeaders(headers); err != nil {
			return err
		}
		return tx.Respond(e.response(req, code, reason, headers...))
	})
}
