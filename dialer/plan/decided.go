package plan

import (
	"fmt"
	"math"
	"time"

	"careline/campaigns"
)

// decidedEvery bounds how often a campaign's pacing is told of.
const decidedEvery = time.Second

// Decided is how many calls a campaign with agents may place, and what that was
// decided by.
type Decided struct {
	Campaign campaigns.ID
	At       time.Time
	Mode     campaigns.Mode
	Ratio    float64 // of power: calls for each idle agent, as the abandonment lets it
	Agents   campaigns.Staffing
	Bound    campaigns.Bound // of abandonment, that it has come nearest to
	Forecast Forecast        // of predictive
	Governed bool            // which permits no more than a call for each idle agent
}

// String says it in words.
func (d Decided) String() string {
	s := fmt.Sprintf("%d idle of %d agents, %d ringing, %d waiting", d.Agents.Idle, d.Agents.Staffed, d.Agents.Ringing, d.Agents.Waiting)
	if d.Forecast.Horizon > 0 {
		s += fmt.Sprintf(", %.0f to be idle and %.0f to answer within %v", d.Forecast.Releases, d.Forecast.Answers, d.Forecast.Horizon)
	}
	if d.Bound.Rule != "" {
		s += fmt.Sprintf(", abandon rate %.1f %% of %.1f %%", 100*d.Bound.Rate, 100*d.Bound.Cap)
	}
	return s + fmt.Sprintf(", so %d more lines", d.Agents.More)
}

// Decided returns how campaigns were paced, as far as that has changed, since it
// was last asked; of each campaign at most once in a second.
func (p *Plan) Decided() []Decided {
	d := p.decided
	p.decided = nil
	return d
}

// expects is what the crew's policy expects, as far as it tells, in round figures.
func (c *crew) expects() Forecast {
	if c.forecast == nil {
		return Forecast{}
	}
	says, can := c.forecast.pacer.(forecasts)
	if !can {
		return Forecast{}
	}
	f := says.Forecast()
	f.Releases, f.Answers, f.Chance = math.Round(f.Releases), math.Round(f.Answers), math.Round(100*f.Chance)/100
	return f
}

// decide tells of the campaign's pacing, if anything of it has changed.
func (p *Plan) decide(c *campaign) {
	last := &c.decided
	if c.State != campaigns.Running || c.Mode == campaigns.Preview || p.now.Before(last.At.Add(decidedEvery)) {
		return
	}
	d := Decided{Campaign: c.ID, At: last.At, Mode: c.Mode, Agents: *p.staffing(c)}
	if c.Mode == campaigns.Power {
		d.Ratio = math.Round(10*p.ratio(c)) / 10
	}
	if c.Mode == campaigns.Predictive {
		d.Forecast = c.pool.crew.expects()
	}
	if l := p.tightest(c); l != nil && c.Mode != campaigns.Progressive {
		d.Bound = campaigns.Bound{Rule: l.Rule, Rate: math.Round(1000*l.rate(p.now)) / 1000, Cap: l.Cap}
		d.Governed = p.governed(c)
	}
	if d == *last {
		return
	}
	d.At = p.now
	*last = d
	p.decided = append(p.decided, d)
}
