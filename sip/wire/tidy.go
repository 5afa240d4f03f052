package wire

import (
	"bytes"
	"strings"
)

// tidy writes a message's headers as sipgo can read them: it takes white space
// for a part of a name or value where RFC 3261 section 25.1 allows it between
// them. A message that needs nothing is returned as it is; none gets longer.
func tidy(data []byte) []byte {
	end := bytes.Index(data, []byte("\r\n\r\n"))
	if end < 0 || !untidy(data[:end]) {
		return data
	}
	lines := unfold(strings.Split(string(data[:end]), "\r\n"))
	var b bytes.Buffer
	b.Grow(len(data))
	b.WriteString(lines[0])
	for _, line := range lines[1:] {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimRight(name, " \t"); ok && spaced[strings.ToLower(name)] {
			line = name + ":" + squeeze(strings.TrimSpace(value))
		}
		b.WriteString("\r\n" + line)
	}
	b.Write(data[end:])
	return b.Bytes()
}

// spaced are the headers that are read by their parts.
var spaced = map[string]bool{
	"via": true, "v": true, "from": true, "f": true, "to": true, "t": true, "contact": true, "m": true,
	"route": true, "record-route": true,
}

// untidy reports white space beside a separator, or at the start of a line.
func untidy(head []byte) bool {
	for i, c := range head {
		if c != ' ' && c != '\t' || i == 0 || i == len(head)-1 {
			continue
		}
		if bytes.IndexByte([]byte("\n;=/"), head[i-1]) >= 0 || bytes.IndexByte([]byte(";=/:"), head[i+1]) >= 0 {
			return true
		}
	}
	return false
}

// unfold joins header lines with those that continue them.
func unfold(lines []string) (whole []string) {
	for i, line := range lines {
		if i > 1 && line != "" && (line[0] == ' ' || line[0] == '\t') {
			last := &whole[len(whole)-1]
			*last = strings.TrimRight(*last, " \t") + " " + strings.TrimLeft(line, " \t")
			continue
		}
		whole = append(whole, line)
	}
	return whole
}

// squeeze takes out the white space beside separators, and all but one of that
// between words, where they are neither quoted nor in a URI.
func squeeze(s string) string {
	var b strings.Builder
	quoted, uri, space := false, false, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !quoted && !uri && (c == ' ' || c == '\t') {
			space = true
			continue
		}
		if space && !beside(c, b.String()) {
			b.WriteByte(' ')
		}
		space = false
		b.WriteByte(c)
		switch {
		case quoted && c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '<' || c == '>'):
			uri = c == '<'
		}
	}
	return b.String()
}

// beside reports whether white space between before and c says nothing.
func beside(c byte, before string) bool {
	const separators = ";=/,"
	return strings.IndexByte(separators, c) >= 0 ||
		before != "" && strings.IndexByte(separators, before[len(before)-1]) >= 0
}
