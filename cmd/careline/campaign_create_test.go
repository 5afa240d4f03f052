package main

import (
	"strings"
	"testing"
)

// TestCampaignCreateLooksAtTheTimes: nobody is to be called whose time is over, and
// who calls at night shall know it.
func TestCampaignCreateLooksAtTheTimes(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	file := o.write(t, "c.yaml", campaignFile+"expires: 2020-01-31\n")
	if code, _, errs := o.types(t, "", "campaign", "create", file); code != exitFailed || !strings.Contains(errs, "c.yaml: expires: it was over") {
		t.Errorf("over long ago: exit %d, %s", code, errs)
	}
	const warning = "Warning: people may be called at three in the night"
	for more, warns := range map[string]bool{
		"rules: uk\n": true, "rules: none\n": true, "rules: us\n": false, "rules: uk\nhours: {from: \"09:00\", to: \"20:00\"}\n": false,
	} {
		out := o.does(t, "campaign", "create", o.write(t, "c.yaml", campaignFile+more), "--name", strings.TrimSpace(more))
		if strings.Contains(out, warning) != warns {
			t.Errorf("%q: create says\n%s\nwant a warning: %v", more, out, warns)
		}
	}
}

// TestStoppedCampaignCallsNobody: what was left pending is not to be called.
func TestStoppedCampaignCallsNobody(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	o.does(t, "campaign", "create", o.write(t, "c.yaml", campaignFile))
	for _, tt := range []struct{ state, figures string }{{"draft", "draft 3 3 0"}, {"stopped", "stopped 3 0 0"}} {
		if tt.state == "stopped" {
			o.does(t, "campaign", "stop", "renewals", "--yes")
		}
		if out := o.does(t, "campaign", "status"); !strings.Contains(strings.Join(strings.Fields(out), " "), "renewals "+tt.figures) {
			t.Errorf("%s: the status is\n%s", tt.state, out)
		}
	}
}

// TestEmptyListsAreRefused: a header and nothing below is no list.
func TestEmptyListsAreRefused(t *testing.T) {
	o := newOffice(t)
	head := o.write(t, "head.csv", "key,number,evidence\n\n,,\n")
	for _, args := range [][]string{
		{"contacts", "import", head},
		{"contacts", "import", head, "--dry-run"},
		{"contacts", "withdraw", head, "--list", "customers"},
		{"dnc", "import", head},
		{"consent", "import", head},
	} {
		if code, out, errs := o.types(t, "", args...); code != exitFailed || !strings.Contains(errs, "head.csv: no row stands below the header") {
			t.Errorf("%v: exit %d, %s%s", args, code, out, errs)
		}
	}
}

// TestWhyShowsTimesOfTheCallee in what a rule says, as everywhere else.
func TestWhyShowsTimesOfTheCallee(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	o.does(t, "campaign", "create", o.write(t, "c.yaml", campaignFile+"expires: 2099-07-31\n"))
	out := strings.Join(strings.Fields(o.does(t, "campaign", "why", "renewals", "A1")), " ")
	if !strings.Contains(out, "until Sat 1 Aug 2099 00:00 in Europe/London") {
		t.Errorf("why says\n%s", out)
	}
	if out := o.does(t, "campaign", "why", "renewals", "A1", "--json"); !strings.Contains(out, "until 2099-07-31T23:00:00Z") {
		t.Errorf("why as JSON says\n%s", out)
	}
}
