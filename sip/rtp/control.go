package rtp

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/pion/rtcp"
)

// Control is the RTCP of one leg: it writes our reports, and reads the peer's.
type Control struct {
	cname string // of this leg, of which nobody learns anything else

	lastReport uint32 // the time of the peer's latest sender report, as it wrote it
	lastAt     time.Time
	view       PeerView
}

// Sending is the stream that this side sends, as it stands.
type Sending struct {
	SSRC    uint32
	Stamp   uint32 // timestamp of a sample that would be sent now
	Packets uint64 // so far
	Octets  uint64 // of payload in them
	Active  bool   // some were sent since the latest report
}

// PeerView is what the peer's RTCP tells of the call.
type PeerView struct {
	Reports  uint64        // that have come
	Lost     uint64        // packets of ours that did not reach the peer
	LostPart float64       // the share of them since the report before, 0..1
	Jitter   time.Duration // of what the peer receives
	RTT      time.Duration // to the peer and back; 0: not known
	Bye      bool          // it said that it has left
}

// NewControl makes the RTCP of a leg. The name identifies it to its peer alone,
// and should mean nothing (RFC 7022).
func NewControl(name string) *Control { return &Control{cname: name} }

// View is what is known so far.
func (c *Control) View() PeerView { return c.view }

// Write makes a packet that tells the peer how the call is: what is sent, what
// is received, and that this side leaves if bye is set.
func (c *Control) Write(now time.Time, s Sending, in *Reception, bye bool) ([]byte, error) {
	var reports []rtcp.ReceptionReport
	if r, ok := in.Report(); ok {
		r.LastSenderReport, r.Delay = c.lastReport, c.delay(now)
		reports = append(reports, r)
	}
	var list []rtcp.Packet
	if s.Active {
		list = append(list, &rtcp.SenderReport{
			SSRC: s.SSRC, NTPTime: ntp(now), RTPTime: s.Stamp,
			PacketCount: uint32(s.Packets), OctetCount: uint32(s.Octets), Reports: reports,
		})
	} else {
		list = append(list, &rtcp.ReceiverReport{SSRC: s.SSRC, Reports: reports})
	}
	list = append(list, rtcp.NewCNAMESourceDescription(s.SSRC, c.cname))
	if bye {
		list = append(list, &rtcp.Goodbye{Sources: []uint32{s.SSRC}})
	}
	b, err := rtcp.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("write RTCP: %w", err)
	}
	return b, nil
}

// delay is the time since the peer's latest sender report, in 1/65536 s.
func (c *Control) delay(now time.Time) uint32 {
	if c.lastAt.IsZero() {
		return 0
	}
	return uint32(max(now.Sub(c.lastAt), 0) * 65536 / time.Second)
}

// Read takes in a packet of the peer, which arrived at the time given. Our
// stream is ssrc. A packet that cannot be read as a whole changes nothing.
func (c *Control) Read(b []byte, ssrc uint32, at time.Time) error {
	if len(b) > MaxPacket {
		return fmt.Errorf("%w: RTCP of %d bytes", ErrMalformed, len(b))
	}
	list, err := parts(b)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	for _, p := range list {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			c.lastReport, c.lastAt = uint32(p.NTPTime>>16), at
			c.reported(p.Reports, ssrc, at)
		case *rtcp.ReceiverReport:
			c.reported(p.Reports, ssrc, at)
		case *rtcp.Goodbye:
			c.view.Bye = true
		}
	}
	return nil
}

// parts reads the packets that a datagram is made of, of the kinds that matter.
// The others are passed over unread.
func parts(b []byte) ([]rtcp.Packet, error) {
	if len(b) == 0 {
		return nil, errors.New("no packet in it")
	}
	var list []rtcp.Packet
	for len(b) > 0 {
		var h rtcp.Header
		if err := h.Unmarshal(b); err != nil {
			return nil, err
		}
		size := 4 * (int(h.Length) + 1)
		if size > len(b) {
			return nil, fmt.Errorf("a part of %d bytes in %d", size, len(b))
		}
		if p := kind(h.Type); p != nil {
			if err := p.Unmarshal(b[:size]); err != nil {
				return nil, err
			}
			list = append(list, p)
		}
		b = b[size:]
	}
	return list, nil
}

// kind is an empty packet of a type that matters; nil for others.
func kind(t rtcp.PacketType) rtcp.Packet {
	switch t {
	case rtcp.TypeSenderReport:
		return &rtcp.SenderReport{}
	case rtcp.TypeReceiverReport:
		return &rtcp.ReceiverReport{}
	case rtcp.TypeGoodbye:
		return &rtcp.Goodbye{}
	default:
		return nil
	}
}

// longestTrip is the longest way to the peer and back that is believed.
const longestTrip = 60 * time.Second

// reported takes in what the peer says of our stream.
func (c *Control) reported(list []rtcp.ReceptionReport, ssrc uint32, at time.Time) {
	c.view.Reports++
	for _, r := range list {
		if r.SSRC != ssrc {
			continue
		}
		c.view.Lost = uint64(r.TotalLost)
		if r.TotalLost > mostLost {
			c.view.Lost = 0 // below 0: more came than were sent
		}
		c.view.LostPart = float64(r.FractionLost) / 256
		c.view.Jitter = time.Duration(r.Jitter) * time.Second / clockHz
		if r.LastSenderReport == 0 {
			continue
		}
		trip := time.Duration(int32(uint32(ntp(at)>>16)-r.LastSenderReport-r.Delay)) * time.Second / 65536
		if trip >= 0 && trip < longestTrip {
			c.view.RTT = cmp.Or(trip, time.Nanosecond) // known, though too short to be measured
		}
	}
}

// IsControl tells whether a packet that came where RTP is expected is RTCP (RFC
// 5761 section 4).
func IsControl(b []byte) bool {
	return len(b) >= 2 && b[0]>>6 == version && b[1] >= 192 && b[1] <= 223
}

// ntp is a time in seconds since 1900, in 1/2^32.
func ntp(t time.Time) uint64 {
	const since1970 = 2208988800
	return uint64(t.Unix()+since1970)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}
