package plan

func (p *Plan) predicted(c *campaign) int { return 0 }
func (p *Plan) inform(*crew, *agent)      {}
func (p *Plan) met(e *pending)            {}
func (p *Plan) machine(e *pending)        {}
func (p *Plan) abandon(e *pending)        {}
func (p *Plan) rings(e *pending)          {}
func (p *Plan) placed(e *pending)         {}
func (p *Plan) lost(e *pending)           {}
func (c *campaign) ratio() float64        { return c.CallsPerAgent() }
