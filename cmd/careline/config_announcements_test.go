package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careline/audio"
)

// put writes a WAV file of noise, so long.
func put(t *testing.T, dir, name string, d time.Duration, channels int) {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	pcm := audio.Tone{Hz: []float64{500, 900}, Level: -12}.PCM(d * time.Duration(channels))
	if err := audio.WriteWAV(file, audio.Sound{Rate: audio.Rate, Channels: channels, Samples: pcm}, audio.PCM16); err != nil {
		t.Fatal(err)
	}
}

func TestAnnouncements(t *testing.T) {
	good := t.TempDir()
	put(t, good, "3-vacant.wav", 3*time.Second, 1)
	put(t, good, "12-reminder.WAV", 4*time.Second, 1)
	if err := os.WriteFile(filepath.Join(good, "README"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := openAnnouncements(good); err != nil || l == nil {
		t.Errorf("openAnnouncements = %v, %v; want a library", l, err)
	}
	if l, err := openAnnouncements(""); err != nil || l != nil {
		t.Errorf("openAnnouncements without a directory = %v, %v; want none", l, err)
	}
	for name, want := range map[string]string{
		"vacant.wav": "does not begin with a class, as 3-vacant.wav", "3-short.wav": "shorter than", "2-stereo.wav": "has 2 channels",
	} {
		dir := t.TempDir()
		length, channels := 3*time.Second, 1
		if strings.Contains(name, "short") {
			length = time.Second
		}
		if strings.Contains(name, "stereo") {
			channels = 2
		}
		put(t, dir, name, length, channels)
		if _, err := openAnnouncements(dir); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v; want its name and %q", name, err, want)
		}
	}
	if _, err := openAnnouncements(filepath.Join(good, "nowhere")); err == nil {
		t.Error("a directory that is not there was read")
	}
}
