package audio

import (
	"errors"
	"fmt"
	"strings"
)

// ErrCodec is the cause of errors about a codec that is not G.711.
var ErrCodec = errors.New("neither PCMU nor PCMA")

// Codec is one of the two laws of G.711. Its value is the static RTP payload
// type of RFC 3551.
type Codec uint8

// The codecs of a telephone line.
const (
	PCMU Codec = 0 // mu-law
	PCMA Codec = 8 // A-law
)

// ParseCodec reads a codec's name as SDP writes it: PCMA, or PCMA/8000, in any
// case.
func ParseCodec(name string) (Codec, error) {
	base, clock, hasClock := strings.Cut(name, "/")
	if hasClock && clock != "8000" && clock != "8000/1" {
		return PCMU, fmt.Errorf("codec %q: clock is not 8000: %w", name, ErrCodec)
	}
	switch strings.ToUpper(base) {
	case "PCMU":
		return PCMU, nil
	case "PCMA":
		return PCMA, nil
	default:
		return PCMU, fmt.Errorf("codec %q: %w", name, ErrCodec)
	}
}

// String is the codec's name in SDP.
func (c Codec) String() string {
	switch c {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	default:
		return fmt.Sprintf("codec %d", uint8(c))
	}
}

// Silence is the byte that sounds like nothing.
func (c Codec) Silence() byte {
	if c == PCMA {
		return 0xd5
	}
	return 0xff
}

// Encode fills dst with pcm in this law and returns how many samples it wrote:
// like copy, the shorter of the two lengths.
func (c Codec) Encode(dst []byte, pcm []int16) int {
	n := min(len(dst), len(pcm))
	if c == PCMA {
		for i, s := range pcm[:n] {
			dst[i] = linearToALaw[uint16(s)>>4]
		}
		return n
	}
	for i, s := range pcm[:n] {
		dst[i] = linearToMuLaw[uint16(s)>>2]
	}
	return n
}

// Decode fills dst with the samples of b and returns how many it wrote: like
// copy, the shorter of the two lengths.
func (c Codec) Decode(dst []int16, b []byte) int {
	n := min(len(dst), len(b))
	table := &muLawToLinear
	if c == PCMA {
		table = &aLawToLinear
	}
	for i, x := range b[:n] {
		dst[i] = table[x]
	}
	return n
}

// Transcode fills dst with src in another law and returns how many samples it
// wrote: like copy, the shorter of the two lengths. dst and src may be the same
// slice.
func Transcode(dst, src []byte, from, to Codec) int {
	if from == to {
		return copy(dst, src)
	}
	table := &muLawToALaw
	if from == PCMA {
		table = &aLawToMuLaw
	}
	n := min(len(dst), len(src))
	for i, x := range src[:n] {
		dst[i] = table[x]
	}
	return n
}
