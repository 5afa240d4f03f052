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

// compareAddr lets cmp look into addresses.
var compareAddr = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
}

// lines joins the lines of a description as SIP carries it.
func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n" }

// described are descriptions and what they say.
var described = []struct {
	name string
	in   string
	want sdp.Description
}{
	{
		"a PBX",
		lines("v=0", "o=root 1821 1822 IN IP4 192.0.2.5", "s=Asterisk PBX 18", "c=IN IP4 192.0.2.5", "t=0 0",
			"m=audio 14580 RTP/AVP 8 0 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000",
			"a=fmtp:101 0-16", "a=ptime:20", "a=maxptime:150", "a=sendrecv"),
		sdp.Description{
			Origin: sdp.Origin{User: "root", ID: "1821", Version: "1822", Addr: "192.0.2.5"},
			Addr:   netip.MustParseAddr("192.0.2.5"),
			Media: []sdp.Media{{
				Kind: "audio", Port: 14580, Proto: "RTP/AVP", Ptime: 20 * time.Millisecond, MaxPtime: 150 * time.Millisecond, Direction: sdp.SendRecv,
				Formats: []sdp.Format{pcma, pcmu, {PT: 101, Name: "TELEPHONE-EVENT", ClockHz: 8000, Params: "0-16"}},
			}},
		},
	},
	{
		"no s= and t=, b= before c=, a space in the user of o=, LF alone, no line end at the end",
		"v=0\no=carrier gw 1 1 1 IN IP4 192.0.2.9\nb=AS:80\nc=IN IP4 192.0.2.9\nm=audio 4000 RTP/AVP 0",
		sdp.Description{
			Origin: sdp.Origin{User: "carrier gw 1", ID: "1", Version: "1", Addr: "192.0.2.9"},
			Addr:   netip.MustParseAddr("192.0.2.9"),
			Media:  []sdp.Media{{Kind: "audio", Port: 4000, Proto: "RTP/AVP", Direction: sdp.SendRecv, Formats: []sdp.Format{pcmu}}},
		},
	},
	{
		"an address of the media, a direction of the session, keys of two clocks, more codecs",
		lines("v=0", "o=- 0 0 IN IP4 0.0.0.0", "s=-", "c=IN IP4 0.0.0.0", "t=0 0", "a=sendonly",
			"m=audio 4000 RTP/AVP 96 8 97 98", "c=IN IP4 198.51.100.7/127", "a=rtpmap:96 AMR-WB/16000/1", "a=fmtp:96 octet-align=1; mode-set=0,1",
			"a=rtpmap:97 telephone-event/16000", "a=rtpmap:98 Telephone-Event/8000", "a=ptime:20.0", "a=rtpmap:77 nothing/8000"),
		sdp.Description{
			Origin: sdp.Origin{User: "-", ID: "0", Version: "0", Addr: "0.0.0.0"},
			Addr:   netip.MustParseAddr("0.0.0.0"),
			Media: []sdp.Media{{
				Kind: "audio", Port: 4000, Proto: "RTP/AVP", Addr: netip.MustParseAddr("198.51.100.7"), Ptime: 20 * time.Millisecond, Direction: sdp.SendOnly,
				Formats: []sdp.Format{
					{PT: 96, Name: "AMR-WB", ClockHz: 16000, Params: "octet-align=1; mode-set=0,1"},
					pcma,
					{PT: 97, Name: "TELEPHONE-EVENT", ClockHz: 16000},
					{PT: 98, Name: "TELEPHONE-EVENT", ClockHz: 8000},
				},
			}},
		},
	},
	{
		"other media, IPv6",
		lines("v=0", "o=- 1 1 IN IP6 2001:db8::1", "s=-", "c=IN IP6 2001:db8::1", "t=0 0",
			"m=image 4400 udptl t38", "c=IN IP4 a.name", "a=rtpmap:x", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "m=audio 0 RTP/SAVP 8", "a=inactive"),
		sdp.Description{
			Origin: sdp.Origin{User: "-", ID: "1", Version: "1", Addr: "2001:db8::1"},
			Addr:   netip.MustParseAddr("2001:db8::1"),
			Media: []sdp.Media{
				{Kind: "image", Port: 4400, Proto: "UDPTL", Other: "t38", Direction: sdp.SendRecv},
				{Kind: "application", Port: 9, Proto: "UDP/DTLS/SCTP", Other: "webrtc-datachannel", Direction: sdp.SendRecv},
				{Kind: "audio", Proto: "RTP/SAVP", Formats: []sdp.Format{pcma}, Direction: sdp.Inactive},
			},
		},
	},
}

