package dialog

import (
	"bytes"
	"fmt"
	"strings"
)

// rawResponse builds a response to a request that cannot be parsed, from the
// lines that can be told: RFC 3261 section 8.2.6 wants Via, From, To, Call-ID and
// CSeq back. It returns nil for what is no request, for ACK, and without a Via.
func rawResponse(data []byte, f *fault) []byte {
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	lines := strings.Split(string(head), "\r\n")
	method, _, ok := strings.Cut(lines[0], " ")
	if !ok || !isToken(method) || strings.EqualFold(method, "ACK") || !strings.Contains(lines[0], "SIP/") {
		return nil
	}
	kept, via := keptLines(lines[1:])
	if !via {
		return nil
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", f.code, f.reason)
	for _, line := range kept {
		b.WriteString(line + "\r\n")
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return b.Bytes()
}

// keptLines returns the header lines, with their continuations, that a response
// repeats, and whether a Via is among them.
func keptLines(lines []string) (kept []string, via bool) {
	keeping := false
	for _, line := range lines {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			if keeping {
				kept = append(kept, line)
			}
			continue
		}
		name, _, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "via", "v":
			via, keeping = true, true
		case "from", "f", "to", "t", "call-id", "i", "cseq":
			keeping = true
		default:
			keeping = false
		}
		if keeping {
			kept = append(kept, line)
		}
	}
	return kept, via
}

// isToken reports whether s is a token of RFC 3261 section 25.1.
func isToken(s string) bool {
	if s == "" || len(s) > 32 {
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
