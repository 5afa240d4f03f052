package ivr

import "time"

// EventKind names what happened on a line.
type EventKind string

// The events that a line, or the queue behind it, reports to a flow.
const (
	Answered  EventKind = "answered"  // the call is up; the first event of every conversation
	Played    EventKind = "played"    // the prompts of a step that asks nothing have been heard to their end
	Keys      EventKind = "keys"      // a gather has ended; Event.Keys is empty when nothing was pressed
	Recorded  EventKind = "recorded"  // a message has been left, and is kept for good: Event.Message
	Silent    EventKind = "silent"    // nothing was said where a message was asked for
	Connected EventKind = "connected" // an agent, or whoever was dialed, was on the line, has left, and the caller remains
	Busy      EventKind = "busy"      // whoever was dialed is busy, or does not want to talk
	TimedOut  EventKind = "timeout"   // nobody took the caller in time, or answered
	Full      EventKind = "full"      // the queue takes no more callers, or has nobody who could ever come
	Failed    EventKind = "failed"    // the line could not do what was asked
	Machine   EventKind = "machine"   // a machine has answered and its greeting is over; at any time, of a call that was to be told so
	HungUp    EventKind = "hungup"    // the call is over; the last event of every conversation
)

// Event is one thing that happened on a line.
type Event struct {
	Kind EventKind `json:"kind"`
	At   time.Time `json:"at"`             // when it happened
	Keys string    `json:"keys,omitempty"` // of Keys: what was pressed, 0-9 * #, without the finishing key

	Message Message `json:"message,omitzero"` // of Recorded
}
