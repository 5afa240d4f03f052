package pacing

// Remembered returns how many things p holds in memory.
func (p *Policy) Remembered() int {
	s := &p.lines
	return len(s.byID) + len(s.placed) + len(s.waiting) + len(s.settled) + len(p.staff.byID) + len(p.staff.all)
}
