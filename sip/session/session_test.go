package session_test

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"careline/audio"
	"careline/media"
	"careline/sip/sdp"
	"careline/sip/session"
)

func TestTwoSessionsTalk(t *testing.T) {
	n := newNode(t)
	a, b := n.pair(audio.PCMA, 101)
	var atA, atB media.Tape
	defer a.Tap(&atA)()
	defer b.Tap(&atB)()
	const d = 400 * ms
	start := time.Now()
	onA, onB := a.Play(tone(440, d/2), tone(440, d/2)), b.Play(tone(950, d))
	wait(t, "playing", onA.Done())
	wait(t, "playing", onB.Done())
	if took := time.Since(start); took < d-40*ms || took > d+5*time.Second {
		t.Errorf("playing %v took %v", d, took)
	}
	a.Drain(t.Context())
	b.Drain(t.Context())
	n.hears(&atB, media.FarEnd, 440, 950, d)
	n.hears(&atA, media.FarEnd, 950, 440, d)
	n.hears(&atA, media.NearEnd, 440, 950, d)
	sent := a.Close().Sent
	b.Drain(t.Context())
	st := b.Close()
	if st.Received+st.Early != sent || st.Lost+st.Malformed+st.Strangers+st.Other+st.Unsent > 0 || st.Sent == 0 || st.Jitter == 0 {
		t.Errorf("%d packets were sent to a session whose figures are %+v", sent, st)
	}
}

func TestBridgeTranscodes(t *testing.T) {
	n := newNode(t)
	caller, a := n.pair(audio.PCMA, 101)
	b, agent := n.pair(audio.PCMU, 97)
	var atCaller, atAgent media.Tape
	a.Loop(tone(1900, time.Second)) // music, which the bridge ends
	stop := session.Bridge(a, b)
	caller.Tap(&atCaller)
	agent.Tap(&atAgent)
	const d = 400 * ms
	one, other := caller.Play(tone(440, d)), agent.Play(tone(950, d))
	wait(t, "talking", one.Done())
	wait(t, "talking", other.Done())
	keys, err := caller.SendKeys("42#")
	if err != nil {
		t.Fatal(err)
	}
	wait(t, "pressing", keys.Done())
	for _, s := range []*session.Session{a, b, caller, agent} {
		s.Drain(t.Context())
	}
	n.hears(&atAgent, media.FarEnd, 440, 950, d)
	n.hears(&atCaller, media.FarEnd, 950, 440, d)
	if atA, atAgent := pressed(a), pressed(agent); atA != "42#" || atAgent != "42#" {
		t.Errorf("keys 42# came to the leg as %q, to the agent as %q", atA, atAgent)
	}
	stop()
	stop()
	before := atAgent.PCM(media.FarEnd)
	wait(t, "talking", caller.Play(tone(440, 100*ms)).Done())
	a.Drain(t.Context())
	agent.Drain(t.Context())
	for _, x := range atAgent.PCM(media.FarEnd)[len(before):] {
		if x > 100 || x < -100 {
			t.Fatal("the agent still hears the caller")
		}
	}
}

func TestBridgeTakesThePlaceOfAnother(t *testing.T) {
	n := newNode(t)
	caller, a := n.pair(audio.PCMA, 101)
	b, first := n.pair(audio.PCMA, 101)
	c, second := n.pair(audio.PCMA, 101)
	stopFirst := session.Bridge(a, b)
	defer session.Bridge(a, c)()
	stopFirst() // too late: it must not end the second
	first.Loop(tone(950, time.Second))
	var atCaller, atSecond media.Tape
	caller.Tap(&atCaller)
	second.Tap(&atSecond)
	const d = 200 * ms
	wait(t, "talking", second.Play(tone(440, d)).Done())
	wait(t, "talking", caller.Play(tone(1900, d)).Done())
	for _, s := range []*session.Session{a, b, c, caller, second} {
		s.Drain(t.Context())
	}
	n.hears(&atCaller, media.FarEnd, 440, 950, d)
	n.hears(&atSecond, media.FarEnd, 1900, 950, d)
}

func TestKeysBothWays(t *testing.T) {
	n := newNode(t)
	a, b := n.open(session.Options{}), n.open(session.Options{})
	toB, toA := remote(b.LocalAddr(), audio.PCMU, 97), remote(a.LocalAddr(), audio.PCMU, 113)
	toB.InKeys, toB.InKeysPT = true, 113 // each takes keys as its own description named them
	toA.InKeys, toA.InKeysPT = true, 97
	a.SetRemote(toB)
	b.SetRemote(toA)
	start := time.Now()
	one, err := a.SendKeys("1*5")
	if err != nil {
		t.Fatal(err)
	}
	two, err := b.SendKeys("0D")
	if err != nil {
		t.Fatal(err)
	}
	wait(t, "pressing", one.Done())
	wait(t, "pressing", two.Done())
	a.Drain(t.Context())
	b.Drain(t.Context())
	k := <-b.Keys()
	if k.Digit != '1' || k.At.Before(start) || time.Since(k.At) < 400*ms {
		t.Errorf("the first key is %c, %v after it was sent; want 1, reported as it goes down", k.Digit, k.At.Sub(start))
	}
	if atA, atB := pressed(a), pressed(b); atA != "0D" || atB != "*5" {
		t.Errorf("b received %q, a received %q; want *5 and 0D", atB, atA)
	}
	if _, err := a.SendKeys("12x"); err == nil {
		t.Error("SendKeys(12x) gives no error")
	}
	toB.Keys = false
	a.SetRemote(toB)
	if _, err := a.SendKeys("1"); !errors.Is(err, media.ErrNoKeys) {
		t.Errorf("SendKeys = %v; want %v", err, media.ErrNoKeys)
	}
}

