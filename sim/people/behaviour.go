package people

import (
	"cmp"
	"time"
)

// Persona is how a person takes one call.
type Persona string

// The personas. The first five do not answer; Nonexistent belongs to a number,
// the others to one attempt.
const (
	Nonexistent Persona = "nonexistent" // 404, at each attempt
	Busy        Persona = "busy"        // 486
	NoAnswer    Persona = "no_answer"   // rings until CANCEL
	Unavailable Persona = "unavailable" // 480
	Refuses     Persona = "refuses"     // 603 after a ring or two

	Complies   Persona = "complies"    // presses a key of the prompt's own after hearing it
	HangsUp    Persona = "hangs_up"    // ends the call within the first seconds of listening
	Silent     Persona = "silent"      // listens to everything and presses nothing
	BargesIn   Persona = "barges_in"   // presses as soon as the prompt is recognised
	PressesBad Persona = "presses_bad" // presses a key that is not offered, then a right one
	WantsAgent Persona = "wants_agent" // presses 0 where the book offers it
	OptsOut    Persona = "opts_out"    // presses 9 where the book offers it
)

// Behaviour is how likely people do what, and how long it takes them. The zero
// value is a lively mix in which about 73 % are reached within three attempts.
type Behaviour struct {
	// Mix are the weights of the personas; nil means DefaultMix.
	Mix map[Persona]float64

	RingMin, RingMax     time.Duration // before answering; 0 means 1 s and 6 s
	ThinkMin, ThinkMax   time.Duration // from a prompt's end to the key; 0 means 600 ms and 2.5 s
	ListenMin, ListenMax time.Duration // until HangsUp ends the call; 0 means 1 s and 8 s
	TalkMin, TalkMax     time.Duration // with an agent, from the agent's first sound; 0 means 4 s and 9 s
	Patience             time.Duration // without hearing a packet, until the person hangs up; 0 means 10 s
	LongestCall          time.Duration // after which anyone hangs up; 0 means 3 min
	EarlyMedia           float64       // share of people whose ringing is heard as sound (183); 0 means 0.1, below 0 none
	OneCodec             float64       // share of phones that speak only one law; 0 means 0.4, below 0 none
}

// DefaultMix is the mix of Behaviour's zero value.
func DefaultMix() map[Persona]float64 {
	return map[Persona]float64{
		Nonexistent: 4, Refuses: 3, Busy: 17, NoAnswer: 24, Unavailable: 10,
		Complies: 30, HangsUp: 3, Silent: 2, BargesIn: 3, PressesBad: 1.5, WantsAgent: 1.5, OptsOut: 1,
	}
}

func (b Behaviour) withDefaults() Behaviour {
	if b.Mix == nil {
		b.Mix = DefaultMix()
	}
	b.RingMin, b.RingMax = span(b.RingMin, b.RingMax, time.Second, 6*time.Second)
	b.ThinkMin, b.ThinkMax = span(b.ThinkMin, b.ThinkMax, 600*time.Millisecond, 2500*time.Millisecond)
	b.ListenMin, b.ListenMax = span(b.ListenMin, b.ListenMax, time.Second, 8*time.Second)
	b.TalkMin, b.TalkMax = span(b.TalkMin, b.TalkMax, 4*time.Second, 9*time.Second)
	b.Patience = cmp.Or(b.Patience, 10*time.Second)
	b.LongestCall = cmp.Or(b.LongestCall, 3*time.Minute)
	b.EarlyMedia = cmp.Or(b.EarlyMedia, 0.1)
	b.OneCodec = cmp.Or(b.OneCodec, 0.4)
	return b
}

// span fills in what is missing of a range; one bound alone is also the other.
func span(lo, hi, loDefault, hiDefault time.Duration) (time.Duration, time.Duration) {
	if lo == 0 && hi == 0 {
		return loDefault, hiDefault
	}
	lo, hi = cmp.Or(lo, hi), cmp.Or(hi, lo)
	return lo, max(lo, hi)
}
