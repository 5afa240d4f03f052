package sdp

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// Local is this side of a session.
type Local struct {
	Addr      netip.AddrPort // where sound is received
	Codecs    []Codec        // in order of preference; nil means PCMA, PCMU
	KeysPT    uint8          // payload type of keys in an offer; 0 means 101
	Ptime     time.Duration  // 0 means 20 ms
	Direction Direction      // empty means SendRecv
	ID        uint64         // of the session: one for all descriptions of a call
	Version   uint64         // one higher for each changed description
	Security  Security       // empty means Off
	Proto     string         // of an offer's m= line; empty means RTP/SAVP where encryption is required, else RTP/AVP
	Crypto    []Crypto       // our keys, one for each suite that may be agreed on, in order of preference; tagged from 1 on
}

func (l Local) withDefaults() Local {
	if len(l.Codecs) == 0 {
		l.Codecs = []Codec{PCMA, PCMU}
	}
	l.KeysPT = cmp.Or(l.KeysPT, 101)
	l.Ptime = cmp.Or(l.Ptime, 20*time.Millisecond)
	l.Direction = cmp.Or(l.Direction, SendRecv)
	return l
}

// Agreed is what two sides have agreed on, as this side needs it.
type Agreed struct {
	Remote     netip.AddrPort // where to send; its address is unspecified on an old way of hold
	Codec      Codec
	PT         uint8          // payload type to send Codec with
	Keys       bool           // the other side takes keys as events
	KeysPT     uint8          // payload type to send keys with
	LocalKeys  bool           // this side's description named keys
	LocalKeyPT uint8          // payload type that it named: what keys should arrive with
	Ptime      time.Duration  // sound in each packet to send
	Sends      bool           // this side may send; false on hold
	Receives   bool           // the other side will send
	Local      Crypto         // key of what this side sends; without a suite nothing is encrypted
	Peer       Crypto         // key of what the other side sends
	Proto      string         // of the m= line, where sound is encrypted
	Mux        bool           // RTCP goes by the ports of RTP
	RTCP       netip.AddrPort // where to send RTCP, if it is not the port after Remote's; port 0 otherwise
}

// Offer is the description of all that l can do. Where encryption is optional
// its keys stand on a plain RTP/AVP line: a peer that knows nothing of it answers
// as ever, within the same call.
func Offer(l Local) Description {
	l = l.withDefaults()
	d := l.describe()
	m := Media{Kind: "audio", Port: l.Addr.Port(), Proto: "RTP/AVP", Ptime: l.Ptime, Direction: l.Direction}
	for _, c := range l.Codecs {
		m.Formats = append(m.Formats, Format{PT: uint8(c), Name: c.String(), ClockHz: clockHz})
	}
	m.Formats = append(m.Formats, Format{PT: l.KeysPT, Name: telephoneEvent, ClockHz: clockHz, Params: "0-15"})
	m.Crypto = l.offers()
	if l.Security == Required {
		m.Proto = "RTP/SAVP"
	}
	m.Proto = cmp.Or(l.Proto, m.Proto)
	d.Media = []Media{m}
	return d
}

// offers are the keys that an offer names.
func (l Local) offers() []Crypto {
	if l.Security != Optional && l.Security != Required {
		return nil
	}
	return l.Crypto[:min(len(l.Crypto), offered)]
}

func (l Local) describe() Description {
	addr := l.Addr.Addr().Unmap()
	return Description{
		Origin: Origin{
			ID: strconv.FormatUint(l.ID, 10), Version: strconv.FormatUint(l.Version, 10), Addr: text(addr),
		},
		Addr: addr,
	}
}

// Answer agrees to an offer: the first audio that can be had, one that is
// encrypted first where l does that, with the first of its codecs that l has and
// the payload types that the offer gave them. Other media are refused. The errors
// are ErrNoAudio, ErrNoCodec, ErrInsecure and ErrMalformed.
func Answer(offer Description, l Local) (Description, Agreed, error) {
	l = l.withDefaults()
	i, secure, err := offer.audio(l)
	if err != nil {
		return Description{}, Agreed{}, fmt.Errorf("answer an offer: %w", err)
	}
	a := offer.agree(i, l)
	if secure {
		a.Local, a.Peer, _ = offer.Media[i].keyed(l.Crypto)
		a.Proto = offer.Media[i].Proto
	}
	a.Mux = offer.Media[i].Mux
	a.LocalKeys, a.LocalKeyPT = a.Keys, a.KeysPT
	d := l.describe()
	for j, m := range offer.Media {
		if j == i {
			m = a.media(l, m.Proto)
		} else {
			m = m.refused()
		}
		d.Media = append(d.Media, m)
	}
	return d, a, nil
}

// media is the m= line that answers with a.
func (a Agreed) media(l Local, proto string) Media {
	m := Media{
		Kind: "audio", Port: l.Addr.Port(), Proto: proto, Ptime: a.Ptime,
		Direction: direction(a.Sends, a.Receives), Mux: a.Mux,
		Formats: []Format{{PT: a.PT, Name: a.Codec.String(), ClockHz: clockHz}},
	}
	if a.Local.Suite != "" {
		m.Crypto = []Crypto{a.Local}
	}
	if a.Keys {
		m.Formats = append(m.Formats, Format{PT: a.KeysPT, Name: telephoneEvent, ClockHz: clockHz, Params: "0-15"})
	}
	return m
}

