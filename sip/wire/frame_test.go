package wire

import (
	"errors"
	"strings"
	"testing"
)

var frames = []struct {
	in     string
	length int
	err    string // "partial", or part of it
}{
	{"OPTIONS sip:x SIP/2.0\r\nContent-Length: 0\r\n\r\n", 44, ""},
	{"OPTIONS sip:x SIP/2.0\r\nl : 3\r\n\r\nabcOPTIONS", 35, ""},
	{"SIP/2.0 200 OK\r\nCONTENT-LENGTH:2\r\n\r\n\r\n", 38, ""},
	{"OPTIONS sip:x SIP/2.0\r\nContent-Length: 3\r\n\r\nab", 0, "partial"},
	{"OPTIONS sip:x SIP/2.0\r\nContent-Length: 3\r\n", 0, "partial"},
	{"O", 0, "partial"},
	{"SIP", 0, "partial"},
	{"", 0, "partial"},
	{"SIP/2.0 200 OK\r\n\r\n", 0, "no Content-Length"},
	{"OPTIONS sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n", 0, "bad Content-Length"},
	{"OPTIONS sip:x SIP/2.0\r\nContent-Length: 1\r\nl: 1\r\n\r\nx", 51, ""},
	{"OPTIONS sip:x SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\nxx", 0, "two values"},
	{"OPTIONS sip:x SIP/2.0\r\nContent-Length: 65535\r\n\r\n", 0, "more than 65535"},
	{"GET / HTTP/1.1\r\n", 0, "not SIP"},
	{"\x16\x03\x01", 0, "not SIP"},
	{strings.Repeat("A", 65), 0, "not SIP"},
	{"OPTIONS sip:x SIP/2.0\r\nX: " + strings.Repeat("x", mostHead), 0, "headers of more than"},
}

func TestFrame(t *testing.T) {
	for _, tt := range frames {
		n, err := frame([]byte(tt.in))
		switch {
		case tt.err == "partial" && errors.Is(err, errPartial):
		case n != tt.length, tt.err == "" && err != nil, tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("frame(%.60q) = %d, %v; want %d, %s", tt.in, n, err, tt.length, tt.err)
		}
	}
}

// A frame is never longer than what there is, and its prefixes are no more than
// incomplete.
func FuzzFrame(f *testing.F) {
	for _, tt := range frames {
		f.Add([]byte(tt.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := frame(b)
		if err != nil {
			return
		}
		if n <= 0 || n > len(b) || n > mostRead {
			t.Fatalf("frame(%q) = %d", b, n)
		}
		for i := range n {
			if _, err := frame(b[:i]); !errors.Is(err, errPartial) {
				t.Fatalf("frame(%q) = %v; want %v, as the whole is a frame", b[:i], err, errPartial)
			}
		}
	})
}
