package audio_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"careline/audio"
)

const second = time.Second

func tone(level float64, d time.Duration) []int16 {
	return audio.Tone{Hz: []float64{1000}, Level: level}.PCM(d)
}

func silence(d time.Duration) []int16 { return make([]int16, audio.Samples(d)) }

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

func TestLevel(t *testing.T) {
	for _, want := range []float64{0, -3, -19, -40, -60} {
		if got := audio.Level(tone(want, second)); !near(got, want, 0.05) {
			t.Errorf("Level of a sine at %v dBm0 = %.2f", want, got)
		}
		if got := audio.Peak(tone(want, second)); !near(got, want, 0.2) {
			t.Errorf("Peak of a sine at %v dBm0 = %.2f", want, got)
		}
	}
	if got := audio.Level([]int16{2600, -2600}); !near(got, audio.PromptLevel, 0.01) {
		t.Errorf("an RMS of 2600 is %.2f dBm0; want %v", got, audio.PromptLevel)
	}
	for _, pcm := range [][]int16{nil, silence(second)} {
		if got := audio.Level(pcm); !math.IsInf(got, -1) {
			t.Errorf("Level of silence = %v", got)
		}
		if got := audio.ActiveLevel(pcm); !math.IsInf(got, -1) {
			t.Errorf("ActiveLevel of silence = %v", got)
		}
	}
}

func TestActiveLevelLeavesPausesOut(t *testing.T) {
	for _, level := range []float64{-6, -19, -30, -50} {
		talk := tone(level, 2*second)
		for name, pcm := range map[string][]int16{
			"alone":              talk,
			"then silence":       slices.Concat(talk, silence(4*second)),
			"after silence":      slices.Concat(silence(4*second), talk),
			"silence in between": slices.Concat(talk, silence(3*second), talk),
			"over a quiet room":  slices.Concat(talk, tone(level-35, 6*second)),
		} {
			if got := audio.ActiveLevel(pcm); !near(got, level, 0.7) {
				t.Errorf("%v dBm0 %s: %.2f", level, name, got)
			}
		}
	}
}

func TestActiveLevelCountsShortPauses(t *testing.T) {
	var pcm []int16
	for range 20 {
		pcm = slices.Concat(pcm, tone(-19, 100*time.Millisecond), silence(100*time.Millisecond))
	}
	if got := audio.ActiveLevel(pcm); !near(got, -22, 0.3) {
		t.Errorf("half of it short pauses: %.2f; want -22", got)
	}
}

func TestNormalise(t *testing.T) {
	for _, from := range []float64{-50, -30, -19, -6, 0} {
		in := slices.Concat(tone(from, second), silence(second), tone(from-6, second))
		out := audio.Normalise(in, audio.PromptLevel)
		if got := audio.ActiveLevel(out); !near(got, audio.PromptLevel, 0.1) {
			t.Errorf("from %v dBm0: %.2f", from, got)
		}
	}
}

// A click of full scale in quiet speech would, scaled with it, be far over.
func TestNormaliseHoldsPeaks(t *testing.T) {
	in := tone(-30, 2*second)
	for i := 4000; i < 4020; i++ {
		in[i] = 30000
	}
	out := audio.Normalise(in, audio.PromptLevel)
	if got := audio.Peak(out); got > audio.MaxPeak {
		t.Errorf("peak %.2f dBm0; want at most %v", got, audio.MaxPeak)
	}
	if got := audio.ActiveLevel(out); !near(got, audio.PromptLevel, 0.2) {
		t.Errorf("active level %.2f; want %v", got, audio.PromptLevel)
	}
	if got := audio.ActiveLevel(out[8000:]); !near(got, audio.PromptLevel, 0.5) {
		t.Errorf("a second after the peak %.2f; want %v", got, audio.PromptLevel)
	}
}

func TestNormaliseSilence(t *testing.T) {
	if got := audio.Normalise(silence(second), -19); audio.Peak(got) > -90 || len(got) != 8000 {
		t.Errorf("silence becomes %d samples with a peak of %v", len(got), audio.Peak(got))
	}
}

func TestTrim(t *testing.T) {
	talk := tone(-19, second)
	in := slices.Concat(tone(-75, second), talk, tone(-70, 3*second))
	got := audio.Duration(len(audio.Trim(in)))
	if want := second + 50*time.Millisecond; got < want-10*time.Millisecond || got > want+10*time.Millisecond {
		t.Errorf("trimmed to %v; want %v", got, want)
	}
	if got := audio.Trim(silence(second)); len(got) != 0 {
		t.Errorf("silence trimmed to %d samples; want none", len(got))
	}
	if got := audio.Trim(talk); len(got) != len(talk) {
		t.Errorf("speech without silence lost %d samples", len(talk)-len(got))
	}
}

func TestBandLimit(t *testing.T) {
	for _, tt := range []struct{ hz, least, most float64 }{
		{50, -200, -40}, {150, -200, -25}, {400, -0.5, 0.1}, {1000, -0.1, 0.1}, {3200, -0.5, 0.1}, {3700, -200, -35},
	} {
		in := audio.Tone{Hz: []float64{tt.hz}, Level: -10, Fade: 50 * time.Millisecond}.PCM(second)
		out := audio.BandLimit(in)
		if got := audio.Level(out[2000:6000]) + 10; got < tt.least || got > tt.most || len(out) != len(in) {
			t.Errorf("%v Hz: %.1f dB in %d samples; want %v to %v", tt.hz, got, len(out), tt.least, tt.most)
		}
	}
}

func TestPrepare(t *testing.T) {
	in := slices.Concat(silence(second), tone(-40, second), silence(second))
	out := audio.Prepare(in)
	if d := audio.Duration(len(out)); d < second || d > 1100*time.Millisecond {
		t.Errorf("prepared to %v", d)
	}
	if got := audio.ActiveLevel(out); !near(got, audio.PromptLevel, 0.3) {
		t.Errorf("prepared to %.2f dBm0; want %v", got, audio.PromptLevel)
	}
	if out[0] != 0 || out[len(out)-1] != 0 {
		t.Errorf("begins with %d and ends with %d; want 0, for joins without a click", out[0], out[len(out)-1])
	}
	if got := audio.Prepare(nil); len(got) != 0 {
		t.Errorf("of nothing: %d samples", len(got))
	}
}
