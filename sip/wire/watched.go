package wire

import (
	"os"
	"sync"
	"time"
)

// watched is what some files say, read anew once they have changed.
type watched[T any] struct {
	files []string
	read  func() (T, error)
	log   func(error)

	mu    sync.Mutex
	value T
	seen  []time.Time // when the files were changed last
}

// watch reads files for the first time.
func watch[T any](files []string, log func(error), read func() (T, error)) (*watched[T], error) {
	w := &watched[T]{files: files, read: read, log: log}
	w.seen = w.changed()
	var err error
	w.value, err = read()
	return w, err
}

// changed returns when the files were changed last.
func (w *watched[T]) changed() []time.Time {
	at := make([]time.Time, len(w.files))
	for i, f := range w.files {
		if info, err := os.Stat(f); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}

// get returns what the files say. While they are broken, as when one of two is
// written, it is what they said before.
func (w *watched[T]) get() T {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := w.changed()
	same := true
	for i := range at {
		same = same && at[i].Equal(w.seen[i])
	}
	if same {
		return w.value
	}
	w.seen = at
	value, err := w.read()
	if err != nil {
		w.log(err)
		return w.value
	}
	w.value = value
	return value
}
