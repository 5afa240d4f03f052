package rtp_test

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"careline/sip/rtp"
)

// receive has so many packets arrive, without those that skip names.
func receive(r *rtp.Reception, src *rtp.Source, n int, skip ...int) {
	at := time.Unix(1_800_000_000, 0)
	for i := range n {
		h := src.Next(8, 160, false)
		at = at.Add(20 * time.Millisecond)
		lost := false
		for _, s := range skip {
			lost = lost || s == i
		}
		if !lost {
			r.Receive(&h, at)
		}
	}
}

func TestReport(t *testing.T) {
	var r rtp.Reception
	if _, ok := r.Report(); ok {
		t.Error("a report of a stream that there is not")
	}
	src := rtp.NewFixedSource(7, 65500, 0)
	receive(&r, &src, 100, 10, 20, 30, 40)
	got, ok := r.Report()
	want := rtcp.ReceptionReport{SSRC: 7, FractionLost: 4 * 256 / 100, TotalLost: 4, LastSequenceNumber: 1<<16 + 63}
	if !ok || got != want {
		t.Errorf("Report = %+v; want %+v", got, want)
	}
	receive(&r, &src, 100)
	want.FractionLost, want.LastSequenceNumber = 0, 1<<16+163
	if got, _ := r.Report(); got != want {
		t.Errorf("Report = %+v; want %+v: the share is of the time since the latest report", got, want)
	}
	h := rtp.Header{SSRC: 8, SequenceNumber: 5, Timestamp: 9}
	r.Receive(&h, time.Unix(1_800_000_100, 0))
	if got, _ := r.Report(); got.SSRC != 8 || got.TotalLost != 0 || got.LastSequenceNumber != 5 {
		t.Errorf("Report = %+v; want that of the new source", got)
	}
}

func TestReportJitter(t *testing.T) {
	var r rtp.Reception
	src, at := rtp.NewFixedSource(7, 0, 0), time.Unix(1_800_000_000, 0)
	for i := range 1000 {
		h := src.Next(8, 160, false)
		r.Receive(&h, at.Add(time.Duration(i)*20*time.Millisecond+time.Duration(i%2)*5*time.Millisecond))
	}
	if got, _ := r.Report(); got.Jitter < 39 || got.Jitter > 40 { // 5 ms of 8000 Hz
		t.Errorf("jitter of %d; want that of 5 ms, 40", got.Jitter)
	}
}