func TestHold(t *testing.T) {
	n := newNode(t)
	p := newPhone(t)
	s := n.open(session.Options{})
	for _, hold := range []session.Remote{
		{Addr: p.addr(), Codec: audio.PCMU, Hold: true},
		{Addr: netip.AddrPortFrom(netip.IPv4Unspecified(), p.addr().Port()), Codec: audio.PCMU},
	} {
		s.SetRemote(hold)
		b := s.Play(tone(440, 40*ms))
		other := n.open(session.Options{}) // a stream beside it, to tell the time by
		other.SetRemote(remote(n.open(session.Options{}).LocalAddr(), audio.PCMU, 101))
		before := s.Stats().Sent
		wait(t, "playing", other.Play(tone(440, 100*ms)).Done())
		if sent := s.Stats().Sent - before; sent != 0 {
			t.Errorf("%d packets were sent on hold", sent)
		}
		s.SetRemote(remote(p.addr(), audio.PCMU, 101))
		wait(t, "playing after hold", b.Done())
	}
	if pt := p.hear(); pt != 0 {
		t.Errorf("heard payload type %d; want 0", pt)
	}
}

func TestLost(t *testing.T) {
	n := newNode(t)
	p := newPhone(t)
	never := n.open(session.Options{FirstWithin: 50 * ms})
	never.SetRemote(remote(p.addr(), audio.PCMU, 101))
	off := n.open(session.Options{FirstWithin: -1, NextWithin: -1})
	off.SetRemote(remote(p.addr(), audio.PCMU, 101))
	mute := n.open(session.Options{FirstWithin: 50 * ms})
	r := remote(p.addr(), audio.PCMU, 101)
	r.Mute = true
	mute.SetRemote(r)
	held := n.open(session.Options{FirstWithin: 50 * ms})
	r.Mute, r.Hold = false, true // many phones say that they send music, and send nothing
	held.SetRemote(r)
	silent := n.open(session.Options{FirstWithin: time.Hour, NextWithin: 50 * ms})
	silent.SetRemote(remote(p.addr(), audio.PCMU, 101))
	start := time.Now()
	p.packet(silent, 0, make([]byte, 160))
	wait(t, "a peer that never sends", never.Lost())
	wait(t, "a peer that falls silent", silent.Lost())
	if silent.LastPacket().Before(start) || !never.LastPacket().IsZero() || !silent.FirstPacket().Equal(silent.LastPacket()) {
		t.Errorf("first packet at %v, last at %v", silent.FirstPacket(), silent.LastPacket())
	}
	select {
	case <-off.Lost():
		t.Error("a session that waits for ever lost its peer")
	case <-held.Lost():
		t.Error("a session lost a peer that is on hold")
	case <-mute.Lost():
		t.Error("a session lost a peer that said it would be silent")
	default:
	}
}

func TestClose(t *testing.T) {
	n := newNode(t)
	a, b := n.pair(audio.PCMU, 101)
	play := a.Play(tone(440, time.Minute))
	keys, err := b.SendKeys("123")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			a.Close()
			b.Close()
		})
	}
	wg.Wait()
	wait(t, "closing", play.Done())
	wait(t, "closing", keys.Done())
	if play.Ended() || keys.Ended() {
		t.Error("what was cut off by Close has ended")
	}
	a.Drain(t.Context())
	if !isDone(a.Play(tone(440, 40*ms))) {
		t.Error("Play on a closed session waits")
	}
	if n := n.clock.Stats().Streams; n != 0 {
		t.Errorf("%d streams are driven after Close", n)
	}
}

func isDone(b *media.Playback) bool {
	select {
	case <-b.Done():
		return true
	default:
		return false
	}
}

// TestBusySession uses a session from many goroutines at once, for the race
// detector.
func TestBusySession(t *testing.T) {
	n := newNode(t)
	a, b := n.pair(audio.PCMU, 101)
	c, d := n.pair(audio.PCMA, 101)
	d.Loop(tone(440, time.Second))
	ctx, cancel := context.WithTimeout(t.Context(), 200*ms)
	defer cancel()
	var wg sync.WaitGroup
	for _, do := range []func(){
		func() { a.Play(tone(440, 30*ms)); a.Stop() },
		func() { session.Bridge(b, c)() },
		func() { a.SetRemote(remote(b.LocalAddr(), audio.PCMU, 101)) },
		func() { a.Tap(&media.Tape{})() },
		func() { b.Drain(ctx) },
		func() { a.Stats(); b.LastPacket(); n.clock.Stats() },
		func() { _, _ = a.SendKeys("1"); pressed(b) },
		func() { n.open(session.Options{}).Close() },
	} {
		wg.Go(func() {
			for ctx.Err() == nil {
				do()
			}
		})
	}
	wg.Wait()
}

func TestRemoteOf(t *testing.T) {
	addr := netip.MustParseAddrPort("192.0.2.5:4000")
	got := session.RemoteOf(sdp.Agreed{
		Remote: addr, Codec: sdp.PCMA, PT: 96, Keys: true, KeysPT: 97, LocalKeys: true, LocalKeyPT: 101, Ptime: 40 * ms, Sends: true,
	})
	want := session.Remote{
		Addr: addr, Codec: audio.PCMA, PT: 96, Keys: true, KeysPT: 97, InKeys: true, InKeysPT: 101, Ptime: 40 * ms, Mute: true,
	}
	if got != want {
		t.Errorf("RemoteOf = %+v; want %+v", got, want)
	}
}
