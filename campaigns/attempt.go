package campaigns

import (
	"errors"
	"time"

	"careline/phone"
)

// Disposition is how an attempt ended.
type Disposition string

// The dispositions. Without machine detection Answered covers people and
// machines.
const (
	Answered      Disposition = "answered"
	Busy          Disposition = "busy"
	NoAnswer      Disposition = "no_answer"
	Unreachable   Disposition = "unreachable"
	InvalidNumber Disposition = "invalid_number"
	Refused       Disposition = "refused"
	Congestion    Disposition = "congestion" // the network's fault; does not count as an attempt on the customer
	Cancelled     Disposition = "cancelled"  // given up by us before an answer
	NotPlaced     Disposition = "not_placed" // nothing was sent
	Failure       Disposition = "failed"     // our own or the trunk's misconfiguration
	NotKnown      Disposition = "unknown"    // sent, but how it ended is not known
)

// MetMachine is a call that was answered, by a machine. No attempt ends as it,
// as they all are Answered; retries tell it apart.
const MetMachine Disposition = "machine"

// Met is the disposition as retries see it, of a call that a party answered.
func (d Disposition) Met(p Party) Disposition {
	if d == Answered && p == MachineParty {
		return MetMachine
	}
	return d
}

// Dispositions lists them all, in the order in which reports show them.
func Dispositions() []Disposition {
	return []Disposition{
		Answered, Busy, NoAnswer, Unreachable, InvalidNumber, Refused,
		Congestion, Cancelled, NotPlaced, Failure, NotKnown,
	}
}

// Counts tells whether an attempt that ended so counts as one on the customer.
// Those that the network or we ourselves spoiled do not.
func (d Disposition) Counts() bool {
	return d != Congestion && d != NotPlaced && d != Failure
}

// ErrEnded is the cause of a change to an attempt that has ended already.
var ErrEnded = errors.New("the attempt has ended already")

// AttemptID identifies an attempt: a UUIDv7. It is the call's id as well.
type AttemptID string

// Attempt is one row of the ledger: one INVITE at most. It is committed before
// the INVITE leaves.
type Attempt struct {
	ID       AttemptID
	Campaign ID
	Contact  ContactID
	Number   phone.Number
	CallerID phone.Number
	Ordinal  int // 1 is the first attempt on the contact
	Try      int // 1, or more when another trunk was tried within the attempt
	Trunk    string
	Node     string
	Leg      Leg
	FlowHash string

	BegunAt    time.Time
	RingingAt  time.Time // zero when no 18x came
	AnsweredAt time.Time // zero when not answered
	EndedAt    time.Time // zero while open

	Disposition Disposition // empty while open
	Evidence    Evidence
	Reception   Reception // of one that was answered
	Verdict     Verdict
}

// Leg names the call that an attempt places, so that a node which starts again
// can end what it began: the SIP dialog, or the call at the carrier that hosts it,
// which is named by Carrier and CallID alone.
type Leg struct {
	Carrier string `json:"carrier,omitempty"` // who hosts the call, as "twilio"; empty: it is a SIP dialog of the node's own
	CallID  string `json:"call_id"`           // of a hosted call the carrier's name for it, once known
	FromTag string `json:"from_tag"`
	Branch  string `json:"branch"` // of the first INVITE to where the call goes; a repeat, as with credentials, appends ".2"
	Target  string `json:"target"` // the request URI
	ToTag   string `json:"to_tag,omitempty"`
	Remote  string `json:"remote,omitempty"` // the peer's Contact, once answered

	Moved  string   `json:"moved,omitempty"`  // the request URI since a redirect; Branch and CSeq are those of the INVITE to it
	CSeq   uint32   `json:"cseq,omitempty"`   // of the INVITE that bears Branch; 0 means 1
	Routes []string `json:"routes,omitempty"` // the route set, once answered: URIs, the nearest proxy first
}

// Hosted tells whether the call lives at a carrier: it goes on, and ends, without
// the node that placed it.
func (l Leg) Hosted() bool { return l.Carrier != "" }

// Evidence is what a disposition was read from.
type Evidence struct {
	Status int    `json:"status,omitempty"` // SIP final status
	Cause  int    `json:"cause,omitempty"`  // Q.850, where a Reason header gave one
	Text   string `json:"text,omitempty"`

	Reason     string `json:"reason,omitempty"`        // the Reason headers as they came
	RetryAfter int    `json:"retry_after_s,omitempty"` // seconds, as the far end asked
	Heard      string `json:"heard,omitempty"`         // what the network said by sound: busy_tone, sit_vacant, announcement_2, ...
	Rule       Rule   `json:"rule,omitempty"`          // which of these decided
}

// Rest is how long the far end asked to be left alone; 0: it did not.
func (e Evidence) Rest() time.Duration { return time.Duration(e.RetryAfter) * time.Second }

// Rule is what decided a disposition.
type Rule string

// The rules, of which the first that applies decides.
const (
	ByUs     Rule = "ours"    // we ended it, or did not send it
	ByNobody Rule = "silence" // no response came
	ByCause  Rule = "q850"    // a Q.850 cause
	BySound  Rule = "sound"   // a tone or an announcement
	ByStatus Rule = "status"  // the SIP status
)

// Answer is one result as it is stored.
type Answer struct {
	CallID   string // an attempt's id, or an inbound call's
	Campaign ID
	Contact  ContactID
	Result   string
	Value    string
	Category string
	Node     string // the node that asked
	FlowHash string
	At       time.Time
}
