package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"careline/sip/grammar"
)

// mostRead is the largest message that is read from a connection, in bytes;
// mostHead the largest part of it before the body, mostMethod its first word.
const (
	mostRead   = 65535
	mostHead   = 16 << 10
	mostMethod = 64
)

// errPartial is returned while a message is not there in full.
var errPartial = errors.New("message is not complete")

// frame returns the length of the message that data begins with (RFC 3261
// section 18.3). An error other than errPartial means that nobody can tell where
// the next one begins.
func frame(data []byte) (int, error) {
	if err := checkStart(data); err != nil {
		return 0, err
	}
	end := bytes.Index(data, []byte("\r\n\r\n"))
	switch {
	case end < 0 && len(data) > mostHead, end > mostHead:
		return 0, fmt.Errorf("headers of more than %d bytes", mostHead)
	case end < 0:
		return 0, errPartial
	}
	body, err := contentLength(string(data[:end]))
	if err != nil {
		return 0, err
	}
	if end+4+body > mostRead {
		return 0, fmt.Errorf("message of more than %d bytes", mostRead)
	}
	if len(data) < end+4+body {
		return 0, errPartial
	}
	return end + 4 + body, nil
}

// checkStart refuses what does not begin as a SIP message does, as early as that
// can be told.
func checkStart(data []byte) error {
	line, _, whole := bytes.Cut(data, []byte("\n"))
	method, _, named := bytes.Cut(line, []byte(" "))
	isResponse := bytes.HasPrefix(line, []byte("SIP/"))
	switch {
	case isResponse:
		return nil
	case len(method) > mostMethod:
		return errors.New("not SIP")
	case !named && !whole && (len(line) == 0 || grammar.IsToken(string(line)) || bytes.HasPrefix([]byte("SIP/"), line)):
		return nil
	case !grammar.IsToken(string(method)), whole && !bytes.Contains(line, []byte(" SIP/")):
		return errors.New("not SIP")
	}
	return nil
}

// contentLength reads how long the body is that follows head. It must be told,
// and once only.
func contentLength(head string) (n int, err error) {
	n = -1
	for line := range strings.SplitSeq(head, "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || !strings.EqualFold(name, "Content-Length") && !strings.EqualFold(name, "l") {
			continue
		}
		length, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
		if err != nil {
			return 0, errors.New("bad Content-Length")
		}
		if n >= 0 && n != int(length) {
			return 0, errors.New("two values of Content-Length")
		}
		n = int(length)
	}
	if n < 0 {
		return 0, errors.New("no Content-Length")
	}
	return n, nil
}
