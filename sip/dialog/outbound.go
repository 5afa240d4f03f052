package dialog

import (
	"errors"
	"fmt"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// ErrConnectionLost is why a registration is worth nothing any more: the registrar
// calls us by the connection that it was made by alone, and no other came about.
var ErrConnectionLost = errors.New("the connection was lost")

// offerOutbound says which of our ways to the registrar this is, and that it is
// kept alive (RFC 5626 section 4.2.1, RFC 6223 section 4).
func (b *binding) offerOutbound(req *sipmsg.Request) {
	if b.Instance == "" {
		return
	}
	if c := req.Contact(); c != nil {
		c.Params.Add("+sip.instance", `"<`+b.Instance+`>"`)
		c.Params.Add("reg-id", "1")
	}
	req.Via().Params.Add("keep", "")
	req.AppendHeader(sipmsg.NewHeader("Supported", "outbound, path"))
}

// bound notes the connection that a registration was granted on, and what the
// registrar asks of it.
func (b *binding) bound(res *sipmsg.Response) {
	b.granted, b.lost, b.gone, b.since = lists(listed(res, "Require"), "outbound"), false, nil, time.Now()
	if res.Transport() == "UDP" {
		return
	}
	s := b.e.flows.find(res.Transport(), sourceOf(res))
	if s == nil { // closed right behind the answer
		b.gone = closedChannel
		return
	}
	b.gone = s.gone
	if b.Instance != "" {
		s.keep(b.granted, pingsOf(res))
	}
}

// closedChannel is of what is over.
var closedChannel = func() chan struct{} {
	ch := make(chan struct{})
	close(ch)
	return ch
}()

// pingsOf is how often the registrar wants to hear from us at least; 0 where it
// does not say.
func pingsOf(res *sipmsg.Response) time.Duration {
	if every := seconds(header(res, "Flow-Timer")); every > 0 {
		return every
	}
	if via := res.Via(); via != nil {
		every, _ := via.Params.Get("keep")
		return seconds(every)
	}
	return 0
}

// dropped notes that the connection is gone, and returns when to register again:
// at once, but later and later where it never lasts.
func (b *binding) dropped() time.Duration {
	b.lost, b.gone = b.granted, nil
	if time.Since(b.since) >= b.Retry {
		b.drops = 0
	}
	b.drops++
	if b.drops == 1 {
		return 0
	}
	if b.lost {
		b.OnChange(time.Time{}, fmt.Errorf("register at %s: %w", b.uri.Host, ErrConnectionLost))
	}
	return min(b.Retry<<min(b.drops-2, 10), max(longestRetry, b.Retry))
}

// keep has a connection kept alive as a registrar asks: granted tells that it
// sends all our calls by it, every is the longest time between two keep-alives,
// 0 the usual one.
func (s *stream) keep(granted bool, every time.Duration) {
	s.outbound.Store(granted)
	s.every.Store(int64(every))
	if every > 0 && every < s.e.opt.Limits.Ping {
		_ = s.SetReadDeadline(time.Now().Add(every - every/5)) // it reads already, and waits longer
	}
}

// pings is the longest time between two keep-alives.
func (s *stream) pings() time.Duration {
	if every := time.Duration(s.every.Load()); every > 0 {
		return min(every, s.e.opt.Limits.Ping)
	}
	return s.e.opt.Limits.Ping
}

// owesPong tells whether the peer has to answer the keep-alive that was sent: it
// has answered one before, or has promised to.
func (s *stream) owesPong() bool { return s.pinged && (s.ponged || s.outbound.Load()) }

// markOutbound asks for what follows in a call to come by the connection that the
// call is placed by, where the registrar has granted that (RFC 5626 section 4.3).
func (e *Endpoint) markOutbound(req *sipmsg.Request, h Hop) {
	c := req.Contact()
	if c == nil || c.Address.Wildcard || req.Method == sipmsg.REGISTER {
		return
	}
	c.Address.UriParams.Remove("ob")
	if s := e.flows.find(h.Transport, h.Addr); s != nil && s.outbound.Load() {
		c.Address.UriParams.Add("ob", "")
	}
}

// lost tells of a connection of ours that is closed.
func (e *Endpoint) lost(s *stream) {
	if s.dialed && e.opt.OnLost != nil && !e.crew.isShut() {
		e.opt.OnLost(s.transport, s.remote)
	}
}
