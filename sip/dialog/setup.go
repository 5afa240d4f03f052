package dialog

import (
	"math/rand/v2"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// admitted enters a call among those being set up. When there are too many it is
// refused at once, before anything is done for it: those who are in get their
// answer soon, while all would wait in vain if all were taken (RFC 3261 section
// 21.5.4). It reports whether the call may go on.
func (e *Endpoint) admitted(req *sipmsg.Request, tx *sipmsg.ServerTx) bool {
	if e.calls.beginSetup(e.opt.MostSetups) {
		return true
	}
	e.count.overloads.Add(1)
	if e.notes.due("overload", time.Now()) {
		e.log.Warn("calls refused, as too many are being set up", "most", e.opt.MostSetups)
	}
	e.respond(req, tx, 503, "Service Unavailable", retryHeader(returns()))
	return false
}

// returns is after how long a caller shall try again: not all at once.
func returns() time.Duration { return time.Duration(1+rand.IntN(3)) * time.Second }

func (c *calls) beginSetup(most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.setups >= most {
		return false
	}
	c.setups++
	return true
}

// isSetUp ends the setting up of a call: it rings, is answered or refused. It may
// be called more than once.
func (in *Incoming) isSetUp() {
	in.setUp.Do(func() {
		c := in.e.calls
		c.mu.Lock()
		defer c.mu.Unlock()
		c.setups--
	})
}