// refused is the m= line that turns m down (RFC 3264 section 6).
func (m Media) refused() Media {
	r := Media{Kind: m.Kind, Proto: m.Proto, Other: m.Other}
	for _, f := range m.Formats {
		r.Formats = append(r.Formats, Format{PT: f.PT})
	}
	return r
}

// Accept reads the answer to an offer that was made of l. The errors are
// ErrRefused, ErrMismatch, ErrNoCodec, ErrInsecure and ErrMalformed.
func Accept(answer Description, l Local) (Agreed, error) {
	l = l.withDefaults()
	if len(answer.Media) == 0 || answer.Media[0].Kind != "audio" {
		return Agreed{}, fmt.Errorf("accept an answer: %w", ErrMismatch)
	}
	m := answer.Media[0]
	switch {
	case m.Port == 0:
		return Agreed{}, fmt.Errorf("accept an answer: %w", ErrRefused)
	case !answer.addr(m).IsValid():
		return Agreed{}, fmt.Errorf("accept an answer without c= line: %w", ErrMalformed)
	case m.choose(l.Codecs) == nil:
		return Agreed{}, fmt.Errorf("accept an answer: %w", ErrNoCodec)
	}
	a := answer.agree(0, l)
	a.LocalKeys, a.LocalKeyPT = true, l.KeysPT
	var secured bool
	a.Local, a.Peer, secured = m.taken(l.offers())
	switch {
	case secured:
		a.Proto = m.Proto
	case l.Security == Required || m.encrypted():
		return Agreed{}, fmt.Errorf("accept an answer: %w", ErrInsecure)
	}
	return a, nil
}

// audio finds the m= line to agree to, and whether its sound is to be encrypted.
func (d Description) audio(l Local) (i int, secure bool, err error) {
	err = ErrNoAudio
	for _, secure = range l.Security.ways() {
		for i, m := range d.Media {
			if m.Kind != "audio" || m.Port == 0 || !m.encrypted() && !m.plain() {
				continue
			}
			switch why := d.fits(m, l, secure); {
			case why == nil:
				return i, secure, nil
			case !errors.Is(err, ErrNoCodec): // which says most
				err = why
			}
		}
	}
	return 0, false, err
}

// fits tells why the m= line cannot be agreed to; nil if it can.
func (d Description) fits(m Media, l Local, secure bool) error {
	_, _, keyed := m.keyed(l.Crypto)
	switch {
	case !d.addr(m).IsValid():
		return fmt.Errorf("%w: no c= line", ErrMalformed)
	case secure && !keyed, !secure && !m.plain():
		return ErrInsecure
	case m.choose(l.Codecs) == nil:
		return ErrNoCodec
	default:
		return nil
	}
}

// SoundAddr is where the first audio is received; the zero value where there is
// none.
func (d Description) SoundAddr() netip.Addr {
	for _, m := range d.Media {
		if m.Kind == "audio" && m.Port != 0 {
			return d.addr(m)
		}
	}
	return netip.Addr{}
}

// addr is where m is received.
func (d Description) addr(m Media) netip.Addr {
	if m.Addr.IsValid() {
		return m.Addr
	}
	return d.Addr
}

// choose is the first format that is one of codecs.
func (m Media) choose(codecs []Codec) *Format {
	for i, f := range m.Formats {
		if c, ok := f.codec(); ok && slices.Contains(codecs, c) {
			return &m.Formats[i]
		}
	}
	return nil
}

// agree is what the other side's m= line i and l come to.
func (d Description) agree(i int, l Local) Agreed {
	m := d.Media[i]
	f := m.choose(l.Codecs)
	addr := d.addr(m)
	a := Agreed{Remote: netip.AddrPortFrom(addr, m.Port), PT: f.PT, Ptime: m.packetTime(l.Ptime)}
	if port := m.RTCP.Port(); port != 0 {
		a.RTCP = netip.AddrPortFrom(addr, port)
		if own := m.RTCP.Addr(); own.IsValid() {
			a.RTCP = netip.AddrPortFrom(own, port)
		}
	}
	a.Codec, _ = f.codec()
	a.Sends = l.Direction.Sends() && m.Direction.Receives() && !addr.IsUnspecified()
	a.Receives = l.Direction.Receives() && m.Direction.Sends()
	for _, k := range m.Formats {
		if k.keys() {
			a.Keys, a.KeysPT = true, k.PT
			break
		}
	}
	return a
}

// The bounds of the sound in a packet that is sent, whatever is asked for.
const (
	minPacketTime = 10 * time.Millisecond
	maxPacketTime = 60 * time.Millisecond
)

// packetTime is how much sound a packet to this m= line holds: what it asks
// for, within what it takes.
func (m Media) packetTime(ours time.Duration) time.Duration {
	p := cmp.Or(m.Ptime, ours)
	if m.MaxPtime > 0 {
		p = min(p, m.MaxPtime)
	}
	return min(max(p, minPacketTime), maxPacketTime)
}
