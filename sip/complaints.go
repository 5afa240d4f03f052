package sip

import "sync"

// complaints remembers what has been logged, so that one missing prompt does
// not fill the log.
type complaints struct {
	mu   sync.Mutex
	made map[string]bool
}

// mostComplaints bounds the memory for them: prompts can hold amounts and names.
const mostComplaints = 1000

func newComplaints() *complaints { return &complaints{made: make(map[string]bool)} }

// first reports whether it is the first complaint about what.
func (c *complaints) first(what string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made[what] || len(c.made) >= mostComplaints {
		return false
	}
	c.made[what] = true
	return true
}
