package session

import (
	"net/netip"
	"sync/atomic"
	"time"

	"careline/audio"
	"careline/media"
	"careline/sip/sdp"
)

// Remote is what a session must know of its peer.
type Remote struct {
	Addr     netip.AddrPort // where the peer's description says that it receives
	Codec    audio.Codec
	PT       uint8          // payload type of Codec
	Keys     bool           // the peer takes keys as events
	KeysPT   uint8          // payload type to send them with; also taken when received
	InKeys   bool           // keys are expected with InKeysPT too, as our description named it
	InKeysPT uint8          // that payload type
	Ptime    time.Duration  // sound in a packet; 0 means 20 ms
	Hold     bool           // nothing may be sent
	Mute     bool           // the peer says that it sends nothing; then, and on hold, its silence is no sign of death
	Early    bool           // the call is not answered: nobody's silence is a sign of death
	Mux      bool           // RTCP goes by the ports of RTP
	RTCP     netip.AddrPort // where the peer receives RTCP; port 0 means the port after Addr's
	Local    sdp.Crypto     // key of what is sent; without one it is plain
	Peer     sdp.Crypto     // key of what the peer sends
}

// RemoteOf is the peer that an offer and its answer have agreed on.
func RemoteOf(a sdp.Agreed) Remote {
	return Remote{
		Addr: a.Remote, Codec: audio.Codec(a.Codec), PT: a.PT,
		Keys: a.Keys, KeysPT: a.KeysPT, InKeys: a.LocalKeys, InKeysPT: a.LocalKeyPT,
		Ptime: a.Ptime, Hold: !a.Sends, Mute: !a.Receives,
		Mux: a.Mux, RTCP: a.RTCP, Local: a.Local, Peer: a.Peer,
	}
}

func (r Remote) format() media.Format {
	return media.Format{Codec: r.Codec, PT: r.PT, Keys: r.Keys, KeysPT: r.KeysPT, Ptime: r.Ptime}
}

// peer is a Remote in force, and where its packets really come from.
type peer struct {
	Remote
	since time.Time
	held  bool // nothing is sent
	via   netip.Addr
	dest  atomic.Pointer[netip.AddrPort] // where to send

	seal, open *cipher // nil: its sound is plain
	former     *cipher // that open has taken the place of
	shut       bool    // its sound would be plain, and may not be
}

// kind is what a payload type means.
type kind int

const (
	other kind = iota
	sound
	key
	comfort // the peer is silent, and there
)

// comfortPT is the payload type of comfort noise (RFC 3389). Peers send it
// without having agreed on it.
const comfortPT = 13

// kindOf tells what a received payload type means, and the codec of sound. Both
// laws are taken at any time, under their static payload types too.
func (r *Remote) kindOf(pt uint8) (kind, audio.Codec) {
	switch {
	case r.Keys && pt == r.KeysPT, r.InKeys && pt == r.InKeysPT:
		return key, 0
	case pt == r.PT:
		return sound, r.Codec
	case pt == uint8(audio.PCMU):
		return sound, audio.PCMU
	case pt == uint8(audio.PCMA):
		return sound, audio.PCMA
	case pt == comfortPT:
		return comfort, 0
	default:
		return other, 0
	}
}
