package plan

import (
	"math"

	"careline/campaigns"
)

// plenty is more calls than any trunk has lines.
const plenty = math.MaxInt32

// room is how many more calls of the campaign there are agents for.
func (p *Plan) room(c *campaign) int {
	if c.pool == nil {
		return plenty
	}
	if c.pool.staffed == 0 {
		return 0
	}
	switch c.Mode {
	case campaigns.Progressive:
		return c.pool.room(1)
	case campaigns.Power:
		return c.pool.room(p.ratio(c))
	case campaigns.Predictive:
		return p.predicted(c)
	default: // a preview: its agents ask
		return 0
	}
}

// room is how many more calls may be placed for the pool, each idle agent being
// there for so many: as far as the agents that it shares are not taken up by
// calls for other pools.
func (x *pool) room(perAgent float64) int {
	return max(min(x.spare(perAgent), x.crew.spare(perAgent)), 0)
}
