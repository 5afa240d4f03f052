package session_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/pion/srtp/v3"

	"careline/audio"
	"careline/media"
	"careline/sip/rtp"
	"careline/sip/sdp"
	"careline/sip/session"
)

// crypto is a key of the suite that is filled with a letter.
func crypto(s sdp.Suite, fill string) sdp.Crypto {
	key, salt := s.KeySize()
	return sdp.Crypto{Tag: "1", Suite: s, Key: sdp.Secret(strings.Repeat(fill, key+salt))}
}

// secured is r, with keys of the suite.
func secured(r session.Remote, local, peer sdp.Crypto) session.Remote {
	r.Local, r.Peer = local, peer
	return r
}

func TestEncryptedSessionsTalk(t *testing.T) {
	for _, suite := range sdp.Suites() {
		t.Run(string(suite), func(t *testing.T) {
			n := newNode(t)
			o := session.Options{Secure: true, ReportEvery: 60 * ms}
			a, b := n.open(o), n.open(o)
			ka, kb := crypto(suite, "a"), crypto(suite, "b")
			kb.MKI = "\x00\x01"
			a.SetRemote(secured(remote(b.LocalAddr(), audio.PCMA, 101), ka, kb))
			b.SetRemote(secured(remote(a.LocalAddr(), audio.PCMA, 101), kb, ka))
			var atB media.Tape
			defer b.Tap(&atB)()
			wait(t, "playing", a.Play(tone(440, 200*ms)).Done())
			keys, err := b.SendKeys("7")
			if err != nil {
				t.Fatal(err)
			}
			wait(t, "pressing", keys.Done())
			a.Drain(t.Context())
			b.Drain(t.Context())
			n.hears(&atB, media.FarEnd, 440, 950, 200*ms)
			if got := pressed(a); got != "7" {
				t.Errorf("keys %q came; want 7", got)
			}
			reported(t, a)
			if st := a.Stats(); !st.Secure || st.Unauthentic+st.Malformed+st.Lost > 0 {
				t.Errorf("Stats = %+v", st)
			}
		})
	}
}

// reported waits until the peer's RTCP has told of the session's own stream.
func reported(t *testing.T, s *session.Session) rtp.PeerView {
	t.Helper()
	return await(t, "a report with a round trip", s, func(st session.Stats) bool { return st.Peer.RTT > 0 }).Peer
}

// crypt is SRTP of a peer made by hand.
type crypt struct {
	*phone
	in, out *srtp.Context
}

func newCrypt(t *testing.T, sends, hears sdp.Crypto) *crypt {
	t.Helper()
	c := &crypt{phone: newPhone(t)}
	for _, x := range []struct {
		to **srtp.Context
		k  sdp.Crypto
	}{{&c.out, sends}, {&c.in, hears}} {
		ctx, err := srtp.CreateContext([]byte(x.k.Key[:16]), []byte(x.k.Key[16:]), srtp.ProtectionProfileAes128CmHmacSha1_80)
		if err != nil {
			t.Fatal(err)
		}
		*x.to = ctx
	}
	return c
}

