package trace

import (
	"bytes"
	"slices"
	"strings"
)

// star stands for each byte of a secret whose length may show; stars for one of
// any length.
const (
	star  = '*'
	stars = `"***"`
)

// Mask returns a message without its secrets: what proves a password, keys of
// encryption, passwords within addresses, and keys that were pressed. A body
// keeps its length. Of a body that is not known to be harmless nothing is left.
func Mask(data []byte) []byte {
	head, body := parts(data)
	out := make([]byte, 0, len(data)+64)
	kind := ""
	for field := range fields(head) {
		name := nameOf(field)
		switch {
		case name == "content-type" || name == "c":
			kind = strings.ToLower(valueOf(field))
			out = append(out, field...)
		case slices.Contains(credentials, name):
			out = append(out, maskCredentials(field)...)
		default:
			out = append(out, maskURIs(field)...)
		}
	}
	return append(out, maskBody(body, kind, bytes.HasPrefix(data, []byte("INFO ")))...)
}

// credentials are the headers that prove a password, or ask for a proof.
var credentials = []string{
	"authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate",
	"authentication-info", "proxy-authentication-info",
}

// fields goes through the lines of a head, each with those that continue it.
func fields(head []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(head) > 0 {
			end := lineEnd(head, 0)
			for end < len(head) && (head[end] == ' ' || head[end] == '\t') {
				end = lineEnd(head, end)
			}
			if !yield(head[:end]) {
				return
			}
			head = head[end:]
		}
	}
}

// lineEnd is where the line ends that holds position i, its line feed included.
func lineEnd(b []byte, i int) int {
	if n := bytes.IndexByte(b[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(b)
}

func nameOf(field []byte) string {
	name, _, ok := bytes.Cut(field, []byte(":"))
	if !ok {
		return ""
	}
	return strings.ToLower(string(bytes.TrimSpace(name)))
}

func valueOf(field []byte) string {
	_, value, _ := bytes.Cut(field, []byte(":"))
	return string(bytes.TrimSpace(value))
}

// shown are the parameters of credentials that tell no secret, and hidden those
// whose names are worth showing.
var (
	shown  = []string{"realm", "username", "algorithm", "qop", "stale", "uri", "nc"}
	hidden = []string{"response", "nonce", "cnonce", "opaque", "nextnonce", "rspauth"}
)

// maskCredentials writes a header anew, with no more than is known to be
// harmless.
func maskCredentials(field []byte) []byte {
	name, _, _ := bytes.Cut(field, []byte(":"))
	value := strings.Map(unfold, valueOf(field))
	out := append(bytes.Clone(name), ": "...)
	scheme, rest, spaced := strings.Cut(value, " ")
	switch {
	case strings.EqualFold(scheme, "digest") && spaced:
		out = append(out, scheme+" "...)
	case strings.HasSuffix(nameOf(field), "-info"):
		rest = value
	default:
		return append(out, "***\r\n"...)
	}
	for i, p := range params(rest) {
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(out, maskURIs([]byte(p))...)
	}
	return append(out, "\r\n"...)
}

// unfold makes one line of several.
func unfold(r rune) rune {
	if r == '\r' || r == '\n' || r == '\t' {
		return ' '
	}
	return r
}

// params reads a list of parameters and returns those that may be shown, and
// the names of others.
func params(list string) []string {
	var kept []string
	for list != "" {
		name, rest, ok := strings.Cut(list, "=")
		if !ok {
			break
		}
		var value string
		value, list = cutValue(rest)
		if i := strings.LastIndexByte(name, ','); i >= 0 {
			name = name[i+1:]
		}
		switch name = strings.ToLower(strings.TrimSpace(name)); {
		case slices.Contains(shown, name):
			kept = append(kept, name+"="+value)
		case slices.Contains(hidden, name):
			kept = append(kept, name+"="+stars)
		}
	}
	return kept
}

// cutValue cuts the value off that a list begins with, quoted or not, and what
// follows it up to the next comma.
func cutValue(list string) (value, rest string) {
	list = strings.TrimLeft(list, " ")
	if !strings.HasPrefix(list, `"`) {
		value, rest, _ = strings.Cut(list, ",")
		return strings.TrimSpace(value), rest
	}
	for i := 1; i < len(list); i++ {
		switch list[i] {
		case '\\':
			i++
		case '"':
			_, rest, _ = strings.Cut(list[i+1:], ",")
			return list[:i+1], rest
		}
	}
	return stars, ""
}

// maskURIs hides passwords of SIP addresses: sip:user:password@host.
func maskURIs(field []byte) []byte {
	if bytes.IndexByte(field, '@') < 0 {
		return field
	}
	out := bytes.Clone(field)
	for i := range out {
		if out[i] != ':' || i < 3 || !isScheme(out[:i]) {
			continue
		}
		uri := out[i+1:]
		if end := bytes.IndexAny(uri, "<>\" \t\r\n,"); end >= 0 {
			uri = uri[:end]
		}
		at, colon := bytes.LastIndexByte(uri, '@'), bytes.IndexByte(uri, ':')
		if colon >= 0 && colon < at {
			blot(uri[colon+1 : at])
		}
	}
	return out
}

// isScheme tells whether a text ends with the name of a SIP scheme.
func isScheme(b []byte) bool {
	tail := strings.ToLower(string(b[max(0, len(b)-4):]))
	return strings.HasSuffix(tail, "sip") || strings.HasSuffix(tail, "sips")
}

// blot covers a secret.
func blot(b []byte) {
	for i := range b {
		if b[i] != '\r' && b[i] != '\n' {
			b[i] = star
		}
	}
}
