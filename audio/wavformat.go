package audio

import (
	"encoding/binary"
	"fmt"
	"io"
)

// wavFormat is a fmt chunk.
type wavFormat struct {
	format   Format
	channels int
	rate     int
}

func (f Format) bytes() int {
	if f == PCM16 {
		return 2
	}
	return 1
}

// readFormat reads a fmt chunk: 16 bytes, and 24 more where it is extensible,
// of which the first two of the GUID name the format.
func readFormat(r io.Reader, size uint32) (*wavFormat, error) {
	if size < 16 || size > 1024 {
		return nil, fmt.Errorf("%w: fmt chunk of %d bytes; it takes at least 16", ErrWAV, size)
	}
	b := make([]byte, size+size&1)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, chunkError("fmt ", err)
	}
	le := binary.LittleEndian
	f := &wavFormat{
		format:   Format(le.Uint16(b)),
		channels: int(le.Uint16(b[2:])),
		rate:     int(le.Uint32(b[4:])),
	}
	if f.format == extensible {
		if size < 40 {
			return nil, fmt.Errorf("%w: extensible fmt chunk of %d bytes; it takes 40", ErrWAV, size)
		}
		f.format = Format(le.Uint16(b[24:]))
	}
	return f, f.check(int(le.Uint16(b[14:])))
}

func (f *wavFormat) check(bits int) error {
	if f.format != PCM16 && f.format != ALaw && f.format != MuLaw {
		return fmt.Errorf("%w: fmt chunk: format %d is none of 16-bit PCM, A-law and mu-law", ErrWAV, f.format)
	}
	if bits != 8*f.format.bytes() {
		return fmt.Errorf("%w: fmt chunk: %d bits a sample; format %d takes %d", ErrWAV, bits, f.format, 8*f.format.bytes())
	}
	if f.channels < 1 || f.channels > maxChannels {
		return fmt.Errorf("%w: fmt chunk: %d channels; 1 to %d are read", ErrWAV, f.channels, maxChannels)
	}
	if f.rate < 1000 || f.rate > maxWAVRate {
		return fmt.Errorf("%w: fmt chunk: rate %d Hz; 1000 to %d are read", ErrWAV, f.rate, maxWAVRate)
	}
	return nil
}

// readData reads the sound. What it allocates grows with what arrives, not with
// what the size promises.
func (f *wavFormat) readData(r io.Reader, size uint32) (Sound, error) {
	open := size >= streamed
	limit := int64(size)
	if open {
		limit = maxWAVData + 1
	}
	if size > maxWAVData && !open {
		return Sound{}, fmt.Errorf("%w: data chunk of %d bytes is over the limit of %d", ErrWAV, size, maxWAVData)
	}
	b, err := io.ReadAll(io.LimitReader(r, limit))
	switch {
	case err != nil:
		return Sound{}, chunkError("data", err)
	case len(b) > maxWAVData:
		return Sound{}, fmt.Errorf("%w: data chunk is over the limit of %d bytes", ErrWAV, maxWAVData)
	case !open && len(b) < int(size):
		return Sound{}, fmt.Errorf("%w: data chunk ends after %d of %d bytes", ErrWAV, len(b), size)
	}
	return f.sound(b), nil
}

// sound decodes b; a sample that is cut short at the end is dropped.
func (f *wavFormat) sound(b []byte) Sound {
	b = b[:len(b)-len(b)%(f.channels*f.format.bytes())]
	pcm := make([]int16, len(b)/f.format.bytes())
	switch f.format {
	case ALaw:
		PCMA.Decode(pcm, b)
	case MuLaw:
		PCMU.Decode(pcm, b)
	case PCM16:
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
		}
	}
	return Sound{Rate: f.rate, Channels: f.channels, Samples: pcm}
}
