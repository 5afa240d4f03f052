package grammar_test

import (
	"strings"
	"testing"

	"careline/sip/grammar"
)

func TestSplitQuoted(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`a,b`:           "a|b",
		`"a,b",c`:       `"a,b"|c`,
		`"a\",b",c`:     `"a\",b"|c`,
		`<sip:a>,"b, c`: `<sip:a>|"b, c`,
		``:              ``,
	} {
		if got := strings.Join(grammar.SplitQuoted(in, ','), "|"); got != want {
			t.Errorf("SplitQuoted(%q) = %q; want %q", in, got, want)
		}
	}
}

func TestIsToken(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		"INVITE": true, "x-1.!%*_+`'~": true, "": false, "a b": false, "a:b": false, "客": false, strings.Repeat("a", 65): false,
	} {
		if got := grammar.IsToken(in); got != want {
			t.Errorf("IsToken(%q) = %v", in, got)
		}
	}
}

func TestUserPart(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"+8613800138000": "+8613800138000", "a b@c": "a%20b%40c", "客": "%E5%AE%A2"} {
		if got := grammar.UserPart(in); got != want {
			t.Errorf("UserPart(%q) = %q; want %q", in, got, want)
		}
	}
}

// What is quoted stays on its line, and is read as it was but for what no line can
// have.
func FuzzQuoted(f *testing.F) {
	for _, s := range []string{`Care "line" \ 客服`, "two\r\nlines", strings.Repeat("长", 99), `\`, "\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q := grammar.Quoted(s)
		if strings.ContainsAny(q, "\r\n") || len(grammar.SplitQuoted(q, ',')) != 1 {
			t.Errorf("%q is quoted as %q", s, q)
		}
		if got, want := grammar.Unescaped(q[1:len(q)-1]), grammar.Plain(s, 128); got != want {
			t.Errorf("%q is quoted as %q, which is read as %q; want %q", s, q, got, want)
		}
	})
}
