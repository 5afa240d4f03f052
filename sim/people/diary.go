package people

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// diary keeps what happened. The loop writes; anyone may read.
type diary struct {
	notify func(Entry)
	most   int // entries kept
	legs   int // ended legs kept

	mu      sync.Mutex
	entries []Entry
	seq     int64
	waiting chan struct{} // closed at the next entry; nil if nobody waits
	records []*record
	index   map[callKey]*record
	lost    Audio // of legs that are forgotten
}

// callKey is a Call-ID at the carrier ("") or at a phone.
type callKey struct{ station, callID string }

// record is the summary of one leg.
type record struct {
	leg     Leg
	key     callKey
	invite  *Invite // nil if we called
	phone   bool
	presses []*Press
	media   *media // nil after the end
}

func newDiary(o Options) *diary {
	return &diary{notify: o.Notify, most: o.DiaryLimit, legs: o.LegLimit, index: map[callKey]*record{}}
}

// write adds an entry and tells of it.
func (d *diary) write(e Entry) {
	d.mu.Lock()
	d.seq++
	e.Seq = d.seq
	d.entries = append(d.entries, e)
	if len(d.entries) > d.most+d.most/4 {
		d.entries = append(d.entries[:0], d.entries[len(d.entries)-d.most:]...)
	}
	if d.waiting != nil {
		close(d.waiting)
		d.waiting = nil
	}
	d.mu.Unlock()
	if d.notify != nil {
		d.notify(e)
	}
}

// open begins a record.
func (d *diary) open(about Leg, station string) *record {
	r := &record{leg: about, key: callKey{station, about.CallID}}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.records = append(d.records, r)
	d.index[r.key] = r
	if len(d.records) > d.legs+d.legs/4 {
		d.forget()
	}
	return r
}

// forget drops the oldest legs that have ended.
func (d *diary) forget() {
	drop := len(d.records) - d.legs
	d.records = slices.DeleteFunc(d.records, func(r *record) bool {
		if drop <= 0 || r.media != nil || r.leg.Ended.IsZero() {
			return false
		}
		drop--
		d.lost = d.lost.plus(r.leg.Audio)
		delete(d.index, r.key)
		return true
	})
}

// change lets f change records.
func (d *diary) change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

// find is the record of a Call-ID, or nil.
func (d *diary) find(station, callID string) *record {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.index[callKey{station, callID}]
}

// press makes a press for the record; it is added when the key begins.
func (r *record) press(key, label string, times int) *Press {
	return &Press{
		Leg: r.leg.Leg, Who: r.leg.Who, CallID: r.leg.CallID, Inbound: r.leg.Inbound, To: r.leg.To,
		Attempt: r.leg.Attempt, Persona: r.leg.Persona, Label: label, Times: times, Key: key,
	}
}

// close takes the last numbers of a leg that ends.
func (r *record) close(at time.Time) {
	r.leg.Ended = at
	if r.media != nil {
		r.measure(&r.leg)
		r.media = nil
	}
}

// measure fills in what the leg's media knows.
func (r *record) measure(l *Leg) {
	l.Audio = r.media.rx.summary()
	l.Audio.Sent = int(r.media.sent.Load())
	for i, v := range l.Voices {
		l.Voices[i] = r.media.rx.voice(v.Name)
	}
}

// summary is a copy of the record's leg as it is now.
func (r *record) summary() Leg {
	l := r.leg
	l.Heard, l.Voices = slices.Clone(l.Heard), slices.Clone(l.Voices)
	if r.media != nil {
		r.measure(&l)
	}
	return l
}

// called is a copy of the record's invite.
func (r *record) called() Invite {
	v, l := *r.invite, r.leg
	v.Leg, v.Who, v.CallID, v.From, v.To = l.Leg, l.Who, l.CallID, l.From, l.To
	v.Attempt, v.At, v.Persona = l.Attempt, l.Began, l.Persona
	return v
}

// Diary is a copy of the entries that are kept, in order.
func (n *Network) Diary() []Entry {
	n.diary.mu.Lock()
	defer n.diary.mu.Unlock()
	return slices.Clone(n.diary.entries)
}

// Wait returns the first entry, of those written already or still to come, that
// match accepts. match is called with one entry at a time, and must not call
// the network.
func (n *Network) Wait(ctx context.Context, match func(Entry) bool) (Entry, error) {
	var seen int64
	for {
		e, next, ok := n.diary.look(&seen, match)
		if ok {
			return e, nil
		}
		select {
		case <-next:
		case <-n.ended:
			if e, _, ok := n.diary.look(&seen, match); ok {
				return e, nil
			}
			return Entry{}, ErrEnded
		case <-ctx.Done():
			return Entry{}, fmt.Errorf("wait for an entry: %w", context.Cause(ctx))
		}
	}
}

// look searches the entries after seen, and says where to wait for more.
func (d *diary) look(seen *int64, match func(Entry) bool) (Entry, <-chan struct{}, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.entries {
		if e.Seq <= *seen {
			continue
		}
		*seen = e.Seq
		if match(e) {
			return e, nil, true
		}
	}
	if d.waiting == nil {
		d.waiting = make(chan struct{})
	}
	return Entry{}, d.waiting, false
}

// Invites are the calls that the service placed to numbers (not to phones), in
// order: repeats with credentials and retransmissions are counted within one.
func (n *Network) Invites() []Invite { return n.diary.invites(false) }

// PhoneInvites are the calls that the service placed to agents' phones.
func (n *Network) PhoneInvites() []Invite { return n.diary.invites(true) }

func (d *diary) invites(phones bool) []Invite {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []Invite
	for _, r := range d.records {
		if r.invite != nil && r.phone == phones {
			out = append(out, r.called())
		}
	}
	return out
}

// Presses are the keys that people pressed, in order of their legs.
func (n *Network) Presses() []Press {
	n.diary.mu.Lock()
	defer n.diary.mu.Unlock()
	var out []Press
	for _, r := range n.diary.records {
		for _, p := range r.presses {
			q := *p
			q.Bye, q.ByeBy = r.leg.Bye, r.leg.ByeBy
			out = append(out, q)
		}
	}
	return out
}

// Legs are all calls, running and ended, people's and phones', in order.
func (n *Network) Legs() []Leg {
	n.diary.mu.Lock()
	defer n.diary.mu.Unlock()
	out := make([]Leg, 0, len(n.diary.records))
	for _, r := range n.diary.records {
		out = append(out, r.summary())
	}
	return out
}

// Stats are the packets of all legs together.
func (n *Network) Stats() Audio {
	n.diary.mu.Lock()
	total := n.diary.lost
	n.diary.mu.Unlock()
	for _, l := range n.Legs() {
		total = total.plus(l.Audio)
	}
	return total
}
