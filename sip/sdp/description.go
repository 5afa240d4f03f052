package sdp

import (
	"errors"
	"net/netip"
	"time"
)

// The causes of errors.
var (
	ErrMalformed = errors.New("malformed SDP")             // it cannot be read: 400
	ErrNoAudio   = errors.New("no audio to agree on")      // it offers nothing of use: 488
	ErrNoCodec   = errors.New("neither PCMU nor PCMA")     // likewise
	ErrRefused   = errors.New("the audio was refused")     // an answer with port 0
	ErrMismatch  = errors.New("answer to another offer")   // an answer with other media, or other keys, than were offered
	ErrInsecure  = errors.New("no encryption to agree on") // the sound would be plain, or encrypted in a way not known: 488
)

// Description is a session description.
type Description struct {
	Origin Origin
	Addr   netip.Addr // the c= line of the session; invalid where there is none
	Media  []Media    // all m= lines, in order
}

// Origin is the o= line, which tells one version of a description from another.
type Origin struct {
	User    string // empty is written as "-"
	ID      string // digits
	Version string // digits; another one when the description has changed
	Addr    string // an address or name, for information
}

// Media is one m= line with what follows it.
type Media struct {
	Kind      string     // audio, video, image ...
	Port      uint16     // 0: refused
	Proto     string     // RTP/AVP ...
	Addr      netip.Addr // its own c= line; invalid where there is none
	Formats   []Format   // of RTP media
	Other     string     // the formats of other media, as written
	Ptime     time.Duration
	MaxPtime  time.Duration
	Direction Direction
	Crypto    []Crypto       // keys that this side knows what to do with, in order
	Mux       bool           // RTCP comes by the port of RTP
	RTCP      netip.AddrPort // of an a=rtcp line; an invalid address means that of RTP, port 0 that there is no line
}

// Format is one RTP payload type.
type Format struct {
	PT       uint8  // 0 to 127
	Name     string // as in rtpmap, in upper case: PCMA, TELEPHONE-EVENT; empty when unknown
	ClockHz  int
	Channels int    // 0 means 1
	Params   string // of fmtp, as written
}

// Direction is who sends, as seen by the author of the description.
type Direction string

// The directions of RFC 3264. The empty one means SendRecv.
const (
	SendRecv Direction = "sendrecv"
	SendOnly Direction = "sendonly"
	RecvOnly Direction = "recvonly"
	Inactive Direction = "inactive"
)

// Sends tells whether the author of the description sends.
func (d Direction) Sends() bool { return d != RecvOnly && d != Inactive }

// Receives tells whether the author of the description receives.
func (d Direction) Receives() bool { return d != SendOnly && d != Inactive }

// direction is the one in which so is sent and received.
func direction(sends, receives bool) Direction {
	switch {
	case sends && receives:
		return SendRecv
	case sends:
		return SendOnly
	case receives:
		return RecvOnly
	default:
		return Inactive
	}
}
