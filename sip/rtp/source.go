package rtp

import "math/rand/v2"

// Source numbers and stamps the packets of one stream that is sent.
type Source struct {
	SSRC           uint32
	SequenceNumber uint16 // of the next packet
	Timestamp      uint32 // of the next sample
}

// NewRandomSource starts a stream where nobody can guess it, as RFC 3550
// section 5.1 asks. Its sequence number is far from its turn: a receiver of SRTP
// that missed the first packets could not know whether it has come (RFC 3711
// section 3.3.1).
func NewRandomSource() Source {
	return Source{SSRC: rand.Uint32(), SequenceNumber: uint16(rand.Uint32N(1 << 15)), Timestamp: rand.Uint32()}
}

// NewFixedSource starts a stream with the numbers given, for tests.
func NewFixedSource(ssrc uint32, sequence uint16, timestamp uint32) Source {
	return Source{SSRC: ssrc, SequenceNumber: sequence, Timestamp: timestamp}
}

// Next is the header of the next packet, whose payload holds so many samples. A
// packet of a key event holds none of its own: its timestamp is set to that of
// the key by the caller.
func (s *Source) Next(payloadType uint8, samples int, marker bool) Header {
	h := Header{
		Version: version, Marker: marker, PayloadType: payloadType,
		SequenceNumber: s.SequenceNumber, Timestamp: s.Timestamp, SSRC: s.SSRC,
	}
	s.SequenceNumber++
	s.Timestamp += uint32(samples)
	return h
}

// Skip passes over samples that are not sent.
func (s *Source) Skip(samples int) { s.Timestamp += uint32(samples) }
