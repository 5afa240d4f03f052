package campaigns_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"careline/campaigns"
	"careline/phone"
)

const contacts = `号码,姓名,语言,客户级别,客户经理,balance,合同到期
13800138000,王芳,zh,gold,li.na,23.50,2026-12-04
"+44 20 7946 0018",Ann Smith,en,,,"1,200.00",
10086,"热线 ""二""",中文,silver,,,
`

var people = []campaigns.Customer{
	{
		Key: "+8613800138000", Number: "+8613800138000", Name: "王芳", Language: "zh", Segment: "gold", Manager: "li.na",
		Attributes: map[string]string{"balance": "23.50", "合同到期": "2026-12-04"},
	},
	{
		Key: "+442079460018", Number: "+442079460018", Name: "Ann Smith", Language: "en",
		Attributes: map[string]string{"balance": "1,200.00", "合同到期": ""},
	},
	{
		Key: "10086", Number: "10086", Name: `热线 "二"`, Language: "zh", Segment: "silver",
		Attributes: map[string]string{"balance": "", "合同到期": ""},
	},
}

func TestReadList(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(contacts)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, text string
		encoding   campaigns.Encoding // asked for
		want       campaigns.Encoding
	}{
		{"utf-8", contacts, "", campaigns.UTF8},
		{"utf-8 with a byte order mark", "\uFEFF" + contacts, "", campaigns.UTF8},
		{"utf-8 with a byte order mark, as asked", "\uFEFF" + contacts, campaigns.UTF8, campaigns.UTF8},
		{"gb18030", gb, "", campaigns.GB18030},
		{"gb18030 as asked", gb, campaigns.GB18030, campaigns.GB18030},
		{"CRLF and empty rows", strings.ReplaceAll(contacts, "\n", "\r\n") + ",,,,,,\r\n\r\n , \r\n", "", campaigns.UTF8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, report := readAll(t, tt.text, campaigns.ListOptions{Region: "CN", Encoding: tt.encoding})
			if diff := cmp.Diff(people, got); diff != "" {
				t.Errorf("customers (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(campaigns.ListReport{Encoding: tt.want, Good: 3}, report); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

// readAll reads a list whose header is good.
func readAll(t *testing.T, text string, o campaigns.ListOptions) ([]campaigns.Customer, campaigns.ListReport) {
	t.Helper()
	l, err := campaigns.ReadList(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	var got []campaigns.Customer
	for {
		c, err := l.Next()
		if errors.Is(err, io.EOF) {
			return got, l.Report()
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c)
	}
}

func TestReadListReportsBadRows(t *testing.T) {
	const text = `id,phone,zone,lang,note
1,13800138000,Asia/Shanghai,zh,fine
2,1380013,,,
3,+8613800138000,,,
1,13800138001,,,
4,13800138002,Asia/Nowhere,,
5,13800138003,,klingon!,
6,13800138004,,
7,13800138005,,,,more
8,13800138006,,,"two
lines"
9,13800138007,,,a "quoted" word
10,13800138008,,,fine,
11,13800138009,,,` + "\xff" + `
12,13800138010,Asia/Shanghai,,"not closed
`
	got, report := readAll(t, text, campaigns.ListOptions{Region: "CN"})
	lines := make([]string, 0, len(report.Errors))
	for _, e := range report.Errors {
		lines = append(lines, e.Error())
	}
	want := []string{
		"line 3, column 2 (phone): not a telephone number: no such range in +86",
		"line 4, column 2 (phone): is already on line 2",
		"line 5, column 1 (id): is already on line 2",
		`line 6, column 3 (zone): time zone "Asia/Nowhere" is not known; names are like Asia/Shanghai`,
		`line 7, column 4 (lang): "klingon!" is not a language like zh or en`,
		"line 8: 4 columns, but the header has 5",
		"line 9: 6 columns, but the header has 5",
		"line 10, column 5 (note): has a line break or another control character",
		"line 12: a quotation mark within a cell that is not in quotation marks",
		"line 14, column 5 (note): has characters of another encoding",
		"line 15: a quotation mark is not closed, or not doubled within a cell",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	if report.Good != 2 || report.Bad != len(want) || report.Duplicates != 2 || len(got) != 2 {
		t.Errorf("report = %d good, %d bad, %d duplicates; want 2, %d, 2", report.Good, report.Bad, report.Duplicates, len(want))
	}
	if !errors.Is(report.Errors[0], phone.ErrInvalid) {
		t.Errorf("the cause of a bad number is %v; want ErrInvalid", report.Errors[0].Err)
	}
}

func TestReadListCountsWhatItDoesNotKeep(t *testing.T) {
	_, report := readAll(t, "number\n"+strings.Repeat("nobody\n", 50), campaigns.ListOptions{MaxErrors: 3})
	if report.Bad != 50 || len(report.Errors) != 3 {
		t.Errorf("%d bad, %d kept; want 50, 3", report.Bad, len(report.Errors))
	}
}

func TestReadListRefuses(t *testing.T) {
	for _, tt := range []struct {
		text string
		o    campaigns.ListOptions
		want string
	}{
		{"", campaigns.ListOptions{}, "the list is empty"},
		{"\n\n", campaigns.ListOptions{}, "the list is empty"},
		{"name,balance\n", campaigns.ListOptions{}, `no column holds the number; there are "name", "balance"`},
		{"phone,mobile\n", campaigns.ListOptions{}, `columns "phone" and "mobile" both hold the number`},
		{"phone,note,note\n", campaigns.ListOptions{}, `header of column 3: "note" is there twice`},
		{"phone\n", campaigns.ListOptions{Columns: map[string]string{"number": "mobile"}}, `no column is called "mobile"; there are "phone"`},
		{"phone\n", campaigns.ListOptions{Columns: map[string]string{"fax": "phone"}}, `no field is called "fax"`},
		{"phone\n", campaigns.ListOptions{Encoding: "latin-1"}, `encoding "latin-1" is not known`},
		{"\xff\xfep\x00", campaigns.ListOptions{}, "UTF-16"},
		{"PK\x03\x04....", campaigns.ListOptions{}, "a workbook"},
		{"\"phone\n", campaigns.ListOptions{}, "read the header"},
		{strings.Repeat(",", 300) + "\n", campaigns.ListOptions{}, "more than 256 columns"},
		{"phone\n", campaigns.ListOptions{Comma: '"'}, "read the header"},
	} {
		_, err := campaigns.ReadList(strings.NewReader(tt.text), tt.o)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ReadList(%.20q) = %v; want %q", tt.text, err, tt.want)
		}
	}
}

func TestReadListTakesChosenColumns(t *testing.T) {
	o := campaigns.ListOptions{Region: "CN", Comma: ';', Columns: map[string]string{"number": "mobile", "name": "who"}}
	got, _ := readAll(t, "phone;mobile;who\n95588;13800138000;王芳\n", o)
	want := []campaigns.Customer{{
		Key: "+8613800138000", Number: "+8613800138000", Name: "王芳", Attributes: map[string]string{"phone": "95588"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("customers (-want +got):\n%s", diff)
	}
}

func TestReadListIsBounded(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("phone\n\""), forever('x'))
	l, err := campaigns.ReadList(endless, campaigns.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = l.Next(); err == nil || !strings.Contains(err.Error(), "longer than 1 MiB") {
		t.Errorf("Next of an endless row = %v; want that it is too long", err)
	}
	l, err = campaigns.ReadList(strings.NewReader("phone\n10086\n12345\n95588\n"), campaigns.ListOptions{MaxRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := l.Next(); err != nil {
			t.Error(err)
		}
	}
	if _, err := l.Next(); err == nil || !strings.Contains(err.Error(), "more than 2 rows") {
		t.Errorf("Next = %v; want more than 2 rows", err)
	}
}

// forever is a reader of one byte without end.
type forever byte

func (f forever) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(f)
	}
	return len(p), nil
}

func TestReadListPassesReadErrorsOn(t *testing.T) {
	broken := errors.New("disk on fire")
	fails := func(text string) io.Reader { return io.MultiReader(strings.NewReader(text), failing{broken}) }
	if _, err := campaigns.ReadList(fails(""), campaigns.ListOptions{}); !errors.Is(err, broken) {
		t.Errorf("ReadList = %v; want %v", err, broken)
	}
	l, err := campaigns.ReadList(fails("phone\n"+strings.Repeat("10086\n", 20_000)), campaigns.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = l.Next()
	}
	if !errors.Is(err, broken) {
		t.Errorf("Next = %v; want %v", err, broken)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzReadList(f *testing.F) {
	f.Add([]byte(contacts))
	f.Add([]byte("\uFEFFphone,zone\n13800138000,Asia/Shanghai\n\"a\"\"b\",\n"))
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(contacts))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(gb)
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := campaigns.ReadList(bytes.NewReader(text), campaigns.ListOptions{Region: "CN"})
		if err != nil {
			return
		}
		seen := map[phone.Number]bool{}
		for {
			c, err := l.Next()
			if err != nil {
				break
			}
			if c.Number == "" || c.Key == "" || seen[c.Number] {
				t.Errorf("customer %+v: want a number that was not there before", c)
			}
			seen[c.Number] = true
		}
		r := l.Report()
		if r.Good != len(seen) || r.Duplicates > r.Bad || len(r.Errors) > r.Bad {
			t.Errorf("report %+v of %d customers does not add up", r, len(seen))
		}
	})
}

func BenchmarkReadList(b *testing.B) {
	var text strings.Builder
	text.WriteString("phone,name,balance\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, "138%08d,王芳,23.50\n", i)
	}
	b.ReportAllocs()
	for b.Loop() {
		l, err := campaigns.ReadList(strings.NewReader(text.String()), campaigns.ListOptions{Region: "CN"})
		for err == nil {
			_, err = l.Next()
		}
	}
}

func TestReadListNamesAllThatIsWrongWithARow(t *testing.T) {
	_, report := readAll(t, "phone,zone,lang,expires\n1380013,Asia/Nowhere,klingon!,soon\n", campaigns.ListOptions{Region: "CN"})
	if report.Bad != 1 || len(report.Errors) != 1 {
		t.Fatalf("%d bad, %d errors; want one row", report.Bad, len(report.Errors))
	}
	want := `line 2, column 1 (phone): not a telephone number: no such range in +86; ` +
		`column 2 (zone): time zone "Asia/Nowhere" is not known; names are like Asia/Shanghai; ` +
		`column 3 (lang): "klingon!" is not a language like zh or en; ` +
		`column 4 (expires): "soon" is not a date like 2026-12-31, nor a time like 2026-12-31T18:00:00+08:00`
	if got := report.Errors[0].Error(); got != want {
		t.Errorf("the row's errors are\n%s\nwant\n%s", got, want)
	}
}
