package call

import "time"

// Ban shuts a source out that guesses passwords: nothing is read from there.
type Ban struct {
	Source string // an IPv4 address, or the first one of an IPv6 network of 64 bits
	Since  time.Time
	Until  time.Time
}
