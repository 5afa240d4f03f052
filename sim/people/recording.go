package people

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"careline/audio"
)

const longestRecording = 15 * 60 * audio.Rate // samples

// recording keeps both directions of a leg from one instant on, so that the two
// files can be laid side by side. What was sent is written by the loop, what
// was heard under the reception's lock.
type recording struct {
	from    time.Time
	sent    []int16
	heard   []int16
	origin  int // where the ear's position 0 is in heard
	started bool
}

// say adds what was sent.
func (r *recording) say(at int, pcm []int16) {
	r.sent = put(r.sent, at, pcm)
}

// hear adds what arrived, at its place by the first arrival and timestamps.
func (r *recording) hear(at int, pcm []int16, arrived time.Time) {
	if !r.started {
		r.started, r.origin = true, max(0, audio.Samples(arrived.Sub(r.from)))-at
	}
	r.heard = put(r.heard, r.origin+at, pcm)
}

func put(to []int16, at int, pcm []int16) []int16 {
	if at < 0 || at+len(pcm) > longestRecording {
		return to
	}
	if short := at - len(to); short > 0 {
		to = append(to, make([]int16, short)...)
	}
	n := copy(to[at:], pcm)
	return append(to, pcm[n:]...)
}

// write writes both files.
func (r *recording) write(dir, name string) (sent, heard string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", "", fmt.Errorf("record %s: %w", name, err)
	}
	sent = filepath.Join(dir, name+"-sent.wav")
	heard = filepath.Join(dir, name+"-heard.wav")
	if err := writeWAV(sent, r.sent); err != nil {
		return "", "", err
	}
	if err := writeWAV(heard, r.heard); err != nil {
		return "", "", err
	}
	return sent, heard, nil
}

func writeWAV(path string, pcm []int16) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write recording: %w", err)
	}
	err = audio.WriteWAV(f, audio.Sound{Rate: audio.Rate, Channels: 1, Samples: pcm}, audio.PCM16)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write recording %s: %w", path, err)
	}
	return nil
}
