package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"careline/sip"
)

func TestTrunkTest(t *testing.T) {
	o := newOffice(t)
	o.write(t, "careline.yaml", fmt.Sprintf(`
region: GB
trunks:
  - {name: carrier, address: %q, allow: ["+44"], caller_ids: ["+442079460901"], rewrite: {format: national}}
  - {name: closed, address: %[1]q}
`, carrierOf(t, "127.0.0.1:0", "200 OK")))
	out := o.does(t, "trunk", "test", "carrier")
	for _, want := range []string{"✓ dns", "✓ options", "answered 200 OK", "is called as sip:0", "+442079460901 is shown as 02079460901", "- call"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	code, out, errs := o.types(t, "", "trunk", "test", "closed", "--json")
	var got examined
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitFailed || got.Good || !strings.Contains(errs, "trunk closed: something is wrong") {
		t.Errorf("exit %d, %v: %s%s", code, err, out, errs)
	}
	bad := 0
	for _, f := range got.Findings {
		if f.Mark == sip.Bad && f.Step == "numbers" && strings.Contains(f.Text, "permits no destination") {
			bad++
		}
	}
	if bad != 1 {
		t.Errorf("%+v; want that nothing is permitted", got.Findings)
	}
	for _, tt := range []struct {
		in   string
		args []string
		code int
		want string
	}{
		{"", []string{"nobody"}, exitFailed, `there is no trunk "nobody"`},
		{"", []string{"carrier", "--number", "hello"}, exitUsage, "--number"},
		{"", []string{"carrier", "--caller-id", "+442079460902"}, exitUsage, "none of the trunk's caller_ids"},
		{"n\n", []string{"carrier", "--number", "+442079460000"}, exitFailed, "nothing was tested"},
	} {
		code, _, errs := o.types(t, tt.in, append([]string{"trunk", "test"}, tt.args...)...)
		if code != tt.code || !strings.Contains(errs, tt.want) {
			t.Errorf("%v: exit %d, %s; want %d, %s", tt.args, code, errs, tt.code, tt.want)
		}
	}
}

func TestCampaignShowsOwnedNumbersAlone(t *testing.T) {
	o := newOffice(t)
	config := `
region: GB
flows: [flows]
trunks:
  - {name: carrier, address: 127.0.0.1:5080, allow: ["+44"], caller_ids: [%s]}
`
	o.write(t, "careline.yaml", fmt.Sprintf(config, `"+442079460902"`))
	file := o.write(t, "campaign.yaml", campaignFile)
	o.does(t, "contacts", "import", o.write(t, "list.csv", list), "--list", "customers")
	code, _, errs := o.types(t, "", "campaign", "create", file)
	if code != exitFailed || !strings.Contains(errs, "caller_id: +442079460901 is none of the caller_ids of carrier") {
		t.Errorf("create: exit %d, %s", code, errs)
	}
	o.write(t, "careline.yaml", fmt.Sprintf(config, `"+442079460901"`))
	o.does(t, "campaign", "create", file)
	o.write(t, "careline.yaml", fmt.Sprintf(config, `"+442079460902"`))
	if out := o.does(t, "campaign", "why", "renewals", "A1"); !strings.Contains(out, "caller_id") {
		t.Errorf("why:\n%s", out)
	}
	code, _, errs = o.types(t, "", "campaign", "start", "renewals")
	if code != exitFailed || !strings.Contains(errs, "is none of the caller_ids of carrier") {
		t.Errorf("start: exit %d, %s", code, errs)
	}
}
