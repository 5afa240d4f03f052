package media_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"careline/audio"
	"careline/media"
)

// frame is one of 160 samples whose value is n.
func frame(side media.Side, timestamp uint32, at time.Time, n int16) media.Frame {
	b := make([]byte, 160)
	audio.PCMU.Encode(b, slices.Repeat([]int16{n}, 160))
	return media.Frame{Side: side, Codec: audio.PCMU, SSRC: 1, Timestamp: timestamp, At: at, Sound: b}
}

func TestTapePlacesFrames(t *testing.T) {
	start := time.Now()
	at := func(d time.Duration) time.Time { return start.Add(d) }
	var tape media.Tape
	tape.Record(frame(media.NearEnd, 900, at(0), 8))
	tape.Record(frame(media.FarEnd, 0xffffff60, at(40*ms), 100)) // two frames later
	tape.Record(frame(media.FarEnd, 160, at(75*ms), 300))        // overtakes
	tape.Record(frame(media.FarEnd, 0, at(76*ms), 200))
	tape.Record(frame(media.FarEnd, 1<<30, at(200*ms), 400)) // begins anew
	tape.Record(frame(media.FarEnd, 1<<30-16000, at(200*ms), 500))
	tape.Record(frame(media.FarEnd, 1<<30-18000, at(200*ms), 500)) // anew, at 200 ms
	got := tape.PCM(media.FarEnd)
	for i, want := range []int16{0, 0, 100, 200, 300, 0, 0, 0, 0, 0, 500} {
		if x := got[160*i+80]; x < want-want/20 || x > want+want/20 {
			t.Errorf("frame %d of the tape sounds as %d; want %d", i, x, want)
		}
	}
	if len(got) != 11*160 {
		t.Errorf("the tape holds %d samples; want %d", len(got), 11*160)
	}
	s := tape.Sound()
	if s.Channels != 2 || len(s.Samples) != 2*len(got) || s.Samples[1] != 8 || s.Samples[2*400] != got[400] {
		t.Error("Sound is not the far end on the left and the near end on the right")
	}
}

func TestTapeLimit(t *testing.T) {
	tape := media.Tape{Limit: time.Second}
	start := time.Now()
	for i := range 100 {
		tape.Record(frame(media.NearEnd, uint32(160*i), start.Add(time.Duration(i)*media.Interval), 1000))
	}
	if n := len(tape.PCM(media.NearEnd)); n != audio.Rate {
		t.Errorf("a tape of 1 s holds %d samples", n)
	}
}

func TestTapeWritesWAV(t *testing.T) {
	var tape media.Tape
	tape.Record(frame(media.FarEnd, 0, time.Now(), 1000))
	var b bytes.Buffer
	if err := tape.WriteWAV(&b); err != nil {
		t.Fatal(err)
	}
	s, err := audio.ReadWAV(&b)
	if err != nil || s.Channels != 2 || s.Rate != audio.Rate || len(s.Samples) != 320 {
		t.Errorf("read %d samples in %d channels at %d, %v", len(s.Samples), s.Channels, s.Rate, err)
	}
}
