package session

import (
	"sync/atomic"
	"time"

	"careline/sip/rtp"
)

// Stats are the figures of a session.
type Stats struct {
	Sent        uint64        // packets
	Late        uint64        // of these, more than 30 ms after their time
	Unsent      uint64        // packets that the system refused
	Received    uint64        // packets of the peer, each once
	Lost        uint64        // packets of the peer that did not arrive
	Reordered   uint64        // packets of the peer that arrived after later ones
	Duplicates  uint64        // packets of the peer that arrived again
	Jitter      time.Duration // of what is received (RFC 3550)
	Malformed   uint64        // datagrams that were no RTP
	Strangers   uint64        // packets from elsewhere
	Other       uint64        // packets of payload types not agreed on
	Early       uint64        // datagrams before the peer was known
	KeysDropped uint64        // keys that nobody took
	Unauthentic uint64        // packets that were encrypted with another key, changed, or sent again
	Secure      bool          // sound is encrypted

	Reports     uint64       // sent by RTCP
	PeerReports uint64       // received by RTCP
	Peer        rtp.PeerView // what they told
}

// counters are the figures that are counted as things happen.
type counters struct {
	sent, late, unsent                              atomic.Uint64
	malformed, strangers, other, early, keysDropped atomic.Uint64
	octets, unauthentic                             atomic.Uint64
}

// Stats are the figures so far.
func (s *Session) Stats() Stats {
	s.in.mu.Lock()
	r := s.in.reception.Stats()
	s.in.mu.Unlock()
	s.control.mu.Lock()
	view := s.control.rtcp.View()
	s.control.mu.Unlock()
	p, c := s.peer.Load(), &s.count
	return Stats{
		Sent: c.sent.Load(), Late: c.late.Load(), Unsent: c.unsent.Load(),
		Received: r.Received, Lost: r.Lost, Reordered: r.Late, Duplicates: r.Duplicates, Jitter: r.Jitter,
		Malformed: c.malformed.Load(), Strangers: c.strangers.Load(), Other: c.other.Load(),
		Early: c.early.Load(), KeysDropped: c.keysDropped.Load(), Unauthentic: c.unauthentic.Load(),
		Secure: p != nil && p.seal != nil, Reports: s.control.sent.Load(), PeerReports: s.control.received.Load(), Peer: view,
	}
}
