package trace_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"careline/sip/trace"
)

func TestMask(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing to hide", "INVITE sip:a@b SIP/2.0\nFrom: \"A: b\" <sip:c@d:5060>;tag=1\n\n", ""},
		{
			"credentials", "INVITE sip:a@b SIP/2.0\nProxy-Authorization: Digest username=\"me\", realm=\"r, s\", nonce=\"N\", uri=\"sip:b\", response=\"R\", qop=auth, cnonce=\"C\", nc=00000001, algorithm=MD5\n\n",
			"INVITE sip:a@b SIP/2.0\nProxy-Authorization: Digest username=\"me\", realm=\"r, s\", nonce=\"***\", uri=\"sip:b\", response=\"***\", qop=auth, cnonce=\"***\", nc=00000001, algorithm=MD5\n\n",
		},
		{
			"a challenge over two lines", "SIP/2.0 401 Unauthorized\nWWW-Authenticate : Digest realm=\"r\",\n\tnonce=\"N\", opaque=\"O\", stale=true\n\n",
			"SIP/2.0 401 Unauthorized\nWWW-Authenticate : Digest realm=\"r\", nonce=\"***\", opaque=\"***\", stale=true\n\n",
		},
		{"another scheme", "BYE sip:a SIP/2.0\nauthorization: Basic c2VjcmV0Og==\n\n", "BYE sip:a SIP/2.0\nauthorization: ***\n\n"},
		{"authentication-info", "SIP/2.0 200 OK\nAuthentication-Info: nextnonce=\"N\", rspauth=\"R\", nc=1\n\n", "SIP/2.0 200 OK\nAuthentication-Info: nextnonce=\"***\", rspauth=\"***\", nc=1\n\n"},
		{"addresses", "INVITE sip:a:geheim@b SIP/2.0\nTo: <SIPS:c:g:h@d>\nContact: <sip:d@e:5060>\n\n", "INVITE sip:a:******@b SIP/2.0\nTo: <SIPS:c:***@d>\nContact: <sip:d@e:5060>\n\n"},
		{
			"keys of sound", "INVITE sip:a SIP/2.0\nc: application/sdp\n\nv=0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abcd|2^20\na=ice-pwd:pw\nk=clear:xy\na=ptime:20\n",
			"INVITE sip:a SIP/2.0\nc: application/sdp\n\nv=0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:*********\na=ice-pwd:**\nk=********\na=ptime:20\n",
		},
		{"a key pressed", "INFO sip:a SIP/2.0\nContent-Type: application/dtmf-relay\n\nSignal=5\nDuration=160\n", "INFO sip:a SIP/2.0\nContent-Type: application/dtmf-relay\n\nSignal=*\nDuration=160\n"},
		{"a bare key", "INFO sip:a SIP/2.0\nContent-Type: application/dtmf\n\n5\n", "INFO sip:a SIP/2.0\nContent-Type: application/dtmf\n\n*\n"},
		{"a text", "MESSAGE sip:a SIP/2.0\nContent-Type: text/plain\n\nPIN 12\n", "MESSAGE sip:a SIP/2.0\nContent-Type: text/plain\n\n******\n"},
		{"a status", "NOTIFY sip:a SIP/2.0\nContent-Type: message/sipfrag;version=2.0\n\nSIP/2.0 200 OK\nAuthorization: x\n", "NOTIFY sip:a SIP/2.0\nContent-Type: message/sipfrag;version=2.0\n\nSIP/2.0 200 OK\n****************\n"},
		{
			"several parts", "INVITE sip:a SIP/2.0\nContent-Type: multipart/mixed;boundary=b\n\n--b\nContent-Type: application/sdp\n\nv=0\na=crypto:1 X inline:kk\n--b\nwhat\n",
			"INVITE sip:a SIP/2.0\nContent-Type: multipart/mixed;boundary=b\n\n--b\nContent-Type: application/sdp\n\nv=0\na=crypto:1 X inline:**\n--b\n****\n",
		},
	} {
		in, want := crlf(tt.in), crlf(tt.want)
		if tt.want == "" {
			want = in
		}
		if got := string(trace.Mask([]byte(in))); got != want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, want)
		}
	}
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// places are where a secret stands in what is sent and received; S is the secret.
var places = []string{
	"INVITE sip:a SIP/2.0\nAuthorization: Digest username=\"u\", response=\"S\"\n\n",
	"INVITE sip:a SIP/2.0\nAuthorization: Digest nonce=S,realm=\"x\\\"y\",\n response=\"S\"\n\n",
	"INVITE sip:a SIP/2.0\nProxy-Authorization:Digest\n\tcnonce=\"S\" , response =  \"S\"\n\n",
	"REGISTER sip:a SIP/2.0\nAuthorization: Bearer S\n\n",
	"SIP/2.0 407 X\nProxy-Authenticate: Digest realm=\"r\", nonce=\"S\", opaque=\"S\"\n\n",
	"SIP/2.0 200 OK\nAuthentication-Info: nextnonce=\"S\"\nContact: <sip:u:S@h>\n\n",
	"INVITE sip:u:S@h SIP/2.0\nTo: \"x\" <sips:u:S@h;a=b>\nFrom: sip:u:S@h\n\n",
	"INVITE sip:a SIP/2.0\nContent-Type: application/sdp\n\nv=0\nm=audio 1 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:S|2^20|1:4\nk=base64:S\n",
	"SIP/2.0 200 OK\nc:application/sdp\n\nv=0\na=ice-pwd:S\na=key-mgmt:mikey S\n",
	"INFO sip:a SIP/2.0\nContent-Type: application/dtmf-relay\n\nSignal=S\nDuration=100\n",
	"INFO sip:a SIP/2.0\nContent-Type: application/dtmf\n\nS",
	"INFO sip:a SIP/2.0\n\nS",
	"MESSAGE sip:a SIP/2.0\nContent-Type: text/plain\n\nthe pin is S\n",
}

