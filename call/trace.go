package call

import (
	"time"

	"careline/campaigns"
)

// Trace is how one leg of a call went: on the wire, or at the carrier where it
// lives.
type Trace struct {
	ID          string // the call's; of a leg to an agent's phone its own
	Serves      string // the call that this leg was for; empty for a call of its own
	SIPCallID   string
	Direction   Direction
	From, To    string // numbers, or an agent's name
	Trunk       string
	Phone       string // the agent whose phone it is
	Campaign    campaigns.ID
	Contact     campaigns.ContactID
	Disposition campaigns.Disposition
	BegunAt     time.Time
	RingingAt   time.Time // zero when it did not ring
	AnsweredAt  time.Time // zero when it was not answered
	EndedAt     time.Time
	Detail      TraceDetail
	Messages    []byte // as package sip/trace packs them; empty where they were not asked for
	Told        Fact   // by the carrier, of a call that lives there; its ID is empty where the leg is ours
}

// Hosted tells whether the call lives at a carrier: it went by no message of ours.
func (t Trace) Hosted() bool { return t.Told.ID != "" }

// TraceDetail is what is kept of a leg beside what it can be found by.
type TraceDetail struct {
	Evidence campaigns.Evidence `json:"evidence,omitzero"`
	Ending   Ending             `json:"ending,omitempty"`   // of one that was answered
	Why      string             `json:"why,omitempty"`      // how it ended, in words
	Reason   string             `json:"reason,omitempty"`   // the Reason header that the far end gave
	Attested string             `json:"attested,omitempty"` // what networks said of the caller's right to their number
	Timers   Timers             `json:"timers"`
	Sound    *Sound             `json:"sound,omitempty"` // nil where there was none
}

// Timers are the milliseconds of a leg from its INVITE to each stage; 0 for one
// that did not come.
type Timers struct {
	Trying  int64 `json:"trying_ms,omitempty"`  // 100
	Ringing int64 `json:"ringing_ms,omitempty"` // the first 18x: the post-dial delay
	Final   int64 `json:"final_ms,omitempty"`   // the final response
	Ack     int64 `json:"ack_ms,omitempty"`
	Cancel  int64 `json:"cancel_ms,omitempty"`
	Bye     int64 `json:"bye_ms,omitempty"`
	Over    int64 `json:"over_ms,omitempty"` // the response to BYE
}

// Sound is what was measured of a leg's sound.
type Sound struct {
	Sent     uint64  `json:"sent"` // packets
	Received uint64  `json:"received"`
	Lost     uint64  `json:"lost"` // of those that should have been received
	Late     uint64  `json:"late"` // of those sent, more than 30 ms after their time
	JitterMS float64 `json:"jitter_ms"`
	Secure   bool    `json:"secure,omitempty"` // it was encrypted

	// What the far end told of ours by RTCP; nothing where it told nothing.
	Told         uint64  `json:"told,omitempty"`      // reports
	PeerLost     uint64  `json:"peer_lost,omitempty"` // packets of ours that did not arrive
	PeerJitterMS float64 `json:"peer_jitter_ms,omitempty"`
	RTTMS        float64 `json:"rtt_ms,omitempty"` // to the far end and back
}
