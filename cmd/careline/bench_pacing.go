package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"careline/sim/floor"
)

// pacingCap is the share of live answers that may be abandoned, in every seed.
const pacingCap = 0.03

// benchPacingCmd dials campaigns in virtual time by the product's policy and by
// others.
type benchPacingCmd struct {
	Agents []int     `placeholder:"N,..." help:"Pools of agents (default 5,20,100)."`
	P      []float64 `name:"p" placeholder:"P,..." help:"Chances that a call is answered by a person (default 0.1,0.3,0.5)."`
	Law    string    `enum:"static,drift,both" default:"both" help:"Whether that chance stays, or drifts by the hour and the day: static, drift or both."`
	Days   int       `placeholder:"N" help:"Days of 8 hours a campaign lasts (default 5)."`
	Seeds  int       `placeholder:"N" help:"Campaigns of each kind (default 3)."`
	Full   bool      `help:"Pools of 5, 10, 20, 50 and 100, 30 days, 20 seeds. It takes hours."`
	JSON   bool      `name:"json" help:"Print one JSON object."`
}

// pacingBench is what was measured.
type pacingBench struct {
	Machine machine      `json:"machine"`
	Days    int          `json:"days"`
	Seeds   int          `json:"seeds"`
	Seconds float64      `json:"seconds"`
	Bound   string       `json:"bound_source"`
	Cells   []pacingCell `json:"cells"`
}

// pacingCell is one kind of campaign.
type pacingCell struct {
	Agents int         `json:"agents"`
	P      float64     `json:"p"`
	Drift  bool        `json:"drift"`
	Ratio  float64     `json:"best_ratio"`
	Bound  float64     `json:"bound_percent,omitempty"`
	Rows   []pacingRow `json:"rows"`
}

// pacingRow is what a method made of it. All but the name are in percent.
type pacingRow struct {
	Method      floor.Method `json:"method"`
	Utilisation float64      `json:"utilisation"` // the mean over the seeds
	Interval    float64      `json:"interval_95"` // half of it
	Abandoned   float64      `json:"abandoned"`
	Worst       float64      `json:"abandoned_worst_seed"`
	Qualifies   bool         `json:"qualifies"` // at most 3.00 % in every seed
	PerHour     float64      `json:"connects_per_agent_hour"`
	PerConnect  float64      `json:"dials_per_connect"`
	BadDays     float64      `json:"days_over_cap"`
	counts      []floor.Counts
}

// Run dials all campaigns and prints what came of them.
func (c *benchPacingCmd) Run(a *app) error {
	if err := c.withDefaults(); err != nil {
		return err
	}
	out := pacingBench{Machine: thisMachine(), Days: c.Days, Seeds: c.Seeds, Bound: floor.BoundSource, Cells: c.cells()}
	began := time.Now()
	g := a.gauge("pacing", "agent days")
	err := out.dial(a.ctx, g)
	g.end()
	if err != nil {
		return fmt.Errorf("bench pacing: %w", err)
	}
	out.Seconds = time.Since(began).Seconds()
	for i := range out.Cells {
		out.Cells[i].sum(c.Days)
	}
	out.Machine.after()
	if c.JSON {
		return json.NewEncoder(a.out).Encode(out)
	}
	out.print(a.out)
	return nil
}

func (c *benchPacingCmd) withDefaults() error {
	agents, days, seeds := []int{5, 20, 100}, 5, 3
	if c.Full {
		agents, days, seeds = []int{5, 10, 20, 50, 100}, 30, 20
	}
	if len(c.Agents) == 0 {
		c.Agents = agents
	}
	if len(c.P) == 0 {
		c.P = []float64{0.1, 0.3, 0.5}
	}
	for value, fallback := range map[*int]int{&c.Days: days, &c.Seeds: seeds} {
		if *value == 0 {
			*value = fallback
		}
	}
	switch {
	case slices.Min(c.Agents) < 1 || slices.Max(c.Agents) > 1000:
		return fmt.Errorf("%w: --agents: 1 to 1000", errUsage)
	case slices.Min(c.P) <= 0 || slices.Max(c.P) > 0.9:
		return fmt.Errorf("%w: --p: above 0, at most 0.9", errUsage)
	case c.Days < 1 || c.Seeds < 1:
		return fmt.Errorf("%w: at least 1 day and 1 seed", errUsage)
	}
	return nil
}

// cells lists the kinds of campaigns.
func (c *benchPacingCmd) cells() (all []pacingCell) {
	for _, drift := range []bool{false, true} {
		if drift && c.Law == "static" || !drift && c.Law == "drift" {
			continue
		}
		for _, p := range c.P {
			for _, n := range c.Agents {
				all = append(all, pacingCell{Agents: n, P: p, Drift: drift})
			}
		}
	}
	return all
}

// scenario is a cell's campaign.
func (c *pacingCell) scenario(days int) floor.Scenario {
	s := floor.Protocol(c.Agents, c.P)
	s.Drift, s.Days = c.Drift, days
	return s
}
