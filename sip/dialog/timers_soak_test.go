//go:build soak

package dialog_test

import "time"

// The timers as they are on the wire (RFC 3261): the same tests take minutes.
const (
	t1 = 500 * time.Millisecond
	t2 = 4 * time.Second
	t4 = 5 * time.Second
)

// patience is how long a test waits for what must come.
const patience = 150 * time.Second

// parallel is how many tests run at once.
const parallel = "100"
