package people

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"careline/audio"
	"careline/sim/diary"
)

// ErrEnded says that the network does not run any more.
var ErrEnded = errors.New("the telephone network has ended")

// Network is the telephone network in a box.
type Network struct {
	o       Options
	lib     *library
	diary   *diary.Book[Entry]
	records *records
	carrier *station
	known   map[string]Subscriber
	readers sync.WaitGroup
	ended   chan struct{}
	service atomic.Pointer[string]
	inbox   inbox

	// Of the loop:
	frame    int64 // of the clock
	legs     int   // begun
	stations []*station
	online   map[string]*leg // by number
	rings    map[string]int  // calls to a number
	placed   map[string]int  // calls from a number
	cast     cast
}

// inbox holds what the loop shall do. It never blocks who puts something in.
type inbox struct {
	mu   sync.Mutex
	work []func()
	wake chan struct{}
}

// New opens the carrier's socket and learns the book.
func New(o Options) (*Network, error) {
	o = o.withDefaults()
	lib, err := newLibrary(o.Book)
	if err != nil {
		return nil, fmt.Errorf("learn the book: %w", err)
	}
	n := &Network{
		o: o, lib: lib, diary: newDiary(o), records: newRecords(o), known: map[string]Subscriber{}, ended: make(chan struct{}),
		online: map[string]*leg{}, rings: map[string]int{}, placed: map[string]int{},
		inbox: inbox{wake: make(chan struct{}, 1)},
	}
	for _, s := range o.Subscribers {
		n.known[s.Number] = s
	}
	n.SetService(o.Service)
	if n.carrier, err = n.newStation(o.Listen, nil); err != nil {
		return nil, fmt.Errorf("open the carrier: %w", err)
	}
	n.stations = []*station{n.carrier}
	return n, nil
}

// Addr is the carrier's SIP address, host:port.
func (n *Network) Addr() string { return n.carrier.sock.addr.String() }

// SetService changes where subscribers' and phones' calls go, host:port.
func (n *Network) SetService(addr string) { n.service.Store(&addr) }

// Run lets the network live until ctx ends; then calls that are up get a BYE
// and everything is closed. It can run once.
func (n *Network) Run(ctx context.Context) error {
	n.readers.Go(n.carrier.serve)
	n.loop(ctx)
	for _, st := range n.stations {
		for _, l := range st.legs {
			l.leave(time.Now(), "the network ends")
		}
		st.close("the network ends")
	}
	close(n.ended)
	n.readers.Wait()
	return nil
}

// loop is the clock and the only place where calls change.
func (n *Network) loop(ctx context.Context) {
	start := time.Now()
	clock := time.NewTimer(0)
	defer clock.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.inbox.wake:
			for _, f := range n.inbox.take() {
				f()
			}
		case now := <-clock.C:
			n.frame = int64(now.Sub(start) / audio.FrameDuration)
			for _, st := range n.stations {
				st.tick(now)
			}
			clock.Reset(time.Until(start.Add(time.Duration(n.frame+1) * audio.FrameDuration)))
		}
	}
}

// post gives the loop something to do.
func (n *Network) post(f func()) {
	n.inbox.mu.Lock()
	n.inbox.work = append(n.inbox.work, f)
	n.inbox.mu.Unlock()
	select {
	case n.inbox.wake <- struct{}{}:
	default:
	}
}

func (b *inbox) take() []func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	work := b.work
	b.work = nil
	return work
}

// do lets the loop do something and waits for it.
func (n *Network) do(ctx context.Context, f func()) error {
	done := make(chan struct{})
	n.post(func() { f(); close(done) })
	select {
	case <-done:
		return nil
	case <-n.ended:
		return ErrEnded
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ring counts a call to a number.
func (n *Network) ring(number string) int {
	n.rings[number]++
	return n.rings[number]
}

func (n *Network) subscriber(number string) Subscriber {
	if s, ok := n.known[number]; ok {
		return s
	}
	return Subscriber{Number: number}
}

// Up is how many legs are on the line now, phones included.
func (n *Network) Up() int {
	n.records.mu.Lock()
	defer n.records.mu.Unlock()
	count := 0
	for _, r := range n.records.all {
		if !r.leg.Answered.IsZero() && r.leg.Ended.IsZero() {
			count++
		}
	}
	return count
}
