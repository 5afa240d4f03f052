// Package session is the sound of one leg: an RTP endpoint on a UDP socket that
// plays clips, sends and receives keys, finds its peer behind a NAT, relays to
// another leg, and is recorded.
//
// It knows SDP only as what two sides have agreed on, and nothing of SIP, calls
// or flows.
package session
