package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"careline/audio"
	"careline/audio/progress"
)

// openAnnouncements reads the recordings of networks' announcements from a
// directory: WAV files named by class, as 3-vacant.wav. Without one there are
// none.
func openAnnouncements(dir string) (*progress.Library, error) {
	if dir == "" {
		return nil, nil //nolint:nilnil // no library is one that knows nothing
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read announcements: %w", err)
	}
	l := &progress.Library{}
	for _, f := range files {
		if !strings.EqualFold(filepath.Ext(f.Name()), ".wav") {
			continue
		}
		class, _, named := strings.Cut(f.Name(), "-")
		if n, bad := strconv.Atoi(class); bad != nil || !named || n < 1 {
			return nil, fmt.Errorf("%s: the name does not begin with a class, as 3-vacant.wav", filepath.Join(dir, f.Name()))
		}
		if err := addAnnouncement(l, class, filepath.Join(dir, f.Name())); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// addAnnouncement adds one file.
func addAnnouncement(l *progress.Library, class, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read an announcement: %w", err)
	}
	defer file.Close()
	s, err := audio.ReadWAV(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if s.Channels != 1 {
		return fmt.Errorf("%s: has %d channels; one is wanted", path, s.Channels)
	}
	if err := l.Add(progress.Announcement(class), audio.Resample(s.Samples, s.Rate, audio.Rate)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
