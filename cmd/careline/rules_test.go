package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"careline/campaigns"
	"careline/phone"
)

func TestRulesList(t *testing.T) {
	o := newOffice(t)
	var list rulesList
	if err := json.Unmarshal([]byte(o.does(t, "rules", "list", "--json")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Packs) != 3 || len(list.Calendars) != 3 || list.Packs[2].ID != "us" || list.Packs[2].Reminders == 0 {
		t.Errorf("rules list --json = %+v", list)
	}
	out := o.does(t, "rules", "list")
	for _, want := range []string{"pack us", "calendar cn", "until 2026-12-31"} {
		if !strings.Contains(out, want) {
			t.Errorf("rules list lacks %q:\n%s", want, out)
		}
	}
}

// Each rule is printed with who keeps it and its source, within 80 columns.
func TestRulesShow(t *testing.T) {
	o := newOffice(t)
	for _, p := range campaigns.Packs() {
		out := o.does(t, "rules", "show", p.ID)
		for _, r := range p.Rules {
			if !strings.Contains(out, "\n"+r.ID+" ") {
				t.Errorf("rules show %s lacks %s", p.ID, r.ID)
			}
		}
		if n := strings.Count(out, "        source:  "); n != len(p.Rules) || strings.Count(out, "kept:    by ") != n {
			t.Errorf("rules show %s has %d sources for %d rules", p.ID, n, len(p.Rules))
		}
		for line := range strings.Lines(out) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 && strings.HasPrefix(line, " ") {
				t.Errorf("a line of %d characters: %s", n, line)
			}
		}
		var again campaigns.Pack
		if err := json.Unmarshal([]byte(o.does(t, "rules", "show", p.ID, "--json")), &again); err != nil || len(again.Rules) != len(p.Rules) {
			t.Errorf("rules show %s --json: %v, %d rules", p.ID, err, len(again.Rules))
		}
	}
	if code, _, errs := o.types(t, "", "rules", "show", "eu"); code != exitUsage || !strings.Contains(errs, "there are cn, uk, us") {
		t.Errorf("rules show eu: exit %d, %s", code, errs)
	}
}

func TestRulesCalendar(t *testing.T) {
	o := newOffice(t)
	out := o.does(t, "rules", "calendar", "cn", "--year", "2026")
	for _, want := range []string{"2026-10-01  off", "2026-10-10  work", "until 2026-12-31"} {
		if !strings.Contains(out, want) {
			t.Errorf("it lacks %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "2025-10-01") {
		t.Errorf("it has other years:\n%s", out)
	}
	if out := o.does(t, "rules", "calendar", "cn", "--year", "2031"); !strings.Contains(out, "No day of that year is in it") {
		t.Errorf("of a year that is not known: %s", out)
	}
}

const holidayCampaign = `
name: holidays
flow: contract-expiry
list: customers
trunks: [carrier]
caller_id: "+442079460901"
complete: [renew]
holidays: [our-shop]
`

func TestOwnCalendars(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	file := o.write(t, "holidays.yaml", holidayCampaign)
	if code, _, errs := o.types(t, "", "campaign", "create", file); code != exitFailed || !strings.Contains(errs, `holidays: there is no calendar "our-shop"; there are cn, gb, us`) {
		t.Errorf("create: exit %d, %s", code, errs)
	}
	if err := os.Mkdir(filepath.Join(filepath.Dir(o.config), "days"), 0o700); err != nil {
		t.Fatal(err)
	}
	o.write(t, "careline.yaml", officeConfig+"calendars: [days]\n")
	o.write(t, "days/shop.yaml", "calendar: our-shop\ntitle: Our shop\nfrom: 2020-01-01\nuntil: 2026-12-31\ndays: [{date: 2026-12-24, name: Stocktaking}]\n")
	out := o.does(t, "campaign", "create", file)
	for _, want := range []string{"Rules: uk (United Kingdom), for informational calls", "Remember (PD-1): ", "Warning: calendar our-shop ends on 2026-12-31"} {
		if !strings.Contains(out, want) {
			t.Errorf("create says\n%s\nwant %q", out, want)
		}
	}
	if code, out, _ := o.types(t, "", "doctor"); !strings.Contains(out, "calendar our-shop ends on 2026-12-31") {
		t.Errorf("doctor: exit %d\n%s", code, out)
	}
	if out := o.does(t, "rules", "calendar", "our-shop"); !strings.Contains(out, "2026-12-24  off   Stocktaking") {
		t.Errorf("the calendar: %s", out)
	}
	o.write(t, "days/shop.yaml", "calendar: our-shop\ndays: 7\n")
	if code, _, errs := o.types(t, "", "campaign", "status"); code != exitFailed || !strings.Contains(errs, "shop.yaml: ") {
		t.Errorf("with a calendar that is wrong: exit %d, %s", code, errs)
	}
}

func TestCampaignCreateFollowsItsRules(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	o.write(t, "flows/deaf.yaml", "flow: deaf\nlanguages: [en]\noutbound: true\nstart: a\nnodes:\n  a: {say: {en: [hello]}, next: end}\n")
	base := strings.Replace(holidayCampaign, "holidays: [our-shop]\n", "", 1)
	for i, tt := range []struct{ flow, more, want string }{
		{"contract-expiry", "mode: progressive\nqueue: care", `queue: there is no queue "care" in the configuration; there are none`},
		{"deaf", "rules: us\npurpose: marketing", "deaf has no optout node, and rule US-6 asks for a way out"},
		{"deaf", "rules: us\npurpose: informational", ""},
		{"contract-expiry", "rules: us\npurpose: marketing", ""},
		{"deaf", "rules: none\npurpose: marketing", ""},
	} {
		file := o.write(t, "c.yaml", strings.NewReplacer("contract-expiry", tt.flow, "complete: [renew]\n", "").Replace(base)+tt.more+"\n")
		code, out, errs := o.types(t, "", "campaign", "create", file, "--name", fmt.Sprint("campaign ", i))
		if tt.want == "" && code != exitDone || tt.want != "" && (code != exitFailed || !strings.Contains(errs, tt.want)) {
			t.Errorf("%q: exit %d, %s%s; want %q", tt.more, code, out, errs, tt.want)
		}
	}
}

// The calendar that the README shows can be read as it stands.
func TestReadmeShowsACalendar(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "\n    calendar: cn ")
	body, _, ends := strings.Cut("    calendar: cn "+after, "\n\n")
	if !found || !ends {
		t.Fatal("the README shows no calendar")
	}
	c, err := phone.ParseCalendar("README.md", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(c.Dates()); got < 70 || c.Until.String() != "2027-12-31" {
		t.Errorf("it has %d days, until %s", got, c.Until)
	}
}
