package diary_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"careline/sim/diary"
)

type entry struct {
	n    int64
	what string
}

func book(most int, notify func(entry)) *diary.Book[entry] {
	return diary.New(diary.Options[entry]{Most: most, Number: func(e *entry, n int64) { e.n = n }, Notify: notify})
}

func is(what string) func(entry) bool { return func(e entry) bool { return e.what == what } }

// The latest entries are kept, by their numbers.
func TestEntries(t *testing.T) {
	var told []int64
	b := book(4, func(e entry) { told = append(told, e.n) })
	for range 7 {
		b.Write(entry{what: "ring"})
	}
	var kept []int64
	for _, e := range b.Entries() {
		kept = append(kept, e.n)
	}
	if want := []int64{3, 4, 5, 6, 7}; !slices.Equal(kept, want) {
		t.Errorf("kept are %v; want %v", kept, want)
	}
	if want := []int64{1, 2, 3, 4, 5, 6, 7}; !slices.Equal(told, want) {
		t.Errorf("told of %v; want %v", told, want)
	}
}

// Whoever waits gets the first that matches, though it is written already, and
// looks at none twice.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := book(2, nil)
		b.Write(entry{what: "ring"})
		if e, err := b.Wait(t.Context(), nil, is("ring")); err != nil || e.n != 1 {
			t.Errorf("Wait = %v, %v; want the entry that is there", e, err)
		}
		var looked []int64
		got := make(chan entry, 1)
		go func() {
			e, _ := b.Wait(t.Context(), nil, func(e entry) bool { looked = append(looked, e.n); return e.what == "end" })
			got <- e
		}()
		for _, what := range []string{"busy", "busy", "busy", "busy", "end", "end"} {
			synctest.Wait()
			b.Write(entry{what: what})
		}
		if e := <-got; e.n != 6 || !slices.Equal(looked, []int64{1, 2, 3, 4, 5, 6}) {
			t.Errorf("Wait = %v, after looking at %v; want the sixth, and each once", e, looked)
		}
	})
}

func TestWaitInVain(t *testing.T) {
	b := book(2, nil)
	ended := make(chan struct{})
	close(ended)
	if _, err := b.Wait(t.Context(), ended, is("end")); !errors.Is(err, diary.ErrEnded) {
		t.Errorf("Wait in a world that is over = %v; want ErrEnded", err)
	}
	b.Write(entry{what: "end"})
	if e, err := b.Wait(t.Context(), ended, is("end")); err != nil || e.n != 1 {
		t.Errorf("Wait for what the world had = %v, %v", e, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("called away")
	cancel(why)
	if _, err := b.Wait(ctx, nil, is("busy")); !errors.Is(err, why) {
		t.Errorf("Wait with an ended context = %v; want its cause", err)
	}
}
