package sip

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"careline/audio"
	"careline/ivr"
)

// errShelfFull is returned where messages take up as much of the disk as they may.
var errShelfFull = errors.New("messages take up all the room that they may")

// shelf is the directory that callers' messages are kept in.
type shelf struct {
	dir  string
	most int64 // bytes

	mu      sync.Mutex
	used    int64 // with what is promised
	counted time.Time
}

// recount is how long a full shelf is believed to be full: others take messages
// off it.
const recount = 10 * time.Second

// openShelf makes the directory, and looks what is in it. Without a name there is
// none: nil.
func openShelf(dir string, most int64) (*shelf, error) {
	if dir == "" {
		return nil, nil //nolint:nilnil // no shelf is a choice
	}
	if err := makeShelf(dir); err != nil {
		return nil, err
	}
	s := &shelf{dir: dir, most: most}
	return s, s.count(time.Now())
}

// count adds up what is in the directory.
func (s *shelf) count(now time.Time) error {
	list, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("look at the messages: %w", err)
	}
	s.used, s.counted = 0, now
	for _, e := range list {
		if info, err := e.Info(); err == nil {
			s.used += info.Size()
		}
	}
	return nil
}

// promise sets room aside for a message. What is not used of it is given back
// when the message is kept or dropped.
func (s *shelf) promise(bytes int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.used+bytes > s.most && now.Sub(s.counted) >= recount {
		if err := s.count(now); err != nil {
			return err
		}
	}
	if s.used+bytes > s.most {
		return fmt.Errorf("%w: %d of %d bytes", errShelfFull, s.used, s.most)
	}
	s.used += bytes
	return nil
}

func (s *shelf) release(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = max(s.used-bytes, 0)
}

// headerRoom is more than a WAV file's header takes, and what pads its end.
const headerRoom = 64

// sheet is a message on its way to the disk.
type sheet struct {
	s        *shelf
	id       string
	file     *os.File
	promised int64
	samples  int
	err      error // the first
}

// begin opens a file for a message of at most so many samples. Until the message
// is kept the file's name says that it is not whole.
func (s *shelf) begin(most int) (*sheet, error) {
	m := &sheet{s: s, id: newID(), promised: int64(most) + headerRoom}
	if err := s.promise(m.promised); err != nil {
		return nil, err
	}
	var err error
	if m.file, err = os.OpenFile(m.part(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640); err == nil {
		_, err = m.file.Write(audio.LineWAVHeader(audio.PCMU, 0))
	}
	if err != nil {
		m.drop()
		return nil, fmt.Errorf("begin a message: %w", err)
	}
	return m, nil
}

func (m *sheet) name() string { return m.id + ".wav" }
func (m *sheet) part() string { return filepath.Join(m.s.dir, m.name()+".part") }

// write appends sound. Whether that went well is told by keep.
func (m *sheet) write(sound []byte) {
	if m.err == nil {
		_, m.err = m.file.Write(sound)
		m.samples += len(sound)
	}
}

// cut leaves no more than so many samples.
func (m *sheet) cut(samples int) {
	if m.err != nil || samples < 0 || samples >= m.samples {
		return
	}
	m.samples = samples
	end := int64(len(audio.LineWAVHeader(audio.PCMU, 0)) + samples)
	if m.err = m.file.Truncate(end); m.err == nil {
		_, m.err = m.file.Seek(end, io.SeekStart)
	}
}

// keep completes the message: when it returns nil the whole file, and its name,
// are on disk for good.
func (m *sheet) keep(c audio.Codec) (ivr.Message, error) {
	samples := m.samples
	m.write(make([]byte, samples%2))
	m.samples = samples
	if err := errors.Join(m.err, m.settle(c)); err != nil {
		m.drop()
		return ivr.Message{}, fmt.Errorf("keep a message: %w", err)
	}
	header := len(audio.LineWAVHeader(c, m.samples))
	bytes := int64(header + m.samples + m.samples%2)
	m.s.release(m.promised - bytes)
	return ivr.Message{ID: m.id, Length: audio.Duration(m.samples), File: m.name(), Bytes: bytes}, nil
}

// settle writes the header that tells the length, waits for the disk, and gives
// the file its name.
func (m *sheet) settle(c audio.Codec) error {
	_, err := m.file.WriteAt(audio.LineWAVHeader(c, m.samples), 0)
	if err = errors.Join(err, m.file.Sync(), m.file.Close()); err != nil {
		return err
	}
	if err = os.Rename(m.part(), filepath.Join(m.s.dir, m.name())); err != nil {
		return err
	}
	return syncDir(m.s.dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// drop forgets the message.
func (m *sheet) drop() {
	m.s.release(m.promised)
	if m.file != nil {
		_ = m.file.Close() // it may be closed already
		_ = os.Remove(m.part())
	}
}
