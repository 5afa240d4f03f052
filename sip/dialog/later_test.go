package dialog

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

func TestLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := 64 * sipmsg.T1
		var l later
		var done []int
		began := time.Now()
		add := func(n int) { l.add(func() { done = append(done, n) }) }
		add(1)
		add(2)
		time.Sleep(wait / 2)
		add(3)
		time.Sleep(wait/2 + laterPace)
		synctest.Wait()
		if !slices.Equal(done, []int{1, 2}) || time.Since(began) != wait+laterPace {
			t.Errorf("after 64*T1: %v; want 1, 2", done)
		}
		time.Sleep(wait)
		synctest.Wait()
		if !slices.Equal(done, []int{1, 2, 3}) || len(l.queue) != 0 {
			t.Errorf("at the end: %v; want all three", done)
		}
		add(4)
		time.Sleep(wait)
		synctest.Wait()
		if len(done) != 4 {
			t.Errorf("after a rest: %v; want the fourth too", done)
		}
	})
}
