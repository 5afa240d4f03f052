package campaigns

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"careline/phone"
)

// Record is one row of a file about people who asked not to be called, or who have
// consented to be.
type Record struct {
	Line     int
	Number   phone.Number // empty where Key names a customer
	Key      string
	Why      string
	Level    Consent
	Evidence string
	Source   string
	At       time.Time // zero: the file does not say
}

// The columns of such files; others are left aside.
var recordColumns = map[string][]string{
	fieldNumber: known[fieldNumber],
	fieldKey:    known[fieldKey],
	"why":       {"why", "reason", "note", "原因", "备注"},
	"level":     slices.Concat([]string{"level"}, known[fieldConsent]),
	"evidence":  slices.Concat([]string{"evidence", "proof", "凭证"}, known[fieldEvidence]),
	"source":    {"source", "来源", "渠道"},
	"at":        slices.Concat([]string{"at", "date", "time", "日期", "时间"}, known[fieldConsentAt]),
}

// recordReader reads such a file.
type recordReader struct {
	options ListOptions
	csv     *csv.Reader
	source  *bounded
	fields  []string // by column; empty: left aside
	report  ListReport
	good    []Record
}

// ReadRecords reads a CSV file with a header, or one with a number a line and
// nothing else. Rows that cannot be read are in the report, with their lines; the
// error is about the file as a whole. Rows with the number or key of an earlier
// one count as duplicates and are left out of both.
func ReadRecords(r io.Reader, o ListOptions) ([]Record, ListReport, error) {
	o = o.withDefaults()
	decoded, encoding, err := decode(r, o.Encoding)
	if err != nil {
		return nil, ListReport{}, err
	}
	l := &recordReader{options: o, source: &bounded{r: decoded}, report: ListReport{Encoding: encoding}}
	l.csv = csv.NewReader(l.source)
	l.csv.Comma = o.Comma
	l.csv.FieldsPerRecord = -1
	l.csv.ReuseRecord = true
	if err := l.read(); err != nil {
		return nil, l.report, err
	}
	return l.distinct(), l.report, nil
}

// read reads the file to its end.
func (l *recordReader) read() error {
	for {
		l.source.left = maxRecord
		cells, err := l.csv.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF) && l.fields == nil:
			return errors.New("the file is empty")
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &syntax) && !errors.Is(err, errTooLong):
			l.bad(RowError{Line: syntax.StartLine, Err: wording(syntax.Err)})
			continue
		case err != nil:
			return err
		case blank(cells):
			continue
		case l.fields == nil:
			header, err := l.header(cells)
			if err != nil {
				return err
			}
			if header {
				continue
			}
		}
		if len(l.good)+l.report.Bad >= l.options.MaxRows {
			return fmt.Errorf("more than %d rows", l.options.MaxRows)
		}
		l.row(cells)
	}
}

// header reads the first row, and reports false when it is a number already.
func (l *recordReader) header(cells []string) (bool, error) {
	if _, err := phone.Parse(strings.TrimSpace(cells[0]), l.options.Region); err == nil {
		l.fields = []string{fieldNumber}
		return false, nil
	}
	l.fields = make([]string, len(cells))
	for i, cell := range cells {
		name, err := plain(cell)
		if err != nil {
			return false, fmt.Errorf("header of column %d: %w", i+1, err)
		}
		folded := strings.ReplaceAll(strings.ToLower(name), " ", "_")
		for field, names := range recordColumns {
			if slices.Contains(names, folded) && !slices.Contains(l.fields, field) {
				l.fields[i] = field
			}
		}
	}
	if !slices.Contains(l.fields, fieldNumber) && !slices.Contains(l.fields, fieldKey) {
		return false, errors.New("line 1: no column is called number or key, and it is no number itself")
	}
	return true, nil
}

func (l *recordReader) bad(e RowError) {
	l.report.Bad++
	if len(l.report.Errors) < l.options.MaxErrors {
		l.report.Errors = append(l.report.Errors, e)
	}
}

// row reads one row.
func (l *recordReader) row(cells []string) {
	line, _ := l.csv.FieldPos(0)
	rec := Record{Line: line, Level: ExpressConsent}
	var wrong *RowError
	for i, cell := range cells {
		if i >= len(l.fields) || l.fields[i] == "" {
			continue
		}
		if err := l.cell(&rec, l.fields[i], cell); err != nil {
			wrong = wrong.and(&RowError{Line: line, Column: i + 1, Header: l.fields[i], Err: err})
		}
	}
	if wrong != nil {
		l.bad(*wrong)
		return
	}
	if rec.Number == "" && rec.Key == "" {
		l.bad(RowError{Line: line, Err: errors.New("has neither a number nor a key")})
		return
	}
	l.good = append(l.good, rec)
}

func (l *recordReader) cell(rec *Record, field, raw string) error {
	text, err := plain(raw)
	if err != nil || text == "" {
		return err
	}
	text = strings.Clone(text) // the row's memory is used again
	switch field {
	case fieldNumber:
		rec.Number, err = phone.Parse(text, l.options.Region)
	case fieldKey:
		rec.Key = text
	case "why":
		rec.Why = text
	case "level":
		rec.Level, err = ParseConsent(text)
	case "evidence":
		rec.Evidence = text
	case "source":
		rec.Source = text
	case "at":
		rec.At, err = moment(text)
	}
	return err
}

// moment reads a time, or a date as its beginning in UTC.
func moment(text string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	t, err := time.Parse(time.DateOnly, strings.ReplaceAll(text, "/", "-"))
	if err != nil {
		return t, fmt.Errorf("%q is not a date like 2026-12-31, nor a time like 2026-12-31T18:00:00+08:00", text)
	}
	return t, nil
}

// distinct leaves the first row of each number, and of each key without one.
func (l *recordReader) distinct() []Record {
	type who struct {
		number phone.Number
		key    string
	}
	rows := len(l.good)
	seen := make(map[who]bool, rows)
	kept := slices.DeleteFunc(l.good, func(r Record) bool {
		id := who{number: r.Number}
		if r.Number == "" {
			id.key = r.Key
		}
		again := seen[id]
		seen[id] = true
		return again
	})
	l.report.Duplicates = rows - len(kept)
	l.report.Good = len(kept)
	return kept
}
