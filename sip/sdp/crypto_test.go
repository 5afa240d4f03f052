package sdp_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"careline/sip/sdp"
)

// key30 is a key of AES_CM_128, and bytes30 what it says.
const (
	bytes30 = "0123456789abcdef0123456789abcd"
	key30   = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk"
)

// keys are one for each suite, of bytes that nobody should see.
func keys(tb testing.TB) []sdp.Crypto {
	tb.Helper()
	var list []sdp.Crypto
	for i, s := range sdp.Suites() {
		key, salt := s.KeySize()
		list = append(list, sdp.Crypto{Tag: fmt.Sprint(i + 1), Suite: s, Key: sdp.Secret(strings.Repeat("k", key+salt))})
	}
	return list
}

// line is the a=crypto line of a key.
func line(tag int, s sdp.Suite, fill string) string {
	key, salt := s.KeySize()
	return fmt.Sprintf("a=crypto:%d %s inline:%s", tag, s, base64.StdEncoding.EncodeToString([]byte(strings.Repeat(fill, key+salt))))
}

func TestOfferOfKeys(t *testing.T) {
	three := []string{line(1, sdp.AES128SHA80, "k"), line(2, sdp.AES256GCM, "k"), line(3, sdp.AES128SHA32, "k")}
	for _, tt := range []struct {
		security sdp.Security
		proto    string
		keys     []string
	}{
		{"", "RTP/AVP", nil}, {sdp.Off, "RTP/AVP", nil}, {sdp.Optional, "RTP/AVP", three}, {sdp.Required, "RTP/SAVP", three},
	} {
		l := here
		l.Security, l.Crypto = tt.security, keys(t)
		var got []string
		offer := string(sdp.Offer(l).Marshal())
		for s := range strings.SplitSeq(offer, "\r\n") {
			if strings.HasPrefix(s, "a=crypto") {
				got = append(got, s)
			}
		}
		if diff := cmp.Diff(tt.keys, got); diff != "" || !strings.Contains(offer, "m=audio 20000 "+tt.proto+" 8 0 101\r\n") {
			t.Errorf("%s: keys differ (-want +got):\n%s\nin %s", tt.security, diff, offer)
		}
	}
}

func TestAnswerWithKeys(t *testing.T) {
	aes, gcm, odd := line(4, sdp.AES256SHA32, "p"), line(2, sdp.AES256GCM, "p"), "a=crypto:1 ODD_SUITE inline:"+key30
	for _, tt := range []struct {
		name     string
		security sdp.Security
		offer    string
		err      error
		answer   string // its m= lines and keys
	}{
		{"plain, off", sdp.Off, offer("m=audio 4000 RTP/AVP 8"), nil, "m=audio 20000 RTP/AVP 8"},
		{"plain, optional", sdp.Optional, offer("m=audio 4000 RTP/AVP 8"), nil, "m=audio 20000 RTP/AVP 8"},
		{"plain, required", sdp.Required, offer("m=audio 4000 RTP/AVP 8"), sdp.ErrInsecure, ""},
		{"encrypted, off", sdp.Off, offer("m=audio 4000 RTP/SAVP 8", aes), sdp.ErrInsecure, ""},
		{"encrypted, optional", sdp.Optional, offer("m=audio 4000 RTP/SAVP 8", odd, gcm, aes), nil, "m=audio 20000 RTP/SAVP 8\n" + line(2, sdp.AES256GCM, "k")},
		{"encrypted, required", sdp.Required, offer("m=audio 4000 RTP/SAVPF 8", odd, aes), nil, "m=audio 20000 RTP/SAVPF 8\n" + line(4, sdp.AES256SHA32, "k")},
		{"no suite of ours", sdp.Optional, offer("m=audio 4000 RTP/SAVP 8", odd), sdp.ErrInsecure, ""},
		{"no suite of ours beside plain sound", sdp.Optional, offer("m=audio 4000 RTP/AVP 8", odd), nil, "m=audio 20000 RTP/AVP 8"},
		{"no codec of ours", sdp.Required, offer("m=audio 4000 RTP/SAVP 9", aes), sdp.ErrNoCodec, ""},
		{"as one likes, off", sdp.Off, offer("m=audio 4000 RTP/AVP 8", gcm), nil, "m=audio 20000 RTP/AVP 8"},
		{"as one likes, optional", sdp.Optional, offer("m=audio 4000 RTP/AVP 8", gcm), nil, "m=audio 20000 RTP/AVP 8\n" + line(2, sdp.AES256GCM, "k")},
		{"as one likes, required", sdp.Required, offer("m=audio 4000 RTP/AVP 8", gcm), nil, "m=audio 20000 RTP/AVP 8\n" + line(2, sdp.AES256GCM, "k")},
		{"both, off", sdp.Off, offer("m=audio 4000 RTP/SAVP 8", gcm, "m=audio 4002 RTP/AVP 8"), nil, "m=audio 0 RTP/SAVP 8\nm=audio 20000 RTP/AVP 8"},
		{"both, optional", sdp.Optional, offer("m=audio 4002 RTP/AVP 8", "m=audio 4000 RTP/SAVP 8", gcm), nil, "m=audio 0 RTP/AVP 8\nm=audio 20000 RTP/SAVP 8\n" + line(2, sdp.AES256GCM, "k")},
		{"keys by DTLS", sdp.Optional, offer("m=audio 4000 UDP/TLS/RTP/SAVPF 8", "a=fingerprint:sha-256 00"), sdp.ErrNoAudio, ""},
	} {
		l := here
		l.Security, l.Crypto = tt.security, keys(t)
		d, a, err := sdp.Answer(parse(t, tt.offer), l)
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: Answer = %v; want %v", tt.name, err, tt.err)
		}
		if err != nil {
			continue
		}
		var got []string
		for s := range strings.SplitSeq(string(d.Marshal()), "\r\n") {
			if strings.HasPrefix(s, "m=") || strings.HasPrefix(s, "a=crypto") {
				got = append(got, s)
			}
		}
		if diff := cmp.Diff(tt.answer, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s: answer differs (-want +got):\n%s", tt.name, diff)
		}
		secure := strings.Contains(tt.answer, "crypto")
		if (a.Local.Suite != "") != secure || a.Local.Suite != a.Peer.Suite || a.Local.Tag != a.Peer.Tag || secure && a.Peer.Key[0] != 'p' {
			t.Errorf("%s: agreed on %#v and %#v", tt.name, a.Local, a.Peer)
		}
	}
}

