package ivr

import "time"

// What a flow file may hold at most. They keep State, and what one step asks
// for, of bounded size.
const (
	MaxFileBytes   = 256 << 10
	MaxLanguages   = 8
	MaxNodes       = 200
	MaxPieces      = 16  // of one say in one language
	MaxTextLen     = 500 // characters of one text
	MaxReasonLen   = 200 // characters
	MaxResults     = 40
	MaxAttributes  = 40
	MaxNameLen     = 64 // of a flow, node, result, queue, attribute, category
	MaxValueLen    = 64 // bytes of a contact's attribute; a longer one counts as missing
	MaxDigits      = 32 // of one gather
	MaxTries       = 5  // of one gather
	MaxVisits      = 20 // of one node in one conversation; then the flow says goodbye
	MaxTimeout     = time.Minute
	MinTimeout     = 500 * time.Millisecond
	MaxQueueWait   = time.Hour
	maxSuggestions = 12 // names that a hint lists
)

// What holds where a flow file says nothing.
const (
	defaultDigits     = 1
	defaultTimeout    = 5 * time.Second
	defaultInterDigit = 3 * time.Second
	defaultTries      = 2
	defaultMaxWait    = 2 * time.Minute
	defaultKnownWait  = 15 * time.Second
)
