package rtp_test

import (
	"testing"
	"time"

	"careline/sip/rtp"
)

func TestReceptionCounts(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []uint16
		want rtp.ReceptionStats
	}{
		{"none", nil, rtp.ReceptionStats{}},
		{"all", []uint16{1, 2, 3, 4}, rtp.ReceptionStats{Received: 4}},
		{"lost", []uint16{1, 2, 5, 6}, rtp.ReceptionStats{Received: 4, Lost: 2}},
		{"late", []uint16{1, 3, 2, 4}, rtp.ReceptionStats{Received: 4, Late: 1}},
		{"twice", []uint16{1, 2, 2, 1, 3}, rtp.ReceptionStats{Received: 3, Duplicates: 2}},
		{"runs over", []uint16{65534, 65535, 0, 2}, rtp.ReceptionStats{Received: 4, Lost: 1}},
		{"before the first", []uint16{5, 4, 6}, rtp.ReceptionStats{Received: 3, Late: 1}},
		{"begins anew", []uint16{1, 2, 4, 30000, 30001}, rtp.ReceptionStats{Received: 5, Lost: 1}},
		{"a wide gap", []uint16{1, 101, 100, 2}, rtp.ReceptionStats{Received: 4, Lost: 97, Late: 2}},
	} {
		var r rtp.Reception
		for _, n := range tt.in {
			r.Count(&rtp.Header{SSRC: 1, SequenceNumber: n})
		}
		if got := r.Stats(); got != tt.want {
			t.Errorf("%s: Stats = %+v; want %+v", tt.name, got, tt.want)
		}
	}
}

func TestReceptionKeepsSumOverSources(t *testing.T) {
	var r rtp.Reception
	for _, h := range []rtp.Header{{SSRC: 1, SequenceNumber: 1}, {SSRC: 1, SequenceNumber: 3}, {SSRC: 2, SequenceNumber: 9}, {SSRC: 2, SequenceNumber: 11}, {SSRC: 2, SequenceNumber: 11}} {
		r.Count(&h)
	}
	if got, want := r.Stats(), (rtp.ReceptionStats{Received: 4, Lost: 2, Duplicates: 1}); got != want {
		t.Errorf("Stats = %+v; want %+v", got, want)
	}
}

// TestReceptionJitter compares with a stream whose packets come 4 ms early and
// late in turn: D is 8 ms, to which the estimate converges.
func TestReceptionJitter(t *testing.T) {
	var r rtp.Reception
	start := time.Now()
	for i := range 1000 {
		off := 4 * time.Millisecond
		if i%2 == 1 {
			off = -off
		}
		h := rtp.Header{SSRC: 1, SequenceNumber: uint16(i), Timestamp: uint32(160 * i)}
		r.Receive(&h, start.Add(time.Duration(i)*20*time.Millisecond+off))
	}
	got := r.Stats().Jitter
	if got < 7900*time.Microsecond || got > 8100*time.Microsecond {
		t.Errorf("Jitter = %v; want 8 ms", got)
	}
	// A pause of the source, or a new beginning, is no jitter.
	h := rtp.Header{SSRC: 1, SequenceNumber: 1000, Timestamp: 1 << 30}
	r.Receive(&h, start.Add(time.Hour))
	if after := r.Stats().Jitter; after > got {
		t.Errorf("Jitter = %v after a new beginning; was %v", after, got)
	}
}

func FuzzReception(f *testing.F) {
	f.Add([]byte{0, 1, 0, 2, 0, 2, 0xff, 0xff, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		var r rtp.Reception
		n := uint64(0)
		for ; len(b) >= 2; b = b[2:] {
			n++
			r.Receive(&rtp.Header{SSRC: uint32(b[0] >> 7), SequenceNumber: uint16(b[0])<<8 | uint16(b[1])}, time.Time{})
		}
		if s := r.Stats(); s.Received+s.Duplicates != n || s.Lost > n*3000 {
			t.Errorf("Stats = %+v of %d packets", s, n)
		}
	})
}

func TestSource(t *testing.T) {
	s := rtp.NewFixedSource(7, 65535, 0xffffffff)
	first, second := s.Next(8, 160, true), s.Next(8, 160, false)
	if first.SequenceNumber != 65535 || second.SequenceNumber != 0 || second.Timestamp != 159 || !first.Marker || second.SSRC != 7 {
		t.Errorf("Next = %+v, then %+v", first, second)
	}
	s.Skip(100)
	if s.Timestamp != 419 || s.SequenceNumber != 1 {
		t.Errorf("after Skip: %+v", s)
	}
	if one, other := rtp.NewRandomSource(), rtp.NewRandomSource(); one == other {
		t.Error("two random sources are the same")
	}
}
