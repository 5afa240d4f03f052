package main

import (
	"encoding/json"
	"os"
	"os/user"
	"strings"
	"testing"
)

// policyCampaign is one that needs consent.
const policyCampaign = `
name: renewal
flow: contract-expiry
list: customers
trunks: [carrier]
caller_id: +442079460000
require_consent: true
rules: [none]
`

// withCampaign is an office with a list of two customers and a running campaign.
func withCampaign(t *testing.T) *office {
	t.Helper()
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", "key,number,number2\nA1,020 7946 0101,020 7946 0102\nA2,020 7946 0103,\n"))
	o.does(t, "campaign", "create", o.write(t, "renewal.yaml", policyCampaign))
	o.does(t, "campaign", "start", "renewal")
	return o
}

// unwrapped is what was said, on one line.
func unwrapped(out string) string { return strings.Join(strings.Fields(out), " ") }

// Who has made an entry is on record also where the environment does not tell.
func TestDNCNamesTheUser(t *testing.T) {
	t.Setenv("USER", "")
	if err := os.Unsetenv("USER"); err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	o := withCampaign(t)
	o.does(t, "dnc", "add", "020 7946 0102", "--why", "by letter")
	if out := unwrapped(o.does(t, "dnc", "check", "020 7946 0102")); !strings.Contains(out, "by letter (by "+me.Username+")") {
		t.Errorf("the entry is nobody's: %s", out)
	}
}

func TestDNC(t *testing.T) {
	o := withCampaign(t)
	says := func(want string, args ...string) {
		t.Helper()
		if out := o.does(t, args...); !strings.Contains(unwrapped(out), want) {
			t.Errorf("%s:\n%s\nwant %q in it", strings.Join(args, " "), out, want)
		}
	}
	says("Nobody is on the list.", "dnc", "list")
	says("+442079460102 is not called by any campaign", "dnc", "add", "020 7946 0102", "--why", "by letter", "--by", "anna")
	says("is not called by renewal", "dnc", "add", "--list", "customers", "--key", "A2", "--campaign", "renewal")
	says("There is no customer B9 of list customers yet", "dnc", "add", "--list", "customers", "--key", "B9")
	says("by letter (by anna)", "campaign", "why", "renewal", "A1")
	says("of campaign renewal", "dnc", "list")
	says("+442079460102 is not called", "dnc", "check", "020 7946 0102")
	says("may be called", "dnc", "check", "020 7946 0109")

	if code, _, errs := o.types(t, "n\n", "dnc", "remove", "020 7946 0102", "--why", "by letter"); code != exitFailed || !strings.Contains(errs, "nothing was lifted") {
		t.Errorf("remove without a yes: exit %d: %s", code, errs)
	}
	if code, _, errs := o.types(t, "", "dnc", "remove", "020 7946 0109", "--why", "x", "--yes"); code != exitFailed || !strings.Contains(errs, "no such entry") {
		t.Errorf("remove of nobody: exit %d: %s", code, errs)
	}
	says("lifted", "dnc", "remove", "020 7946 0102", "--why", "changed their mind", "--by", "bob", "--yes")
	says("may be called", "dnc", "check", "020 7946 0102")
	says("by bob: changed their mind", "dnc", "list", "--history")
	says("changed their mind", "dnc", "export", "--history")
	if code, _, _ := o.types(t, "", "dnc", "add"); code != exitUsage {
		t.Errorf("add of nobody: exit %d; want %d", code, exitUsage)
	}
}

