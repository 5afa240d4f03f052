package switchboard

import "sync"

// errands are things under way for which nobody waits but Run. Unlike those of a
// sync.WaitGroup more may begin while somebody waits. The zero value is ready to
// use.
type errands struct {
	mu    sync.Mutex
	under int
	idle  chan struct{} // closed when none is; nil: nobody waits
}

// Go begins one.
func (e *errands) Go(f func()) {
	e.mu.Lock()
	e.under++
	e.mu.Unlock()
	go func() {
		defer e.over()
		f()
	}()
}

func (e *errands) over() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.under--; e.under == 0 && e.idle != nil {
		close(e.idle)
		e.idle = nil
	}
}

// Wait waits until none is under way.
func (e *errands) Wait() {
	e.mu.Lock()
	if e.under == 0 {
		e.mu.Unlock()
		return
	}
	if e.idle == nil {
		e.idle = make(chan struct{})
	}
	idle := e.idle
	e.mu.Unlock()
	<-idle
}
