package dialog

import (
	"fmt"
	"strings"
	"unicode"
)

// quoted writes any text as a quoted string of RFC 3261 section 25.1.
func quoted(s string) string { return `"` + escaped(s) + `"` }

// escaped is the inside of a quoted string.
func escaped(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(plain(s, 128))
}

// unquoted undoes quoted, and leaves a plain token as it is.
func unquoted(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	return unescaped(s)
}

func unescaped(s string) string {
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

// splitQuoted cuts s at each sep that is not within quotes.
func splitQuoted(s string, sep byte) (parts []string) {
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

// plain makes text fit for one line of at most most bytes.
func plain(s string, most int) string {
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

// userPart writes any text as the user of a URI (RFC 3261 section 25.1).
func userPart(s string) string {
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
