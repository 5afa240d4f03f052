package trace

import (
	"bufio"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// encoder packs logs. It is large, so it is used again.
type encoder struct {
	buf bytes.Buffer
	w   *flate.Writer
}

var encoders = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // an error is of a level that there is not
	return &encoder{w: w}
}}

// mostLog is how many bytes an encoded log may unpack to.
const mostLog = 4 << 20

// ErrMalformed is the cause of a log that cannot be read.
var ErrMalformed = errors.New("malformed trace")

// Encode packs a log, with all secrets masked.
func Encode(l Log) ([]byte, error) {
	e := encoders.Get().(*encoder)
	defer encoders.Put(e)
	e.buf.Reset()
	e.w.Reset(&e.buf)
	fmt.Fprintf(e.w, "1 %d %d %d\n", len(l.Messages), l.Omitted, l.Gap)
	for _, m := range l.Messages {
		data := Mask(m.Data)
		fmt.Fprintf(e.w, "%d %t %s %s %s %d %d %s\n", m.At.UnixMicro(), m.Sent, word(m.Transport), m.Local, m.Remote, m.Cut, len(data), times(m.Again))
		if _, err := e.w.Write(data); err != nil {
			return nil, fmt.Errorf("pack a trace: %w", err)
		}
	}
	if err := e.w.Close(); err != nil {
		return nil, fmt.Errorf("pack a trace: %w", err)
	}
	return bytes.Clone(e.buf.Bytes()), nil
}

// word is a text that holds its place in a line.
func word(s string) string {
	if s == "" || strings.ContainsAny(s, " \r\n") {
		return "-"
	}
	return s
}

// times are in microseconds.
func times(list []time.Duration) string {
	if len(list) == 0 {
		return "-"
	}
	var parts []string
	for _, d := range list {
		parts = append(parts, strconv.FormatInt(d.Microseconds(), 10))
	}
	return strings.Join(parts, ",")
}

// Decode unpacks a log. Nothing unpacks to an empty one.
func Decode(packed []byte) (Log, error) {
	if len(packed) == 0 {
		return Log{}, nil
	}
	r := bufio.NewReader(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), mostLog))
	var version, count int
	var l Log
	if _, err := fmt.Fscanf(r, "%d %d %d %d\n", &version, &count, &l.Omitted, &l.Gap); err != nil || version != 1 {
		return Log{}, fmt.Errorf("%w: it does not begin as one", ErrMalformed)
	}
	for i := range count {
		m, err := decodeMessage(r)
		if err != nil {
			return Log{}, fmt.Errorf("%w: message %d: %w", ErrMalformed, i+1, err)
		}
		l.Messages = append(l.Messages, m)
	}
	return l, nil
}

func decodeMessage(r *bufio.Reader) (Message, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return Message{}, err
	}
	f := strings.Fields(line)
	if len(f) != 8 {
		return Message{}, fmt.Errorf("%d fields", len(f))
	}
	var bad [6]error
	m := Message{Sent: f[1] == "true", Transport: f[2]}
	var at int64
	at, bad[0] = strconv.ParseInt(f[0], 10, 64)
	m.At = time.UnixMicro(at).UTC()
	m.Local, bad[1] = parseAddr(f[3])
	m.Remote, bad[2] = parseAddr(f[4])
	m.Cut, bad[3] = strconv.Atoi(f[5])
	var size uint64
	size, bad[4] = strconv.ParseUint(f[6], 10, 20)
	m.Again, bad[5] = parseTimes(f[7])
	if err = errors.Join(bad[:]...); err != nil {
		return Message{}, err
	}
	m.Data = make([]byte, size)
	_, err = io.ReadFull(r, m.Data)
	return m, err
}

// parseAddr reads an address; one that was not known was written as such.
func parseAddr(s string) (netip.AddrPort, error) {
	if s == (netip.AddrPort{}).String() || s == "invalid" {
		return netip.AddrPort{}, nil
	}
	return netip.ParseAddrPort(s)
}

func parseTimes(s string) ([]time.Duration, error) {
	if s == "-" {
		return nil, nil
	}
	var list []time.Duration
	for part := range strings.SplitSeq(s, ",") {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, err
		}
		list = append(list, time.Duration(n)*time.Microsecond)
	}
	return list, nil
}
