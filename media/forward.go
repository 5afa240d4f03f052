package media

import (
	"time"

	"careline/audio"
	"careline/sip/rtp"
)

// Received is one packet that another leg has received.
type Received struct {
	Packet *rtp.Packet
	Codec  audio.Codec // of a packet of sound
	Key    bool        // it is a key event
	At     time.Time   // of its arrival
}

// span is the time that the packet tells of, from its first sample to past its
// last. That of a key grows with each of its packets: only its end is news.
func (in Received) span() (from, to uint32) {
	stamp := in.Packet.Timestamp
	if !in.Key {
		return stamp, stamp + uint32(len(in.Packet.Payload))
	}
	e, err := rtp.ParseKeyEvent(in.Packet.Payload)
	if err != nil {
		return stamp, stamp
	}
	return stamp + uint32(e.Duration), stamp + uint32(e.Duration)
}

// mapping is how the numbers and timestamps of a relayed stream become ours. It
// keeps the gaps and the order of the packets, so that the listener's jitter
// buffer sees what happened to them.
type mapping struct {
	synced    bool // since the latest packet of our own
	ssrc      uint32
	sequence  uint16 // added to each sequence number
	timestamp uint32 // added to each timestamp
	first     uint16 // our number of the first packet mapped, or of one long ago
	key       keyMapping
}

// keyMapping is the latest key that was relayed. It outlives a new mapping: a
// key whose timestamp changed in the middle would be heard as two.
type keyMapping struct {
	seen     bool
	ssrc     uint32
	from, to uint32 // its timestamp there and here
}

// of is our timestamp of a key.
func (k *keyMapping) of(h rtp.Header, mapped uint32) uint32 {
	if !k.seen || k.ssrc != h.SSRC || k.from != h.Timestamp {
		*k = keyMapping{seen: true, ssrc: h.SSRC, from: h.Timestamp, to: mapped}
	}
	return k.to
}

// jump is a step of timestamps, beyond the time that has passed, at which a
// relayed stream counts as begun anew; in samples.
const jump = audio.Rate

// longAgo is how many packets may lie between two that change places. The first
// one mapped is forgotten after so many: half of all numbers later it would seem
// to be still to come.
const longAgo = 1 << 12

// Relay says whether this leg sends what Forward gives it.
func (o *Output) Relay(on bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.relayed = on
	o.mapping = mapping{}
}

// Forward writes into buf the packet that takes one of another leg to this one,
// and returns it; nil when it is not to be sent: this leg is not relayed to,
// plays something, or takes no keys.
func (o *Output) Forward(in Received, buf []byte) []byte {
	h, codec, ok := o.mapped(in)
	if !ok {
		return nil
	}
	rtp.PutHeader(buf, h)
	payload := buf[rtp.HeaderSize:]
	if in.Key {
		return buf[:rtp.HeaderSize+copy(payload, in.Packet.Payload)]
	}
	return buf[:rtp.HeaderSize+audio.Transcode(payload, in.Packet.Payload, in.Codec, codec)]
}

// mapped is the header of the packet on this leg, and its codec.
func (o *Output) mapped(in Received) (rtp.Header, audio.Codec, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.relayed || !o.takes(in) {
		return rtp.Header{}, 0, false
	}
	o.begin(in.At)
	anew := o.sync(in)
	h, ok := o.number(in)
	h.Marker = h.Marker || anew && !in.Key
	return h, o.format.Codec, ok
}

// takes tells whether the packet may be sent now.
func (o *Output) takes(in Received) bool {
	switch {
	case !o.set || o.over || o.held:
		return false
	case o.player.playing() || len(o.keying.queue) > 0:
		return false
	default:
		return !in.Key || o.format.Keys
	}
}

// sync fits the other leg's stream to where ours is now, if it is new or has
// jumped, or if silence was sent in its place.
func (o *Output) sync(in Received) bool {
	p, m := in.Packet, &o.mapping
	now := o.src.Timestamp + uint32(max(audio.Samples(in.At.Sub(o.next)), 0))
	stamp, _ := in.span()
	off := int32(stamp + m.timestamp - now)
	if m.synced && m.ssrc == p.SSRC && off > -jump && off < jump {
		return false
	}
	o.mapping = mapping{
		synced: true, ssrc: p.SSRC, first: o.src.SequenceNumber,
		sequence: o.src.SequenceNumber - p.SequenceNumber, timestamp: now - stamp,
		key: m.key,
	}
	o.clocked = false
	return true
}

// number maps the header, and moves our stream past the packet. A packet from
// before the mapping began is not sent: its number was used for another.
func (o *Output) number(in Received) (rtp.Header, bool) {
	p, m := in.Packet, &o.mapping
	_, end := in.span()
	h := rtp.Header{
		PayloadType: o.format.PT, Marker: p.Marker, SSRC: o.src.SSRC,
		SequenceNumber: p.SequenceNumber + m.sequence, Timestamp: p.Timestamp + m.timestamp,
	}
	if in.Key {
		h.PayloadType, h.Timestamp = o.format.KeysPT, m.key.of(p.Header, h.Timestamp)
	}
	if int16(h.SequenceNumber-m.first) < 0 {
		return h, false
	}
	if h.SequenceNumber-m.first > 2*longAgo {
		m.first = h.SequenceNumber - longAgo
	}
	if int16(h.SequenceNumber-o.src.SequenceNumber) >= 0 {
		o.src.SequenceNumber = h.SequenceNumber + 1
		o.advance(int(int32(end + m.timestamp - o.src.Timestamp)))
	}
	return h, true
}
