package floor

import "math"

// vicidial is VICIdial's ADAPT_HARD_LIMIT as bin/AST_VDadapt.pl and
// bin/AST_VDauto_dial.pl compute it, with the defaults.
type vicidial struct {
	view
	onlyIdle bool // Available-Only-Tally

	level                 float64
	ready, waits, agents  []float64 // samples, one a second
	nextSample, nextAdapt float64
	nextDial, nextTotal   float64
	drops, answers        int       // as of the last total
	recent                []outcome // of the last minute
}

// outcome is one answer.
type outcome struct {
	at      float64
	dropped bool
}

// What VICIdial's settings are by default.
const (
	highestLevel = 3.0  // adaptive_maximum_level
	droppedLimit = 0.03 // adaptive_dropped_percentage
	sampleEvery  = 1.0  // seconds
	adaptEvery   = 15.0
	dialEvery    = 2.5
	totalEvery   = 60.0
)

// NewVICIdial returns VICIdial's ADAPT_HARD_LIMIT. onlyIdle is its setting
// Available-Only-Tally: the ratio then counts idle agents only.
func NewVICIdial(onlyIdle bool) Policy {
	return &vicidial{view: newView(), onlyIdle: onlyIdle, level: 1}
}

// Observe counts, and notes the last answers.
func (v *vicidial) Observe(e Event) {
	began := v.dayBegan
	v.view.Observe(e)
	switch {
	case e.Kind == Answered && e.Human:
		v.recent = append(v.recent, outcome{at: e.At})
	case e.Kind == Abandoned:
		v.recent = append(v.recent, outcome{e.At, true})
	case v.dayBegan != began:
		v.level, v.drops, v.answers = 1, 0, 0
		v.ready, v.waits, v.agents, v.recent = nil, nil, nil, nil
	}
}

// Calls samples, adapts and dials, each at its own pace.
func (v *vicidial) Calls(at float64) int {
	if at >= v.nextSample {
		v.nextSample = at + sampleEvery
		v.ready = lastOf(append(v.ready, float64(v.idle)))
		v.waits = lastOf(append(v.waits, float64(v.waiting)))
		v.agents = lastOf(append(v.agents, float64(v.staffed())))
	}
	if at >= v.nextTotal {
		v.nextTotal = at + totalEvery
		v.drops, v.answers = v.abandoned, v.answered
	}
	if at >= v.nextAdapt {
		v.nextAdapt = at + adaptEvery
		v.adapt(at)
	}
	if at < v.nextDial {
		return 0
	}
	v.nextDial = at + dialEvery
	return max(0, v.goal()-v.active())
}

func lastOf(samples []float64) []float64 { return samples[max(0, len(samples)-15):] }

// adapt moves the level by what the samples say, and limits it by the drops.
func (v *vicidial) adapt(at float64) {
	if agents := mean(v.agents); agents > 0 {
		// With an intensity of 0 a step either way is taken as it is.
		v.level *= 1 + (mean(v.ready)-mean(v.waits))/agents
	}
	v.level = min(max(v.level, 1), highestLevel)
	calls, dropped := v.lastMinute(at)
	if calls > 20 && 2*dropped > calls {
		v.level /= 2
	}
	if v.answers > 50 && float64(v.drops) > droppedLimit*float64(v.answers) {
		v.level = 1
	}
	v.level = max(v.level, 1)
}

func (v *vicidial) lastMinute(at float64) (calls, dropped int) {
	for len(v.recent) > 0 && v.recent[0].at < at-60 {
		v.recent = v.recent[1:]
	}
	for _, o := range v.recent {
		if o.dropped {
			dropped++
		} else {
			calls++
		}
	}
	return calls, dropped
}

// goal is how many calls shall be active.
func (v *vicidial) goal() int {
	if v.onlyIdle {
		return int(math.Round(v.level*float64(v.idle))) + v.talking
	}
	return int(math.Round(v.level * float64(v.idle+v.talking)))
}

// active is how many are: ringing, waiting or in a talk.
func (v *vicidial) active() int { return len(v.lines) + v.waiting + v.talking }

func mean(all []float64) float64 {
	var sum float64
	for _, x := range all {
		sum += x
	}
	return sum / max(float64(len(all)), 1)
}
