package phone

import "sync"

// mostKept is how many numbers a memory remembers, at most twice as many.
const mostKept = 1 << 15

// memory holds what was found out about numbers of late, in two generations. It
// may be used by many goroutines at once.
type memory[V any] struct {
	mu       sync.Mutex
	now, old map[Number]V
}

// of returns what is remembered of a number, or finds it out.
func (m *memory[V]) of(n Number, find func(Number) V) V {
	m.mu.Lock()
	v, there := m.now[n]
	fresh := there
	if !there {
		v, there = m.old[n]
	}
	m.mu.Unlock()
	switch {
	case fresh:
		return v
	case !there:
		v = find(n)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now == nil || len(m.now) >= mostKept {
		m.now, m.old = map[Number]V{}, m.now
	}
	m.now[n] = v
	return v
}
