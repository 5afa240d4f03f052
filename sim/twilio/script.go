package twin

import (
	"cmp"
	"sync"
	"time"
)

// Script is how somebody takes one call. The zero value answers at once,
// presses nothing and stays until the other side hangs up.
type Script struct {
	Rings  time.Duration // from the call to the ringing; below 0 it never rings
	Answer time.Duration // from the ringing to the answer or the refusal
	Status int           // the SIP status that refuses it, as 486; 0 answers
	Never  bool          // rings until the call is given up

	// Machine is what machine detection says: machine, fax or unknown; "" is
	// human. It does so after Verdict (0: 2 s for people, 4 s for others), and a machine's greeting
	// ends after Greets (0: 8 s).
	Machine string
	Verdict time.Duration
	Greets  time.Duration

	// Keys are pressed at the first gather, the second, ...; none after the last.
	// "" presses nothing, Leave hangs up.
	Keys []string
	// Hears says what is pressed when the words or the URL of what a gather plays
	// contain the key, before Keys are looked at. Those don't count as one of Keys.
	Hears []Habit
	Bold  bool          // presses before the prompt is over
	Think time.Duration // from the prompt's end, or its beginning, to the first key; 0 means 500 ms
	Says  time.Duration // so long into a recording; 0 means 2 s, below 0 nothing
	Stays time.Duration // hangs up so long after the answer; 0 stays
	Talks time.Duration // hangs up so long after being joined with somebody; 0 stays
}

// Habit is what somebody does on hearing something.
type Habit struct {
	Part string // of the words or the URL
	Keys string // or Leave
}

// Leave is to hang up instead of pressing keys.
const Leave = "hangup"

// Scripts are a telephone line without sound, with somebody behind every
// number. They are a Line for one Twin.
type Scripts struct {
	o    ScriptOptions
	desk chan *arriving

	mu    sync.Mutex
	calls map[string]int // to a number
}

// ScriptOptions describe Scripts. The zero value are people who answer and press
// nothing.
type ScriptOptions struct {
	// Person says how the nth call to a number, from 1, is taken. Nil is the zero
	// Script for all.
	Person func(to string, nth int) Script
	// SIP takes calls to SIP addresses likewise.
	SIP   func(d Dialing) Script
	Speed float64 // as that of the twin; 0 means 1
}

// NewScripts makes a line of scripted people.
func NewScripts(o ScriptOptions) *Scripts {
	o.Speed = cmp.Or(o.Speed, 1)
	if o.Person == nil {
		o.Person = func(string, int) Script { return Script{} }
	}
	if o.SIP == nil {
		o.SIP = func(Dialing) Script { return Script{} }
	}
	return &Scripts{o: o, desk: make(chan *arriving), calls: map[string]int{}}
}
