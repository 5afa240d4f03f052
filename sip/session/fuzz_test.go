package session_test

import (
	"net/netip"
	"testing"

	"github.com/pion/rtcp"

	"careline/audio"
	"careline/sip/rtp"
)

// newPhoneAddr is where fuzzed packets come from.
var newPhoneAddr = netip.MustParseAddrPort("127.0.0.1:9")

// FuzzTake hands in what a peer may send to the port of sound: RTP, keys, RTCP.
func FuzzTake(f *testing.F) {
	src := rtp.NewFixedSource(1, 2, 3)
	for _, pt := range []uint8{0, 8, 13, 101, 96} {
		b := make([]byte, rtp.HeaderSize)
		rtp.PutHeader(b, src.Next(pt, 160, true))
		f.Add(append(b, 5, 0x8a, 0, 160))
	}
	f.Add([]byte{0xb1, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0, 9, 9, 9, 3})
	sr, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: 1, Reports: []rtcp.ReceptionReport{{SSRC: 2}}}, &rtcp.Goodbye{Sources: []uint32{1}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sr)
	s := still(f)
	s.SetRemote(remote(newPhoneAddr, audio.PCMA, 101))
	f.Fuzz(func(t *testing.T, b []byte) {
		s.Take(b, newPhoneAddr)
		if keys := pressed(s); len(keys) > 1 {
			t.Errorf("% x presses %q", b, keys)
		}
		if st := s.Stats(); st.Jitter < 0 || st.Peer.RTT < 0 {
			t.Errorf("% x: %+v", b, st)
		}
	})
}
