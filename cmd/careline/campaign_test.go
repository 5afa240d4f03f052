package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
)

// office is a configuration with a database of its own, and what a campaign
// manager types.
type office struct{ config string }

const officeConfig = `
region: GB
flows: [flows]
trunks:
  - {name: carrier, address: 127.0.0.1:5080, allow: ["+44"]}
  - {name: abroad, address: 203.0.113.1, allow: ["+44"]}
`

func newOffice(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "flows"), os.DirFS("../../examples/flows")); err != nil {
		t.Fatal(err)
	}
	o := &office{config: filepath.Join(dir, "careline.yaml")}
	o.write(t, "careline.yaml", officeConfig)
	return o
}

// write puts a file beside the configuration and returns its path.
func (o *office) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(o.config), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// types runs a command and returns what it said.
func (o *office) types(t *testing.T, in string, args ...string) (code int, out, errs string) {
	t.Helper()
	var so, se bytes.Buffer
	code = run(t.Context(), append([]string{"--config", o.config}, args...), streams{in: strings.NewReader(in), out: &so, err: &se})
	return code, so.String(), se.String()
}

// does runs a command that must succeed.
func (o *office) does(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := o.types(t, "", args...)
	if code != exitDone {
		t.Fatalf("%s: exit %d: %s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

const list = `key,number,name,language,segment,manager,contract_end
A1,020 7946 0101,张伟,zh,gold,lina,2026-12-05
A2,020 7946 0102,Alice Adams,en,standard,,2026-12-06
A3,020 7946 0103,Ben Baker,en,standard,,
`

const campaignFile = `
name: renewals
flow: contract-expiry
list: customers
trunks: [carrier]
caller_id: "+442079460901"
complete: [renew, satisfaction]
success: {renew: ["1"]}
`

func TestImportShowsBadRowsAndTakesNothing(t *testing.T) {
	o := newOffice(t)
	bad := o.write(t, "bad.csv", list+"A4,12,Nobody,en,,,\nA5,020 7946 0101,Twice,en,,,\n")
	code, out, errs := o.types(t, "", "contacts", "import", bad, "--list", "customers")
	if code != exitFailed || !strings.Contains(errs, "nothing was imported") || !strings.Contains(errs, "--partial") {
		t.Errorf("exit %d, %q; want %d and a way out", code, errs, exitFailed)
	}
	for _, want := range []string{"line 5", "line 6", "5 rows read (utf-8): 3 good, 2 bad, of which 1 duplicate\n", "would be imported"} {
		if !strings.Contains(out, want) {
			t.Errorf("it says %q; want %q in it", out, want)
		}
	}
	if out := o.does(t, "contacts", "import", bad, "--list", "customers", "--partial"); !strings.Contains(out, "3 imported into \"customers\": 3 new") {
		t.Errorf("with --partial it says %q", out)
	}
}

func TestImportDryRunWithFilterAndGB18030(t *testing.T) {
	o := newOffice(t)
	file := o.write(t, "customers.csv", list)
	if out := o.does(t, "contacts", "import", file, "--dry-run"); !strings.Contains(out, "3 would be imported") {
		t.Errorf("dry run says %q", out)
	}
	if out := o.does(t, "contacts", "import", file, "--with", "contract_end"); !strings.Contains(out, `2 imported into "customers": 2 new`) {
		t.Errorf("after a dry run and with a filter it says %q; want 2 new", out)
	}
	chinese := o.write(t, "gb.csv", "key,number,name\nB1,020 7946 0201,\xd5\xc5\xce\xb0\n") // 张伟
	var got imported
	if err := json.Unmarshal([]byte(o.does(t, "contacts", "import", chinese, "--json")), &got); err != nil {
		t.Fatal(err)
	}
	if got.Report.Encoding != "gb18030" || got.Outcome.Added != 1 {
		t.Errorf("it read %+v; want one new row in gb18030", got)
	}
}

func TestCampaignFromDraftToExport(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	if out := o.does(t, "campaign", "status"); !strings.Contains(out, "No campaigns yet") {
		t.Errorf("the empty state says %q", out)
	}
	if out := o.does(t, "campaign", "create", o.write(t, "renewals.yaml", campaignFile)); !strings.Contains(out, "a draft of 3 contacts") {
		t.Errorf("create says %q", out)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"campaign", "start", "renewals"}, "campaign renewals: running"},
		{[]string{"campaign", "pause", "renewals"}, "campaign renewals: paused"},
		{[]string{"campaign", "resume", "renewals"}, "campaign renewals: running"},
		{[]string{"campaign", "status", "renewals"}, "renewals  running  3         3"},
		{[]string{"campaign", "why", "renewals", "+442079460101"}, "It may be called now."},
		{[]string{"contacts", "withdraw", o.write(t, "off.csv", "number\n020 7946 0103\n"), "--campaign", "renewals"}, "1 contact off campaigns"},
		{[]string{"campaign", "why", "renewals", "A3"}, "HELD  contact"},
		{[]string{"campaign", "report", "renewals"}, "contacts: pending 2, withdrawn 1"},
		{[]string{"campaign", "stop", "renewals", "--yes"}, "campaign renewals: stopped"},
	} {
		if out := o.does(t, tt.args...); !strings.Contains(out, tt.want) {
			t.Errorf("%s says %q; want %q in it", strings.Join(tt.args, " "), out, tt.want)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(o.does(t, "campaign", "export", "renewals"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := append(exportHeader[:len(exportHeader):len(exportHeader)], "renew", "satisfaction")
	if diff := cmp.Diff(want, rows[0]); diff != "" || len(rows) != 4 {
		t.Errorf("export of %d lines begins (-want +got):\n%s", len(rows), diff)
	}
	file := filepath.Join(t.TempDir(), "renewals.csv")
	o.does(t, "campaign", "export", "renewals", "-o", file)
	if text, err := os.ReadFile(file); err != nil || strings.Count(string(text), "\n") != len(rows) {
		t.Errorf("the export to a file: %v, %d lines; want %d", err, strings.Count(string(text), "\n"), len(rows))
	}
	if diff := cmp.Diff([]string{"A1", "+442079460101", "张伟", "zh", "gold", "lina", "pending", "0"}, rows[1][:8]); diff != "" {
		t.Errorf("first contact (-want +got):\n%s", diff)
	}
}

func TestCampaignReportAsJSON(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	o.does(t, "campaign", "create", o.write(t, "renewals.yaml", campaignFile))
	var got report
	if err := json.Unmarshal([]byte(o.does(t, "campaign", "report", "renewals", "--json")), &got); err != nil {
		t.Fatal(err)
	}
	if got.State != campaigns.Draft || got.Submitted != 3 || got.Contacts[campaigns.Pending] != 3 {
		t.Errorf("report = %+v; want a draft of 3", got)
	}
}

func TestCampaignErrorsSayWhatToDo(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	other := 0
	with := func(old, instead string) string {
		other++
		return o.write(t, fmt.Sprintf("other%d.yaml", other), strings.Replace(campaignFile, old, instead, 1))
	}
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no such campaign", []string{"campaign", "start", "spring"}, exitFailed, `there is no campaign "spring"; careline campaign status lists them`},
		{"no such trunk", []string{"campaign", "create", with("[carrier]", "[bt]")}, exitFailed, `there is no trunk "bt"`},
		{"rings too short", []string{"campaign", "create", with("[carrier]", "[abroad]\nring_timeout: 5s")}, exitFailed, "ring_timeout: 5s is shorter than 15s"},
		{"no such flow", []string{"campaign", "create", with("flow: contract-expiry", "flow: spring")}, exitFailed, "spring"},
		{"no such list", []string{"campaign", "create", with("list: customers", "list: nobody")}, exitFailed, "nobody"},
		{"unknown key", []string{"campaign", "create", with("flow:", "flows:")}, exitFailed, ".yaml:3"},
		{"no such file", []string{"campaign", "create", "nowhere.yaml"}, exitUsage, "nowhere.yaml"},
		{"unclear withdrawal", []string{"contacts", "withdraw", o.write(t, "off.csv", "number\n020 7946 0103\n")}, exitUsage, "say either --list NAME or --campaign NAME"},
		{"wrong database", []string{"--database", "mysql://x", "campaign", "status"}, exitFailed, "postgres://"},
	} {
		code, _, errs := o.types(t, "", tt.args...)
		if code != tt.code || !strings.Contains(errs, tt.want) {
			t.Errorf("%s: exit %d, %q; want %d with %q", tt.name, code, errs, tt.code, tt.want)
		}
	}
}

func TestStopAsksFirst(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	o.does(t, "campaign", "create", o.write(t, "renewals.yaml", campaignFile))
	o.does(t, "campaign", "start", "renewals")
	if code, out, errs := o.types(t, "\n", "campaign", "stop", "renewals"); code != exitFailed || !strings.Contains(out, "for good?") || !strings.Contains(errs, "not stopped") {
		t.Errorf("exit %d, %q, %q; want a question, and nothing stopped", code, out, errs)
	}
	if code, out, errs := o.types(t, "y\n", "campaign", "stop", "renewals"); code != exitDone || !strings.Contains(out, "stopped") {
		t.Errorf("exit %d, %q, %q; want it stopped", code, out, errs)
	}
	if code, _, errs := o.types(t, "", "campaign", "resume", "renewals"); code != exitFailed || !strings.Contains(errs, "stopped") {
		t.Errorf("resume: exit %d, %q; want an error that says it is stopped", code, errs)
	}
}

func TestStopAllHoldsEveryContactUntilLifted(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	o.does(t, "campaign", "create", o.write(t, "renewals.yaml", campaignFile))
	o.does(t, "campaign", "start", "renewals")
	if code, _, errs := o.types(t, "", "campaign", "stop"); code != exitUsage || !strings.Contains(errs, "name a campaign, or say --all") {
		t.Errorf("stop without a name: exit %d, %q", code, errs)
	}
	if code, _, errs := o.types(t, "n\n", "campaign", "stop", "--all"); code != exitFailed || !strings.Contains(errs, "nothing was stopped") {
		t.Errorf("a no: exit %d, %q", code, errs)
	}
	o.does(t, "campaign", "stop", "--all", "--why", "flood", "--yes")
	if out := o.does(t, "campaign", "why", "renewals", "A1"); !strings.Contains(out, "HELD") || strings.Contains(out, "may be called now") {
		t.Errorf("while all is held, why says %q", out)
	}
	o.does(t, "campaign", "resume", "--all")
	if out := o.does(t, "campaign", "why", "renewals", "A1"); !strings.Contains(out, "may be called now") {
		t.Errorf("after it was lifted, why says %q", out)
	}
}

func TestFoldedFitsAPage(t *testing.T) {
	list := "106 attempts: answered 42, busy 25, cancelled 4, invalid_number 5, no_answer 26, refused 4"
	want := "  106 attempts: answered 42, busy 25, cancelled 4, invalid_number 5, \n    no_answer 26, refused 4"
	if got := folded(list); got != want {
		t.Errorf("folded = %q; want %q", got, want)
	}
	if got := folded("contacts: none"); got != "  contacts: none" {
		t.Errorf("folded = %q; want it on one line", got)
	}
}
