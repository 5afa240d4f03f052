package audio_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"careline/audio"
)

var laws = map[audio.Codec]string{audio.PCMU: "mu-law", audio.PCMA: "a-law"}

func everyByte() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func everySample() []int16 {
	pcm := make([]int16, 1<<16)
	for i := range pcm {
		pcm[i] = int16(i)
	}
	return pcm
}

func decode(c audio.Codec, b []byte) []int16 {
	pcm := make([]int16, len(b))
	c.Decode(pcm, b)
	return pcm
}

func encode(c audio.Codec, pcm []int16) []byte {
	b := make([]byte, len(pcm))
	c.Encode(b, pcm)
	return b
}

func TestDecodeIsSox(t *testing.T) {
	for c, law := range laws {
		args := append(raw(law, "8", "8000"), raw("signed", "16", "8000")[1:]...)
		want := fromBytes(sox(t, everyByte(), args...))
		if got := decode(c, everyByte()); !slices.Equal(got, want) {
			t.Errorf("%v decodes to\n%v; sox to\n%v", c, got, want)
		}
	}
}

// sox rounds a sample to 13 or 14 bits where the law's reference cuts it, so that
// the two may differ on a sample next to a decision value, and nowhere else.
func TestEncodeIsSoxNextToIt(t *testing.T) {
	pcm := everySample()
	slices.Sort(pcm)
	for c, law := range laws {
		args := append(raw("signed", "16", "8000"), raw(law, "8", "8000")[1:]...)
		ours, theirs := decode(c, encode(c, pcm)), decode(c, sox(t, toBytes(pcm), args...))
		for i, s := range pcm {
			near := theirs[max(0, i-4):min(len(pcm), i+5)]
			if !slices.Contains(near, ours[i]) {
				t.Errorf("%v of %d is %d; sox has %d around it", c, s, ours[i], near)
			}
		}
	}
}

func TestEveryByteSurvives(t *testing.T) {
	for c := range laws {
		for i, got := range encode(c, decode(c, everyByte())) {
			if c == audio.PCMU && i == 0x7f {
				continue // minus zero becomes zero
			}
			if int(got) != i {
				t.Errorf("%v byte %#x comes back as %#x", c, i, got)
			}
		}
	}
}

// As above: where the levels of one law lie on a decision value of the other,
// sox may take the neighbour.
func TestTranscodeIsSoxOrItsNeighbour(t *testing.T) {
	for from, to := range map[audio.Codec]audio.Codec{audio.PCMU: audio.PCMA, audio.PCMA: audio.PCMU} {
		got := make([]byte, 256)
		if n := audio.Transcode(got, everyByte(), from, to); n != 256 {
			t.Fatalf("Transcode wrote %d bytes; want 256", n)
		}
		args := append(raw(laws[from], "8", "8000"), raw(laws[to], "8", "8000")[1:]...)
		levels := decode(to, everyByte())
		slices.Sort(levels)
		levels = slices.Compact(levels)
		ours, theirs := decode(to, got), decode(to, sox(t, everyByte(), args...))
		for i := range ours {
			if step := slices.Index(levels, ours[i]) - slices.Index(levels, theirs[i]); step < -1 || step > 1 {
				t.Errorf("%v %#x becomes %v %d; sox says %d", from, i, to, ours[i], theirs[i])
			}
		}
	}
}

func TestTranscodeInPlace(t *testing.T) {
	b, want := everyByte(), make([]byte, 256)
	audio.Transcode(want, b, audio.PCMA, audio.PCMU)
	audio.Transcode(b, b, audio.PCMA, audio.PCMU)
	if !bytes.Equal(b, want) {
		t.Errorf("in place % x; want % x", b, want)
	}
	if audio.Transcode(b, want, audio.PCMU, audio.PCMU); !bytes.Equal(b, want) {
		t.Errorf("the same law changes % x into % x", want, b)
	}
}

func TestSilence(t *testing.T) {
	for c := range laws {
		if got := encode(c, []int16{0})[0]; got != c.Silence() {
			t.Errorf("%v silence = %#x; 0 encodes to %#x", c, c.Silence(), got)
		}
	}
}

func TestLengthsLikeCopy(t *testing.T) {
	if n := audio.PCMA.Encode(make([]byte, 3), make([]int16, 5)); n != 3 {
		t.Errorf("Encode wrote %d; want 3", n)
	}
	if n := audio.PCMU.Decode(make([]int16, 9), make([]byte, 5)); n != 5 {
		t.Errorf("Decode wrote %d; want 5", n)
	}
}

func TestParseCodec(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want audio.Codec
		ok   bool
	}{
		{"PCMU", audio.PCMU, true},
		{"pcma/8000", audio.PCMA, true},
		{"PCMA/8000/1", audio.PCMA, true},
		{"PCMA/16000", 0, false},
		{"G729/8000", 0, false},
		{"", 0, false},
	} {
		got, err := audio.ParseCodec(tt.in)
		if got != tt.want || (err == nil) != tt.ok || (err != nil && !errors.Is(err, audio.ErrCodec)) {
			t.Errorf("ParseCodec(%q) = %v, %v; want %v, ok %v", tt.in, got, err, tt.want, tt.ok)
		}
	}
}

func TestCodecString(t *testing.T) {
	for c, want := range map[audio.Codec]string{audio.PCMU: "PCMU", audio.PCMA: "PCMA", 18: "codec 18"} {
		if got := c.String(); got != want {
			t.Errorf("String = %q; want %q", got, want)
		}
	}
}

func BenchmarkEncodeFrame(b *testing.B) {
	pcm, frame := everySample()[:audio.FrameSamples], make([]byte, audio.FrameSamples)
	b.ReportAllocs()
	for b.Loop() {
		audio.PCMA.Encode(frame, pcm)
	}
}

func BenchmarkTranscodeFrame(b *testing.B) {
	frame := make([]byte, audio.FrameSamples)
	b.ReportAllocs()
	for b.Loop() {
		audio.Transcode(frame, frame, audio.PCMA, audio.PCMU)
	}
}
