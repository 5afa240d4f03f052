package people_test

import (
	"testing"

	"careline/sim/people"
)

var sessions = []struct{ body, want string }{
	{"v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", "10.0.0.1:4000 [PCMA PCMU] 101 false"},
	{"v=0\nm=audio 4000 RTP/AVP 0 9 96\nc=IN IP4 10.0.0.1\na=rtpmap:96 telephone-event/48000\na=sendonly\n", "10.0.0.1:4000 [PCMU] -1 true"},
	{"c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n", "invalid AddrPort [PCMU] -1 false"},
	{"c=IN IP4 10.0.0.1\r\nm=audio 0 RTP/AVP 0\r\nm=audio 5 RTP/AVP 8\r\na=inactive\r\n", "invalid AddrPort [PCMU] -1 false"},
	{"c=IN IP4 10.0.0.1\r\nm=video 4000 RTP/AVP 96\r\n", ""},
	{"m=audio 4000 RTP/AVP 0\r\n", ""},
	{"", ""},
}

func TestSession(t *testing.T) {
	for _, tt := range sessions {
		got, err := people.ReadSession([]byte(tt.body))
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q: %q, %v; want %q", tt.body, got, err, tt.want)
		}
	}
}

func FuzzSession(f *testing.F) {
	for _, tt := range sessions {
		f.Add([]byte(tt.body))
	}
	f.Fuzz(func(_ *testing.T, body []byte) {
		_, _ = people.ReadSession(body) // whatever it says, it must not break us
	})
}