// more descriptions, of what else is seen.
var more = []struct {
	name, in string
	want     sdp.Media
}{
	{
		"a byte order mark, CR alone",
		"\ufeffv=0\rc=IN IP4 192.0.2.9\rm=audio 4000 RTP/AVP 0\ra=ptime:30",
		sdp.Media{Port: 4000, Proto: "RTP/AVP", Formats: []sdp.Format{pcmu}, Ptime: 30 * time.Millisecond},
	},
	{
		"keys, those that cannot be read passed over",
		lines("m=audio 4000 RTP/SAVP 0",
			"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+key30+"|2^20|1:4",
			"a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:"+key30[4:],
			"a=crypto:3 F8_128_HMAC_SHA1_80 inline:"+key30,
			"a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:"+key30+" UNENCRYPTED_SRTP",
			"a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:"+key30+";inline:"+key30+"|2^20|2:4",
			"a=crypto:6 AES_CM_128_HMAC_SHA1_80 other:"+key30,
			"a=crypto:x AES_CM_128_HMAC_SHA1_80 inline:"+key30,
			"a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:"+key30+"|1:0",
			"a=crypto:8 AES_CM_128_HMAC_SHA1_80",
			"a=crypto:9 aes_cm_128_hmac_sha1_32 inline:"+key30+"|2^31 WSH=64 -x=1"),
		sdp.Media{Port: 4000, Proto: "RTP/SAVP", Formats: []sdp.Format{pcmu}, Crypto: []sdp.Crypto{
			{Tag: "1", Suite: sdp.AES128SHA80, Key: bytes30, MKI: "\x00\x00\x00\x01"},
			{Tag: "9", Suite: sdp.AES128SHA32, Key: bytes30},
		}},
	},
	{
		"where RTCP goes",
		lines("m=audio 4000 RTP/AVP 0", "a=rtcp-mux", "a=rtcp:5000 IN IP4 192.0.2.7"),
		sdp.Media{Port: 4000, Proto: "RTP/AVP", Formats: []sdp.Format{pcmu}, Mux: true, RTCP: netip.MustParseAddrPort("192.0.2.7:5000")},
	},
	{
		"where RTCP goes, in ways that say nothing",
		lines("m=audio 4000 RTP/AVP 0", "a=rtcp:5001", "a=rtcp:0", "a=rtcp:x", "a=rtcp:1 IN IP4", "a=rtcp:1 IN IP4 a.name"),
		sdp.Media{Port: 4000, Proto: "RTP/AVP", Formats: []sdp.Format{pcmu}, RTCP: netip.AddrPortFrom(netip.Addr{}, 5001)},
	},
	{
		"stereo",
		lines("m=audio 4000 RTP/AVP 96", "a=rtpmap:96 PCMA/8000/2"),
		sdp.Media{Port: 4000, Proto: "RTP/AVP", Formats: []sdp.Format{{PT: 96, Name: "PCMA", ClockHz: 8000, Channels: 2}}},
	},
}

func TestParseMedia(t *testing.T) {
	for _, tt := range more {
		tt.want.Kind, tt.want.Direction = "audio", sdp.SendRecv
		got, err := sdp.Parse([]byte(tt.in))
		if err != nil {
			t.Errorf("%s: Parse = %v", tt.name, err)
		} else if diff := cmp.Diff([]sdp.Media{tt.want}, got.Media, compareAddr); diff != "" {
			t.Errorf("%s: Parse differs (-want +got):\n%s", tt.name, diff)
		}
	}
}

var (
	pcmu = sdp.Format{PT: 0, Name: "PCMU", ClockHz: 8000}
	pcma = sdp.Format{PT: 8, Name: "PCMA", ClockHz: 8000}
)

func TestParse(t *testing.T) {
	for _, tt := range described {
		got, err := sdp.Parse([]byte(tt.in))
		if err != nil {
			t.Errorf("%s: Parse = %v", tt.name, err)
		} else if diff := cmp.Diff(tt.want, got, compareAddr); diff != "" {
			t.Errorf("%s: Parse differs (-want +got):\n%s", tt.name, diff)
		}
	}
}

