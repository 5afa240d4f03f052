package media

import (
	"time"

	"careline/audio"
	"careline/sip/rtp"
)

// relayGrace is how long a relayed stream may pause before silence takes its
// place.
const relayGrace = 100 * time.Millisecond

// mostAhead is how far a relayed stream may bring ours ahead of the time. One
// whose timestamps run too fast must not keep us from playing once it has ended.
const mostAhead = time.Second

// BufferSize is the room that Tick and Forward need for a packet, in bytes.
const BufferSize = rtp.MaxPacket

// Tick writes the packet that is due into buf and returns it; nil when none is.
// Whoever called it calls Sent once it has left, and Tick again: two packets of
// 10 ms are due at a time.
func (o *Output) Tick(due time.Time, buf []byte) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ready(due) {
		return nil
	}
	h, payload := o.frame(buf[rtp.HeaderSize:])
	rtp.PutHeader(buf, h)
	return buf[:rtp.HeaderSize+payload]
}

// Sent tells that the packet of the latest Tick has left.
func (o *Output) Sent() {
	o.mu.Lock()
	over := o.sent
	o.sent = nil
	o.mu.Unlock()
	finish(over, true)
}

// Clock is our source and the timestamp of a sample that would be sent at the
// time given, for RTCP.
func (o *Output) Clock(at time.Time) (ssrc, timestamp uint32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	timestamp = o.src.Timestamp
	if !o.next.IsZero() {
		timestamp += uint32(audio.Samples(at.Sub(o.next)))
	}
	return o.src.SSRC, timestamp
}

// ready moves the stream to the time due, and tells whether a packet is wanted.
func (o *Output) ready(due time.Time) bool {
	if !o.set || o.over {
		return false
	}
	o.begin(due)
	if o.held {
		o.pass(due)
		return false
	}
	gap := due.Sub(o.next)
	if gap < -mostAhead {
		o.next, gap = due, 0
	}
	if gap < -Interval/2 {
		return false // within a longer packet, or a relayed one
	}
	busy := o.player.playing() || len(o.keying.queue) > 0
	if o.relayed && !o.clocked && !busy && gap < relayGrace {
		return false
	}
	if o.quiet && !busy && o.player.filling == nil {
		o.pass(due)
		return false
	}
	o.catchUp(gap)
	return true
}

// begin takes the time of the first packet.
func (o *Output) begin(at time.Time) {
	if o.next.IsZero() {
		o.next = at
	}
}

// pass lets the time up to due go by with nothing sent.
func (o *Output) pass(due time.Time) {
	if gap := due.Add(Interval).Sub(o.next); gap > 0 {
		o.advance(audio.Samples(gap))
	}
	o.clocked, o.marker = false, true
}

// catchUp skips what should have been sent in the gap before this packet.
func (o *Output) catchUp(gap time.Duration) {
	if n := audio.Samples(gap); n > 0 {
		o.advance(n)
		o.marker = true
		if o.clocked {
			o.player.skip(n)
		}
	}
	o.clocked, o.mapping.synced = true, false
}

// advance moves on by so many samples: the timestamp and the time that belongs
// to it, which part only where a relayed stream ran ahead.
func (o *Output) advance(samples int) {
	if samples > 0 {
		o.src.Skip(samples)
		o.next = o.next.Add(audio.Duration(samples))
	}
}

// frame fills payload, and returns its size and its header.
func (o *Output) frame(payload []byte) (rtp.Header, int) {
	n := audio.Samples(o.format.Ptime)
	o.next = o.next.Add(o.format.Ptime)
	if k, ok := o.keying.next(o.src.Timestamp, o.format.Ptime); ok {
		h := o.src.Next(o.format.KeysPT, n, k.marker)
		h.Timestamp = k.timestamp
		if k.over != nil {
			o.sent = append(o.sent, k.over)
		}
		return h, len(k.event.Append(payload[:0]))
	}
	o.player.read(payload[:n], o.format.Codec)
	o.sent = append(o.sent, o.player.finished...)
	o.player.finished = o.player.finished[:0]
	h := o.src.Next(o.format.PT, n, o.marker)
	o.marker = false
	return h, n
}
