package rtp_test

import (
	"bytes"
	"errors"
	"testing"

	pion "github.com/pion/rtp"

	"careline/sip/rtp"
)

// packets are datagrams and their payloads; nil: malformed.
var packets = []struct {
	name    string
	in      []byte
	payload []byte
}{
	{"plain", []byte{0x80, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9, 0xd5, 0xd4}, []byte{0xd5, 0xd4}},
	{"no payload", []byte{0x80, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9}, []byte{}},
	{"marker", []byte{0x80, 0x88, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9, 1}, []byte{1}},
	{"contributing source", []byte{0x81, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9, 0, 0, 0, 7, 1}, []byte{1}},
	{"extension", []byte{0x90, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9, 0xbe, 0xde, 0, 1, 0x10, 0xaa, 0, 0, 1}, []byte{1}},
	{"padding", []byte{0xa0, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9, 1, 0, 0, 3}, []byte{1}},
	{"empty", nil, nil},
	{"cut short", []byte{0x80, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0}, nil},
	{"version 1", []byte{0x40, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9, 1}, nil},
	{"STUN", []byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, nil},
	{"15 contributing sources of which none is there", []byte{0x8f, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9}, nil},
	{"extension cut short", []byte{0x90, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9, 0xbe, 0xde, 0xff, 0xff, 1}, nil},
	{"padding longer than the payload", []byte{0xa0, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9, 1, 99}, nil},
	{"padding of none", []byte{0xa0, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9, 1, 0}, nil},
}

func TestParse(t *testing.T) {
	var p rtp.Packet // used again, as on the path
	for _, tt := range packets {
		err := rtp.Parse(tt.in, &p)
		switch {
		case tt.payload == nil && !errors.Is(err, rtp.ErrMalformed):
			t.Errorf("%s: Parse = %v; want %v", tt.name, err, rtp.ErrMalformed)
		case tt.payload != nil && (err != nil || !bytes.Equal(p.Payload, tt.payload)):
			t.Errorf("%s: Parse = % x, %v; want % x", tt.name, p.Payload, err, tt.payload)
		case tt.payload != nil && (p.SequenceNumber != 1 || p.Timestamp != 160 || p.SSRC != 9 || p.PayloadType != 8):
			t.Errorf("%s: Parse = %+v", tt.name, p.Header)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, tt := range packets {
		f.Add(tt.in)
	}
	var p rtp.Packet
	f.Fuzz(func(t *testing.T, b []byte) {
		if rtp.Parse(b, &p) == nil && len(p.Payload) > len(b)-rtp.HeaderSize {
			t.Errorf("% x: a payload of %d bytes", b, len(p.Payload))
		}
	})
}

func TestPutHeader(t *testing.T) {
	for _, h := range []rtp.Header{
		{Version: 2, PayloadType: 8, SequenceNumber: 1, Timestamp: 2, SSRC: 3},
		{Version: 2, PayloadType: 127, Marker: true, SequenceNumber: 65535, Timestamp: 1<<32 - 1, SSRC: 1<<32 - 1},
	} {
		want, err := h.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		got := bytes.Repeat([]byte{0xff}, rtp.HeaderSize)
		rtp.PutHeader(got, h)
		if !bytes.Equal(got, want) {
			t.Errorf("PutHeader(%+v) = % x; pion writes % x", h, got, want)
		}
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	b := append(make([]byte, 0, 172), packets[0].in...)
	var p pion.Packet
	if n := testing.AllocsPerRun(1000, func() { _ = rtp.Parse(b, &p) }); n != 0 {
		t.Errorf("Parse allocates %v times", n)
	}
}

func BenchmarkParse(b *testing.B) {
	in := append(bytes.Clone(packets[0].in), make([]byte, 158)...)
	var p rtp.Packet
	b.ReportAllocs()
	for b.Loop() {
		if err := rtp.Parse(in, &p); err != nil {
			b.Fatal(err)
		}
	}
}
