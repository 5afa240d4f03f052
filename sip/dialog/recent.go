package dialog

import (
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// mostRecent bounds a generation of a recent: it ends early when it has so many.
const mostRecent = 1 << 18

// recent remembers things for 64*T1, in which a message of theirs may be under
// way, and for no longer than twice that. When nothing is added it holds nothing
// in the end. The zero value is ready to use.
type recent[K comparable, V any] struct {
	mu         sync.Mutex
	young, old map[K]V
	turning    *time.Timer // when the generation ends; nil: nothing is held
}

func (r *recent[K, V]) get(key K) (v V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok = r.young[key]; !ok {
		v, ok = r.old[key]
	}
	return v, ok
}

func (r *recent[K, V]) put(key K, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.young) >= mostRecent {
		r.old, r.young = r.young, nil
	}
	if r.young == nil {
		r.young = make(map[K]V)
	}
	if r.young[key] = v; r.turning == nil {
		r.turning = time.AfterFunc(64*sipmsg.T1, r.turn)
	}
}

// turn ends a generation.
func (r *recent[K, V]) turn() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.old, r.young, r.turning = r.young, nil, nil
	if r.old != nil {
		r.turning = time.AfterFunc(64*sipmsg.T1, r.turn)
	}
}