// Two sides tell each other how their call is.
func TestControl(t *testing.T) {
	here, there := rtp.NewControl("here"), rtp.NewControl("there")
	var atHere, atThere rtp.Reception
	ours, theirs := rtp.NewFixedSource(1, 0, 0), rtp.NewFixedSource(2, 0, 0)
	receive(&atThere, &ours, 100, 50)
	receive(&atHere, &theirs, 50)
	now := time.Unix(1_800_000_000, 123_456_789)
	send := func(c, to *rtp.Control, s rtp.Sending, in *rtp.Reception, ssrc uint32, bye bool, after time.Duration) []rtcp.Packet {
		t.Helper()
		b, err := c.Write(now, s, in, bye)
		if err != nil {
			t.Fatal(err)
		}
		now = now.Add(after)
		if err = to.Read(b, ssrc, now); err != nil {
			t.Fatal(err)
		}
		list, err := rtcp.Unmarshal(b)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	list := send(here, there, rtp.Sending{SSRC: 1, Stamp: 16000, Packets: 100, Octets: 16000, Active: true}, &atHere, 2, false, 30*time.Millisecond)
	if sr, ok := list[0].(*rtcp.SenderReport); !ok || sr.PacketCount != 100 || sr.OctetCount != 16000 || sr.RTPTime != 16000 || len(sr.Reports) != 1 {
		t.Errorf("sent %v; want a sender report", list)
	}
	now = now.Add(3 * time.Second)
	list = send(there, here, rtp.Sending{SSRC: 2}, &atThere, 1, true, 40*time.Millisecond)
	if rr, ok := list[0].(*rtcp.ReceiverReport); !ok || rr.Reports[0].Delay>>16 != 3 || len(list) != 3 {
		t.Errorf("sent %v; want a receiver report with the time since our report, and a goodbye", list)
	}
	got := here.View()
	if got.RTT < 69*time.Millisecond || got.RTT > 71*time.Millisecond {
		t.Errorf("round trip of %v; want 70ms", got.RTT)
	}
	got.RTT = 0
	if want := (rtp.PeerView{Reports: 1, Lost: 1, LostPart: float64(256/100) / 256, Bye: true}); got != want {
		t.Errorf("View = %+v; want %+v", got, want)
	}
	if got := there.View(); got.Reports != 1 || got.Bye || got.RTT != 0 {
		t.Errorf("View = %+v", got)
	}
}

func TestControlOfAnotherStream(t *testing.T) {
	c := rtp.NewControl("x")
	b, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 2, Reports: []rtcp.ReceptionReport{{SSRC: 77, TotalLost: 5}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Read(b, 1, time.Now()); err != nil || c.View().Lost != 0 {
		t.Errorf("Read = %v, View = %+v; want nothing of a stream that is not ours", err, c.View())
	}
}

func TestIsControl(t *testing.T) {
	for _, tt := range []struct {
		b    []byte
		want bool
	}{
		{[]byte{0x80, 200}, true},
		{[]byte{0x81, 201}, true},
		{[]byte{0x80, 207}, true},
		{[]byte{0x80, 8}, false},
		{[]byte{0x80, 0x80 | 8}, false},
		{[]byte{0x80, 0x80 | 101}, false},
		{[]byte{0, 200}, false},
		{[]byte{0x80}, false},
		{nil, false},
	} {
		if got := rtp.IsControl(tt.b); got != tt.want {
			t.Errorf("IsControl(% x) = %v", tt.b, got)
		}
	}
}

func FuzzControl(f *testing.F) {
	c := rtp.NewControl("seed")
	var in rtp.Reception
	src := rtp.NewFixedSource(1, 0, 0)
	receive(&in, &src, 5)
	for _, s := range []rtp.Sending{{SSRC: 2}, {SSRC: 2, Active: true, Packets: 9, Octets: 99}} {
		b, err := c.Write(time.Unix(1_800_000_000, 0), s, &in, s.Active)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, p := range []rtcp.Packet{
		&rtcp.ReceiverReport{SSRC: 2, Reports: []rtcp.ReceptionReport{{SSRC: 1, TotalLost: 1<<24 - 1, FractionLost: 255, Jitter: 1<<32 - 1, LastSenderReport: 1, Delay: 1 << 31}}},
		&rtcp.PictureLossIndication{}, &rtcp.TransportLayerNack{Nacks: []rtcp.NackPair{{}}}, &rtcp.ReceiverEstimatedMaximumBitrate{SSRCs: []uint32{1}},
		&rtcp.ExtendedReport{Reports: []rtcp.ReportBlock{&rtcp.VoIPMetricsReportBlock{}}}, &rtcp.ApplicationDefined{Name: "name"},
	} {
		b, err := p.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := rtp.NewControl("x")
		err := c.Read(b, 1, time.Unix(1_800_000_000, 0))
		v := c.View()
		if err != nil && v != (rtp.PeerView{}) {
			t.Errorf("% x: %v, yet %+v", b, err, v)
		}
		if v.RTT < 0 || v.Jitter < 0 || v.LostPart < 0 || v.LostPart > 1 {
			t.Errorf("% x: %+v", b, v)
		}
		var in rtp.Reception
		if _, err := c.Write(time.Unix(1_800_000_001, 0), rtp.Sending{SSRC: 1}, &in, true); err != nil {
			t.Errorf("% x: then Write = %v", b, err)
		}
	})
}
