package dialog

import "sync"

// crew counts the goroutines that an endpoint has started, so that Run can wait
// for them. Unlike a WaitGroup it may be joined while it is being waited for.
type crew struct {
	mu     sync.Mutex
	idle   sync.Cond
	n      int
	closed bool
}

func newCrew() *crew {
	c := &crew{}
	c.idle.L = &c.mu
	return c
}

// join reports false when the endpoint is closing.
func (c *crew) join() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
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

func (c *crew) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

func (c *crew) isShut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

func (c *crew) wait() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.n > 0 {
		c.idle.Wait()
	}
}
