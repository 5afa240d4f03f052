package speech

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"
)

// layer is one prompts directory. Its indexes are read again when they have
// changed, so that what was rendered or recorded meanwhile is found.
type layer struct {
	files fs.FS

	mu      sync.Mutex
	indexes map[string]dated // by language
}

// dated is an index and what its file looked like when it was read.
type dated struct {
	idx     index
	size    int64
	changed time.Time
}

// find says which file of the layer says text.
func (l *layer) find(lang, text string) (entry, bool, error) {
	info, err := fs.Stat(l.files, lang+"/"+indexName)
	if errors.Is(err, fs.ErrNotExist) {
		return entry{}, false, nil
	}
	if err != nil {
		return entry{}, false, fmt.Errorf("look at the prompt index of %s: %w", lang, err)
	}
	idx, err := l.index(lang, info)
	e, ok := idx[text]
	return e, ok, err
}

func (l *layer) index(lang string, info fs.FileInfo) (index, error) {
	l.mu.Lock()
	known, ok := l.indexes[lang]
	l.mu.Unlock()
	if ok && known.size == info.Size() && known.changed.Equal(info.ModTime()) {
		return known.idx, nil
	}
	idx, err := openIndex(l.files, lang)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.indexes[lang] = dated{idx: idx, size: info.Size(), changed: info.ModTime()}
	l.mu.Unlock()
	return idx, nil
}
