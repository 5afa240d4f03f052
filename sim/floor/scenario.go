package floor

import (
	"math"
	"math/rand/v2"
)

// Scenario is a campaign to be dialed. Times are in seconds.
type Scenario struct {
	Agents   int
	Days     int
	Seed     uint64
	Answer   float64 // chance that a person answers, 0..1
	Drift    bool    // it changes by the hour and by the day
	Tick     float64 // time between decisions
	Day      float64 // how long a day is
	Patience float64 // an answered call waits so long for an agent; then it is abandoned
	Ring     Ring
	Talk     Law
	Wrap     Law
	// What the plain protocol has not:
	Machines  float64               // share of people who are taken for machines, 0..1
	Detection float64               // seconds from an answer until it is known for a person
	Halves    float64               // second of the day from which half as many answer; 0 means never
	Shift     func(agent int) Shift // nil means the whole day
}

// Shift is when an agent is there, in seconds of the day.
type Shift struct{ From, To float64 }

// Protocol is the scenario that policies are compared by: 8 h days, decisions
// every half second, 3 s until it rings and then 8 s in the mean until people
// answer, one call in ten failing after 4 s, the rest ringing out at 25 s, talks
// of 150 s and a wrap-up of 30 s.
func Protocol(agents int, answer float64) Scenario {
	return Scenario{
		Agents: agents, Answer: answer, Days: 5, Tick: 0.5, Day: 8 * 3600, Patience: 2,
		Ring: Ring{Delay: 3, Mean: 8, Longest: 22, FastFail: 0.1, FailAt: 4, GiveUp: 25},
		Talk: Law{Mean: 150, CV: 1}, Wrap: Law{Mean: 30, CV: 0.5},
	}
}

// profile multiplies the chance of an answer, hour by hour.
var profile = [8]float64{0.75, 0.95, 1.1, 0.85, 0.7, 0.95, 1.25, 1.45}

// mostAnswer bounds the chance of an answer where it drifts.
const mostAnswer = 0.9

// dayFactors draws what the days multiply the chance of an answer by.
func (s *Scenario) dayFactors(r *rand.Rand) []float64 {
	all := make([]float64, s.Days)
	for i := range all {
		all[i] = 1
		if z := r.NormFloat64(); s.Drift {
			all[i] = math.Exp(0.15 * z)
		}
	}
	return all
}

// chance returns the chance of an answer at a second of a day.
func (s *Scenario) chance(at, factor float64) float64 {
	p := s.Answer
	if s.Drift {
		p *= factor * profile[min(int(at/s.Day*8), 7)]
	}
	if s.Halves > 0 && at >= s.Halves {
		p /= 2
	}
	return min(p, mostAnswer)
}

func (s *Scenario) shift(agent int) Shift {
	if s.Shift == nil {
		return Shift{0, s.Day}
	}
	return s.Shift(agent)
}
