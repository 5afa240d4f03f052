package rtp

import (
	"encoding/binary"
	"errors"
	"fmt"

	pion "github.com/pion/rtp"
)

// HeaderSize is the size of the header that this service writes, in bytes.
const HeaderSize = 12

// MaxPacket is the largest packet that is read, in bytes. A datagram that fills
// more was no telephone sound.
const MaxPacket = 1500

// version is the only version of RTP there is.
const version = 2

// ErrMalformed is the cause of errors about bytes that are no RTP.
var ErrMalformed = errors.New("malformed RTP")

// Packet is pion's.
type Packet = pion.Packet

// Header is pion's.
type Header = pion.Header

// Parse reads b into p, whose slices are used again. The payload is a part of b.
func Parse(b []byte, p *Packet) error {
	if len(b) < HeaderSize {
		return fmt.Errorf("%w: %d bytes are less than a header", ErrMalformed, len(b))
	}
	if v := b[0] >> 6; v != version {
		return fmt.Errorf("%w: version %d", ErrMalformed, v)
	}
	if err := p.Unmarshal(b); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// PutHeader writes the first HeaderSize bytes of b: the header without
// contributing sources and extensions.
func PutHeader(b []byte, h Header) {
	_ = b[HeaderSize-1]
	b[0] = version << 6
	b[1] = h.PayloadType & 0x7f
	if h.Marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], h.SequenceNumber)
	binary.BigEndian.PutUint32(b[4:], h.Timestamp)
	binary.BigEndian.PutUint32(b[8:], h.SSRC)
}
