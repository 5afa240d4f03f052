package trace

import (
	"bytes"
	"regexp"
	"strings"
)

// maskBody returns a body of the content type without secrets, at its length.
func maskBody(body []byte, kind string, info bool) []byte {
	if len(body) == 0 {
		return nil
	}
	kind, _, _ = strings.Cut(kind, ";")
	kind = strings.TrimSpace(kind)
	out := bytes.Clone(body)
	var mask func(line []byte)
	switch {
	case info && kind == "application/dtmf-relay":
		mask = maskKey
	case info:
		mask = blot // whatever it is, keys may be in it
	case kind == "application/sdp":
		mask = maskSDP
	case strings.HasPrefix(kind, "multipart/"):
		mask = maskPart
	case strings.HasPrefix(kind, "message/sipfrag"):
		mask = maskFrag
	default:
		mask = blot
	}
	for rest := out; len(rest) > 0; {
		end := lineEnd(rest, 0)
		mask(bytes.TrimRight(rest[:end], "\r\n"))
		rest = rest[end:]
	}
	return out
}

var (
	keyPressed = regexp.MustCompile(`(?i)^\s*signal\s*=`)
	keyHeld    = regexp.MustCompile(`(?i)^\s*duration\s*=\s*\d+\s*$`)
	sdpLine    = regexp.MustCompile(`^[a-z]=`)
	sdpSecret  = regexp.MustCompile(`(?i)^\s*(?:k\s*=|a\s*=\s*(?:ice-pwd|key-mgmt)\s*:|a\s*=\s*crypto\s*:\s*\d+\s+[\w-]+\s+(?:inline:)?|a\s*=\s*crypto\s*:|.*?inline:)`)
	partHeader = regexp.MustCompile(`(?i)^(?:--|content-(?:type|length|disposition|id)\s*:)`)
)

// maskKey hides the key of an application/dtmf-relay.
func maskKey(line []byte) {
	if keyHeld.Match(line) {
		return
	}
	blot(line[len(keyPressed.Find(line)):])
}

// maskSDP hides the keys of a line of a session description.
func maskSDP(line []byte) {
	if !bytes.ContainsAny(line, ":=") {
		blot(line) // no line of a description
		return
	}
	if !mayHoldKey(line) {
		return
	}
	if m := sdpSecret.Find(line); m != nil {
		blot(line[len(m):])
	}
}

// mayHoldKey is a quick look that spares most lines a thorough one.
func mayHoldKey(line []byte) bool {
	return bytes.ContainsAny(line, "kKyYwW") || // of k=, crypto, key-mgmt, pwd
		bytes.Contains(bytes.ToLower(line), []byte("inline:"))
}

// maskPart leaves what a body of several parts says of its parts, and session
// descriptions.
func maskPart(line []byte) {
	switch {
	case partHeader.Match(line):
	case sdpLine.Match(line):
		maskSDP(line)
	default:
		blot(line)
	}
}

// maskFrag leaves the status line of a message within a message.
func maskFrag(line []byte) {
	if !bytes.HasPrefix(line, []byte("SIP/2.0 ")) {
		blot(line)
	}
}
