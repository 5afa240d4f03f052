package wire

import (
	"net/netip"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// mostSources and sourceTurn bound a generation of sources: the next one begins
// when it has so many or is so old.
const (
	mostSources = 20000
	sourceTurn  = 2 * time.Minute
)

// sources are where UDP packets came from of late. sipgo looks for the socket to
// answer by under the source of a request, so it must find it there; it would
// never forget one itself. Only the goroutine that reads the socket uses it.
type sources struct {
	pool       *sipmsg.ConnectionPool
	conn       *sipmsg.UDPConnection
	young, old map[netip.AddrPort]struct{}
	turned     time.Time
}

func newSources(pool *sipmsg.ConnectionPool, conn *sipmsg.UDPConnection) *sources {
	return &sources{pool: pool, conn: conn, young: make(map[netip.AddrPort]struct{})}
}

// note makes the socket known under a source.
func (s *sources) note(from netip.AddrPort, now time.Time) {
	if _, ok := s.young[from]; ok || from.String() == s.conn.PacketAddr {
		return
	}
	if len(s.young) >= mostSources || now.Sub(s.turned) > sourceTurn {
		s.turn(now)
	}
	s.young[from] = struct{}{}
	s.pool.Add(from.String(), s.conn)
}

// turn forgets those who were not heard of in this generation nor the last.
func (s *sources) turn(now time.Time) {
	for from := range s.old {
		if _, ok := s.young[from]; !ok {
			s.pool.Delete(from.String())
		}
	}
	s.old, s.young, s.turned = s.young, make(map[netip.AddrPort]struct{}), now
}
