package sip

import (
	"fmt"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/agents"
)

// registerText is a REGISTER with these headers.
func registerText(headers ...string) string {
	return "REGISTER sip:pbx SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1\r\n" +
		"From: <sip:li@pbx>;tag=1\r\nTo: <sip:li@pbx>\r\nCall-ID: c1\r\nCSeq: 7 REGISTER\r\n" +
		strings.Join(append(headers, "Content-Length: 0"), "\r\n") + "\r\n\r\n"
}

// summary is a registration in one line.
func summary(r registration, err error) string {
	if err != nil {
		return "error"
	}
	s := fmt.Sprintf("cseq %d clear %v", r.phone.CSeq, r.clear)
	for _, c := range r.contacts {
		s += fmt.Sprintf(" %s %v", c.uri, c.expires)
	}
	return s
}

func TestReadRegistration(t *testing.T) {
	for _, tt := range []struct {
		headers []string
		want    string
	}{
		{nil, "cseq 7 clear false"},
		{[]string{"Contact: <sip:li@192.0.2.7:5060>"}, "cseq 7 clear false sip:li@192.0.2.7:5060 2m0s"},
		{[]string{"Contact: <sip:li@192.0.2.7;transport=udp>;expires=60", "Expires: 10"}, "cseq 7 clear false sip:li@192.0.2.7;transport=udp 1m0s"},
		{[]string{"m: <sip:a@192.0.2.7>, <sip:b@192.0.2.8>", "Expires: 10"}, "cseq 7 clear false sip:a@192.0.2.7 10s sip:b@192.0.2.8 10s"},
		{[]string{"Contact: <sip:li@192.0.2.7>;expires=0"}, "cseq 7 clear false sip:li@192.0.2.7 0s"},
		{[]string{"Contact: *", "Expires: 0"}, "cseq 7 clear true"},
		{[]string{"Contact: *"}, "error"},
		{[]string{"Contact: *", "Contact: <sip:li@192.0.2.7>", "Expires: 0"}, "error"},
		{[]string{"Contact: <sip:li@192.0.2.7>;expires=soon"}, "error"},
		{[]string{"Contact: <sip:li@192.0.2.7>", "Expires: -1"}, "error"},
		{[]string{"Contact: <tel:+8610086>"}, "error"},
		{[]string{"Contact: <sip:li@" + strings.Repeat("a", 600) + ">"}, "error"},
	} {
		msg, err := sipmsg.ParseMessage([]byte(registerText(tt.headers...)))
		if err != nil {
			t.Errorf("%v: %v", tt.headers, err)
			continue
		}
		if got := summary(readRegistration(msg.(*sipmsg.Request), "li")); got != tt.want {
			t.Errorf("%v: %s; want %s", tt.headers, got, tt.want)
		}
	}
}

func FuzzReadRegistration(f *testing.F) {
	f.Add("Contact: <sip:li@192.0.2.7;transport=udp>;expires=60\r\nExpires: 10")
	f.Add("m: <sip:a@192.0.2.7>, \"B\" <sip:b@192.0.2.8>")
	f.Add("Contact: *\r\nExpires: 0")
	f.Fuzz(func(t *testing.T, headers string) {
		msg, err := sipmsg.ParseMessage([]byte(registerText(headers)))
		if err != nil {
			return
		}
		req, ok := msg.(*sipmsg.Request)
		if !ok {
			return
		}
		reg, err := readRegistration(req, "li")
		if err != nil {
			return
		}
		for _, c := range reg.contacts {
			if !strings.HasPrefix(c.uri, "sip:") || len(c.uri) > longestContact || c.expires < 0 {
				t.Errorf("%q: contact %q for %v", headers, c.uri, c.expires)
			}
		}
	})
}

func TestRoute(t *testing.T) {
	for _, tt := range []struct{ contact, source, path, want string }{
		{"sip:li@192.0.2.7:5070", "192.0.2.7:5070", "", ""},
		{"sip:li@192.0.2.7:5070", "192.0.2.7:40001", "", ""},
		{"sip:li@10.0.0.5:5070", "203.0.113.9:40001", "", "203.0.113.9:40001"},
		{"sip:li@phone.local", "203.0.113.9:40001", "", "203.0.113.9:40001"},
		{"sip:li@[2001:db8::7]:5070", "[2001:db8::7]:40001", "", ""},
		{"sip:li@192.0.2.7:5070;transport=tcp", "192.0.2.7:40001;transport=tcp", "", ""},
		{"sip:li@10.0.0.5:5070;transport=tls", "203.0.113.9:40001;transport=tls", "", "203.0.113.9:40001;transport=tls;flow"},
		{"sip:li@10.0.0.5:5070", "203.0.113.9:5060", "<sip:203.0.113.9:5080;lr>", "203.0.113.9:5080"},
		{"sip:li@10.0.0.5:5070", "203.0.113.9:5060", "<sip:192.0.2.1;lr>", "203.0.113.9:5060"},
		{"sip:li@10.0.0.5:5070", "203.0.113.9:5060", "<sip:edge.example;lr>", "203.0.113.9:5060"},
		{"sip:li@10.0.0.5:5070", "203.0.113.9:40001;transport=tls", "<sip:edge.example;transport=tls;lr>", "203.0.113.9:40001;transport=tls;flow"},
	} {
		if got := route(agents.Binding{Contact: tt.contact, Source: tt.source, Path: tt.path}); got != tt.want {
			t.Errorf("route(%s from %s, path %q) = %q; want %q", tt.contact, tt.source, tt.path, got, tt.want)
		}
	}
}

func TestContactsOf(t *testing.T) {
	now := time.Unix(1000, 0)
	got := contactsOf([]agents.Binding{{Contact: "sip:li@192.0.2.7", Expires: now.Add(90 * time.Second)}}, now)
	if len(got) != 1 || got[0].Value() != "<sip:li@192.0.2.7>;expires=90" {
		t.Errorf("contactsOf = %v", got)
	}
}
