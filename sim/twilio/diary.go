package twin

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// EntryKind says what an entry of the diary is about.
type EntryKind string

// The kinds of entries.
const (
	KindRequest   EntryKind = "request"   // a REST request was answered; Code is the HTTP status
	KindCreated   EntryKind = "created"   // a call was created by REST
	KindUpdated   EntryKind = "updated"   // a call was changed by REST
	KindDialed    EntryKind = "dialed"    // the line was asked to call
	KindRinging   EntryKind = "ringing"   // it rings
	KindAnswered  EntryKind = "answered"  // somebody has answered
	KindRefused   EntryKind = "refused"   // nobody has; Code is the SIP status
	KindArrived   EntryKind = "arrived"   // somebody calls a number of an account
	KindFetch     EntryKind = "fetch"     // a document is about to be requested
	KindDocument  EntryKind = "document"  // it has come, and is about to be executed; Code is the HTTP status
	KindPressed   EntryKind = "pressed"   // keys were collected, and are about to be told to URL
	KindDelivered EntryKind = "delivered" // the service has answered that request with 2xx
	KindVerdict   EntryKind = "verdict"   // machine detection has decided: Note
	KindCallback  EntryKind = "callback"  // a status callback was answered; Code is the HTTP status, 0 for none
	KindJoined    EntryKind = "joined"    // Call and Other hear each other
	KindEnded     EntryKind = "ended"     // the call is over; Note says who ended it
	KindFault     EntryKind = "fault"     // a fault of the plan has happened: Note
	KindViolation EntryKind = "violation" // Note says which
)

// Entry is one line of the diary.
type Entry struct {
	Seq    int64
	At     time.Time
	Kind   EntryKind
	Call   string // sid
	Other  string // sid of the other leg
	To     string
	From   string
	Method string
	URL    string
	Status string // of the call, or of a callback
	Code   int
	Keys   string
	Note   string
}

// diary keeps what has happened.
type diary struct {
	mu      sync.Mutex
	most    int
	seq     int64
	entries []Entry
	waiting chan struct{} // closed at the next entry; nil if nobody waits
}

// write adds an entry and tells of it. t.mu is not held.
func (t *Twin) write(e Entry) {
	d := &t.diary
	e.At = time.Now()
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
	if t.opt.Notify != nil {
		t.opt.Notify(e)
	}
}

// Diary is a copy of the entries that are kept, in order.
func (t *Twin) Diary() []Entry {
	t.diary.mu.Lock()
	defer t.diary.mu.Unlock()
	return slices.Clone(t.diary.entries)
}

// Wait returns the first entry, of those written already or still to come, that
// match accepts. match must not call the twin.
func (t *Twin) Wait(ctx context.Context, match func(Entry) bool) (Entry, error) {
	var seen int64
	for {
		e, next, ok := t.diary.look(&seen, match)
		if ok {
			return e, nil
		}
		select {
		case <-next:
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
