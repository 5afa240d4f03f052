package audio

import (
	"encoding/binary"
	"fmt"
	"io"
)

// WriteWAV writes a WAV file.
func WriteWAV(w io.Writer, s Sound, f Format) error {
	wf := wavFormat{format: f, channels: s.Channels, rate: s.Rate}
	if err := wf.check(8 * f.bytes()); err != nil {
		return fmt.Errorf("write WAV: %w", err)
	}
	data := f.encode(s.Samples)
	if len(data) > maxWAVData {
		return fmt.Errorf("write WAV: %w: %d bytes of sound are over the limit of %d", ErrWAV, len(data), maxWAVData)
	}
	b := append(wf.header(len(data)), data...)
	if len(data)%2 == 1 {
		b = append(b, 0)
	}
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("write WAV: %w", err)
	}
	return nil
}

// encode is pcm as the data chunk holds it.
func (f Format) encode(pcm []int16) []byte {
	b := make([]byte, len(pcm)*f.bytes())
	switch f {
	case ALaw:
		PCMA.Encode(b, pcm)
	case MuLaw:
		PCMU.Encode(b, pcm)
	case PCM16:
		for i, s := range pcm {
			binary.LittleEndian.PutUint16(b[2*i:], uint16(s))
		}
	}
	return b
}

// header is everything before the sound. Formats other than PCM carry an empty
// extension and a fact chunk with the number of samples.
func (f wavFormat) header(data int) []byte {
	le := binary.LittleEndian
	block := f.channels * f.format.bytes()
	var ext, fact []byte
	if f.format != PCM16 {
		ext = []byte{0, 0}
		fact = le.AppendUint32([]byte("fact\x04\x00\x00\x00"), uint32(data/block))
	}
	b := le.AppendUint32([]byte("RIFF"), uint32(4+8+16+len(ext)+len(fact)+8+data+data%2))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, uint32(16+len(ext)))
	b = le.AppendUint16(b, uint16(f.format))
	b = le.AppendUint16(b, uint16(f.channels))
	b = le.AppendUint32(b, uint32(f.rate))
	b = le.AppendUint32(b, uint32(f.rate*block))
	b = le.AppendUint16(b, uint16(block))
	b = le.AppendUint16(b, uint16(8*f.format.bytes()))
	b = append(append(b, ext...), fact...)
	return le.AppendUint32(append(b, "data"...), uint32(data))
}

// LineWAVHeader is what a WAV file of one telephone line begins with, in that
// law and of so many samples: for who writes the samples piece by piece. After
// an odd number a byte follows that means nothing.
func LineWAVHeader(c Codec, samples int) []byte {
	f := MuLaw
	if c == PCMA {
		f = ALaw
	}
	return wavFormat{format: f, channels: 1, rate: Rate}.header(samples)
}
