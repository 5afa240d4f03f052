package people

import "time"

// Invite is one call that the service placed: all INVITEs of one Call-ID to one
// number or phone.
type Invite struct {
	Leg     int       `json:"leg"`
	Who     string    `json:"who"` // the number or phone that was rung
	CallID  string    `json:"call_id"`
	From    string    `json:"from"`
	To      string    `json:"to"`
	Attempt int       `json:"attempt"`
	At      time.Time `json:"at"` // the first INVITE
	Persona Persona   `json:"persona,omitempty"`

	Credentialed    int `json:"credentialed"`    // repeats with credentials, after our 407
	Retransmissions int `json:"retransmissions"` // of any of them, by the same branch
	Duplicates      int `json:"duplicates"`      // INVITEs with its Call-ID that are neither: dialed twice (refused by 482)

	Rang      bool      `json:"rang"`
	Status    int       `json:"status"` // the final response that we gave; 0 for none
	Answered  time.Time `json:"answered,omitzero"`
	Acked     time.Time `json:"acked,omitzero"`
	Cancelled time.Time `json:"cancelled,omitzero"`
}

// Press is a key that a person pressed.
type Press struct {
	Leg     int       `json:"leg"`
	Who     string    `json:"who"`
	CallID  string    `json:"call_id"`
	Inbound bool      `json:"inbound"` // the person had called the service
	To      string    `json:"to"`      // the number that was called
	Attempt int       `json:"attempt"`
	Persona Persona   `json:"persona"`
	Label   string    `json:"label"` // the prompt that was last heard to its end, or that was barged into
	Times   int       `json:"times"` // how often that prompt had been heard on this leg
	Key     string    `json:"key"`
	Start   time.Time `json:"start"` // the first packet
	End     time.Time `json:"end"`   // the last end packet; zero when the call ended before it
	Bye     time.Time `json:"bye,omitzero"`
	ByeBy   Side      `json:"bye_by,omitempty"`
}

// Surely says whether the key had certainly reached the service: all its end
// packets had been sent at least 100 ms before BYE. A call without BYE counts.
func (p Press) Surely() bool {
	return !p.End.IsZero() && (p.Bye.IsZero() || p.Bye.Sub(p.End) >= 100*time.Millisecond)
}

// Leg is one call as its person or phone saw it.
type Leg struct {
	Leg      int       `json:"leg"`
	Who      string    `json:"who"`
	CallID   string    `json:"call_id"`
	Inbound  bool      `json:"inbound"` // the person or phone had called the service
	From     string    `json:"from"`
	FromName string    `json:"from_name,omitempty"`
	To       string    `json:"to"`
	Attempt  int       `json:"attempt"`
	Persona  Persona   `json:"persona,omitempty"`
	Began    time.Time `json:"began"`
	Answered time.Time `json:"answered,omitzero"`
	Bye      time.Time `json:"bye,omitzero"`
	ByeBy    Side      `json:"bye_by,omitempty"`
	Ended    time.Time `json:"ended,omitzero"`
	Status   int       `json:"status"` // the final response of the INVITE; 0 for none
	Codec    string    `json:"codec,omitempty"`
	Heard    []string  `json:"heard"`  // labels heard to their end, in order
	Keys     string    `json:"keys"`   // keys pressed, in order
	Voices   []Voice   `json:"voices"` // other people heard, in order
	Audio    Audio     `json:"audio"`

	SentFile  string `json:"sent_file,omitempty"`  // what the leg sent, if recorded
	HeardFile string `json:"heard_file,omitempty"` // what it heard, from the same instant on
}

// Voice is another person's voice as it was heard on a leg.
type Voice struct {
	Name  string    `json:"name"` // a phone's name or a caller's number
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// HeardVoice says whether the leg heard the voice of that phone or caller.
func (l Leg) HeardVoice(name string) bool {
	for _, v := range l.Voices {
		if v.Name == name {
			return true
		}
	}
	return false
}

// Audio is what a leg sent and received. A packet's schedule is its timestamp
// against the earliest packet of its talkspurt.
type Audio struct {
	Sent       int     `json:"packets_sent"`
	Received   int     `json:"packets_received"`
	Missing    int     `json:"packets_missing"` // by sequence number
	Late       int     `json:"late_over_30ms"`  // behind schedule
	Gaps       int     `json:"gaps_over_20ms"`  // pauses between packets that were over 20 ms longer than their timestamps say
	LatestMS   float64 `json:"latest_ms"`       // most behind schedule
	LongestGap float64 `json:"longest_gap_ms"`  // longest pause between two packets

	FirstPacket time.Time `json:"first_packet,omitzero"`
	LastPacket  time.Time `json:"last_packet,omitzero"`
}

func (a Audio) plus(b Audio) Audio {
	a.Sent += b.Sent
	a.Received += b.Received
	a.Missing += b.Missing
	a.Late += b.Late
	a.Gaps += b.Gaps
	a.LatestMS = max(a.LatestMS, b.LatestMS)
	a.LongestGap = max(a.LongestGap, b.LongestGap)
	return a
}
