package twin

import (
	"context"
	"time"

	"careline/sim/diary"
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

func newDiary(o Options) *diary.Book[Entry] {
	return diary.New(diary.Options[Entry]{Most: o.DiaryLimit, Number: func(e *Entry, n int64) { e.Seq = n }, Notify: o.Notify})
}

// write notes what happens now. t.mu is not held.
func (t *Twin) write(e Entry) {
	e.At = time.Now()
	t.diary.Write(e)
}

// Diary is a copy of the entries that are kept, in order.
func (t *Twin) Diary() []Entry { return t.diary.Entries() }

// Wait returns the first entry, of those written already or still to come, that
// match accepts. match must not call the twin.
func (t *Twin) Wait(ctx context.Context, match func(Entry) bool) (Entry, error) {
	return t.diary.Wait(ctx, nil, match)
}
