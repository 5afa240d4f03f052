package media_test

import (
	"testing"
	"time"

	"careline/audio"
	"careline/media"
	"careline/sip/rtp"
)

// The 20 ms path allocates nothing.

func TestTickAllocatesNothing(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	l.out.Play(noise(30 * audio.Rate))
	var buf [media.BufferSize]byte
	if n := testing.AllocsPerRun(1000, func() {
		l.out.Tick(l.start.Add(l.now), buf[:])
		l.out.Sent()
		l.now += media.Interval
	}); n != 0 {
		t.Errorf("a packet that is played allocates %v times", n)
	}
}

func TestForwardAllocatesNothing(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	l.out.Relay(true)
	src := rtp.NewFixedSource(1, 2, 3)
	p := &rtp.Packet{Payload: silence(160)}
	var buf [media.BufferSize]byte
	if n := testing.AllocsPerRun(1000, func() {
		p.Header = src.Next(0, 160, false)
		l.out.Forward(media.Received{Packet: p, Codec: audio.PCMU, At: l.start.Add(l.now)}, buf[:])
		l.now += media.Interval
	}); n != 0 {
		t.Errorf("a packet that is relayed allocates %v times", n)
	}
}

func BenchmarkTick(b *testing.B) {
	out := media.NewOutput(media.OutputOptions{})
	out.Use(law)
	out.Loop(noise(10 * audio.Rate))
	var buf [media.BufferSize]byte
	due := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		out.Tick(due, buf[:])
		out.Sent()
		due = due.Add(media.Interval)
	}
}

func BenchmarkForward(b *testing.B) {
	out := media.NewOutput(media.OutputOptions{})
	out.Use(law)
	out.Relay(true)
	src := rtp.NewFixedSource(1, 2, 3)
	p := &rtp.Packet{Payload: silence(160)}
	var buf [media.BufferSize]byte
	at := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		p.Header = src.Next(0, 160, false)
		out.Forward(media.Received{Packet: p, Codec: audio.PCMU, At: at}, buf[:])
		at = at.Add(media.Interval)
	}
}
