package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
)

// errJournalFull is the cause of a write that neither the database nor the
// journal takes.
var errJournalFull = errors.New("the journal is full")

// journal is a file, reserved beforehand, that takes writes while the database
// does not. An append is on disk when it returns; what was taken over by the
// database is forgotten by beginning a new generation.
type journal struct {
	path string
	held atomic.Bool // entries wait

	mu      sync.Mutex // held while the file is written: appends come one after another
	f       *os.File
	size    int64
	gen     uint64
	end     int64    // where the next record goes
	entries [][]byte // that wait, oldest first
}

// openJournal opens or creates a journal of at least size bytes and reads what
// it holds.
func openJournal(path string, size int) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	j := &journal{path: path, f: f}
	if err := j.load(int64(size)); err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", path, err), f.Close())
	}
	return j, nil
}

func (j *journal) load(size int64) error {
	if err := syscall.Flock(int(j.f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("it is in use by another process; give this node a file of its own: %w", err)
	}
	content, err := io.ReadAll(j.f)
	if err != nil {
		return err
	}
	if j.gen, j.entries, j.end, err = parseJournal(content); err != nil {
		return err
	}
	if err := j.reserve(int64(len(content)), size); err != nil {
		return fmt.Errorf("reserve %d bytes: %w", size, err)
	}
	j.held.Store(len(j.entries) > 0)
	if j.gen == 0 {
		return j.renew()
	}
	return nil
}

// reserve fills the file up with zeros, so that a full disk does not matter
// later.
func (j *journal) reserve(have, want int64) error {
	j.size = max(have, want)
	block := make([]byte, 1<<16)
	for at := have; at < want; {
		n, err := j.f.WriteAt(block[:min(int64(len(block)), want-at)], at)
		if err != nil {
			return err
		}
		at += int64(n)
	}
	if have >= want {
		return nil
	}
	return errors.Join(j.f.Sync(), syncFolder(filepath.Dir(j.path)))
}

// syncFolder makes a new file's name last.
func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// holding tells whether entries wait.
func (j *journal) holding() bool { return j != nil && j.held.Load() }

// append stores an entry.
func (j *journal) append(entry []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	record := appendRecord(nil, j.gen, entry)
	if j.end+int64(len(record)) > j.size {
		return errJournalFull
	}
	if _, err := j.f.WriteAt(record, j.end); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	if err := j.f.Sync(); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	j.end += int64(len(record))
	j.entries = append(j.entries, entry)
	j.held.Store(true)
	return nil
}

// waiting returns at most n of the entries that wait, oldest first.
func (j *journal) waiting(n int) [][]byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.entries[:min(n, len(j.entries))]
}

// taken forgets the n oldest entries, which the database has now. An entry that
// is forgotten in memory alone is replayed after a crash, which does no harm.
func (j *journal) taken(n int) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = j.entries[n:]
	if len(j.entries) > 0 {
		return nil
	}
	j.entries = nil
	j.held.Store(false)
	return j.renew()
}

// renew begins a generation, which no record in the file belongs to. The two
// headers are written in turn, so that one of them is whole at any time.
func (j *journal) renew() error {
	at := int64((j.gen + 1) % 2 * headerSpacing)
	if _, err := j.f.WriteAt(appendHeader(nil, j.gen+1), at); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	if err := j.f.Sync(); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	j.gen++
	j.end = firstRecord
	return nil
}

// count returns how many entries wait.
func (j *journal) count() int {
	if j == nil {
		return 0
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.entries)
}

// setAside keeps an entry that the database refuses for good, beside the
// journal, for a person to look at.
func (j *journal) setAside(entry []byte) error {
	f, err := os.OpenFile(j.path+".rejected", os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("set an entry of the journal aside: %w", err)
	}
	_, err = f.Write(append(entry, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return j.f.Close()
}

// The layout of a journal file: two headers, then records.
const (
	headerSpacing = 512  // a disk's sector, so that a torn write spoils one header only
	firstRecord   = 4096 // where the records begin
	headerBytes   = 20   // magic, generation, checksum
	recordBytes   = 8    // length and checksum, before the entry
)

// journalMagic begins each header.
const journalMagic = "CLJRNL01"

var big = binary.BigEndian
