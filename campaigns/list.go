package campaigns

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"

	"careline/phone"
)

// ListOptions say how a list is read. The zero value is ready to use.
type ListOptions struct {
	Region    string            // ISO 3166 code for national numbers, as CN; empty reads international ones only
	Zone      string            // IANA time zone of dates of customers whose number tells none; empty is UTC
	Encoding  Encoding          // empty is told from the text
	Comma     rune              // between columns; 0 is a comma
	Columns   map[string]string // header by field, for headers that are not known: {"number": "联系号码1"}
	MaxErrors int               // kept with their lines; all are counted; 0 means 100
	MaxRows   int               // more are refused; 0 means 10 million
}

func (o ListOptions) withDefaults() ListOptions {
	o.Comma = cmp.Or(o.Comma, ',')
	o.MaxErrors = cmp.Or(o.MaxErrors, 100)
	o.MaxRows = cmp.Or(o.MaxRows, 10_000_000)
	return o
}

// RowError is what is wrong with one row of a list.
type RowError struct {
	Line   int    // 1 is the first of the file
	Column int    // 1 is the first; 0 means the row as a whole
	Header string // of the column
	Err    error
	More   []RowError // what else is wrong with the row
}

// Error says where it is and what is wrong. It does not repeat the cell.
func (e RowError) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("line %d: %v", e.Line, e.Err)
	}
	text := fmt.Sprintf("line %d, column %d (%s): %v", e.Line, e.Column, e.Header, e.Err)
	for _, more := range e.More {
		text += fmt.Sprintf("; column %d (%s): %v", more.Column, more.Header, more.Err)
	}
	return text
}

// and adds another problem of the row; of none it becomes the first.
func (e *RowError) and(p *RowError) *RowError {
	if e == nil {
		return p
	}
	e.More = append(e.More, *p)
	return e
}

// Unwrap returns what is wrong.
func (e RowError) Unwrap() error { return e.Err }

// ListReport is what reading a list has come to so far.
type ListReport struct {
	Encoding   Encoding
	Good       int        // rows that became customers
	Bad        int        // rows left out; the duplicates are among them
	Duplicates int        // rows with the number or key of an earlier one
	Errors     []RowError // of bad rows, the first of them
}

// ListReader reads a contact list in CSV, row by row. It holds one row at a
// time, and of the earlier ones the number and the key, in some 30 bytes each.
type ListReader struct {
	options ListOptions
	csv     *csv.Reader
	source  *bounded
	columns []column
	zones   map[string]bool
	numbers map[uint64]int32 // the line of each number
	keys    map[uint64]int32 // the line of each key, by its hash
	report  ListReport
}

// ReadList reads the header of a list. Its error names what is wrong with the
// header or the encoding.
func ReadList(r io.Reader, o ListOptions) (*ListReader, error) {
	o = o.withDefaults()
	decoded, encoding, err := decode(r, o.Encoding)
	if err != nil {
		return nil, err
	}
	l := &ListReader{
		options: o,
		source:  &bounded{r: decoded},
		zones:   map[string]bool{},
		numbers: map[uint64]int32{},
		keys:    map[uint64]int32{},
		report:  ListReport{Encoding: encoding},
	}
	l.csv = csv.NewReader(l.source)
	l.csv.Comma = o.Comma
	l.csv.FieldsPerRecord = -1
	l.csv.ReuseRecord = true
	header, err := l.record()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the list is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	if l.columns, err = assign(header, o.Columns); err != nil {
		return nil, err
	}
	return l, nil
}

// Report says what reading has come to so far.
func (l *ListReader) Report() ListReport { return l.report }

// Next returns the next customer. Bad rows are noted in the report and passed
// over. At the end it returns io.EOF; any other error means that the rest could
// not be read.
func (l *ListReader) Next() (Customer, error) {
	for {
		record, err := l.record()
		var syntax *csv.ParseError
		switch {
		case errors.As(err, &syntax) && !errors.Is(err, errTooLong):
			l.bad(RowError{Line: syntax.StartLine, Err: wording(syntax.Err)})
			continue
		case err != nil:
			return Customer{}, err
		case blank(record):
			continue
		case l.report.Good+l.report.Bad >= l.options.MaxRows:
			return Customer{}, fmt.Errorf("more than %d rows", l.options.MaxRows)
		}
		c, problem := l.customer(record)
		if problem == nil {
			problem = l.duplicate(c)
		}
		if problem == nil {
			l.report.Good++
			return c, nil
		}
		l.bad(*problem)
	}
}

// blank tells whether a row holds nothing, as those do that spreadsheets leave
// below a table.
func blank(record []string) bool {
	return strings.TrimSpace(strings.Join(record, "")) == ""
}

// record reads one record of bounded size.
func (l *ListReader) record() ([]string, error) {
	l.source.left = maxRecord
	return l.csv.Read()
}

