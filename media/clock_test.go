package media_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"careline/media"
)

// ticks is a stream that notes its deadlines, and how late each was.
type ticks struct {
	due  []time.Time
	late []time.Duration
	do   func(n int) // called in the nth tick, from 0
}

func (s *ticks) Tick(due time.Time) {
	s.due = append(s.due, due)
	s.late = append(s.late, time.Since(due))
	if s.do != nil {
		s.do(len(s.due) - 1)
	}
}

// run runs a clock in the background, until the test ends.
func run(t *testing.T, c *media.Clock) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = c.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

func TestClockKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const frames = 50_000
		c := media.NewClock(media.ClockOptions{Shards: 1})
		done := make(chan struct{})
		s := &ticks{do: func(n int) {
			if n == frames {
				close(done)
			}
		}}
		start := time.Now()
		c.Add(s)
		run(t, c)
		<-done
		if took := time.Since(start); took != 1000*time.Second {
			t.Errorf("%d frames took %v; want 1000 s", frames, took)
		}
		for i, due := range s.due {
			if want := start.Add(time.Duration(i) * media.Interval); !due.Equal(want) || s.late[i] != 0 {
				t.Fatalf("frame %d due at %v, %v late; want %v, 0", i, due.Sub(start), s.late[i], want.Sub(start))
			}
		}
		if st := c.Stats(); st.Late != 0 || st.Skipped != 0 || st.Worst != 0 {
			t.Errorf("Stats = %+v; want nothing late", st)
		}
	})
}

func TestClockLate(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		name    string
		stall   time.Duration // of the tick that is due at 0
		want    []time.Duration
		late    uint64
		skipped uint64
	}{
		{"in time", 19 * ms, []time.Duration{0, 20 * ms, 40 * ms, 60 * ms}, 0, 0},
		{"two are caught up", 45 * ms, []time.Duration{0, 20 * ms, 40 * ms, 60 * ms}, 0, 0},
		{"three are caught up", 65 * ms, []time.Duration{0, 20 * ms, 40 * ms, 60 * ms}, 1, 0},
		{"the first of four is skipped", 85 * ms, []time.Duration{0, 40 * ms, 60 * ms, 80 * ms, 100 * ms}, 1, 1},
		{"a long stall", 10 * time.Second, []time.Duration{0, 9960 * ms, 9980 * ms, 10000 * ms, 10020 * ms}, 1, 497},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := media.NewClock(media.ClockOptions{Shards: 1})
			done := make(chan struct{})
			s := &ticks{}
			s.do = func(n int) {
				switch n {
				case 0:
					<-time.After(tt.stall)
				case len(tt.want) - 1:
					close(done)
				}
			}
			start := time.Now()
			c.Add(s)
			run(t, c)
			<-done
			for i, want := range tt.want {
				if got := s.due[i].Sub(start); got != want {
					t.Errorf("%s: tick %d was for %v; want %v", tt.name, i, got, want)
				}
			}
			if st := c.Stats(); st.Late != tt.late || st.Skipped != tt.skipped {
				t.Errorf("%s: Stats = %+v; want %d late, %d skipped", tt.name, st, tt.late, tt.skipped)
			}
		})
	}
}

func TestClockSleepsWithoutStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := media.NewClock(media.ClockOptions{Shards: 1})
		start := time.Now()
		run(t, c)
		for range 3 {
			<-time.After(time.Hour + 7*time.Millisecond)
			ticked := make(chan struct{})
			s := &ticks{do: func(n int) {
				if n == 2 {
					close(ticked)
				}
			}}
			added := time.Now()
			c.Add(s)
			<-ticked
			c.Remove(s)
			for i, due := range s.due[:3] {
				if off := due.Sub(start) % media.Interval; off != 0 || due.Before(added) || s.late[i] != 0 {
					t.Errorf("tick %d due %v after its stream was added, %v late, %v off the grid", i, due.Sub(added), s.late[i], off)
				}
			}
		}
		if st := c.Stats(); st.Skipped != 0 || st.Streams != 0 {
			t.Errorf("Stats = %+v; want nothing skipped for nobody, no streams", st)
		}
	})
}

func TestClockSharesStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := media.NewClock(media.ClockOptions{Shards: 64})
		done := make(chan struct{}, 100)
		streams := make([]*ticks, 100)
		for i := range streams {
			streams[i] = &ticks{do: func(n int) {
				if n == 49 {
					done <- struct{}{}
				}
			}}
			c.Add(streams[i])
			c.Add(streams[i]) // once is enough
		}
		start := time.Now()
		run(t, c)
		for range streams {
			<-done
		}
		for _, s := range streams {
			if got := s.due[49].Sub(s.due[0]); got != 49*media.Interval {
				t.Errorf("50 ticks of a stream took %v; want %v", got, 49*media.Interval)
			}
			if first := s.due[0].Sub(start); first >= media.Interval {
				t.Errorf("first tick after %v; want less than %v", first, media.Interval)
			}
			c.Remove(s)
			c.Remove(s)
		}
		if n := c.Stats().Streams; n != 0 {
			t.Errorf("%d streams are left", n)
		}
	})
}
