package audio_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"careline/audio"
)

func TestClip(t *testing.T) {
	pcm := everySample()[:16000]
	c := audio.NewClip(pcm)
	pcm[0] = 99 // the clip keeps its own
	if c.PCM()[0] != 0 || c.Samples() != 16000 || c.Duration() != 2*time.Second {
		t.Errorf("clip begins with %d, %d samples, %v", c.PCM()[0], c.Samples(), c.Duration())
	}
	for codec := range laws {
		if !bytes.Equal(c.Encoded(codec), encode(codec, c.PCM())) {
			t.Errorf("%v is not the clip's sound", codec)
		}
	}
}

func TestReadClipNamesTheChunk(t *testing.T) {
	_, err := audio.ReadClip(strings.NewReader("RIFF"))
	if err == nil || !strings.Contains(err.Error(), `"RIFF" chunk`) {
		t.Errorf("ReadClip = %v; want it to name the chunk", err)
	}
}

func threeClips() []*audio.Clip {
	s := everySample()
	return []*audio.Clip{audio.NewClip(s[1000:1250]), audio.NewClip(nil), audio.NewClip(s[5000:5001]), audio.NewClip(s[9000:9400])}
}

func TestPlaylistHasNoGaps(t *testing.T) {
	clips := threeClips()
	want := audio.Join(clips...)
	for codec := range laws {
		list, frame := audio.NewPlaylist(clips...), make([]byte, audio.FrameSamples)
		var got []byte
		for {
			before := list.Remaining()
			n := list.Read(frame, codec)
			if n == 0 {
				break
			}
			if n < len(frame) && list.Remaining() > 0 || before-n != list.Remaining() {
				t.Fatalf("read %d with %d of %d remaining", n, list.Remaining(), before)
			}
			got = append(got, frame[:n]...)
		}
		if !bytes.Equal(got, want.Encoded(codec)) {
			t.Errorf("%v: read %d bytes, which are not the %d of the clips joined", codec, len(got), want.Samples())
		}
	}
}

func TestPlaylistSkip(t *testing.T) {
	clips := threeClips()
	whole := audio.Join(clips...).Encoded(audio.PCMU)
	for n := range len(whole) + 3 {
		list, rest := audio.NewPlaylist(clips...), make([]byte, len(whole))
		list.Skip(n)
		k := list.Read(rest, audio.PCMU)
		if !slices.Equal(rest[:k], whole[min(n, len(whole)):]) {
			t.Fatalf("after %d skipped: %d bytes, not the rest", n, k)
		}
	}
}

func BenchmarkPlaylistRead(b *testing.B) {
	clip, frame := audio.NewClip(make([]int16, 80000)), make([]byte, audio.FrameSamples)
	list := audio.NewPlaylist(clip)
	b.ReportAllocs()
	for b.Loop() {
		if list.Read(frame, audio.PCMA) == 0 {
			list = audio.NewPlaylist(clip)
		}
	}
}
