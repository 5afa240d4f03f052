package trace

import (
	"bytes"
	"cmp"
	"slices"
	"sync"
	"time"
)

// Options tune a Recorder. The zero value is ready to use.
type Options struct {
	Messages int // kept of a call; 0 is 64. Of more the first half and the last ones are kept
	Bytes    int // likewise; 0 is 48 KiB
	Largest  int // bytes kept of one message; 0 is 8 KiB
	Calls    int // kept at once; 0 is 20000. Those that come when it is full have no log
	Stray    int // INVITEs at once that nobody has claimed yet; 0 is 1024
}

func (o Options) withDefaults() Options {
	o.Messages = cmp.Or(o.Messages, 64)
	o.Bytes = cmp.Or(o.Bytes, 48<<10)
	o.Largest = cmp.Or(o.Largest, 8<<10)
	o.Calls = cmp.Or(o.Calls, 20000)
	o.Stray = cmp.Or(o.Stray, 1024)
	return o
}

// Recorder keeps the messages of calls while they last. It may be used from any
// goroutine.
type Recorder struct {
	opt Options

	mu    sync.Mutex
	calls map[string]*record
	stray []string // Call-IDs in the order of their INVITEs, claimed since or not
	lost  int64
}

// record is one call's.
type record struct {
	claimed bool
	since   time.Time
	half    [2]half // the first messages, and the last ones
	omitted int
}

type half struct {
	messages []Message
	bytes    int
}

// NewRecorder makes an empty Recorder.
func NewRecorder(o Options) *Recorder {
	return &Recorder{opt: o.withDefaults(), calls: make(map[string]*record)}
}

// Note takes a message in and copies it. A call begins with an INVITE; messages
// of no call are passed over.
func (r *Recorder) Note(callID string, m Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.calls[callID]
	if c == nil {
		if !bytes.HasPrefix(m.Data, []byte("INVITE ")) {
			return
		}
		if c = r.begin(callID, m.At); c == nil {
			return
		}
		r.expect(callID)
	}
	c.add(m, r.opt)
}

// Claim says that a call is one whose messages will be taken. Until then they
// are kept for a moment only.
func (r *Recorder) Claim(callID string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.calls[callID]
	if c == nil {
		c = r.begin(callID, now)
	}
	if c != nil {
		c.claimed = true
	}
}

// begin opens a record; nil when there is no room. r.mu is held.
func (r *Recorder) begin(callID string, at time.Time) *record {
	if len(r.calls) >= r.opt.Calls {
		r.lost++
		return nil
	}
	c := &record{since: at}
	r.calls[callID] = c
	return c
}

// expect notes a call that somebody should claim, and drops the oldest that
// nobody did. r.mu is held.
func (r *Recorder) expect(callID string) {
	if len(r.stray) >= r.opt.Stray {
		r.drop(r.stray[0])
		r.stray = append(r.stray[:0], r.stray[1:]...)
	}
	r.stray = append(r.stray, callID)
}

// drop forgets a call that nobody has claimed. r.mu is held.
func (r *Recorder) drop(callID string) {
	if c := r.calls[callID]; c != nil && !c.claimed {
		delete(r.calls, callID)
	}
}

// Sweep drops what came before the time given and nobody has claimed.
func (r *Recorder) Sweep(before time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := r.stray[:0]
	for _, id := range r.stray {
		c := r.calls[id]
		switch {
		case c == nil || c.claimed:
		case c.since.Before(before):
			delete(r.calls, id)
		default:
			left = append(left, id)
		}
	}
	clear(r.stray[len(left):])
	r.stray = left
}

// Take returns what was kept of a call and forgets it.
func (r *Recorder) Take(callID string) Log {
	r.mu.Lock()
	c := r.calls[callID]
	delete(r.calls, callID)
	r.mu.Unlock()
	if c == nil {
		return Log{}
	}
	l := Log{Messages: append(c.half[0].messages, c.half[1].messages...), Omitted: c.omitted, Gap: len(c.half[0].messages)}
	slices.SortStableFunc(l.Messages, func(a, b Message) int { return a.At.Compare(b.At) })
	return l
}

// Lost counts the calls that there was no room for.
func (r *Recorder) Lost() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}

// recent is how many messages back a repeat is looked for.
const recent = 8

// mostRepeats is how many repeats of one message keep their times.
const mostRepeats = 32

// add keeps a message.
func (c *record) add(m Message, o Options) {
	if cut := len(m.Data) - o.Largest; cut > 0 {
		m.Cut, m.Data = cut, m.Data[:o.Largest]
	}
	if c.repeats(m) {
		return
	}
	m.Data = bytes.Clone(m.Data)
	first, last := &c.half[0], &c.half[1]
	if len(last.messages) == 0 && len(first.messages) < o.Messages/2 && first.bytes+len(m.Data) <= o.Bytes/2 {
		first.push(m)
		return
	}
	last.push(m)
	for len(last.messages) > 1 && (len(last.messages) > o.Messages/2 || last.bytes > o.Bytes/2) {
		last.shift()
		c.omitted++
	}
}

// repeats notes a message that passed before.
func (c *record) repeats(m Message) bool {
	left := recent
	for h := len(c.half) - 1; h >= 0; h-- {
		list := c.half[h].messages
		for i := len(list) - 1; i >= 0 && left > 0; i-- {
			left--
			old := &list[i]
			if old.Sent != m.Sent || old.Cut != m.Cut || !bytes.Equal(old.Data, m.Data) {
				continue
			}
			if len(old.Again) < mostRepeats {
				old.Again = append(old.Again, m.At.Sub(old.At))
			}
			return true
		}
	}
	return false
}

func (h *half) push(m Message) {
	h.messages = append(h.messages, m)
	h.bytes += len(m.Data)
}

func (h *half) shift() {
	h.bytes -= len(h.messages[0].Data)
	h.messages = append(h.messages[:0], h.messages[1:]...)
}
