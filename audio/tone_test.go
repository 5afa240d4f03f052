package audio_test

import (
	"math"
	"testing"
	"time"

	"careline/audio"
)

func TestTone(t *testing.T) {
	pcm := audio.Tone{Hz: []float64{770, 1336}, Level: -10}.PCM(100 * time.Millisecond)
	if len(pcm) != 800 {
		t.Errorf("%d samples; want 800", len(pcm))
	}
	for hz, want := range map[float64]float64{770: -10, 1336: -10} {
		if got := audio.Goertzel(pcm, hz); !near(got, want, 0.3) {
			t.Errorf("%v Hz at %.1f dBm0; want %v", hz, got, want)
		}
	}
	if got := audio.Goertzel(pcm, 2500); got > -40 {
		t.Errorf("2500 Hz at %.1f dBm0; want nothing there", got)
	}
}

func TestToneFades(t *testing.T) {
	pcm := audio.Tone{Hz: []float64{400}, Level: -6, Fade: 10 * time.Millisecond}.PCM(100 * time.Millisecond)
	start, middle, end := audio.Level(pcm[:40]), audio.Level(pcm[200:600]), audio.Level(pcm[760:])
	if start > middle-6 || end > middle-6 || !near(middle, -6, 0.1) {
		t.Errorf("%.1f, %.1f, %.1f dBm0 at start, middle and end", start, middle, end)
	}
}

func TestToneClips(t *testing.T) {
	pcm := audio.Tone{Hz: []float64{400, 400, 400}, Level: 0}.PCM(100 * time.Millisecond)
	if got := audio.Peak(pcm); !near(got, 0, 0.01) {
		t.Errorf("peak %.2f; want full scale, not wrapped around", got)
	}
	if got := audio.Level(pcm); got < 1 {
		t.Errorf("level %.2f; want a clipped sine", got)
	}
}

func TestGoertzelOfSilence(t *testing.T) {
	if got := audio.Goertzel(make([]int16, 205), 697); !math.IsInf(got, -1) {
		t.Errorf("Goertzel of silence = %v; want -Inf", got)
	}
}

func TestFadeShort(t *testing.T) {
	for n := range 5 {
		pcm := make([]int16, n)
		audio.Fade(pcm, time.Second)
		audio.Fade(pcm, 0)
	}
}
