package speech

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

var indexCases = []struct {
	name, in string
	lines    int
	err      string
}{
	{"empty", "", 0, ""},
	{"as written", "# file\ttext\tvoice\tchecksum\na.wav\tHello.\tespeak-ng en\t0123\nb.wav\tGoodbye.\n", 2, ""},
	{"as a spreadsheet writes it", "\ufeffa.wav\tHello.\t\t\r\n\r\nb.wav\tGoodbye.\t\t\r\n", 2, ""},
	{"blanks", " a.wav \t Hello,   world. ", 1, ""},
	{"no tab", "a.wav\tHello.\nb.wav Goodbye.", 0, "line 2: no tab"},
	{"no text", "a.wav\t ", 0, "line 1: a.wav has no text"},
	{"no file", "\tHello.", 0, `line 1: "" is not the name of a file`},
	{"elsewhere", "../a.wav\tHello.", 0, `line 1: "../a.wav" is not the name`},
	{"a name like a comment", " #a.wav\tHello.", 0, `"#a.wav" is not the name`},
	{"deeper", "x/a.wav\tHello.", 0, `"x/a.wav" is not the name`},
	{"twice", "a.wav\tHello.\n\nb.wav\tHello.", 0, `line 3: "Hello." is said by a.wav already`},
	{"five columns", "a.wav\tHello.\tme\t1\t2", 0, "5 columns"},
	{"a line without end", "a.wav\t" + strings.Repeat("x", 66000), 0, "token too long"},
}

func TestReadIndex(t *testing.T) {
	for _, tt := range indexCases {
		idx, err := readIndex(strings.NewReader(tt.in))
		switch {
		case tt.err == "" && (err != nil || len(idx) != tt.lines):
			t.Errorf("%s: %d lines, %v; want %d", tt.name, len(idx), err, tt.lines)
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s: %v; want %q", tt.name, err, tt.err)
		case err != nil && !strings.Contains(tt.err, "token") && !errors.Is(err, ErrIndex):
			t.Errorf("%s: %v is no ErrIndex", tt.name, err)
		}
	}
}

func FuzzReadIndex(f *testing.F) {
	for _, tt := range indexCases {
		f.Add(tt.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		idx, err := readIndex(strings.NewReader(in))
		if err != nil {
			return
		}
		again, err := readIndex(strings.NewReader(string(idx.bytes())))
		if err != nil || !maps.Equal(idx, again) {
			t.Fatalf("%q: read %v, wrote and read %v, %v", in, idx, again, err)
		}
	})
}

func TestFileNames(t *testing.T) {
	idx := index{"Seven.": {file: "number-7.wav", text: "Seven."}}
	for _, tt := range []struct{ text, name, want string }{ // # stands for a checksum
		{"seven", "digit-7", "digit-7.wav"},
		{"seven", "number-7", "seven-#.wav"}, // that name is taken
		{"Hello, this is the customer service centre of Daystar.", "", "hello-this-is-the-customer-service-centre-#.wav"},
		{"To renew, press 1. Or hang up.", "", "to-renew-press-#.wav"},
		{"您好", "", "#.wav"},
	} {
		before, after, _ := strings.Cut(tt.want, "#")
		got := idx.newFile(Line{Text: tt.text, Name: tt.name})
		if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) || len(got) > 60 {
			t.Errorf("file of %q (%q) is %q; want %q", tt.text, tt.name, got, tt.want)
		}
	}
}
