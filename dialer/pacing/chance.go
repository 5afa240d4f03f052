package pacing

import "math"

// chance follows the chance that a line is answered by a person. It keeps
// averages of several memories and trusts those that foretold best of late.
type chance struct {
	trackers [4]tracker
}

// tracker is an average of one memory.
type tracker struct {
	memory   float64 // lines
	answers  float64
	lines    float64
	evidence float64 // log likelihood of what came, of late
}

// The chance begins high, since placing too few calls at the beginning costs
// little.
const (
	priorAnswers = 1.8
	priorLines   = 3.0
	trustMemory  = 150.0 // lines over which foretelling is judged
	pause        = 3600  // seconds without a call after which the chance may be another
	afterPause   = 150.0 // lines that are remembered then
	leastChance  = 0.001
	mostChance   = 0.98
)

func (c *chance) open() {
	for i, memory := range []float64{100, 300, 1000, 4000} {
		c.trackers[i] = tracker{memory: memory, answers: priorAnswers, lines: priorLines}
	}
}

// learn takes the outcome of a line.
func (c *chance) learn(live bool) {
	for i := range c.trackers {
		t := &c.trackers[i]
		foretold := t.answers / t.lines
		t.evidence *= 1 - 1/trustMemory
		if live {
			t.evidence += math.Log(foretold)
			t.answers++
		} else {
			t.evidence += math.Log1p(-foretold)
		}
		t.lines++
		t.keep(t.memory)
	}
}

// keep forgets all but the last lines.
func (t *tracker) keep(lines float64) {
	if t.lines > lines {
		t.answers *= lines / t.lines
		t.lines = lines
	}
}

// doubt forgets most of what was learned.
func (c *chance) doubt() {
	for i := range c.trackers {
		c.trackers[i].keep(afterPause)
	}
}

// now returns the chance, and its standard error as a share of it. Of the lines
// whose outcome was not yet learned so many were answered by people; foreseen is
// how many would have been by now if all were to be answered.
func (c *chance) now(answers, foreseen float64) (p, doubt float64) {
	best := math.Inf(-1)
	for _, t := range c.trackers {
		best = max(best, t.evidence)
	}
	var sum, lines, weights float64
	for _, t := range c.trackers {
		w := math.Exp(t.evidence - best)
		sum += w * (t.answers + answers) / (t.lines + foreseen)
		lines += w * (t.lines + foreseen)
		weights += w
	}
	p = min(max(sum/weights, leastChance), mostChance)
	return p, math.Sqrt((1 - p) / p * weights / lines)
}
