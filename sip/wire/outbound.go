package wire

import (
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Keep has the connection kept alive as a registrar asks: granted tells that it
// sends all our calls by it, every is the longest time between two keep-alives,
// 0 the usual one.
func (f Flow) Keep(granted bool, every time.Duration) {
	s := f.s
	s.outbound.Store(granted)
	s.every.Store(int64(every))
	if every > 0 && every < s.w.opt.Limits.Ping {
		_ = s.SetReadDeadline(time.Now().Add(every - every/5)) // it reads already, and waits longer
	}
}

// pings is the longest time between two keep-alives.
func (s *stream) pings() time.Duration {
	if every := time.Duration(s.every.Load()); every > 0 {
		return min(every, s.w.opt.Limits.Ping)
	}
	return s.w.opt.Limits.Ping
}

// owesPong tells whether the peer has to answer the keep-alive that was sent: it
// has answered one before, or has promised to.
func (s *stream) owesPong() bool { return s.pinged && (s.ponged || s.outbound.Load()) }

// markOutbound asks for what follows in a call to come by the connection that the
// call is placed by, where the registrar has granted that (RFC 5626 section 4.3).
func (w *Wire) markOutbound(req *sipmsg.Request, h Hop) {
	c := req.Contact()
	if c == nil || c.Address.Wildcard || req.Method == sipmsg.REGISTER {
		return
	}
	c.Address.UriParams.Remove("ob")
	if s := w.flows.find(h.Transport, h.Addr); s != nil && s.outbound.Load() {
		c.Address.UriParams.Add("ob", "")
	}
}

// lost tells of a connection of ours that is closed.
func (w *Wire) lost(s *stream) {
	if s.dialed && w.opt.OnLost != nil && !w.crew.isShut() {
		w.opt.OnLost(s.transport, s.remote)
	}
}
