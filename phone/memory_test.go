package phone

import (
	"strconv"
	"testing"
)

func TestMemoryIsBounded(t *testing.T) {
	var m memory[int]
	found := 0
	find := func(n Number) int {
		found++
		v, _ := strconv.Atoi(string(n[1:]))
		return v
	}
	for i := range 5 * mostKept {
		if got := m.of(Number("+"+strconv.Itoa(i)), find); got != i {
			t.Fatalf("of(+%d) = %d", i, got)
		}
		if got := m.of("+7", find); got != 7 {
			t.Fatalf("of(+7) = %d", got)
		}
	}
	if kept := len(m.now) + len(m.old); kept > 2*mostKept {
		t.Errorf("%d numbers are remembered; want at most %d", kept, 2*mostKept)
	}
	if want := 5 * mostKept; found != want {
		t.Errorf("found out %d times; want %d: +7 was always asked for of late", found, want)
	}
}
