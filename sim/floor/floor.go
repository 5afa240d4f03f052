package floor

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// night is the time from the end of a day to the begin of the next, in seconds.
const night = 16 * 3600

// Counts are what the judge saw.
type Counts struct {
	Placed    int
	Answered  int     // by people who were known for people
	Abandoned int     // of those
	Served    int     // by an agent
	Staffed   float64 // seconds that agents were there
	Busy      float64 // of those, talking or in wrap-up
	BadDays   int     // with more abandoned than the cap
	Worst     float64 // the largest share of abandoned after any answer but the first 200, 0..1
}

// Utilisation returns the share of their time that agents were busy, 0..1.
func (c Counts) Utilisation() float64 { return c.Busy / max(c.Staffed, 1) }

// Rate returns the share of answers that were abandoned, 0..1.
func (c Counts) Rate() float64 { return float64(c.Abandoned) / max(float64(c.Answered), 1) }

// agent is somebody on the floor.
type agent struct {
	state Kind
	call  int
	since float64 // of the state
	leave bool    // once the call is done
}

// centre is a campaign that is dialed.
type centre struct {
	Scenario
	policy  Policy
	rand    *rand.Rand
	agenda  agenda
	agents  []agent
	idle    []int // agents, who waits longest first
	waiting []int // calls, who waits longest first
	inAir   map[int]bool
	last    int // call placed
	now     float64
	start   float64 // of the day
	factor  float64
	counts  Counts
	today   Counts
}

// Run dials a campaign by a policy and returns what came of it. The same
// scenario and policy give the same counts. It looks at ctx once a day.
func Run(ctx context.Context, s Scenario, p Policy) (Counts, error) {
	c := &centre{Scenario: s, policy: p, rand: rand.New(rand.NewPCG(s.Seed, 0x5eed)), inAir: map[int]bool{}} //nolint:gosec // a simulation's dice
	c.agents = make([]agent, s.Agents)
	for i := range c.agents {
		c.agents[i].state = Away
	}
	for day, factor := range s.dayFactors(rand.New(rand.NewPCG(s.Seed, 0xda1))) { //nolint:gosec // a simulation's dice
		if err := ctx.Err(); err != nil {
			return Counts{}, fmt.Errorf("dial day %d: %w", day+1, err)
		}
		c.factor = factor
		c.start = float64(day) * (s.Day + night)
		c.day()
	}
	return c.counts, nil
}

// day runs one day, from the first log-in to the last log-out.
func (c *centre) day() {
	c.today = Counts{}
	for i := range c.agents {
		shift := c.shift(i)
		c.agenda.add(c.start+shift.From, arrives, i)
		if shift.To < c.Day {
			c.agenda.add(c.start+shift.To, leaves, i)
		}
	}
	end := c.start + c.Day
	for tick := c.start; tick < end; tick += c.Tick {
		c.advance(tick)
		for range c.policy.Calls(tick) {
			c.place()
		}
	}
	c.advance(end)
	c.close()
	if 100*c.today.Abandoned > 3*c.today.Answered {
		c.counts.BadDays++
	}
}

// advance lets happen what happens until then.
func (c *centre) advance(until float64) {
	for d, ok := c.agenda.next(until); ok; d, ok = c.agenda.next(until) {
		c.now = d.at
		c.happen(d)
	}
	c.now = until
}

// close ends the day: agents leave, calls in the air are cut and do not count.
func (c *centre) close() {
	c.agenda.heap = c.agenda.heap[:0]
	c.waiting = c.waiting[:0]
	for _, id := range slices.Sorted(maps.Keys(c.inAir)) {
		c.end(id)
	}
	for i := range c.agents {
		c.turn(i, Away)
	}
	c.idle = c.idle[:0]
}

func (c *centre) tell(kind Kind, id int, human bool) {
	c.policy.Observe(Event{At: c.now, Kind: kind, ID: id, Human: human})
}

// place places a call.
func (c *centre) place() {
	c.last++
	id, g := c.last, c.Ring
	c.inAir[id] = true
	c.counts.Placed++
	c.tell(Placed, id, false)
	u, p := c.rand.Float64(), c.chance(c.now-c.start, c.factor)
	if u >= p && u < p+g.FastFail {
		c.agenda.add(c.now+g.FailAt, fails, id)
		return
	}
	c.agenda.add(c.now+g.Delay, rings, id)
	if u < p {
		c.agenda.add(c.now+g.draw(c.rand), answers, id)
		return
	}
	c.agenda.add(c.now+g.GiveUp, fails, id)
}
