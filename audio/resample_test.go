package audio_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"careline/audio"
)

// noise is a second of noise between low and high, made by sox at rate.
func noise(t *testing.T, rate int, band string) []int16 {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	pcm := make([]int16, rate)
	for i := range pcm {
		pcm[i] = int16(r.NormFloat64() * 4000)
	}
	args := append(raw("signed", "16", strconv.Itoa(rate)), raw("signed", "16", strconv.Itoa(rate))[1:]...)
	return fromBytes(sox(t, toBytes(pcm), append(args, "sinc", band)...))
}

// apart is how far b is below a where they should be equal, in dB, edges left
// out.
func apart(a, b []int16) float64 {
	var signal, noise float64
	for i := 400; i < min(len(a), len(b))-400; i++ {
		signal += float64(a[i]) * float64(a[i])
		noise += (float64(a[i]) - float64(b[i])) * (float64(a[i]) - float64(b[i]))
	}
	return 10 * math.Log10(signal/max(noise, 1))
}

func TestResampleIsSox(t *testing.T) {
	for _, rate := range []int{7993, 11025, 16000, 22050, 24000, 32000, 44100, 48000} {
		pcm := noise(t, rate, "100-2800")
		to8k := append(raw("signed", "16", strconv.Itoa(rate)), raw("signed", "16", "8000")[1:]...)
		want := fromBytes(sox(t, toBytes(pcm), append(to8k, "rate", "-v")...))
		got := audio.Resample(pcm, rate, audio.Rate)
		if len(got) < len(want)-1 || len(got) > len(want)+1 {
			t.Errorf("%d Hz: %d samples; sox makes %d", rate, len(got), len(want))
		}
		if db := apart(want, got); db < 55 {
			t.Errorf("%d Hz: %.1f dB from sox; want at least 55", rate, db)
		}
	}
}

func TestResampleKeepsOutWhatDoesNotFit(t *testing.T) {
	for _, rate := range []int{16000, 22050, 48000} {
		for _, hz := range []float64{4300, 5000, 7500} {
			pcm := swell(rate, hz)
			if db := audio.Level(audio.Resample(pcm, rate, audio.Rate)) - audio.Level(pcm); db > -70 {
				t.Errorf("%d Hz: a tone of %v Hz is only %.1f dB down", rate, hz, db)
			}
		}
	}
}

// swell is a second of a tone that rises from nothing and falls back, so that
// it has no edges that would sound at other frequencies.
func swell(rate int, hz float64) []int16 {
	pcm := make([]int16, rate)
	for i := range pcm {
		at := float64(i) / float64(rate)
		pcm[i] = int16(30000 * math.Sin(math.Pi*at) * math.Sin(math.Pi*at) * math.Sin(2*math.Pi*hz*at))
	}
	return pcm
}

func TestResampleUp(t *testing.T) {
	tone := audio.Tone{Hz: []float64{1000}, Level: -10}.PCM(second)
	got := audio.Resample(audio.Resample(tone, audio.Rate, 44100), 44100, audio.Rate)
	if db := apart(tone, got); len(got) != len(tone) || db < 55 {
		t.Errorf("there and back: %d samples, %.1f dB from the first", len(got), db)
	}
}

func TestResampleOddCases(t *testing.T) {
	if got := audio.Resample(nil, 48000, 8000); len(got) != 0 {
		t.Errorf("of nothing: %d samples", len(got))
	}
	if got := audio.Resample([]int16{1, 2}, 8000, 8000); len(got) != 2 {
		t.Errorf("same rate: %d samples", len(got))
	}
	if got := audio.Resample([]int16{7000}, 48000, 8000); len(got) != 1 {
		t.Errorf("one sample: %d samples", len(got))
	}
}

func TestReadClipMakesItOfTheLine(t *testing.T) {
	pcm := repeat(noise(t, 48000, "100-3000"), 2)
	var b bytes.Buffer
	if err := audio.WriteWAV(&b, audio.Sound{Rate: 48000, Channels: 2, Samples: pcm}, audio.PCM16); err != nil {
		t.Fatal(err)
	}
	c, err := audio.ReadClip(&b)
	if err != nil || c.Duration() != second {
		t.Fatalf("ReadClip = %v, %v; want 1s", c, err)
	}
}
