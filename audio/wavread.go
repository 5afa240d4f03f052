package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The limits of a WAV file that is read.
const (
	maxWAVData  = 256 << 20 // bytes of sound: 45 minutes of 48 kHz stereo
	maxWAVChunk = 16 << 20  // bytes of any other chunk
	maxWAVRate  = 192000
	maxChannels = 8
)

// streamed is the size from which on a chunk's length is not meant: a program
// that writes to a pipe cannot know it, and puts 0x7ffff000 or 0xffffffff.
const streamed = 0x7ffff000

// extensible marks a format chunk that names its format further down.
const extensible = 0xfffe

// ReadWAV reads a WAV file of 16-bit PCM, A-law or mu-law. Its errors name the
// chunk that is wrong and match ErrWAV, or are the reader's own.
func ReadWAV(r io.Reader) (Sound, error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Sound{}, chunkError("RIFF", err)
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return Sound{}, fmt.Errorf("%w: begins with %q, not RIFF and WAVE", ErrWAV, head[:4])
	}
	var f *wavFormat
	for {
		id, size, err := nextChunk(r)
		switch {
		case err != nil:
			return Sound{}, err
		case id == "fmt ":
			f, err = readFormat(r, size)
		case id == "data" && f == nil:
			return Sound{}, fmt.Errorf("%w: data chunk before the fmt chunk", ErrWAV)
		case id == "data":
			return f.readData(r, size)
		default:
			err = skipChunk(r, id, size)
		}
		if err != nil {
			return Sound{}, err
		}
	}
}

func nextChunk(r io.Reader) (id string, size uint32, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); errors.Is(err, io.EOF) {
		return "", 0, fmt.Errorf("%w: no data chunk", ErrWAV)
	} else if err != nil {
		return "", 0, chunkError("next", err)
	}
	return string(head[:4]), binary.LittleEndian.Uint32(head[4:]), nil
}

// skipChunk passes over a chunk that says nothing about the sound, and over the
// byte that fills an odd size up.
func skipChunk(r io.Reader, id string, size uint32) error {
	if size > maxWAVChunk {
		return fmt.Errorf("%w: %q chunk of %d bytes is over the limit of %d", ErrWAV, id, size, maxWAVChunk)
	}
	if _, err := io.CopyN(io.Discard, r, int64(size+size&1)); err != nil {
		return chunkError(id, err)
	}
	return nil
}

// chunkError says in which chunk a reader gave up.
func chunkError(id string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: ends within the %q chunk", ErrWAV, id)
	}
	return fmt.Errorf("read %q chunk: %w", id, err)
}
