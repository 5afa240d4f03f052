package twin

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrHungUp is why nothing more can be done with a Party.
var ErrHungUp = errors.New("the party has hung up")

// Line is the telephone network on the far side of the twin.
type Line interface {
	// Run serves until ctx ends. It gives each call from a person to take, which
	// returns when that call is over.
	Run(ctx context.Context, take func(ctx context.Context, a Arrival)) error
	// Dial calls somebody and returns who has answered, or an *UnansweredError. When
	// ctx ends before, the call is given up.
	Dial(ctx context.Context, d Dialing) (Party, error)
}

// Dialing asks the line for a call.
type Dialing struct {
	Call           string // its sid
	To             string // a number as E.164, or a SIP URI without headers
	From           string
	Headers        []Header // of a SIP URI
	User, Password string   // for who is called by SIP and asks
	Ringing        func()   // called once when it rings
}

// Header is a SIP header.
type Header struct{ Name, Value string }

// UnansweredError is a call that nobody has answered.
type UnansweredError struct {
	Status int // of SIP; 487 for a call that was given up
	Text   string
}

// Error says how the call ended.
func (u *UnansweredError) Error() string { return fmt.Sprintf("not answered: %d %s", u.Status, u.Text) }

// Arrival is a call from a person.
type Arrival interface {
	From() string // as the network shows it
	To() string   // the number dialed
	// Answer takes it. An error says that the caller has gone.
	Answer(ctx context.Context) (Party, error)
	// Reject refuses it with a SIP status.
	Reject(status int)
	// Done is closed when the caller has given up, or the call was refused.
	Done() <-chan struct{}
}

// Party is one person on the line, after the answer. But for Hangup and Done
// its methods are called from one goroutine.
type Party interface {
	// Play plays sounds one after another. It returns nil once all were heard to
	// the end, ErrHungUp, or ctx's cause.
	Play(ctx context.Context, sounds []*Sound) error
	// Ask plays sounds and collects keys, likewise. With an error it returns what
	// was collected until then.
	Ask(ctx context.Context, a Ask) (Reply, error)
	// Join lets the two parties, of one Line, hear each other until one has hung
	// up or ctx ends.
	Join(ctx context.Context, other Party) error
	// Hangup ends the call now. It may be called more than once.
	Hangup()
	// Done is closed when the call is over.
	Done() <-chan struct{}
}

// Detected is a Party of which the network knows what machine detection will
// say. Any other is human.
type Detected interface {
	// AnsweredBy is what has answered, such as human, machine_start, fax or
	// unknown, when that is known after the answer, and when a machine's
	// greeting ends.
	AnsweredBy() (by string, known, greeted time.Duration)
}

// Sound is one thing to be heard.
type Sound struct {
	URL    string        // of Play
	Text   string        // of Say
	Length time.Duration // in life
	PCM    []int16       // at 8000 Hz; nil is silence
}

// Ask is what a Party hears and how their keys are collected. Times are those
// of life.
type Ask struct {
	Document string        // the URL of the document that asks
	Sounds   []*Sound      // a key stops them
	Finish   string        // the keys that end it; they are not among Reply.Keys
	Most     int           // this many keys end it; 0 means any number
	First    time.Duration // from the end of the sounds to the first key
	Next     time.Duration // from one key to the next; 0 means First
	Record   bool          // what is said is recorded, and First is the silence that ends it; 0: no silence does
	Longest  time.Duration // of a recording
}

// Reply is what came back.
type Reply struct {
	Keys     string
	Finish   string // the key that ended it, if one did
	Sound    []int16
	Recorded time.Duration // the length of a recording, in life
}
