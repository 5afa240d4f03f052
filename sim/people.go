package sim

import (
	"cmp"
	"slices"
	"time"

	"careline/campaigns"
	"careline/ivr"
)

// People are those who are called. The first manner that fits a customer is how
// that customer behaves.
type People []Manner

// Manner is how some customers behave: chances of each attempt on one of them,
// or of each time that a question is put.
type Manner struct {
	Segment string // whom it is of; empty: everybody else

	Invalid float64 // chance that the number does not exist; of a number, not of an attempt
	Absent  float64 // chance that nobody ever answers it; likewise

	Answers float64 // chance of an attempt that it is answered, before the factors
	Busy    float64 // chance that the line is busy, likewise
	Off     float64 // chance that the phone is off or out of reach
	Machine float64 // chance that a machine has answered, of the calls that are
	Refuses float64 // chance that the call is turned away while it rings
	// whatever is left rings out

	ByAttempt []float64          // factors of Answers: at the 1st, 2nd, ... attempt; the last one goes on
	ByHour    map[int]float64    // likewise from an hour on, at the customer's place, until the next one named
	ByDay     map[string]float64 // likewise on mon, tue, ...
	PicksUp   Law                // from the first ring to the answer

	Asked map[string]Reply // by node, or by flow/node; "" is any other
	Think Law              // from the end of a question to the key
}

// Reply is what people do when they hear a prompt.
type Reply struct {
	HangsUp  float64            // chance that they leave while they listen
	Silent   float64            // chance that they hear a question and press nothing, or say nothing after the beep
	BargesIn float64            // chance that they do not wait for its end
	Presses  map[string]float64 // chances of the keys; whatever is left presses nothing
}

// manner is how a customer behaves.
func (p People) manner(c campaigns.Customer) Manner {
	for _, m := range p {
		if m.Segment == c.Segment && m.Segment != "" {
			return m
		}
	}
	for _, m := range p {
		if m.Segment == "" {
			return m
		}
	}
	return Manner{}
}

// factor is that of Answers for an attempt at a time, at the customer's place.
func (m Manner) factor(attempt int, at time.Time) float64 {
	f := 1.0
	if n := len(m.ByAttempt); n > 0 {
		f *= m.ByAttempt[min(max(attempt, 1), n)-1]
	}
	for hour := at.Hour(); hour >= 0; hour-- {
		if by, named := m.ByHour[hour]; named {
			f *= by
			break
		}
	}
	if by, named := m.ByDay[days[at.Weekday()]]; named {
		f *= by
	}
	return f
}

var days = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday counts

// outcome is what an attempt finds.
type outcome string

const (
	answers outcome = "answers"
	busy    outcome = "busy"
	off     outcome = "off"
	refuses outcome = "refuses"
	ringing outcome = "rings out"
	invalid outcome = "invalid"
)

// meets draws what an attempt finds: whose number it is decides first, then the
// attempt.
func (m Manner) meets(number, attempt dice, ordinal int, at time.Time) outcome {
	if number.chance("invalid", m.Invalid) {
		return invalid
	}
	likely := min(m.Answers*m.factor(ordinal, at), 1)
	if number.chance("absent", m.Absent) {
		likely = 0
	}
	roll := attempt.roll("meets")
	for _, way := range []struct {
		is     outcome
		chance float64
	}{{answers, likely}, {busy, m.Busy}, {off, m.Off}, {refuses, m.Refuses}} {
		if roll < way.chance {
			return way.is
		}
		roll -= way.chance
	}
	return ringing
}

// replies is what people do at a node of a flow.
func (m Manner) replies(flow, node string) Reply {
	for _, name := range []string{flow + "/" + node, node, ""} {
		if r, named := m.Asked[name]; named {
			return r
		}
	}
	return Reply{}
}

// How fast prompts are said where nobody has measured them.
const (
	perRune  = 65 * time.Millisecond  // of a script that writes sounds
	perHan   = 220 * time.Millisecond // of one that writes syllables
	perPiece = 300 * time.Millisecond // of silence around each piece
)

// Spoken estimates how long it takes to say a prompt.
func Spoken(p ivr.Prompt) time.Duration {
	var d time.Duration
	for _, piece := range p.Pieces {
		d += perPiece
		for _, r := range piece.Value {
			if r >= 0x2e80 {
				d += perHan
			} else {
				d += perRune
			}
		}
	}
	return d
}

// keyed is how long it takes to press some keys.
func keyed(keys string) time.Duration {
	return time.Duration(max(len(keys)-1, 0)) * 400 * time.Millisecond
}

// place is where a customer is, as far as chance is concerned.
func place(c campaigns.Customer, fallback string, known map[string]*time.Location) *time.Location {
	zones := c.Zones()
	name := fallback
	if len(zones) > 0 {
		name = zones[0]
	}
	name = cmp.Or(name, "UTC")
	if loc := known[name]; loc != nil {
		return loc
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		loc = time.UTC
	}
	known[name] = loc
	return loc
}

// DefaultPeople are those of a rehearsal that is told nothing about them: as
// mobile customers of an operator mostly are.
func DefaultPeople() People {
	return People{{
		Invalid: 0.02, Absent: 0.05, Answers: 0.40, Busy: 0.08, Off: 0.12, Refuses: 0.03,
		ByAttempt: []float64{1, 0.9, 0.8},
		ByHour:    map[int]float64{0: 0.3, 7: 0.8, 10: 1, 12: 0.95, 14: 1, 17: 1.15, 20: 1.1, 22: 0.5},
		PicksUp:   Law{Mean: 8 * time.Second, CV: 0.7, Least: time.Second, Most: 28 * time.Second},
		Think:     Law{Mean: 1500 * time.Millisecond, CV: 0.6, Least: 300 * time.Millisecond},
		Asked:     map[string]Reply{"": {HangsUp: 0.05, Silent: 0.05, BargesIn: 0.2, Presses: map[string]float64{"1": 0.6, "2": 0.3}}},
	}}
}

// check tells whether chances are chances.
func (m Manner) check() string {
	switch sum := m.Answers + m.Busy + m.Off + m.Refuses; {
	case slices.Min([]float64{m.Invalid, m.Absent, m.Answers, m.Busy, m.Off, m.Refuses}) < 0:
		return "a chance is below 0"
	case sum > 1:
		return "answers, busy, off and refuses come to more than 1"
	default:
		return ""
	}
}