func (l *ListReader) bad(e RowError) {
	l.report.Bad++
	if len(l.report.Errors) < l.options.MaxErrors {
		l.report.Errors = append(l.report.Errors, e)
	}
}

// problem is an error in a column of the current record.
func (l *ListReader) problem(at int, err error) *RowError {
	line, _ := l.csv.FieldPos(0)
	e := &RowError{Line: line, Err: err}
	if at >= 0 {
		e.Line, _ = l.csv.FieldPos(at)
		e.Column, e.Header = at+1, l.columns[at].header
	}
	return e
}

// customer reads one record.
func (l *ListReader) customer(record []string) (Customer, *RowError) {
	if len(record) < len(l.columns) {
		return Customer{}, l.problem(-1, fmt.Errorf("%d columns, but the header has %d", len(record), len(l.columns)))
	}
	c := Customer{Attributes: map[string]string{}}
	var wrong *RowError
	for i, cell := range record {
		if i >= len(l.columns) {
			if strings.TrimSpace(cell) != "" {
				return Customer{}, l.problem(-1, fmt.Errorf("%d columns, but the header has %d", len(record), len(l.columns)))
			}
			continue
		}
		if err := l.cell(&c, l.columns[i], cell); err != nil {
			wrong = wrong.and(l.problem(i, err))
		}
	}
	c.Key = cmp.Or(c.Key, string(c.Number))
	c.Others = others(c)
	if at, err := l.dates(&c, record); err != nil {
		wrong = wrong.and(l.problem(at, err))
	}
	if level, err := ParseConsent(c.Consent); err == nil && level != NoConsent && c.ConsentEvidence == "" {
		wrong = wrong.and(l.problem(l.position(fieldConsent), fmt.Errorf("%s consent needs evidence, in a column %s", level, fieldEvidence)))
	}
	return c, wrong
}

// others are the further numbers, each once.
func others(c Customer) []phone.Number {
	var kept []phone.Number
	for _, n := range c.Others {
		if n != c.Number && !slices.Contains(kept, n) {
			kept = append(kept, n)
		}
	}
	return kept
}

// cell reads one cell into the customer.
func (l *ListReader) cell(c *Customer, at column, raw string) error {
	text, err := plain(raw)
	if err != nil {
		return err
	}
	switch at.field {
	case fieldNumber:
		c.Number, err = phone.Parse(text, l.options.Region)
	case fieldName:
		c.Name = text
	case fieldLanguage:
		c.Language, err = language(text)
	case fieldSegment:
		c.Segment = text
	case fieldManager:
		c.Manager = text
	case fieldZone:
		if err = l.zone(text); err == nil {
			c.Zone = text
		}
	case fieldKey:
		c.Key = text
	case fieldConsent:
		c.Consent = text
		_, err = ParseConsent(text)
	case fieldEvidence:
		c.ConsentEvidence = text
	case fieldConsentAt, fieldExpires: // as soon as the zone is known
	default:
		if ordinal(at.field) > 0 {
			return l.other(c, text)
		}
		if at.header == "" && text != "" {
			return errors.New("the header names no such column")
		}
		if at.header != "" {
			c.Attributes[at.header] = text
		}
	}
	return err
}

// other reads a further number.
func (l *ListReader) other(c *Customer, text string) error {
	if text == "" {
		return nil
	}
	n, err := phone.Parse(text, l.options.Region)
	if err == nil {
		c.Others = append(c.Others, n)
	}
	return err
}

// zone checks a time zone, each name once.
func (l *ListReader) zone(name string) error {
	if name == "" || l.zones[name] {
		return nil
	}
	_, err := phone.Location(name)
	if err == nil {
		l.zones[strings.Clone(name)] = true
	}
	return err
}

// duplicate reports a number or key that an earlier row has, and remembers both.
func (l *ListReader) duplicate(c Customer) *RowError {
	line, _ := l.csv.FieldPos(0)
	number, key := numeral(c.Number), hash(c.Key)
	earlier, what := l.numbers[number], fieldNumber
	if earlier == 0 {
		earlier, what = l.keys[key], fieldKey
	}
	if earlier != 0 {
		l.report.Duplicates++
		at := l.position(what)
		return l.problem(at, fmt.Errorf("is already on line %d", earlier))
	}
	l.numbers[number] = int32(line)
	if l.position(fieldKey) >= 0 {
		l.keys[key] = int32(line)
	}
	return nil
}

// position is the column that holds a field; -1 if there is none.
func (l *ListReader) position(field string) int {
	for i, c := range l.columns {
		if c.field == field {
			return i
		}
	}
	return -1
}

// numeral packs a number, which has no more than 15 digits, without loss.
func numeral(n phone.Number) uint64 {
	digits, international := strings.CutPrefix(string(n), "+")
	v, err := strconv.ParseUint("1"+digits, 10, 62) // the 1 keeps leading noughts
	if err != nil {
		return hash(string(n))
	}
	if international {
		return v | 1<<63
	}
	return v
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return mix(h.Sum64())
}
