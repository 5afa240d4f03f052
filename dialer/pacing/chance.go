package pacing

import "math"

// chance follows the chance that a line is answered by a person. It keeps
// averages of several memories and trusts those that foretold best of late.
type chance struct {
	trackers [4]tracker
}

type tracker struct {
	memory   float64 // lines
	answers  float64
	lines    float64
	evidence float64 // log likelihood of late
}

// What is known before the first line: two answers in ten lines.
const (
	priorAnswers = 1.8
	priorLines   = 3.0
	trustMemory  = 400.0 // lines over which foretelling is judged
)

func (c *chance) open() {
	for i, memory := range []float64{100, 300, 1000, 4000} {
		c.trackers[i] = tracker{memory: memory, answers: priorAnswers, lines: priorLines}
	}
}

func (c *chance) learn(human bool) {
	for i := range c.trackers {
		t := &c.trackers[i]
		p := t.answers / t.lines
		t.evidence *= 1 - 1/trustMemory
		if human {
			t.evidence += math.Log(p)
			t.answers++
		} else {
			t.evidence += math.Log1p(-p)
		}
		t.lines++
		if keep := 1 - 1/t.memory; t.lines > t.memory {
			t.answers *= keep
			t.lines *= keep
		}
	}
}

// now returns the chance and how uncertain it is, as a share of it. Of the lines
// placed last and not yet learned from, answers were answered; foreseen is how
// many would have been by now if all were to be answered.
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
	p = min(max(sum/weights, 0.001), 0.98)
	return p, math.Sqrt((1 - p) / (p * lines / weights))
}

func expNeg(x float64) float64 { return math.Exp(-x) }
