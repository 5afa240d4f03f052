package call

import (
	"sync"
	"time"

	"careline/campaigns"
)

// Moment is something that a Witness has seen.
type Moment string

// The moments of an answered call.
const (
	Known     Moment = "known"     // who answered is known: Sight.Party
	Taken     Moment = "taken"     // Sight.Agent takes it: the phone rings, or they talk
	Untaken   Moment = "untaken"   // the agent did not take it after all
	Abandoned Moment = "abandoned" // no agent came in time
)

// Sight is one thing that a Witness has seen.
type Sight struct {
	Moment Moment
	Party  campaigns.Party
	Agent  string
}

// Patience is how long a callee who answered may wait for an agent.
type Patience struct {
	Limit      time.Duration // 0 means 2 s
	FromAnswer bool          // counted from the answer, in place of from the end of the greeting
}

const defaultPatience = 2 * time.Second

// WitnessOptions tune a Witness.
type WitnessOptions struct {
	Agents   bool              // an agent shall come: a campaign that has agents
	Machine  campaigns.Machine // what becomes of a call that a machine has answered; empty is off
	Patience Patience
	Told     func(Sight) // may be nil; must be quick
}

// Witness notes who has answered an outbound call and what followed, and says
// until when an agent has to come. Whatever carries the call tells it what it
// hears; a nil Witness notes nothing. It may be used by many goroutines.
type Witness struct {
	o WitnessOptions

	mu         sync.Mutex
	changed    chan struct{} // closed at the next change that Deadline depends on
	answeredAt time.Time
	spoke      bool // the callee has begun to speak
	r          campaigns.Reception
}

// NewWitness returns the witness of one call.
func NewWitness(o WitnessOptions) *Witness {
	if o.Patience.Limit == 0 {
		o.Patience.Limit = defaultPatience
	}
	if o.Machine == "" {
		o.Machine = campaigns.MachineOff
	}
	return &Witness{o: o, changed: make(chan struct{})}
}

// Listens tells whether somebody shall listen to who has answered.
func (w *Witness) Listens() bool {
	return w != nil && (w.o.Agents || w.o.Machine != campaigns.MachineOff)
}

// Machine is what becomes of the call if a machine has answered.
func (w *Witness) Machine() campaigns.Machine {
	if w == nil {
		return campaigns.MachineOff
	}
	return w.o.Machine
}

// Answered notes that the call is up.
func (w *Witness) Answered(at time.Time) {
	w.note(func() { w.answeredAt = at })
}

// Spoke notes that the callee has begun to speak.
func (w *Witness) Spoke() {
	w.note(func() { w.spoke = true })
}

// GreetingEnded notes that the callee's first words were over at a time.
func (w *Witness) GreetingEnded(at time.Time) {
	w.note(func() {
		if w.r.GreetingEndAt.IsZero() {
			w.spoke, w.r.GreetingEndAt = true, at
		}
	})
}

// Is notes who has answered; the first to say so is believed. Where nobody asks
// for machines none is noted: whoever is counted as one is not protected as a
// person.
func (w *Witness) Is(p campaigns.Party) {
	if w == nil || p == campaigns.MachineParty && w.o.Machine == campaigns.MachineOff {
		return
	}
	first := false
	w.note(func() {
		if first = w.r.Party == "" && p != ""; first {
			w.r.Party = p
		}
	})
	if first {
		w.tell(Sight{Moment: Known, Party: p})
	}
}

// Offered notes that an agent's phone is about to ring for the callee.
func (w *Witness) Offered(agent string) {
	if w != nil {
		w.tell(Sight{Moment: Taken, Agent: agent})
	}
}

// Missed notes that the agent did not take the call.
func (w *Witness) Missed(agent string) {
	if w != nil {
		w.tell(Sight{Moment: Untaken, Agent: agent})
	}
}

// Connected notes that an agent's sound is joined.
func (w *Witness) Connected(agent string, at time.Time) {
	first := false
	w.note(func() {
		if first = w.r.ConnectedAt.IsZero(); first {
			w.r.ConnectedAt = at
		}
	})
	if first {
		w.tell(Sight{Moment: Taken, Agent: agent})
	}
}

// Abandoned notes that no agent came in time.
func (w *Witness) Abandoned(at time.Time) {
	first := false
	w.note(func() {
		if first = w.r.AbandonedAt.IsZero() && w.r.ConnectedAt.IsZero(); first {
			w.r.AbandonedAt = at
		}
	})
	if first {
		w.tell(Sight{Moment: Abandoned})
	}
}

// Speaks notes that the service begins to say something: to a callee to whom no
// agent came it is the message in place of one.
func (w *Witness) Speaks(at time.Time) {
	w.note(func() {
		if !w.r.AbandonedAt.IsZero() && w.r.MessageAt.IsZero() {
			w.r.MessageAt = at
		}
	})
}

// OptedOut notes that the callee has asked not to be called again.
func (w *Witness) OptedOut() {
	w.note(func() { w.r.OptedOut = true })
}

// Awaits tells whether an agent shall come and has not, nor too late.
func (w *Witness) Awaits() bool {
	if w == nil || !w.o.Agents {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.r.ConnectedAt.IsZero() && w.r.AbandonedAt.IsZero()
}

// Deadline is until when an agent has to come, as things stand; zero while the
// callee speaks, or as long as nobody has told of the answer. changed is closed
// when that may have changed.
func (w *Witness) Deadline() (at time.Time, changed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.r.GreetingEndAt.IsZero() && !w.o.Patience.FromAnswer:
		at = w.r.GreetingEndAt.Add(w.o.Patience.Limit)
	case w.spoke && !w.o.Patience.FromAnswer, w.answeredAt.IsZero():
	default:
		at = w.answeredAt.Add(w.o.Patience.Limit)
	}
	return at, w.changed
}

// Limit is how long the callee may wait at most.
func (w *Witness) Limit() time.Duration { return w.o.Patience.Limit }

// Reception is what has been noted so far.
func (w *Witness) Reception() campaigns.Reception {
	if w == nil {
		return campaigns.Reception{}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.r
}

// note changes what is known, and tells who waits for it.
func (w *Witness) note(change func()) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *Witness) tell(s Sight) {
	if w.o.Told != nil {
		w.o.Told(s)
	}
}