// sealed is the next packet, a key if there is one.
func (c *crypt) sealed(key byte) []byte {
	c.t.Helper()
	payload := make([]byte, 160)
	pt := uint8(8)
	if key != 0 {
		event, _ := rtp.EventOf(key)
		pt, payload = 101, rtp.KeyEvent{Event: event, Duration: 160}.Append(nil)
	}
	b := make([]byte, rtp.HeaderSize, rtp.MaxPacket)
	rtp.PutHeader(b, c.src.Next(pt, 800, false))
	sealed, err := c.out.EncryptRTP(nil, append(b, payload...), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return sealed
}

var (
	ours, theirs = crypto(sdp.AES128SHA80, "o"), crypto(sdp.AES128SHA80, "t")
	wrong        = crypto(sdp.AES128SHA80, "w")
)

func TestWhatIsNotAuthenticIsDropped(t *testing.T) {
	n := newNode(t)
	p := newCrypt(t, theirs, ours)
	s := n.open(session.Options{Secure: true})
	s.SetRemote(secured(remote(p.addr(), audio.PCMA, 101), ours, theirs))
	good := p.sealed('1')
	p.write(s, good)
	p.write(s, good) // once more
	changed := p.sealed('2')
	changed[len(changed)-1] ^= 1
	p.write(s, changed)
	p.press(s, 101, '3') // plain
	other := newCrypt(t, wrong, ours)
	other.src = p.src
	p.write(s, other.sealed('4'))
	p.write(s, good[:20])
	p.src = other.src
	p.write(s, p.sealed('5'))
	s.Drain(t.Context())
	if got := pressed(s); got != "15" {
		t.Errorf("keys %q were taken; want 1 and 5", got)
	}
	if st := s.Stats(); st.Unauthentic != 5 || st.Received != 2 {
		t.Errorf("Stats = %+v; want 5 that are not authentic, and 2 taken", st)
	}
}

// Only who has the key is the peer, wherever they are heard from, and a stranger
// who comes first is none.
func TestLatchOnAuthenticPackets(t *testing.T) {
	n := newNode(t)
	named, p, stranger := newPhone(t), newCrypt(t, theirs, ours), newCrypt(t, wrong, ours)
	s := n.open(session.Options{})
	s.SetRemote(secured(remote(named.addr(), audio.PCMA, 101), ours, theirs))
	stranger.write(s, stranger.sealed('1'))
	p.write(s, p.sealed('2'))
	stranger.write(s, stranger.sealed('3'))
	p.write(s, p.sealed('4'))
	s.Drain(t.Context())
	if got := pressed(s); got != "24" {
		t.Errorf("keys %q were taken; want 2 and 4", got)
	}
	p.hearSealed()
	if st := s.Stats(); st.Unauthentic != 1 || st.Strangers != 1 {
		t.Errorf("Stats = %+v; want 1 that is not authentic, and 1 of a stranger who was not listened to", st)
	}
}

// hearSealed waits for a packet that can be decrypted, and returns its header.
func (c *crypt) hearSealed() rtp.Header {
	c.t.Helper()
	var b [rtp.MaxPacket]byte
	n := c.read(b[:])
	plain, err := c.in.DecryptRTP(nil, b[:n], nil)
	if err != nil {
		c.t.Fatalf("what was sent cannot be decrypted: %v", err)
	}
	if bytes.Contains(b[:n], plain[rtp.HeaderSize:]) {
		c.t.Error("sound was sent plain")
	}
	var pkt rtp.Packet
	if err := rtp.Parse(plain, &pkt); err != nil {
		c.t.Fatal(err)
	}
	return pkt.Header
}

func TestNewKeys(t *testing.T) {
	n := newNode(t)
	p := newCrypt(t, theirs, ours)
	s := n.open(session.Options{})
	r := secured(remote(p.addr(), audio.PCMA, 101), ours, theirs)
	s.SetRemote(r)
	one := p.sealed('1')
	p.write(s, one)
	first := p.hearSealed()
	s.Drain(t.Context())
	s.SetRemote(r) // the same keys: counters go on
	p.write(s, one)
	p.write(s, p.sealed('2'))
	p.hearSealed()
	s.Drain(t.Context())
	if st := s.Stats(); st.Unauthentic != 1 {
		t.Errorf("Stats = %+v; want the packet that was sent again known again", st)
	}
	r.Peer = wrong // another key of the peer
	s.SetRemote(r)
	p.write(s, p.sealed('3')) // on its way before
	fresh := newCrypt(t, wrong, ours)
	fresh.src = p.src
	p.write(s, fresh.sealed('4'))
	s.Drain(t.Context())
	late := p.sealed('5')
	p.write(s, late) // with the old key after the new one
	s.Drain(t.Context())
	if got := pressed(s); got != "1234" {
		t.Errorf("keys %q were taken; want 1 to 4", got)
	}
	if h := p.hearSealed(); h.SSRC != first.SSRC {
		t.Error("another source, though our key is the same")
	}
	r.Local = crypto(sdp.AES128SHA80, "n")
	s.SetRemote(r)
	again := newCrypt(t, wrong, r.Local)
	again.UDPConn = p.UDPConn
	for i := 0; ; i++ { // what was sent before the new key comes first
		var b [rtp.MaxPacket]byte
		k := p.read(b[:])
		if _, err := again.in.DecryptRTP(nil, b[:k], nil); err == nil {
			break
		}
		if i > 100 {
			t.Fatal("our new key is not used")
		}
	}
}

func TestNeverPlain(t *testing.T) {
	n := newNode(t)
	p := newPhone(t)
	for name, r := range map[string]session.Remote{
		"no keys":      remote(p.addr(), audio.PCMA, 101),
		"one key":      secured(remote(p.addr(), audio.PCMA, 101), ours, sdp.Crypto{}),
		"a broken key": secured(remote(p.addr(), audio.PCMA, 101), sdp.Crypto{Suite: sdp.AES128GCM, Key: "short"}, theirs),
	} {
		s := n.open(session.Options{Secure: true, ReportEvery: 20 * ms})
		s.SetRemote(r)
		play := s.Play(tone(440, 100*ms))
		p.press(s, 101, '1')
		s.Drain(t.Context())
		other := n.open(session.Options{}) // a stream beside it, to tell the time by
		other.SetRemote(remote(n.open(session.Options{}).LocalAddr(), audio.PCMU, 101))
		wait(t, "playing", other.Play(tone(440, 100*ms)).Done())
		if st := s.Close(); st.Sent != 0 || st.Reports != 0 || st.Received != 0 || play.Ended() {
			t.Errorf("%s: Stats = %+v; want silence", name, st)
		}
	}
}

// The counter of a long call turns over (RFC 3711 section 3.3.1), and what comes
// from before the turn is still known.
func TestRollover(t *testing.T) {
	n := newNode(t)
	p := newCrypt(t, theirs, ours)
	s := n.open(session.Options{})
	s.SetRemote(secured(remote(p.addr(), audio.PCMA, 101), ours, theirs))
	p.src = rtp.NewFixedSource(7, 30000, 0)
	for range 12 { // in steps that a receiver can follow
		p.write(s, p.sealed(0))
		p.src.SequenceNumber += 3000
	}
	p.src.SequenceNumber = 65534
	var late []byte
	for i, k := range "12345" {
		b := p.sealed(byte(k))
		if i == 1 {
			late = b
			continue
		}
		p.write(s, b)
	}
	p.write(s, late)
	s.Drain(t.Context())
	if got, st := pressed(s), s.Stats(); got != "13452" || st.Unauthentic != 0 {
		t.Errorf("keys %q were taken, Stats = %+v; want 13452", got, st)
	}
}

func FuzzUnseal(f *testing.F) {
	t := &testing.T{}
	p := &crypt{phone: &phone{t: t, src: rtp.NewFixedSource(1, 2, 3)}}
	var err error
	p.out, err = srtp.CreateContext([]byte(theirs.Key[:16]), []byte(theirs.Key[16:]), srtp.ProtectionProfileAes128CmHmacSha1_80)
	if err != nil {
		f.Fatal(err)
	}
	good := p.sealed('1')
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte{0x80, 200, 0, 1, 0, 0, 0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	s := still(f)
	at := newPhoneAddr
	s.SetRemote(secured(remote(at, audio.PCMA, 101), ours, theirs))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := s.Stats().Received
		s.Take(b, at)
		if s.Stats().Received != before && !bytes.Equal(b, good) && binary.BigEndian.Uint32(b[8:]) != 1 {
			t.Errorf("took % x", b)
		}
		pressed(s)
	})
}