// FuzzMask looks for a secret that gets out, however the message is written:
// the case of names, blanks, ends of lines, and other headers around it. What is
// masked keeps the length of its body.
func FuzzMask(f *testing.F) {
	for i := range places {
		f.Add(uint8(i), uint64(i), "X-Note: a, \"b")
		f.Add(uint8(i), uint64(i+100), "")
	}
	f.Fuzz(func(t *testing.T, place uint8, seed uint64, noise string) {
		const secret = "5Ec8ET77"
		text := places[int(place)%len(places)]
		if strings.ContainsAny(noise, "\r\n\x00") || strings.Contains(noise, secret) {
			return
		}
		in := disguise(text, seed, noise)
		in = strings.ReplaceAll(in, "\x00", secret)
		out := trace.Mask([]byte(in))
		if bytes.Contains(out, []byte(secret)) {
			t.Errorf("the secret is out\n%q\n%q", in, out)
		}
		before, after := bodyOf(in), bodyOf(string(out))
		if len(before) != len(after) {
			t.Errorf("a body of %d bytes has %d now\n%q\n%q", len(before), len(after), in, out)
		}
		if again := trace.Mask(out); !bytes.Equal(again, out) {
			t.Errorf("masked twice %q is %q", out, again)
		}
		trace.Mask([]byte(noise))
	})
}

func bodyOf(s string) string {
	m := trace.Message{Data: []byte(s)}
	return string(m.Body())
}

// disguise writes a message otherwise, without a change of what it means. The
// place of the secret becomes NUL.
func disguise(text string, seed uint64, noise string) string {
	r := rand.New(rand.NewPCG(seed, 1))
	head, body, _ := strings.Cut(text, "\n\n")
	var b strings.Builder
	lines := strings.Split(head, "\n")
	for i, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if i > 0 && ok && line[0] != ' ' && line[0] != '\t' {
			switch r.IntN(3) {
			case 0:
				name = strings.ToUpper(name)
			case 1:
				name = strings.ToLower(name)
			}
			line = name + strings.Repeat(" ", r.IntN(2)) + ":" + strings.Repeat(" ", r.IntN(3)) + value
		}
		b.WriteString(line + "\n")
		last := i == len(lines)-1 || lines[i+1][0] != ' ' && lines[i+1][0] != '\t'
		if noise != "" && last && r.IntN(2) == 0 {
			b.WriteString("X-Noise: \x01\n")
		}
	}
	out := secretPlace(b.String()+"\n") + secretPlace(body)
	out = strings.ReplaceAll(out, "\x01", noise)
	if r.IntN(2) == 0 {
		return strings.ReplaceAll(out, "\n", "\r\n")
	}
	return out
}

// secretPlace replaces a lone S.
func secretPlace(s string) string {
	for _, around := range []string{"\"S\"", "=S,", " S\n", ":S@", ":S|", ":S\n", "=S\n"} {
		s = strings.ReplaceAll(s, around, strings.Replace(around, "S", "\x00", 1))
	}
	if s == "S" {
		return "\x00"
	}
	return s
}
