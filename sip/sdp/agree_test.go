package sdp_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/sip/sdp"
)

const ms = time.Millisecond

// here is this side in the tests.
var here = sdp.Local{Addr: netip.MustParseAddrPort("203.0.113.1:20000"), ID: 7, Version: 3}

func parse(t *testing.T, s string) sdp.Description {
	t.Helper()
	d, err := sdp.Parse([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOffer(t *testing.T) {
	want := lines("v=0", "o=- 7 3 IN IP4 203.0.113.1", "s=-", "c=IN IP4 203.0.113.1", "t=0 0",
		"m=audio 20000 RTP/AVP 8 0 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000",
		"a=fmtp:101 0-15", "a=ptime:20", "a=sendrecv")
	if diff := cmp.Diff(want, string(sdp.Offer(here).Marshal())); diff != "" {
		t.Errorf("Offer differs (-want +got):\n%s", diff)
	}
	l := here
	l.Codecs, l.KeysPT, l.Ptime, l.Direction = []sdp.Codec{sdp.PCMU}, 96, 40*ms, sdp.SendOnly
	want = lines("m=audio 20000 RTP/AVP 0 96", "a=rtpmap:0 PCMU/8000", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-15", "a=ptime:40", "a=sendonly")
	if got := string(sdp.Offer(l).Marshal()); !strings.HasSuffix(got, want) {
		t.Errorf("Offer = %q; want its end to be %q", got, want)
	}
}

// offer is one of a peer at 192.0.2.5.
func offer(media ...string) string {
	return lines(append([]string{"v=0", "o=- 1 1 IN IP4 192.0.2.5", "s=-", "c=IN IP4 192.0.2.5", "t=0 0"}, media...)...)
}

func TestAnswer(t *testing.T) {
	peer := netip.MustParseAddrPort("192.0.2.5:4000")
	for _, tt := range []struct {
		name   string
		offer  string
		want   sdp.Agreed
		answer string // after t=
	}{
		{
			"the offer's preference, the offer's payload type of keys",
			offer("m=audio 4000 RTP/AVP 18 0 8 113", "a=rtpmap:18 G729/8000", "a=rtpmap:113 telephone-event/8000"),
			sdp.Agreed{Remote: peer, Codec: sdp.PCMU, Keys: true, KeysPT: 113, LocalKeys: true, LocalKeyPT: 113, Ptime: 20 * ms, Sends: true, Receives: true},
			lines("m=audio 20000 RTP/AVP 0 113", "a=rtpmap:0 PCMU/8000", "a=rtpmap:113 telephone-event/8000", "a=fmtp:113 0-15", "a=ptime:20", "a=sendrecv"),
		},
		{
			"a payload type of its own for PCMA, no keys",
			offer("m=audio 4000 RTP/AVP 100", "a=rtpmap:100 pcma/8000"),
			sdp.Agreed{Remote: peer, Codec: sdp.PCMA, PT: 100, Ptime: 20 * ms, Sends: true, Receives: true},
			lines("m=audio 20000 RTP/AVP 100", "a=rtpmap:100 PCMA/8000", "a=ptime:20", "a=sendrecv"),
		},
		{
			"keys of the sound's clock only",
			offer("m=audio 4000 RTP/AVP 8 97 98", "a=rtpmap:97 telephone-event/48000", "a=rtpmap:98 telephone-event/8000", "a=ptime:40", "a=maxptime:30"),
			sdp.Agreed{Remote: peer, Codec: sdp.PCMA, PT: 8, Keys: true, KeysPT: 98, LocalKeys: true, LocalKeyPT: 98, Ptime: 30 * ms, Sends: true, Receives: true},
			lines("m=audio 20000 RTP/AVP 8 98", "a=rtpmap:8 PCMA/8000", "a=rtpmap:98 telephone-event/8000", "a=fmtp:98 0-15", "a=ptime:30", "a=sendrecv"),
		},
		{
			"other media, in their order, refused",
			offer("m=audio 5000 RTP/SAVP 8", "m=video 4002 RTP/AVP 31 34", "m=audio 4000 RTP/AVP 8", "m=image 4004 udptl t38", "m=audio 4006 RTP/AVP 8"),
			sdp.Agreed{Remote: peer, Codec: sdp.PCMA, PT: 8, Ptime: 20 * ms, Sends: true, Receives: true},
			lines("m=audio 0 RTP/SAVP 8", "m=video 0 RTP/AVP 31 34", "m=audio 20000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=ptime:20", "a=sendrecv",
				"m=image 0 UDPTL t38", "m=audio 0 RTP/AVP 8"),
		},
		{
			"on hold",
			offer("m=audio 4000 RTP/AVP 8", "a=sendonly"),
			sdp.Agreed{Remote: peer, Codec: sdp.PCMA, PT: 8, Ptime: 20 * ms, Receives: true},
			lines("m=audio 20000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=ptime:20", "a=recvonly"),
		},
		{
			"listens only",
			offer("m=audio 4000 RTP/AVP 8", "a=recvonly"),
			sdp.Agreed{Remote: peer, Codec: sdp.PCMA, PT: 8, Ptime: 20 * ms, Sends: true},
			lines("m=audio 20000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=ptime:20", "a=sendonly"),
		},
		{
			"inactive",
			offer("a=inactive", "m=audio 4000 RTP/AVP 8"),
			sdp.Agreed{Remote: peer, Codec: sdp.PCMA, PT: 8, Ptime: 20 * ms},
			lines("m=audio 20000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=ptime:20", "a=inactive"),
		},
		{
			"the old way of hold",
			offer("m=audio 4000 RTP/AVP 8", "c=IN IP4 0.0.0.0"),
			sdp.Agreed{Remote: netip.MustParseAddrPort("0.0.0.0:4000"), Codec: sdp.PCMA, PT: 8, Ptime: 20 * ms, Receives: true},
			lines("m=audio 20000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=ptime:20", "a=recvonly"),
		},
	} {
		d, got, err := sdp.Answer(parse(t, tt.offer), here)
		if err != nil {
			t.Errorf("%s: Answer = %v", tt.name, err)
			continue
		}
		if got != tt.want {
			t.Errorf("%s: agreed on %+v; want %+v", tt.name, got, tt.want)
		}
		_, media, _ := strings.Cut(string(d.Marshal()), "t=0 0\r\n")
		if diff := cmp.Diff(tt.answer, media); diff != "" {
			t.Errorf("%s: answer differs (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestAnswerRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, offer string
		want        error
	}{
		{"no audio", offer("m=video 4000 RTP/AVP 31"), sdp.ErrNoAudio},
		{"audio that is off", offer("m=audio 0 RTP/AVP 8"), sdp.ErrNoAudio},
		{"encrypted audio", offer("m=audio 4000 RTP/SAVP 8"), sdp.ErrInsecure},
		{"other codecs", offer("m=audio 4000 RTP/AVP 18 96", "a=rtpmap:96 PCMA/16000"), sdp.ErrNoCodec},
		{"no address", lines("v=0", "m=audio 4000 RTP/AVP 8"), sdp.ErrMalformed},
	} {
		if _, _, err := sdp.Answer(parse(t, tt.offer), here); !errors.Is(err, tt.want) {
			t.Errorf("%s: Answer = %v; want %v", tt.name, err, tt.want)
		}
	}
}

func TestAccept(t *testing.T) {
	answer := parse(t, offer("m=audio 4000 RTP/AVP 0 96", "a=rtpmap:96 telephone-event/8000", "a=sendonly"))
	got, err := sdp.Accept(answer, here)
	want := sdp.Agreed{
		Remote: netip.MustParseAddrPort("192.0.2.5:4000"), Codec: sdp.PCMU, Keys: true, KeysPT: 96,
		LocalKeys: true, LocalKeyPT: 101, Ptime: 20 * ms, Receives: true,
	}
	if err != nil || got != want {
		t.Errorf("Accept = %+v, %v; want %+v", got, err, want)
	}
	for _, tt := range []struct {
		name, answer string
		want         error
	}{
		{"refused", offer("m=audio 0 RTP/AVP 8"), sdp.ErrRefused},
		{"other codecs", offer("m=audio 4000 RTP/AVP 18"), sdp.ErrNoCodec},
		{"other media", offer("m=video 4000 RTP/AVP 31"), sdp.ErrMismatch},
		{"no address", lines("v=0", "m=audio 4000 RTP/AVP 8"), sdp.ErrMalformed},
	} {
		if _, err := sdp.Accept(parse(t, tt.answer), here); !errors.Is(err, tt.want) {
			t.Errorf("%s: Accept = %v; want %v", tt.name, err, tt.want)
		}
	}
	if _, err := sdp.Accept(sdp.Description{}, here); !errors.Is(err, sdp.ErrMismatch) {
		t.Errorf("Accept of nothing = %v; want %v", err, sdp.ErrMismatch)
	}
}

// TestBothSidesAgree lets two of our own sides agree in all directions.
func TestBothSidesAgree(t *testing.T) {
	there := sdp.Local{Addr: netip.MustParseAddrPort("[2001:db8::9]:30000"), Codecs: []sdp.Codec{sdp.PCMU}}
	for _, d := range []sdp.Direction{"", sdp.SendRecv, sdp.SendOnly, sdp.RecvOnly, sdp.Inactive} {
		l := here
		l.Direction, l.KeysPT = d, 99
		answer, theirs, err := sdp.Answer(parse(t, string(sdp.Offer(l).Marshal())), there)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := sdp.Accept(parse(t, string(answer.Marshal())), l)
		if err != nil {
			t.Fatal(err)
		}
		if ours.Sends != theirs.Receives || ours.Receives != theirs.Sends || ours.Sends != d.Sends() || ours.Receives != d.Receives() {
			t.Errorf("%s: we agreed on %+v, they on %+v", d, ours, theirs)
		}
		if ours.Codec != sdp.PCMU || theirs.Codec != sdp.PCMU || ours.KeysPT != 99 || theirs.KeysPT != 99 || ours.Remote != there.Addr || theirs.Remote != here.Addr {
			t.Errorf("%s: we agreed on %+v, they on %+v", d, ours, theirs)
		}
	}
}
