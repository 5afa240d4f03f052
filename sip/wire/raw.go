package wire

import (
	"bytes"
	"fmt"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
)

// rawResponse builds a response to a request that cannot be parsed, from the
// lines that can be told: RFC 3261 section 8.2.6 wants Via, From, To, Call-ID and
// CSeq back. It returns nil for what is no request, for ACK, and without a Via.
func rawResponse(data []byte, f *Fault, methods string) []byte {
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	lines := strings.Split(string(head), "\r\n")
	method, _, ok := strings.Cut(lines[0], " ")
	if !ok || !grammar.IsToken(method) || strings.EqualFold(method, "ACK") || !strings.Contains(lines[0], "SIP/") {
		return nil
	}
	kept, via := keptLines(lines[1:])
	if !via {
		return nil
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", f.Code, f.Reason)
	for _, line := range kept {
		b.WriteString(line + "\r\n")
	}
	if f.Code == 405 {
		b.WriteString("Allow: " + methods + "\r\n")
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

// unreadable says why a message could not be parsed, as far as its first read
// bytes tell.
func unreadable(data []byte, read int) *Fault {
	line, _, _ := bytes.Cut(data, []byte("\r\n"))
	if part := strings.Split(string(line), " "); len(part) == 3 && grammar.IsToken(part[0]) && part[2] == "SIP/2.0" {
		scheme, _, ok := strings.Cut(strings.ToLower(part[1]), ":")
		if ok && grammar.IsToken(scheme) && scheme != "sip" && scheme != "sips" && scheme != "tel" {
			return &Fault{416, "Unsupported URI Scheme"}
		}
	}
	return &Fault{400, "Bad Request, " + place(data, read)}
}

// checkText says what is wrong in the text of a message that sipgo could parse:
// methods in another case than they are defined in, which it takes for the same,
// and a URI with headers that has no brackets (RFC 3261 sections 7.1 and 20.10).
func checkText(msg sipmsg.Message, data []byte) *Fault {
	if req, ok := msg.(*sipmsg.Request); ok && !bytes.HasPrefix(data, []byte(req.Method+" ")) {
		return &Fault{405, "Method Not Allowed"}
	}
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	if bytes.IndexByte(head, '?') < 0 {
		return nil
	}
	for line := range strings.SplitSeq(string(head), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); (strings.EqualFold(name, "Contact") || strings.EqualFold(name, "m")) && bareHeaders(value) {
			return &Fault{400, "Bad Contact"}
		}
	}
	return nil
}

// bareHeaders reports a ? that is neither quoted nor in brackets.
func bareHeaders(value string) bool {
	for _, part := range grammar.SplitQuoted(value, '<') {
		if _, after, ok := strings.Cut(part, ">"); ok {
			part = after
		}
		if quote := strings.IndexByte(part, '"'); quote >= 0 {
			part = part[:quote]
		}
		if strings.Contains(part, "?") {
			return true
		}
	}
	return false
}
