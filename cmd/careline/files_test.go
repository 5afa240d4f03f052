package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careline/audio"
)

// writeFile writes a file below a folder and returns its path.
func writeFile(tb testing.TB, dir, name, text string) string {
	tb.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// noise is sound that is like no other.
func noise(seed, kind uint64, lasts time.Duration) []int16 {
	dice := rand.New(rand.NewPCG(seed, kind))
	pcm := make([]int16, audio.Samples(lasts))
	for i := range pcm {
		pcm[i] = int16(dice.NormFloat64() * 3000)
	}
	return audio.BandLimit(pcm)
}

// wavText is a WAV file of samples at 8000 Hz.
func wavText(tb testing.TB, pcm []int16) string {
	tb.Helper()
	var b strings.Builder
	if err := audio.WriteWAV(&b, audio.Sound{Rate: audio.Rate, Channels: 1, Samples: pcm}, audio.PCM16); err != nil {
		tb.Fatal("write a recording:", err)
	}
	return b.String()
}
