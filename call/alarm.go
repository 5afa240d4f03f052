package call

import "time"

// AlarmKind is what an alarm is about.
type AlarmKind string

// The kinds of alarms.
const (
	AlarmBan     AlarmKind = "ban"            // a source that guesses passwords is shut out
	AlarmTrunk   AlarmKind = "trunk"          // a trunk cannot be used
	AlarmCap     AlarmKind = "cap"            // a trunk has used up a day's calls, minutes or money, or nearly so
	AlarmBlocked AlarmKind = "caller_blocked" // the network refuses the number that we show
	AlarmTraffic AlarmKind = "traffic"        // calls that are out of the ordinary
)

// Alarm is something that a person should look at. One of a kind and subject is
// open at a time.
type Alarm struct {
	Kind    AlarmKind
	Subject string // a trunk, a source address, a number that we show
	Text    string // what has happened, for people; empty says that it is over
	At      time.Time
	Until   time.Time // it is over by itself then; zero: when it is told to be
}

// OpenAlarm is an alarm as it is kept.
type OpenAlarm struct {
	Alarm           // as it was raised last
	Since time.Time // it was raised first
	Times int       // how often since
	Over  time.Time // zero: it is open
}
