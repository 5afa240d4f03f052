package people

import "time"

// Kind is what an Entry tells of.
type Kind string

// The kinds of entries. "They" are the service, "we" the person or phone whose
// entry it is.
const (
	KindInvite     Kind = "invite"     // they rang us: each INVITE that arrived, see Repeat
	KindChallenged Kind = "challenged" // we asked for credentials (407)
	KindRinging    Kind = "ringing"    // we ring (180 or 183)
	KindAnswered   Kind = "answered"   // we answered (200 sent first), or they answered us (200 received)
	KindAck        Kind = "ack"        // they acknowledged our 200, or we theirs
	KindRefused    Kind = "refused"    // a final response of 300 or more was given, see By and Status
	KindCancel     Kind = "cancel"     // they gave up ringing us
	KindReinvite   Kind = "reinvite"   // they changed the running call
	KindBye        Kind = "bye"        // the call was ended, see By
	KindLost       Kind = "lost"       // nobody answered what we sent (no ACK for 32 s, no response)

	KindPlaced   Kind = "placed"   // we called the service: INVITE sent
	KindProgress Kind = "progress" // the service rings us back: 18x received

	KindHearing Kind = "hearing" // a prompt is recognised, and still sounds
	KindHeard   Kind = "heard"   // a prompt was heard to its end
	KindCut     Kind = "cut"     // a prompt that was recognised stopped before its end
	KindPress   Kind = "press"   // a key is being pressed: its first packet has left
	KindRelease Kind = "release" // it was let go: an end packet has left, more follow
	KindKey     Kind = "key"     // a key was pressed: its last end packet has left
	KindVoice   Kind = "voice"   // the voice of another person is heard for the first time
	KindSilence Kind = "silence" // no packet arrived for the person's patience
	KindEnded   Kind = "ended"   // the leg is over; what was received is in its summary

	KindRegistered   Kind = "registered"   // a phone's REGISTER was accepted
	KindUnregistered Kind = "unregistered" // its binding was removed
	KindKilled       Kind = "killed"       // the phone vanished without a word
	KindStray        Kind = "stray"        // a request outside any call of ours, see Note
)

// Side is who did something.
type Side string

// The two sides of a call.
const (
	Service Side = "service" // who is judged
	Person  Side = "person"  // a person or phone of the network
)

// Repeat says why an INVITE arrived again for a Call-ID that is known.
type Repeat string

// The reasons. Only an INVITE with First is a call of its own.
const (
	First          Repeat = "first"
	Credentialed   Repeat = "credentials"    // after our 407
	Retransmission Repeat = "retransmission" // the same branch and CSeq
	Duplicate      Repeat = "duplicate"      // the same Call-ID outside these two: a fault
)

// Entry is one fact of the diary. Fields that its kind has no use for are
// empty.
type Entry struct {
	Seq     int64     `json:"seq"` // 1, 2, 3, ... in the order written
	At      time.Time `json:"at"`  // when it happened; for received packets the kernel's time of arrival
	Kind    Kind      `json:"kind"`
	Who     string    `json:"who"`               // the number, or the phone's name
	Leg     int       `json:"leg,omitempty"`     // 1, 2, ... in the order the calls began
	Attempt int       `json:"attempt,omitempty"` // how many calls this number has received with this one
	Persona Persona   `json:"persona,omitempty"`

	CallID   string `json:"call_id,omitempty"`
	From     string `json:"from,omitempty"`      // user part of the From URI
	FromName string `json:"from_name,omitempty"` // display name of From
	To       string `json:"to,omitempty"`        // user part of the request URI
	Branch   string `json:"branch,omitempty"`
	CSeq     uint32 `json:"cseq,omitempty"`
	Repeat   Repeat `json:"repeat,omitempty"` // KindInvite
	Status   int    `json:"status,omitempty"` // of the response that was sent or received
	By       Side   `json:"by,omitempty"`     // who ended, answered or refused

	Label string    `json:"label,omitempty"` // the prompt that sounds, or for keys the one that was last heard
	Times int       `json:"times,omitempty"` // how often it was heard to its end on this leg
	Start time.Time `json:"start,omitzero"`  // when the prompt or key began
	Key   string    `json:"key,omitempty"`
	Voice string    `json:"voice,omitempty"` // whose voice: a phone's name or a caller's number
	Note  string    `json:"note,omitempty"`
}
