package people

import (
	"context"
	"errors"

	"careline/sim/diary"
)

func newDiary(o Options) *diary.Book[Entry] {
	return diary.New(diary.Options[Entry]{Most: o.DiaryLimit, Number: func(e *Entry, n int64) { e.Seq = n }, Notify: o.Notify})
}

// Diary is a copy of the entries that are kept, in order.
func (n *Network) Diary() []Entry { return n.diary.Entries() }

// Wait returns the first entry, of those written already or still to come, that
// match accepts. match is called with one entry at a time, and must not call
// the network.
func (n *Network) Wait(ctx context.Context, match func(Entry) bool) (Entry, error) {
	e, err := n.diary.Wait(ctx, n.ended, match)
	if errors.Is(err, diary.ErrEnded) {
		return e, ErrEnded
	}
	return e, err
}
