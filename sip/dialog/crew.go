package dialog

import "sync"

// crew counts the goroutines that an endpoint has started, so that Run can wait
// for them. Unlike a WaitGroup it may be joined while it is being waited for.
type crew struct {
	mu      sync.Mutex
	idle    sync.Cond
	n       int
	closing chan struct{} // closed by shut
}

func newCrew() *crew {
	c := &crew{closing: make(chan struct{})}
	c.idle.L = &c.mu
	return c
}

// send runs work in a goroutine of its own, and reports false when the endpoint
// is closing.
func (c *crew) send(work func()) bool {
	if !c.join() {
		return false
	}
	go func() {
		defer c.leave()
		work()
	}()
	return true
}

// join reports false when the endpoint is closing.
func (c *crew) join() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isShut() {
		return false
	}
	c.n++
	return true
}

func (c *crew) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n--
	c.idle.Broadcast()
}

func (c *crew) isShut() bool {
	select {
	case <-c.closing:
		return true
	default:
		return false
	}
}

// shut may be called once.
func (c *crew) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.closing)
}

func (c *crew) wait() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.n > 0 {
		c.idle.Wait()
	}
}