func TestAcceptKeys(t *testing.T) {
	for _, tt := range []struct {
		name     string
		security sdp.Security
		answer   string
		err      error
		suite    sdp.Suite
	}{
		{"taken", sdp.Required, offer("m=audio 4000 RTP/SAVP 8", line(2, sdp.AES256GCM, "p")), nil, sdp.AES256GCM},
		{"taken of what was optional", sdp.Optional, offer("m=audio 4000 RTP/AVP 8", line(1, sdp.AES128SHA80, "p")), nil, sdp.AES128SHA80},
		{"not taken", sdp.Optional, offer("m=audio 4000 RTP/AVP 8"), nil, ""},
		{"not taken though required", sdp.Required, offer("m=audio 4000 RTP/SAVP 8"), sdp.ErrInsecure, ""},
		{"plain though required", sdp.Required, offer("m=audio 4000 RTP/AVP 8"), sdp.ErrInsecure, ""},
		{"another tag", sdp.Required, offer("m=audio 4000 RTP/SAVP 8", line(1, sdp.AES256GCM, "p")), sdp.ErrInsecure, ""},
		{"a suite that was not offered", sdp.Required, offer("m=audio 4000 RTP/SAVP 8", line(6, sdp.AES128GCM, "p")), sdp.ErrInsecure, ""},
		{"encrypted, which was not offered", sdp.Off, offer("m=audio 4000 RTP/SAVP 8", line(1, sdp.AES128SHA80, "p")), sdp.ErrInsecure, ""},
		{"keys that were not asked for", sdp.Off, offer("m=audio 4000 RTP/AVP 8", line(1, sdp.AES128SHA80, "p")), nil, ""},
	} {
		l := here
		l.Security, l.Crypto = tt.security, keys(t)
		a, err := sdp.Accept(parse(t, tt.answer), l)
		if !errors.Is(err, tt.err) || a.Local.Suite != tt.suite || a.Peer.Suite != tt.suite {
			t.Errorf("%s: Accept = %+v, %v; want %s, %v", tt.name, a, err, tt.suite, tt.err)
		}
	}
}

func TestKeysDoNotShow(t *testing.T) {
	c := keys(t)[0]
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("agreed", "on", c, "key", c.Key)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("agreed", "on", c, "key", c.Key)
	shown := fmt.Sprintf("%v %+v %#v %s %q %x", c, c, c, c.Key, c.Key, c.Key) + string(asJSON) + log.String()
	if strings.Contains(shown, "kkkk") || strings.Contains(shown, "6b6b6b") || strings.Contains(shown, "a2tr") {
		t.Errorf("a key shows in %s", shown)
	}
}

func TestParseSecurity(t *testing.T) {
	for in, want := range map[string]sdp.Security{"": sdp.Off, "off": sdp.Off, "optional": sdp.Optional, "required": sdp.Required} {
		if got, err := sdp.ParseSecurity(in); got != want || err != nil {
			t.Errorf("ParseSecurity(%q) = %s, %v; want %s", in, got, err, want)
		}
	}
	if _, err := sdp.ParseSecurity("yes"); err == nil || !strings.Contains(err.Error(), "off, optional, required") {
		t.Errorf("ParseSecurity(yes) = %v; want an error that names what there is", err)
	}
}

func TestControlAddress(t *testing.T) {
	o := offer("m=audio 4000 RTP/AVP 8", "a=rtcp:4009", "a=rtcp-mux")
	d, a, err := sdp.Answer(parse(t, o), here)
	if err != nil || !a.Mux || a.RTCP.String() != "192.0.2.5:4009" || !strings.Contains(string(d.Marshal()), "a=rtcp-mux\r\n") {
		t.Errorf("Answer = %+v, %v with\n%s", a, err, d.Marshal())
	}
	if a, err = sdp.Accept(parse(t, o), here); err != nil || a.Mux {
		t.Errorf("Accept = %+v, %v; want no rtcp-mux, as it was not offered", a, err)
	}
	if o := string(sdp.Offer(here).Marshal()); strings.Contains(o, "rtcp") {
		t.Errorf("offered %s", o)
	}
}
