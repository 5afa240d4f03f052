package dialog

import (
	"testing"
	"time"
)

// fill has calls come in until one is refused, and returns how many are not.
func fill(i *intake, next *uint64, now time.Time) (n int) {
	for {
		if *next++; len(i.setups) > 1000 {
			return n
		}
		if ok, _ := i.admit(*next, now); !ok {
			return n
		}
		n++
	}
}

// Calls that wait make room for fewer, down to a least; when they do not wait any
// more, or none has come for a while, there is room for as many as before.
func TestIntakeAdapts(t *testing.T) {
	t.Parallel()
	i, now, key := newIntake(64), time.Now(), uint64(0)
	turn := func(wait time.Duration, want int) {
		t.Helper()
		if n := fill(i, &key, now); n != want {
			t.Errorf("%d calls are taken in; want %d", n, want)
		}
		now = now.Add(glance)
		for k, s := range i.setups {
			s.read = now.Add(-wait)
			i.end(k, now)
		}
		i.quicker = nobody
	}
	for range patient + 1 {
		turn(longWait*5/4, 64)
	}
	turn(longWait*9, 51)
	turn(longWait*9, 25)
	turn(longWait, leastRoom)
	turn(longWait, leastRoom+5)
	turn(longWait*2, leastRoom+10)
	now = now.Add(outdated + 1)
	turn(0, 64)
}

// A call that gets lost on its way does not keep its place for good.
func TestIntakeLost(t *testing.T) {
	t.Parallel()
	i, now, key := newIntake(4), time.Now(), uint64(0)
	fill(i, &key, now)
	i.begin(1)
	if n := fill(i, &key, now.Add(nobody)); n != 0 {
		t.Errorf("%d calls are taken in; want none", n)
	}
	if n := fill(i, &key, now.Add(nobody+1)); n != 3 {
		t.Errorf("%d calls are taken in; want 3, as one is under way", n)
	}
}

// What was decided is forgotten when no repeat can be under way any more.
func TestIntakeForgets(t *testing.T) {
	t.Parallel()
	i, now, key := newIntake(4), time.Now(), uint64(0)
	fill(i, &key, now)
	if ok, fresh := i.admit(5, now); ok || fresh {
		t.Errorf("a repeat of what was refused: %v, %v; want false, false", ok, fresh)
	}
	if ok, fresh := i.admit(4, now); !ok || fresh {
		t.Errorf("a repeat of what was taken in: %v, %v; want true, false", ok, fresh)
	}
	for _, d := range i.later.take(now.Add(2 * knownFor)) {
		d.do()
	}
	if n := len(i.known); n != 0 {
		t.Errorf("%d decisions are remembered", n)
	}
}
