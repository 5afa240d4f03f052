package session_test

import (
	"runtime"
	"testing"
	"time"

	"careline/audio"
	"careline/media"
	"careline/sip/rtp"
	"careline/sip/sdp"
	"careline/sip/session"
)

// still is a session on a clock that stands still.
func still(tb testing.TB) *session.Session {
	tb.Helper()
	ports, err := session.NewPorts(loopback, session.PortOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := session.Open(tb.Context(), ports, media.NewClock(media.ClockOptions{}), session.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// sendAndReceive is one packet from a to b, and through b's goroutine.
func sendAndReceive(a, b *session.Session, due time.Time) {
	before := b.Stats().Received
	a.Tick(due)
	for b.Stats().Received == before {
		runtime.Gosched()
	}
}

func talking(tb testing.TB) (a, b *session.Session) {
	tb.Helper()
	a, b = still(tb), still(tb)
	a.SetRemote(remote(b.LocalAddr(), audio.PCMA, 101))
	b.SetRemote(remote(a.LocalAddr(), audio.PCMA, 101))
	a.Loop(tone(440, time.Second))
	return a, b
}

// talkingSecretly is talking, with keys of the suite.
func talkingSecretly(tb testing.TB, s sdp.Suite) (a, b *session.Session) {
	tb.Helper()
	a, b = talking(tb)
	ka, kb := crypto(s, "a"), crypto(s, "b")
	a.SetRemote(secured(remote(b.LocalAddr(), audio.PCMA, 101), ka, kb))
	b.SetRemote(secured(remote(a.LocalAddr(), audio.PCMA, 101), kb, ka))
	return a, b
}

func TestPacketsAllocateNothing(t *testing.T) {
	a, b := talking(t)
	c, d := talkingSecretly(t, sdp.AES128SHA80)
	for _, pair := range [][2]*session.Session{{a, b}, {c, d}} {
		due := time.Now()
		if n := testing.AllocsPerRun(50, func() {
			sendAndReceive(pair[0], pair[1], due)
			due = due.Add(media.Interval)
		}); n >= 1 {
			t.Errorf("a packet that is sent and received allocates %v times, encrypted: %v", n, pair[0].Stats().Secure)
		}
	}
}

func BenchmarkSend(b *testing.B) {
	s, _ := talking(b)
	due := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		s.Tick(due)
		due = due.Add(media.Interval)
	}
}

func BenchmarkSendEncrypted(b *testing.B) {
	for _, suite := range []sdp.Suite{sdp.AES128SHA80, sdp.AES256GCM} {
		b.Run(string(suite), func(b *testing.B) {
			s, _ := talkingSecretly(b, suite)
			due := time.Now()
			b.ReportAllocs()
			for b.Loop() {
				s.Tick(due)
				due = due.Add(media.Interval)
			}
		})
	}
}

func BenchmarkSendAndReceive(b *testing.B) {
	s, peer := talking(b)
	due := time.Now()
	b.ReportAllocs()
	b.SetBytes(rtp.HeaderSize + audio.FrameSamples)
	for b.Loop() {
		sendAndReceive(s, peer, due)
		due = due.Add(media.Interval)
	}
}
