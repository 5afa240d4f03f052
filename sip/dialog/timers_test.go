//go:build !soak

package dialog_test

import "time"

// T1 is short in these tests, so that 64*T1 is 1.6 s.
const (
	t1 = 25 * time.Millisecond
	t2 = 100 * time.Millisecond
	t4 = 50 * time.Millisecond
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// parallel is how many tests run at once.
const parallel = "24"
