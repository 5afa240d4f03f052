package wire

import (
	"sync"
	"time"
)

// notes keeps the log from being flooded by those who send nonsense.
type notes struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// noteEvery is how often one kind of trouble with one source is logged;
// mostNoted is how many are told apart.
const (
	noteEvery = time.Minute
	mostNoted = 1024
)

func newNotes() *notes { return &notes{last: make(map[string]time.Time)} }

// due reports whether key may be logged now.
func (n *notes) due(key string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if last, ok := n.last[key]; ok && now.Sub(last) < noteEvery {
		return false
	}
	if len(n.last) >= mostNoted {
		clear(n.last)
	}
	n.last[key] = now
	return true
}

// Due reports whether trouble of a kind may be logged now: key names the kind, and
// with whom.
func (w *Wire) Due(key string, now time.Time) bool { return w.notes.due(key, now) }
