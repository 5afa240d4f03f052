package dialog

import (
	"hash/maphash"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

const (
	glance    = 100 * time.Millisecond // between two looks at how long calls wait
	longWait  = 50 * time.Millisecond  // from the reading of a call until it rings or is answered: too long, where all wait so
	patient   = 1                      // looks at calls that all wait long, as after a moment of the disk, and room is for as many
	leastRoom = 24                     // calls are set up at once, however slow the machine is
	outdated  = time.Second            // without a call, and what was measured says nothing any more
	knownFor  = 32 * time.Second       // a decision is remembered: a caller's 64*T1, which may be another than ours
	mostKnown = 1 << 17                // decisions are remembered; beyond it no call is taken in
	nobody    = 10 * time.Second       // a call that is not begun with by then never will be
)

// intake decides about each INVITE that opens a call as soon as it is read. When
// there are too many the rest are refused at once, before anything is done for
// them: those who are in get their answer soon, while all would wait in vain if
// all were taken (RFC 3261 section 21.5.4). How many are too many follows from
// how long they wait for that, so that it suits the machine: a burst finds room,
// a queue that stands does not.
type intake struct {
	most int // at once
	seed maphash.Seed

	mu      sync.Mutex
	known   map[uint64]bool // what was decided, until no repeat is under way any more
	later   later
	setups  map[uint64]*setup // calls that are taken in and do not ring yet
	room    int               // for them, now
	slow    int               // looks in a row at which all had waited long
	looked  time.Time         // the latest of them
	quicker time.Duration     // the shortest wait since then
}

// setup is a call that is being set up.
type setup struct {
	read  time.Time
	begun bool
}

func newIntake(most int) *intake {
	return &intake{
		most: most, room: most, seed: maphash.MakeSeed(), quicker: nobody, later: later{wait: knownFor},
		known: make(map[uint64]bool), setups: make(map[uint64]*setup),
	}
}

// key names the INVITE that a request is, or that its ACK or CANCEL is for.
func (i *intake) key(req *sipmsg.Request) uint64 {
	type name struct {
		via, callID string
		cseq        uint32
	}
	return maphash.Comparable(i.seed, name{viaKey(req), req.CallID().Value(), req.CSeq().SeqNo})
}

// admit decides about an INVITE, once: a repeated one gets what the first one
// got. It reports whether it is taken in, and whether that was decided now.
func (i *intake) admit(key uint64, now time.Time) (ok, fresh bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if was, known := i.known[key]; known || len(i.known) >= mostKnown {
		return was, !known
	}
	if now.Sub(i.looked) > outdated {
		i.room, i.slow = i.most, 0
	}
	if len(i.setups) >= i.room {
		i.sweep(now)
	}
	if ok = len(i.setups) < i.room; ok {
		i.setups[key] = &setup{read: now}
	}
	i.known[key] = ok
	i.later.add(func() { i.forget(key) })
	return ok, true
}

func (i *intake) forget(key uint64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.known = drop(i.known, key)
}

// sweep gives up those that got lost on their way through sipgo. i.mu is held.
func (i *intake) sweep(now time.Time) {
	for key, s := range i.setups {
		if !s.begun && now.Sub(s.read) > nobody {
			delete(i.setups, key)
		}
	}
}

// refused tells whether an INVITE was refused here.
func (i *intake) refused(key uint64) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	ok, known := i.known[key]
	return known && !ok
}

// begin notes that an INVITE is begun with.
func (i *intake) begin(key uint64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if s := i.setups[key]; s != nil {
		s.begun = true
	}
}

// look makes room for more calls, or for fewer where none has been set up soon
// for a while. i.mu is held.
func (i *intake) look(wait time.Duration, now time.Time) {
	i.quicker = min(i.quicker, wait)
	switch {
	case now.Sub(i.looked) < glance:
		return
	case i.quicker <= longWait:
		i.slow = 0
		i.room += i.most/16 + 1
	case i.slow < patient:
		i.slow++
	default:
		i.room = max(int(time.Duration(i.room)*longWait/i.quicker), i.room/2, leastRoom)
	}
	i.room = min(i.room, i.most)
	i.looked, i.quicker = now, nobody
}

// end ends the setting up of a call: it rings, is answered or refused. It may be
// called more than once.
func (i *intake) end(key uint64, now time.Time) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if s := i.setups[key]; s != nil {
		delete(i.setups, key)
		i.look(now.Sub(s.read), now)
	}
}
