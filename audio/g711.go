package audio

import "math/bits"

// The tables of G.711. Encoding follows the reference of ITU-T G.191: a
// negative sample counts by its ones' complement, so that both signs have
// equally many levels. Mu-law looks at the upper 14 bits of a sample, A-law at
// the upper 12.
var (
	muLawToLinear = decodeTable(muLawDecode)
	aLawToLinear  = decodeTable(aLawDecode)
	linearToMuLaw = encodeTable(14, muLawEncode)
	linearToALaw  = encodeTable(12, aLawEncode)
	muLawToALaw   = transcodeTable(muLawDecode, aLawEncode)
	aLawToMuLaw   = transcodeTable(aLawDecode, muLawEncode)
)

func decodeTable(decode func(byte) int16) (t [256]int16) {
	for b := range t {
		t[b] = decode(byte(b))
	}
	return t
}

func encodeTable(width int, encode func(int16) byte) []byte {
	t := make([]byte, 1<<width)
	for i := range t {
		t[i] = encode(int16(uint16(i) << (16 - width)))
	}
	return t
}

func transcodeTable(decode func(byte) int16, encode func(int16) byte) (t [256]byte) {
	for b := range t {
		t[b] = encode(decode(byte(b)))
	}
	return t
}

// muBias moves the magnitudes of mu-law so that each segment starts at a power
// of two; in 14-bit units.
const muBias = 33

// muLawEncode writes sign, segment (3 bits) and step (4 bits), all but the sign
// inverted.
func muLawEncode(s int16) byte {
	sign := byte(0x80)
	if s < 0 {
		s, sign = ^s, 0
	}
	m := min(uint(s>>2)+muBias, 0x1fff)
	segment := bits.Len(m) - 6
	step := byte(m>>(segment+1)) & 0x0f
	return sign | (byte(segment<<4) | step) ^ 0x7f
}

func muLawDecode(b byte) int16 {
	segment, step := (^b>>4)&7, ^b&0x0f
	m := (int16(step)<<1+muBias)<<segment - muBias
	if b&0x80 == 0 {
		return -m << 2
	}
	return m << 2
}

// aLawEncode writes sign, segment and step with every second bit inverted.
func aLawEncode(s int16) byte {
	sign := byte(0x80)
	if s < 0 {
		s, sign = ^s, 0
	}
	m := uint(s >> 4) // 11 bits
	segment := max(bits.Len(m)-4, 0)
	step := byte(m>>max(segment-1, 0)) & 0x0f
	return (sign | byte(segment<<4) | step) ^ 0x55
}

func aLawDecode(b byte) int16 {
	b ^= 0x55
	segment, m := (b>>4)&7, int16(b&0x0f)<<1|1 // the middle of the step
	if segment > 0 {
		m = (m | 0x20) << (segment - 1)
	}
	if b&0x80 == 0 {
		return -m << 3
	}
	return m << 3
}
