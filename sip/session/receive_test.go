package session_test

import (
	"context"
	"testing"

	"careline/audio"
	"careline/sip/session"
)

func TestLatching(t *testing.T) {
	n := newNode(t)
	named, behindNAT, stranger := newPhone(t), newPhone(t), newPhone(t)
	s := n.open(session.Options{})
	r := remote(named.addr(), audio.PCMA, 101)
	s.SetRemote(r)
	named.hear() // nothing has come: it sends where it was told
	behindNAT.press(s, 101, '1')
	stranger.press(s, 101, '2')
	stranger.press(s, 101, '3')
	s.Drain(t.Context())
	behindNAT.hear()
	s.SetRemote(r) // as a re-INVITE that changes nothing
	s.Drain(t.Context())
	behindNAT.press(s, 101, '4')
	stranger.press(s, 101, '5')
	s.Drain(t.Context())
	r.KeysPT = 97
	s.SetRemote(r)
	stranger.press(s, 97, '6') // the same address again: whoever was found stays
	behindNAT.press(s, 97, '7')
	r.Addr = newPhone(t).addr()
	s.Drain(t.Context())
	s.SetRemote(r)
	stranger.press(s, 97, '8') // another one: who comes first is it
	behindNAT.press(s, 97, '9')
	s.Drain(t.Context())
	stranger.hear()
	if got := pressed(s); got != "1478" {
		t.Errorf("keys %q were taken; want 1, 4, 7 and 8", got)
	}
	if st := s.Stats(); st.Strangers != 5 || st.Received != 4 {
		t.Errorf("Stats = %+v; want 5 packets of strangers and 4 of the peer", st)
	}
}

// A stranger who is heard before the peer, as somebody whom a dead process left
// on the line and whose port is used again, keeps neither the call's keys nor
// its sound.
func TestNamedAddressIsThePeer(t *testing.T) {
	n := newNode(t)
	named, stranger := newPhone(t), newPhone(t)
	s := n.open(session.Options{})
	r := remote(named.addr(), audio.PCMA, 101)
	s.SetRemote(r)
	stranger.packet(s, 8, make([]byte, 160))
	s.Drain(t.Context())
	stranger.hear()
	named.press(s, 101, '1')
	stranger.press(s, 101, '2')
	named.press(s, 101, '3')
	s.Drain(t.Context())
	named.hear()
	if got := pressed(s); got != "13" {
		t.Errorf("keys %q were taken; want 1 and 3", got)
	}
	if st := s.Stats(); st.Strangers != 1 || st.Received != 3 {
		t.Errorf("Stats = %+v; want 1 packet of a stranger and 3 taken", st)
	}
}

func TestLatchKeepsSendingWhereThePeerWas(t *testing.T) {
	n := newNode(t)
	named, behindNAT := newPhone(t), newPhone(t)
	s := n.open(session.Options{})
	s.SetRemote(remote(named.addr(), audio.PCMA, 101))
	behindNAT.press(s, 101, '1')
	s.Drain(t.Context())
	// The same description again: until the peer is heard, it is where it was.
	s.SetRemote(remote(named.addr(), audio.PCMA, 101))
	before := s.Stats().Sent
	for s.Stats().Sent == before {
		behindNAT.hear()
	}
	// Another address: the peer has moved.
	s.SetRemote(remote(newPhone(t).addr(), audio.PCMU, 101))
	moved := newPhone(t)
	s.SetRemote(remote(moved.addr(), audio.PCMU, 101))
	if pt := moved.hear(); pt != 0 {
		t.Errorf("heard payload type %d; want 0", pt)
	}
}

// A phone that sends no silence tells of it by comfort noise (RFC 3389), whether
// that was agreed on or not. It is alive.
func TestComfortNoiseIsASignOfLife(t *testing.T) {
	n := newNode(t)
	p, stranger, listener := newPhone(t), newPhone(t), newPhone(t)
	s, other := n.open(session.Options{}), n.open(session.Options{Quiet: true})
	s.SetRemote(remote(p.addr(), audio.PCMA, 101))
	other.SetRemote(remote(listener.addr(), audio.PCMU, 101))
	defer session.Bridge(s, other)()
	p.packet(s, 8, make([]byte, 160))
	s.Drain(t.Context())
	before := s.LastPacket()
	stranger.packet(s, 13, []byte{70})
	s.Drain(t.Context())
	if !s.LastPacket().Equal(before) {
		t.Error("a stranger's comfort noise was taken for the peer's")
	}
	p.packet(s, 13, []byte{70})
	s.Drain(t.Context())
	if !s.LastPacket().After(before) {
		t.Error("comfort noise was taken for silence of a peer that is gone")
	}
	if st, sent := s.Stats(), other.Stats().Sent; st.Received != 2 || st.Lost != 0 || sent != 1 {
		t.Errorf("Stats = %+v and %d relayed; want 2 received, the sound alone relayed", st, sent)
	}
}

func TestDrainTakesTheLastKey(t *testing.T) {
	n := newNode(t)
	p := newPhone(t)
	for i := range 100 {
		s := n.open(session.Options{})
		s.SetRemote(remote(p.addr(), audio.PCMU, 101))
		for range i {
			p.packet(s, 0, make([]byte, 160))
		}
		p.press(s, 101, '7')
		s.Drain(t.Context())
		if got := pressed(s); got != "7" {
			t.Fatalf("keys %q after Drain; want the 7 that was sent %d packets after the first", got, i)
		}
		if st := s.Close(); st.Received != uint64(i)+1 || st.Lost != 0 {
			t.Fatalf("Stats = %+v; want %d packets", st, i+1)
		}
	}
}

func TestDrainEndsWithContext(t *testing.T) {
	n := newNode(t)
	s := n.open(session.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Drain(ctx)
	s.Drain(t.Context())
}

func TestGarbage(t *testing.T) {
	n := newNode(t)
	p := newPhone(t)
	s := n.open(session.Options{})
	p.press(s, 101, '1') // before the peer is known
	s.Drain(t.Context())
	s.SetRemote(remote(p.addr(), audio.PCMU, 101))
	for _, b := range [][]byte{
		{},
		{0x80},
		[]byte("GET / HTTP/1.1\r\n\r\n"), make([]byte, 12), make([]byte, 9000),
		{0x8f, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0},
		{0xa0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xff},
		{0x90, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0xff, 0xff},
	} {
		p.write(s, b)
	}
	for _, pt := range []uint8{19, 72, 96, 111} {
		p.packet(s, pt, make([]byte, 20)) // reserved, RTCP, what was not agreed on
	}
	p.packet(s, 101, []byte{1}) // a key cut short
	p.packet(s, 0, nil)
	p.press(s, 101, '5')
	s.Drain(t.Context())
	if got := pressed(s); got != "5" {
		t.Errorf("keys %q after garbage; want 5", got)
	}
	if st := s.Stats(); st.Malformed != 9 || st.Other != 4 || st.Early != 1 || st.Received != 3 {
		t.Errorf("Stats = %+v; want 9 malformed, 4 others, 1 early, 3 received", st)
	}
	p.hear()
}

func TestKeysThatNobodyTakes(t *testing.T) {
	n := newNode(t)
	p := newPhone(t)
	s := n.open(session.Options{})
	s.SetRemote(remote(p.addr(), audio.PCMU, 101))
	for range 130 {
		p.press(s, 101, '1')
	}
	s.Drain(t.Context())
	if got, st := len(pressed(s)), s.Stats(); got != 128 || st.KeysDropped != 2 {
		t.Errorf("%d keys waited, %d were dropped; want 128 and 2", got, st.KeysDropped)
	}
}