func TestDNCImport(t *testing.T) {
	o := withCampaign(t)
	file := o.write(t, "registry.csv", "02079460103\n02079460104\n02079460103\n")
	bad := o.write(t, "bad.csv", "number\n02079460103\n+441\n")
	if code, _, errs := o.types(t, "", "dnc", "import", bad); code != exitFailed || !strings.Contains(errs, "line 3, column 1") {
		t.Errorf("import of a bad file: exit %d: %s", code, errs)
	}
	for _, args := range [][]string{{"--source", "uk-tps"}, {"--as-of", "2026-11-01"}, {"--replace"}, {"--source", "x", "--as-of", "soon"}} {
		if code, _, _ := o.types(t, "", append([]string{"dnc", "import", file}, args...)...); code != exitUsage {
			t.Errorf("import %v: exit %d; want %d", args, code, exitUsage)
		}
	}
	if out := o.does(t, "dnc", "import", file, "--dry-run"); !strings.Contains(out, "2 would be new") {
		t.Errorf("dry run:\n%s", out)
	}
	if out := o.does(t, "dnc", "list"); !strings.Contains(out, "Nobody") {
		t.Errorf("after a bad file and a dry run there are entries:\n%s", out)
	}
	var done dncImported
	out := o.does(t, "dnc", "import", file, "--source", "uk-tps", "--as-of", "2026-11-01", "--json")
	if err := json.Unmarshal([]byte(out), &done); err != nil || done.Added != 2 || done.Duplicates != 1 {
		t.Errorf("import: %s: %+v, %v; want 2 added, 1 repeated", out, done, err)
	}
	if out = o.does(t, "campaign", "why", "renewal", "A2"); !strings.Contains(unwrapped(out), "on uk-tps as of 2026-11-01") {
		t.Errorf("why:\n%s", out)
	}
	newer := o.write(t, "newer.csv", "02079460104\n02079460105\n")
	out = o.does(t, "dnc", "import", newer, "--source", "uk-tps", "--as-of", "2026-11-08", "--replace")
	if !strings.Contains(out, "1 are new, 1 are there already; 1 lifted") {
		t.Errorf("newer registry:\n%s", out)
	}
	if out = o.does(t, "dnc", "list"); strings.Contains(out, "0103") || strings.Count(out, "as of 2026-11-08") != 2 {
		t.Errorf("list after it:\n%s", out)
	}
}

func TestConsent(t *testing.T) {
	o := withCampaign(t)
	why := func(want string) {
		t.Helper()
		if out := o.does(t, "campaign", "why", "renewal", "A1"); !strings.Contains(unwrapped(out), want) {
			t.Errorf("why:\n%s\nwant %q in it", out, want)
		}
	}
	why("none is on record")
	if code, _, errs := o.types(t, "", "consent", "add", "020 7946 0101"); code != exitUsage || !strings.Contains(errs, "--evidence") {
		t.Errorf("consent without evidence: exit %d: %s", code, errs)
	}
	o.does(t, "consent", "add", "020 7946 0101", "--level", "written", "--evidence", "form 7", "--at", "2026-03-01")
	why("written consent of 2026-03-01: form 7")
	if out := o.does(t, "consent", "revoke", "020 7946 0101", "--why", "by letter", "--by", "anna", "--yes"); !strings.Contains(out, "1 consent ended") {
		t.Errorf("revoke:\n%s", out)
	}
	why("a refusal of")
	if out := o.does(t, "consent", "list", "020 7946 0101"); !strings.Contains(out, "ended") || !strings.Contains(out, "by anna: by letter") {
		t.Errorf("list:\n%s", out)
	}
	tomorrow := "2999-01-01"
	for _, tt := range []struct{ in, want string }{
		{"key,evidence\nA1,form 8\n", "--list"},
		{"number,evidence\n02079460101,\n", "line 2: has no evidence"},
		{"number,evidence,at\n02079460101,form 8," + tomorrow + "\n", "time to come"},
	} {
		if code, _, errs := o.types(t, "", "consent", "import", o.write(t, "bad.csv", tt.in)); code != exitFailed || !strings.Contains(errs, tt.want) {
			t.Errorf("import %q: exit %d: %s", tt.in, code, errs)
		}
	}
	forms := o.write(t, "forms.csv", "key,evidence,at\nA1,form 7,2026-01-02\n") // before the refusal
	for _, tt := range []struct {
		want string
		more []string
	}{
		{"1 consent: 1 would be new; nothing was changed", []string{"--dry-run"}},
		{"1 consent: 1 new", nil},
		{"1 consent: 0 would be new; nothing was changed", []string{"--dry-run"}}, // the database is looked at
	} {
		if out := o.does(t, append([]string{"consent", "import", forms, "--list", "customers"}, tt.more...)...); !strings.Contains(out, tt.want) {
			t.Errorf("consent import %q says %q; want %q", tt.more, out, tt.want)
		}
	}
	o.does(t, "consent", "import", o.write(t, "consents.csv", "key,evidence\nA1,form 8\n"), "--list", "customers")
	why("express consent of")
}