// broken are descriptions that cannot be read, and what the error names.
var broken = []struct{ in, names string }{
	{"", "no m= line"},
	{"v=0\r\ns=-\r\n", "no m= line"},
	{"v=0\r\nmumble\r\n", `line 2 "mumble"`},
	{"v=0\r\n\r\nm=audio x RTP/AVP 0\r\n", `line 3 "m=audio x RTP/AVP 0": "x" is no port`},
	{"m=audio 70000 RTP/AVP 0\r\n", `"70000" is no port`},
	{"m=audio 4000\r\n", "line 1"},
	{"m=audio 4000 RTP/AVP 0 eight\r\n", `"eight" is no payload type`},
	{"m=audio 4000 RTP/AVP 128\r\n", `"128" is no payload type`},
	{"c=IN IP4\r\nm=audio 4000 RTP/AVP 0\r\n", `line 1 "c=IN IP4"`},
	{"c=IN IP4 gw.example.net\r\nm=audio 4000 RTP/AVP 0\r\n", `"gw.example.net" is no IP address`},
	{"m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 telephone-event\r\n", `line 2 "a=rtpmap:97 telephone-event"`},
	{"m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 telephone-event/x\r\n", `"x" is no clock rate`},
	{"m=audio 4000 RTP/AVP 97\r\na=rtpmap:x y/8000\r\n", `"x" is no payload type`},
	{"m=audio 4000 RTP/AVP 0\r\na=ptime:soon\r\n", `"soon" is no number of milliseconds`},
	{strings.Repeat("m=audio 4000 RTP/AVP 0\r\n", 17), "limit of 16 m= lines"},
	{"m=audio 4000 RTP/AVP" + strings.Repeat(" 0", 65), "limit of 64 formats"},
	{"a=" + strings.Repeat("x", 20000), "limit of 16384"},
	{"c=" + strings.Repeat("x", 200), "xxx…"},
	{"c=IN IP4 inline:c2VjcmV0\r\n", `"c=IN IP4 inline:***"`},
}

func TestParseNamesTheLine(t *testing.T) {
	for _, tt := range broken {
		_, err := sdp.Parse([]byte(tt.in))
		if !errors.Is(err, sdp.ErrMalformed) || !strings.Contains(err.Error(), tt.names) {
			t.Errorf("Parse(%.60q) = %v; want an error that says %s", tt.in, err, tt.names)
		}
	}
}

func TestMarshal(t *testing.T) {
	d := described[0].want
	want := lines("v=0", "o=root 1821 1822 IN IP4 192.0.2.5", "s=-", "c=IN IP4 192.0.2.5", "t=0 0",
		"m=audio 14580 RTP/AVP 8 0 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000",
		"a=fmtp:101 0-16", "a=ptime:20", "a=maxptime:150", "a=sendrecv")
	if diff := cmp.Diff(want, string(d.Marshal())); diff != "" {
		t.Errorf("Marshal differs (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, tt := range described {
		f.Add(tt.in)
	}
	for _, tt := range broken {
		f.Add(tt.in)
	}
	for _, tt := range more {
		f.Add(tt.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := sdp.Parse([]byte(s))
		if err != nil {
			return
		}
		b := d.Marshal()
		again, err := sdp.Parse(b)
		if err != nil {
			t.Fatalf("read %q, wrote %q, which gives %v", s, b, err)
		}
		if twice := again.Marshal(); string(twice) != string(b) {
			t.Errorf("read %q, wrote %q, read and wrote %q", s, b, twice)
		}
		for _, sec := range []sdp.Security{sdp.Off, sdp.Optional, sdp.Required} {
			l := sdp.Local{Addr: netip.MustParseAddrPort("192.0.2.1:4000"), Security: sec, Crypto: keys(t)}
			answer, agreed, err := sdp.Answer(d, l)
			if err == nil && len(answer.Media) != len(d.Media) {
				t.Errorf("%d m= lines answer %d", len(answer.Media), len(d.Media))
			}
			if err == nil && sec == sdp.Required && (agreed.Local.Suite == "" || agreed.Peer.Suite == "") {
				t.Errorf("agreed to plain sound: %+v", agreed)
			}
			_, _ = sdp.Accept(d, l)
		}
	})
}
