package media

import (
	"cmp"
	"context"
	"runtime"
	"sync"
	"time"

	"careline/audio"
)

// Interval is the time from one deadline of the clock to the next.
const Interval = audio.FrameDuration

// maxCatchUp is how many deadlines are kept at once when the clock comes late.
// Those before them are skipped: sound that is late is of no use, and a long
// burst upsets the listener's jitter buffer.
const maxCatchUp = 3

// TooLate is the lateness from which a frame is counted as late.
const TooLate = 30 * time.Millisecond

// Stream is what a Clock drives.
type Stream interface {
	// Tick is called at each deadline, or some time after it. Deadlines are
	// Interval apart unless some were skipped. It must not block.
	Tick(due time.Time)
}

// ClockOptions tune a Clock. The zero value is ready to use.
type ClockOptions struct {
	Shards int // goroutines that share the streams; 0, or more than GOMAXPROCS, means GOMAXPROCS
}

func (o ClockOptions) withDefaults() ClockOptions {
	procs := runtime.GOMAXPROCS(0)
	o.Shards = min(cmp.Or(o.Shards, procs), procs)
	return o
}

// Clock drives all streams of a node from a few tickers with absolute
// deadlines, so that no stream slows down however late a wake-up comes. A clock
// without streams sleeps.
type Clock struct {
	shards []*shard

	mu    sync.Mutex
	where map[Stream]*shard
}

// NewClock makes a clock, which stands still until Run.
func NewClock(o ClockOptions) *Clock {
	o = o.withDefaults()
	c := &Clock{where: map[Stream]*shard{}}
	for range o.Shards {
		c.shards = append(c.shards, newShard())
	}
	return c
}

// Run drives the streams until ctx ends, and returns its cause.
func (c *Clock) Run(ctx context.Context) error {
	start := time.Now()
	var wg sync.WaitGroup
	for i, s := range c.shards {
		offset := time.Duration(i) * Interval / time.Duration(len(c.shards)) // shards take turns
		wg.Go(func() { s.run(ctx, start.Add(offset)) })
	}
	wg.Wait()
	return context.Cause(ctx)
}

// Add has the stream driven, until Remove.
func (c *Clock) Add(st Stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.where[st] != nil {
		return
	}
	least := c.shards[0]
	for _, s := range c.shards[1:] {
		if s.size() < least.size() {
			least = s
		}
	}
	least.add(st)
	c.where[st] = least
}

// Remove stops driving the stream. One Tick that is under way may still end
// after Remove has returned.
func (c *Clock) Remove(st Stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.where[st]; s != nil {
		s.remove(st)
		delete(c.where, st)
	}
}

// ClockStats are the figures of a clock since its start.
type ClockStats struct {
	Streams int           // driven now
	Ticks   uint64        // calls of Tick
	Late    uint64        // of these, begun more than TooLate after their deadline
	Skipped uint64        // calls of Tick that were left out
	Worst   time.Duration // greatest lateness of a deadline that was kept
}

// Stats are the figures so far.
func (c *Clock) Stats() ClockStats {
	var sum ClockStats
	for _, s := range c.shards {
		sum.Streams += s.size()
		sum.Ticks += s.ticks.Load()
		sum.Late += s.late.Load()
		sum.Skipped += s.skipped.Load()
		sum.Worst = max(sum.Worst, time.Duration(s.worst.Load()))
	}
	return sum
}
