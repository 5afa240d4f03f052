package dialog

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

func TestLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := 64 * sipmsg.T1
		var l later
		var mu sync.Mutex // each run is a goroutine of its own
		var done []int
		began := time.Now()
		add := func(n int) {
			l.add(func() {
				mu.Lock()
				defer mu.Unlock()
				done = append(done, n)
			})
		}
		saw := func() []int {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(done)
		}
		add(1)
		add(2)
		<-time.After(wait / 2)
		add(3)
		<-time.After(wait/2 + laterPace)
		synctest.Wait()
		if got := saw(); !slices.Equal(got, []int{1, 2}) || time.Since(began) != wait+laterPace {
			t.Errorf("after 64*T1: %v; want 1, 2", got)
		}
		<-time.After(wait)
		synctest.Wait()
		if got := saw(); !slices.Equal(got, []int{1, 2, 3}) || len(l.queue) != 0 {
			t.Errorf("at the end: %v; want all three", got)
		}
		add(4)
		<-time.After(wait)
		synctest.Wait()
		if got := saw(); len(got) != 4 {
			t.Errorf("after a rest: %v; want the fourth too", got)
		}
	})
}
