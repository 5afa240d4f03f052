package people

import (
	"slices"
	"sync"
	"time"
)

// records keep what is known of each leg. The loop writes; anyone may read.
type records struct {
	most int // ended legs kept

	mu    sync.Mutex
	all   []*record
	index map[callKey]*record
	lost  Audio // of legs that are forgotten
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

func newRecords(o Options) *records {
	return &records{most: o.LegLimit, index: map[callKey]*record{}}
}

// open begins a record.
func (k *records) open(about Leg, station string) *record {
	r := &record{leg: about, key: callKey{station, about.CallID}}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, r)
	k.index[r.key] = r
	if len(k.all) > k.most+k.most/4 {
		k.forget()
	}
	return r
}

// forget drops the oldest legs that have ended.
func (k *records) forget() {
	drop := len(k.all) - k.most
	k.all = slices.DeleteFunc(k.all, func(r *record) bool {
		if drop <= 0 || r.media != nil || r.leg.Ended.IsZero() {
			return false
		}
		drop--
		k.lost = k.lost.plus(r.leg.Audio)
		delete(k.index, r.key)
		return true
	})
}

// change lets f change records.
func (k *records) change(f func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f()
}

// find is the record of a Call-ID, or nil.
func (k *records) find(station, callID string) *record {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.index[callKey{station, callID}]
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

// Invites are the calls that the service placed to numbers (not to phones), in
// order: repeats with credentials and retransmissions are counted within one.
func (n *Network) Invites() []Invite { return n.records.invites(false) }

// PhoneInvites are the calls that the service placed to agents' phones.
func (n *Network) PhoneInvites() []Invite { return n.records.invites(true) }

func (k *records) invites(phones bool) []Invite {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []Invite
	for _, r := range k.all {
		if r.invite != nil && r.phone == phones {
			out = append(out, r.called())
		}
	}
	return out
}

// Presses are the keys that people pressed, in order of their legs.
func (n *Network) Presses() []Press {
	n.records.mu.Lock()
	defer n.records.mu.Unlock()
	var out []Press
	for _, r := range n.records.all {
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
	n.records.mu.Lock()
	defer n.records.mu.Unlock()
	out := make([]Leg, 0, len(n.records.all))
	for _, r := range n.records.all {
		out = append(out, r.summary())
	}
	return out
}

// Stats are the packets of all legs together.
func (n *Network) Stats() Audio {
	n.records.mu.Lock()
	total := n.records.lost
	n.records.mu.Unlock()
	for _, l := range n.Legs() {
		total = total.plus(l.Audio)
	}
	return total
}
