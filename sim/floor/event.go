package floor

// Kind is what happened.
type Kind int

// What a policy is told of.
const (
	Placed    Kind = iota // a call was placed
	Ringing               // it rings
	Answered              // it was answered, by a person if Human
	Ended                 // it is over
	Abandoned             // a person answered, and no agent came in time
	Idle                  // an agent waits for a call
	Talking               // an agent talks
	WrapUp                // an agent writes up a call
	Away                  // an agent is gone
)

// Event is one thing that happened.
type Event struct {
	At    float64 // seconds since the campaign began
	Kind  Kind
	ID    int // of the call or the agent
	Human bool
}

// Policy is what decides how many calls to place.
type Policy interface {
	// Observe tells it what happened, in order.
	Observe(e Event)
	// Calls returns how many calls shall be placed now. The time is in seconds
	// since the campaign began.
	Calls(at float64) int
}
