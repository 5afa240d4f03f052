package grammar

import (
	"fmt"
	"strings"
	"unicode"
)

// Quoted writes any text as a quoted string of RFC 3261 section 25.1.
func Quoted(s string) string { return `"` + Escaped(s) + `"` }

// Escaped is the inside of a quoted string.
func Escaped(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(Plain(s, 128))
}

// Unquoted undoes Quoted, and leaves a plain token as it is.
func Unquoted(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	return Unescaped(s)
}

// Unescaped takes the backslashes out of the inside of a quoted string.
func Unescaped(s string) string {
	var b strings.Builder
	backslash := false
	for _, r := range s {
		if r == '\\' && !backslash {
			backslash = true
			continue
		}
		backslash = false
		b.WriteRune(r)
	}
	return b.String()
}

// SplitQuoted cuts s at each sep that is not within quotes.
func SplitQuoted(s string, sep byte) (parts []string) {
	inQuotes, start := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && inQuotes:
			i++
		case s[i] == '"':
			inQuotes = !inQuotes
		case s[i] == sep && !inQuotes:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// Plain makes text fit for one line of at most most bytes.
func Plain(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}

// UserPart writes any text as the user of a URI (RFC 3261 section 25.1).
func UserPart(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if alnum || strings.IndexByte("-_.!~*'()&=+$,;?/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// IsToken reports whether s is a token of RFC 3261 section 25.1.
func IsToken(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alnum && !strings.ContainsRune("-.!%*_+`'~", rune(c)) {
			return false
		}
	}
	return true
}
