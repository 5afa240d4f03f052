package campaigns

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// Encoding is how the characters of a list are written.
type Encoding string

// The encodings of lists. GB18030 covers GBK and GB2312.
const (
	UTF8    Encoding = "utf-8"
	GB18030 Encoding = "gb18030"
)

const (
	sample    = 64 << 10 // what the encoding is told from
	maxRecord = 1 << 20  // the longest record, in bytes of UTF-8
)

var (
	errTooLong = errors.New("a row is longer than 1 MiB: is a quotation mark not closed?")
	byteMark   = []byte("\uFEFF")
)

// decode returns the text as UTF-8 and the encoding it was in.
func decode(r io.Reader, e Encoding) (io.Reader, Encoding, error) {
	buffered := bufio.NewReaderSize(r, sample)
	head, err := buffered.Peek(sample)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", fmt.Errorf("read the list: %w", err)
	}
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		return nil, "", errors.New("the list is in UTF-16; save it as CSV in UTF-8")
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return nil, "", errors.New("the list is a workbook; save it as CSV in UTF-8")
	}
	marked := bytes.HasPrefix(head, byteMark)
	if e == "" {
		e = tell(head, marked)
	}
	switch {
	case e == GB18030:
		return transform.NewReader(buffered, simplifiedchinese.GB18030.NewDecoder()), e, nil
	case e != UTF8:
		return nil, "", fmt.Errorf("encoding %q is not known; there are %s and %s", e, UTF8, GB18030)
	case marked:
		if _, err := buffered.Discard(len(byteMark)); err != nil {
			return nil, "", fmt.Errorf("read the list: %w", err)
		}
	}
	return buffered, e, nil
}

// tell guesses the encoding. The sample's end may cut a character in two.
func tell(head []byte, marked bool) Encoding {
	for cut := 0; cut < utf8.UTFMax && cut <= len(head); cut++ {
		if marked || utf8.Valid(head[:len(head)-cut]) {
			return UTF8
		}
		if len(head) < sample {
			break
		}
	}
	return GB18030
}

// bounded fails when one record takes more than is left.
type bounded struct {
	r    io.Reader
	left int
}

// Read reads while something is left.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.r.Read(p)
	b.left -= n
	return n, err
}

// wording says what is wrong with a row's quotation marks.
func wording(err error) error {
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		return errors.New("a quotation mark within a cell that is not in quotation marks")
	case errors.Is(err, csv.ErrQuote):
		return errors.New("a quotation mark is not closed, or not doubled within a cell")
	default:
		return err
	}
}
