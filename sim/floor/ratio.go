package floor

import "math"

// ratio places so many lines for each idle agent.
type ratio struct {
	view
	lines float64
}

// NewRatio returns the policy that keeps r lines ringing for each idle agent. At
// 1 it is progressive dialing.
func NewRatio(r float64) Policy { return &ratio{newView(), r} }

// Calls fills up.
func (r *ratio) Calls(float64) int {
	goal := int(math.Floor(r.lines * float64(r.idle-r.waiting)))
	return max(0, goal-len(r.view.lines))
}
