package wire

import (
	"sync"
	"time"
)

// crew counts the goroutines that a wire has started, so that Close can wait for
// them. Unlike a WaitGroup it may be joined while it is being waited for.
// Goroutines that are through stay for a moment: their stacks have grown to what
// a message needs, which is dear to do anew for each.
type crew struct {
	spare   chan func()
	mu      sync.Mutex
	idle    sync.Cond
	n       int
	closing chan struct{} // closed by shut
}

func newCrew() *crew {
	c := &crew{spare: make(chan func()), closing: make(chan struct{})}
	c.idle.L = &c.mu
	return c
}

// send runs work in a goroutine of its own, and reports false when the wire is
// closing.
func (c *crew) send(work func()) bool {
	if !c.join() {
		return false
	}
	select {
	case c.spare <- work:
	default:
		go c.work(work)
	}
	return true
}

// Go runs work in a goroutine of its own, which Close waits for, and reports false
// when the wire is closing.
func (w *Wire) Go(work func()) bool { return w.crew.send(work) }

// Closing returns what is closed when the wire is closing.
func (w *Wire) Closing() <-chan struct{} { return w.crew.closing }

// spareTime is how long a goroutine stays without work.
const spareTime = time.Second

// work does one thing after another.
func (c *crew) work(next func()) {
	for next != nil {
		c.do(next)
		next = c.await()
	}
}

func (c *crew) do(work func()) {
	defer c.leave()
	work()
}

// await returns the next thing to do; nil when it is time to go.
func (c *crew) await() func() {
	t := time.NewTimer(spareTime)
	defer t.Stop()
	select {
	case next := <-c.spare:
		return next
	case <-t.C:
	case <-c.closing:
	}
	return nil
}

// join reports false when the wire is closing.
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
