package campaigns_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
)

func TestReadRecords(t *testing.T) {
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		in   string
		want []campaigns.Record
		dup  int
	}{
		"numbers alone": {"13800138000\n\n+8613800138001\n13800138000\n", []campaigns.Record{
			{Line: 1, Number: "+8613800138000", Level: campaigns.ExpressConsent},
			{Line: 3, Number: "+8613800138001", Level: campaigns.ExpressConsent},
		}, 1},
		"reasons": {"city,Phone,Reason\nx,13800138000,by letter\n", []campaigns.Record{
			{Line: 2, Number: "+8613800138000", Why: "by letter", Level: campaigns.ExpressConsent},
		}, 0},
		"consents": {"号码,授权类型,授权凭证,来源,授权日期\n13800138000,书面,form 7,shop,2026/03/01\n", []campaigns.Record{
			{Line: 2, Number: "+8613800138000", Level: campaigns.WrittenConsent, Evidence: "form 7", Source: "shop", At: day},
		}, 0},
		"keys": {"key,level\nA1,none\n", []campaigns.Record{{Line: 2, Key: "A1"}}, 0},
	} {
		got, report, err := campaigns.ReadRecords(strings.NewReader(tt.in), campaigns.ListOptions{Region: "CN"})
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil || report.Duplicates != tt.dup || report.Bad > 0 {
			t.Errorf("%s: %v, %+v (-want +got):\n%s", name, err, report, diff)
		}
	}
}

func TestReadRecordsNamesBadRows(t *testing.T) {
	in := "number,level,at\n13800138000,perhaps,\n1380013,,\n13800138001,,yesterday\n,,\n,written,\n13800138002,written,2026-03-01T10:00:00+08:00\n\"x\n"
	got, report, err := campaigns.ReadRecords(strings.NewReader(in), campaigns.ListOptions{Region: "CN"})
	if err != nil || len(got) != 1 || report.Good != 1 || report.Bad != 5 {
		t.Fatalf("ReadRecords = %d rows, %+v, %v; want 1 good and 5 bad", len(got), report, err)
	}
	for i, want := range []string{"line 2, column 2 (level)", "line 3, column 1 (number)", "line 4, column 3 (at)", "line 6: has neither", "line 8"} {
		if got := report.Errors[i].Error(); !strings.HasPrefix(got, want) {
			t.Errorf("error %d is %q; want %q", i+1, got, want)
		}
	}
	for _, whole := range []string{"", "city\nBeijing\n", "\xff\xfe1\x00"} {
		if _, _, err := campaigns.ReadRecords(strings.NewReader(whole), campaigns.ListOptions{Region: "CN"}); err == nil {
			t.Errorf("ReadRecords of %q found nothing wrong", whole)
		}
	}
}

func FuzzReadRecords(f *testing.F) {
	f.Add("number,why\n13800138000,x\n")
	f.Add("13800138000\n")
	f.Fuzz(func(t *testing.T, in string) {
		got, report, err := campaigns.ReadRecords(strings.NewReader(in), campaigns.ListOptions{Region: "CN"})
		if err == nil && len(got) != report.Good {
			t.Errorf("%d rows, but %+v", len(got), report)
		}
		for _, r := range got {
			if r.Number == "" && r.Key == "" {
				t.Errorf("row %+v is about nobody", r)
			}
		}
	})
}
