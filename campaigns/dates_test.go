package campaigns_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/phone"
)

func TestReadListTakesFurtherNumbers(t *testing.T) {
	const text = `手机,手机2,phone_3,number4,Phone 9,number10
13800138000,1380013,,,,x
13800138001,13800138002,+86 138 0013 8001,13800138003,13800138002,y
13800138004,,,nobody,,z
`
	got, report := readAll(t, text, campaigns.ListOptions{Region: "CN"})
	want := []campaigns.Customer{{
		Key: "+8613800138001", Number: "+8613800138001", Others: []phone.Number{"+8613800138002", "+8613800138003"},
		Attributes: map[string]string{"number10": "y"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("customers (-want +got):\n%s", diff)
	}
	problems := []string{
		"line 2, column 2 (手机2): not a telephone number: no such range in +86",
		"line 4, column 4 (number4): not a telephone number: 'n' does not belong in a number",
	}
	var lines []string
	for _, e := range report.Errors {
		lines = append(lines, e.Error())
	}
	if diff := cmp.Diff(problems, lines); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestReadListTakesConsentAndExpiry(t *testing.T) {
	const text = `phone,zone,consent,consent_evidence,consent_at,expires,valid
+8613800138000,,written,form 4711,2026-03-01,2026/12/31,
+442079460018,,,,2026-06-01T12:00:00+02:00,2026-12-31,
10086,,,,,2026-12-31,
+8613800138001,Europe/London,,,,2026-12-31,
+18005550100,,,,,2026-12-31,
+8613800138002,,,,yesterday,,
+8613800138003,,,,,31.12.2026,
`
	got, report := readAll(t, text, campaigns.ListOptions{Zone: "Asia/Tokyo"})
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v.UTC()
	}
	for i, want := range []campaigns.Customer{
		{Consent: "written", ConsentEvidence: "form 4711", ConsentAt: at("2026-03-01T00:00:00+08:00"), Expires: at("2027-01-01T00:00:00+08:00")},
		{ConsentAt: at("2026-06-01T10:00:00Z"), Expires: at("2027-01-01T00:00:00Z")},
		{Expires: at("2027-01-01T00:00:00+09:00")},
		{Expires: at("2027-01-01T00:00:00Z")},
		{Expires: at("2027-01-01T00:00:00+10:00")}, // Guam, the easternmost of its zones
	} {
		c := got[i]
		c.Key, c.Number, c.Zone, c.Attributes = "", "", "", nil
		if diff := cmp.Diff(want, c); diff != "" {
			t.Errorf("row %d (-want +got):\n%s", i+1, diff)
		}
	}
	if report.Bad != 2 || report.Errors[0].Column != 5 || report.Errors[1].Header != "expires" {
		t.Errorf("report = %+v; want the last two rows bad in their dates", report)
	}
}

// A consent that nobody could rely on is told of before the list is taken.
func TestReadListAsksForEvidenceOfConsent(t *testing.T) {
	const text = `number,consent,consent_evidence
+442079460018,perhaps,form 1
+442079460019,书面,
+442079460020,none,
+442079460021,express,form 2
+442079460022,,
`
	got, report := readAll(t, text, campaigns.ListOptions{})
	lines := make([]string, 0, len(report.Errors))
	for _, e := range report.Errors {
		lines = append(lines, e.Error())
	}
	want := []string{
		`line 2, column 2 (consent): "perhaps" is no strength of consent; there are express, written and none`,
		"line 3, column 2 (consent): written consent needs evidence, in a column consent_evidence",
	}
	if diff := cmp.Diff(want, lines); diff != "" || len(got) != 3 {
		t.Errorf("%d rows taken; errors (-want +got):\n%s", len(got), diff)
	}
}

func TestCustomerBy(t *testing.T) {
	c := campaigns.Customer{Number: "1", Others: []phone.Number{"2", "3"}}
	for n, want := range map[phone.Number][]phone.Number{"1": {"1", "2", "3"}, "2": {"2", "1", "3"}, "4": {"4", "2", "3"}} {
		if got := c.By(n).Numbers(); !cmp.Equal(got, want) {
			t.Errorf("By(%q).Numbers() = %v; want %v", string(n), got, want)
		}
	}
	if diff := cmp.Diff([]phone.Number{"1", "2", "3"}, c.Numbers()); diff != "" {
		t.Errorf("By changed the customer (-want +got):\n%s", diff)
	}
	one := campaigns.Customer{Number: "1"}
	if got := one.By("1"); !cmp.Equal(got, one) {
		t.Errorf("By its only number = %+v; want it unchanged", got)
	}
}
