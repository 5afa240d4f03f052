package sip

import (
	"crypto/rand"
	"strconv"
	"strings"

	"careline/sip/sdp"
)

// newKeys makes a key for each suite.
func newKeys() []sdp.Crypto {
	suites := sdp.Suites()
	list := make([]sdp.Crypto, len(suites))
	for i, s := range suites {
		key, salt := s.KeySize()
		b := make([]byte, key+salt)
		_, _ = rand.Read(b) // never fails
		list[i] = sdp.Crypto{Tag: strconv.Itoa(i + 1), Suite: s, Key: sdp.Secret(b)}
	}
	return list
}

// secrecy is what is known of a call's encryption. A key serves one agreement: a
// counter that began anew with the same key would give the sound away, so ours
// changes whenever the peer's does.
type secrecy struct {
	wanted sdp.Security
	used   bool       // our keys were in force
	local  sdp.Crypto // that are in force; without a suite: none
	peer   sdp.Crypto
	proto  string // of the m= line
}

// on tells whether sound may be encrypted at all.
func (s *secrecy) on() bool { return s.wanted == sdp.Optional || s.wanted == sdp.Required }

// stale tells whether our keys must be changed before the agreement comes into
// force.
func (s *secrecy) stale(a sdp.Agreed) bool {
	return s.used && a.Local.Suite != "" && (a.Peer.Key != s.peer.Key || a.Peer.Suite != s.peer.Suite || a.Peer.MKI != s.peer.MKI)
}

// settle notes what is in force.
func (s *secrecy) settle(a sdp.Agreed) {
	s.local, s.peer, s.proto = a.Local, a.Peer, a.Proto
	s.used = s.used || a.Local.Suite != ""
}

// offering is this side as another offer of ours describes it: with the keys that
// are in force, or new ones.
func (s *secrecy) offering(l sdp.Local) sdp.Local {
	switch {
	case !s.on():
	case s.local.Suite != "":
		l.Crypto, l.Proto = []sdp.Crypto{s.local}, s.proto
	case s.used:
		l.Crypto = newKeys()
	}
	return l
}

// KeysReadable tells whether the keys of a trunk's encrypted sound go over the
// network so that anybody on the way can read them: its signalling is not
// encrypted.
func (t Trunk) KeysReadable() bool {
	encrypts := t.SRTP == sdp.Optional || t.SRTP == sdp.Required
	return encrypts && !strings.EqualFold(t.Transport, "tls")
}

// warnOfReadableKeys tells of trunks whose encryption is worth little.
func (d *Driver) warnOfReadableKeys() {
	for _, t := range d.opt.Trunks {
		if t.KeysReadable() {
			d.log.Warn("keys of a trunk's srtp can be read on the way, as its signalling goes without tls", "trunk", t.Name)
		}
	}
}
