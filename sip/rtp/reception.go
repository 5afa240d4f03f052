package rtp

import "time"

// Reception measures one received stream (RFC 3550 appendices A.1, A.3, A.8).
// The zero value is ready to use.
type Reception struct {
	started  bool
	ssrc     uint32
	base     uint64 // extended sequence number of the first packet of this source
	highest  uint64 // extended sequence number of the latest
	window   uint64 // which of the 64 numbers up to highest have arrived, highest in bit 0
	received uint64 // of this source, without duplicates
	late     uint64
	twice    uint64
	before   ReceptionStats // of earlier sources

	reportedExpected, reportedReceived uint64 // of this source, when Report was last called

	jitter  float64   // in ns
	timed   bool      // the next two are set
	stamp   uint32    // timestamp of the latest packet of sound
	stampAt time.Time // its arrival
}

// ReceptionStats are the figures of a received stream.
type ReceptionStats struct {
	Received   uint64        // packets that arrived, each counted once
	Lost       uint64        // packets that did not arrive by now
	Late       uint64        // packets that arrived after one sent later
	Duplicates uint64        // packets that arrived again
	Jitter     time.Duration // as RFC 3550 section 6.4.1 estimates it
}

// restartGap is a jump of sequence numbers that means the source began anew.
const restartGap = 3000

// Receive takes the header of a packet of sound that arrived at the time given.
func (r *Reception) Receive(h *Header, at time.Time) {
	if !r.Count(h) {
		return
	}
	if r.timed {
		r.estimate(h.Timestamp, at)
	}
	r.stamp, r.stampAt, r.timed = h.Timestamp, at, true
}

// estimate smooths the difference of transit times of consecutive packets.
func (r *Reception) estimate(stamp uint32, at time.Time) {
	sent := time.Duration(int32(stamp-r.stamp)) * time.Second / clockHz
	d := at.Sub(r.stampAt) - sent
	if d = d.Abs(); d < time.Second { // more is a new beginning, not jitter
		r.jitter += (float64(d) - r.jitter) / 16
	}
}

// Count takes the header of any other packet of the stream, such as a key event,
// whose timestamp says nothing of its departure. It reports false for a packet
// that came before.
func (r *Reception) Count(h *Header) bool {
	if !r.started || h.SSRC != r.ssrc {
		r.restart(h)
		return true
	}
	gap := int64(int16(h.SequenceNumber - uint16(r.highest)))
	switch {
	case gap > restartGap || gap < -restartGap:
		r.restart(h)
		return true
	case gap > 0:
		r.highest += uint64(gap)
		r.window = r.window<<gap | 1
	case !r.fill(uint64(-gap)):
		r.twice++
		return false
	default:
		r.late++
	}
	r.received++
	return true
}

// fill notes the arrival of the packet so many behind the highest one; false if
// it had arrived before.
func (r *Reception) fill(behind uint64) bool {
	if behind >= 64 {
		return true // nobody knows
	}
	if r.window&(1<<behind) != 0 {
		return false
	}
	r.window |= 1 << behind
	return true
}

// restart begins to count a new source, and keeps the sums of the one before.
func (r *Reception) restart(h *Header) {
	sum, jitter := r.Stats(), r.jitter
	first := uint64(h.SequenceNumber) + 1<<16 // room for packets from before the first
	*r = Reception{
		started: true, ssrc: h.SSRC, base: first, highest: first, window: 1, received: 1,
		before: sum, jitter: jitter,
	}
}

// Stats are the figures so far.
func (r *Reception) Stats() ReceptionStats {
	s := r.before
	s.Received += r.received
	s.Late += r.late
	s.Duplicates += r.twice
	s.Jitter = time.Duration(r.jitter)
	if r.started {
		s.Lost += r.lost()
	}
	return s
}

func (r *Reception) lost() uint64 {
	expected := r.expected()
	return max(expected, r.received) - r.received
}

func (r *Reception) expected() uint64 { return r.highest - r.base + 1 }
