package ivr

import "time"

// ActionKind names one thing that a flow wants done.
type ActionKind string

// What the line does.
const (
	Play    ActionKind = "play"
	Gather  ActionKind = "gather"
	Enqueue ActionKind = "enqueue"
	Dial    ActionKind = "dial"
	Record  ActionKind = "record"
	Hangup  ActionKind = "hangup"
)

// What the service does. It is on disk before any line action that follows it
// is started.
const (
	Answer   ActionKind = "answer"
	OptOut   ActionKind = "optout"
	Callback ActionKind = "callback"
)

// Action is one thing to be done. The field that belongs to its Kind is set.
//
// The line actions of one step are any number of Play, then at most one of
// Gather, Record, Enqueue, Dial or Hangup. Exactly one Event ends the wait that they start:
// Keys after Gather; Recorded, Silent or Failed after Record; Connected, TimedOut, Full or Failed after Enqueue; Connected,
// Busy, TimedOut or Failed after Dial; Played where only Play was asked; HungUp after Hangup, and at any time when the
// caller leaves. Who leaves while they speak to a Record has left a message: that is Recorded, and then HungUp.
type Action struct {
	Kind    ActionKind   `json:"kind"`
	Node    string       `json:"node"`              // the node that asks for it
	Prompt  *Prompt      `json:"prompt,omitempty"`  // of Play; of Gather and Record, where it may be nil
	Gather  *GatherSpec  `json:"gather,omitempty"`  // of Gather
	Record  *RecordSpec  `json:"record,omitempty"`  // of Record
	Enqueue *EnqueueSpec `json:"enqueue,omitempty"` // of Enqueue
	Dial    *DialSpec    `json:"dial,omitempty"`    // of Dial
	Answer  *AnswerSpec  `json:"answer,omitempty"`  // of Answer
	Scope   string       `json:"scope,omitempty"`   // of OptOut: "all" or "campaign"
	Reason  string       `json:"reason,omitempty"`  // of Callback: a line for whoever calls back
}

// ForLine tells whether the line does it, rather than the service.
func (a Action) ForLine() bool {
	switch a.Kind {
	case Play, Gather, Record, Enqueue, Dial, Hangup:
		return true
	case Answer, OptOut, Callback:
		return false
	}
	return false
}

// GatherSpec says how keys are collected. The line owns these timers.
type GatherSpec struct {
	MinDigits   int           `json:"min_digits"`              // fewest keys that end in an answer; at least 1
	MaxDigits   int           `json:"max_digits"`              // the gather ends at once when so many are pressed; at most 32
	FinishOnKey string        `json:"finish_on_key,omitempty"` // "#" or "*" ends the gather and is not reported
	Timeout     time.Duration `json:"timeout"`                 // from the end of the prompt to the first key
	InterDigit  time.Duration `json:"inter_digit"`             // from one key to the next
	BargeIn     bool          `json:"bargein,omitempty"`       // a key stops the prompt
	TypeAhead   bool          `json:"typeahead,omitempty"`     // keys pressed before the gather began count
}

// EnqueueSpec asks for an agent.
type EnqueueSpec struct {
	Queue          string        `json:"queue"`
	KnownAgent     string        `json:"known_agent,omitempty"` // the customer's own agent, tried alone first
	KnownAgentWait time.Duration `json:"known_agent_wait,omitempty"`
	MaxWait        time.Duration `json:"max_wait"`        // then TimedOut
	Music          string        `json:"music,omitempty"` // the name of a clip, repeated while waiting
}

// AnswerSpec is one result of a conversation.
type AnswerSpec struct {
	Result   string `json:"result"`             // the question's name
	Value    string `json:"value"`              // the keys pressed, a fixed word, or the id of a message
	Category string `json:"category,omitempty"` // what the value means, where the flow says so

	Message *Message `json:"message,omitempty"` // that the value is the id of
}

// PieceKind names what a piece of a prompt is made of.
type PieceKind string

// The pieces that prompts are joined from.
const (
	Text   PieceKind = "text"   // words, recorded or rendered as a whole
	Money  PieceKind = "money"  // a decimal amount, as 23.50; Unit is an ISO 4217 code
	Date   PieceKind = "date"   // a day, as 2026-12-04
	Digits PieceKind = "digits" // digits read one by one
	Number PieceKind = "number" // a whole number read as one
)

// Piece is one part of a prompt.
type Piece struct {
	Kind  PieceKind `json:"kind"`
	Value string    `json:"value"`
	Unit  string    `json:"unit,omitempty"`
}

// Prompt is what a caller hears in one go: pieces of one language, joined.
type Prompt struct {
	Lang   string  `json:"lang"` // BCP 47: zh, en
	Pieces []Piece `json:"pieces"`
}
