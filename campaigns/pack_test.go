package campaigns_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"careline/campaigns"
)

func pack(t *testing.T, id string) *campaigns.Pack {
	t.Helper()
	p, err := campaigns.PackNamed(id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The ids are those of the table of regulation that the packs are made from.
func TestPacksAreWhole(t *testing.T) {
	want := map[string]string{
		"us": "US-1 US-2 US-3 US-4 US-5 US-6 US-7 US-8 US-9 US-10 PD-2",
		"uk": "UK-1 UK-2 UK-3 PD-1 PD-2",
		"cn": "CN-1 CN-2 CN-3 CN-4 PD-1 PD-2",
	}
	files, err := filepath.Glob("packs/*.yaml")
	if err != nil || len(files) != len(want) || len(campaigns.Packs()) != len(want) {
		t.Fatalf("packs: %v, %v, of which %d are read; want %d", files, err, len(campaigns.Packs()), len(want))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := campaigns.ParsePack(file, text)
		if err != nil {
			t.Error(err)
			continue
		}
		var ids []string
		for _, r := range p.Rules {
			ids = append(ids, r.ID)
			if !strings.HasSuffix(r.Text, ".") || strings.Count(r.Text, ". ") > 0 {
				t.Errorf("%s: the text of %s is not one sentence: %s", file, r.ID, r.Text)
			}
		}
		if got := strings.Join(ids, " "); got != want[p.ID] || file != "packs/"+p.ID+".yaml" {
			t.Errorf("%s has %s; want %s", file, got, want[p.ID])
		}
	}
}

// What a pack suggests can be written into a campaign file as it stands.
func TestPackSettingsAreKeysOfCampaigns(t *testing.T) {
	found := 0
	for _, p := range campaigns.Packs() {
		for _, r := range p.Rules {
			for _, line := range r.Settings {
				found++
				text := "name: c\nflow: f\nlist: l\ntrunks: main\ncaller_id: +861012345678\n" + line + "\n"
				if _, err := campaigns.ParseDefinition("c.yaml", []byte(text)); err != nil {
					t.Errorf("%s: %v", r.ID, err)
				}
			}
		}
	}
	if found == 0 {
		t.Error("no pack suggests anything; CN-3 does")
	}
}

// terms are those of a campaign that follows a pack.
func terms(t *testing.T, d campaigns.Definition) campaigns.Terms {
	t.Helper()
	got, err := d.Terms(noCalendars)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTermsOfTheUnitedStates(t *testing.T) {
	d := campaigns.Definition{Rules: []string{"us"}, Mode: campaigns.Predictive, Purpose: campaigns.Marketing}
	got := terms(t, d)
	if got.MinRing != 15*time.Second { // US-2: 16 CFR 310.4(b)(4)(ii)
		t.Errorf("MinRing = %v; want 15s", got.MinRing)
	}
	if got.Keep < 5*365*24*time.Hour { // US-4: 16 CFR 310.5
		t.Errorf("Keep = %v; want five years", got.Keep)
	}
	eight := time.Date(2026, 3, 4, 8, 0, 0, 0, place(t, "America/New_York")) // US-5: 47 CFR 64.1200(c)(1)
	for at, want := range map[time.Time]bool{
		eight: true, eight.Add(-time.Minute): false, eight.Add(13*time.Hour - time.Second): true, eight.Add(13 * time.Hour): false,
	} {
		if got.Times.Contains(at) != want {
			t.Errorf("a call at %v is permitted: %v; want %v", at, !want, want)
		}
	}
	a := got.Abandon[0] // US-1: 16 CFR 310.4(b)(4)(i)
	if len(got.Abandon) != 1 || a.Rule != "US-1" || a.Cap != 0.03 || a.Within != 2*time.Second || a.From != campaigns.FromGreetingEnd ||
		a.Of != campaigns.LiveAnswers || !a.Successive || a.Window != 30*24*time.Hour || !slices.Contains(a.Message, "opt_out") {
		t.Errorf("Abandon = %+v", got.Abandon)
	}
	if len(got.Consent) != 0 { // an agent speaks
		t.Errorf("Consent = %+v; want none for agents' calls", got.Consent)
	}
}

// US-6, US-9 and US-10 depend on purpose and voice.
func TestTermsByPurposeAndVoice(t *testing.T) {
	for _, tt := range []struct {
		purpose campaigns.Purpose
		mode    campaigns.Mode
		consent campaigns.Consent
		home    bool // homes need none
		optOut  time.Duration
		most    string
	}{
		{campaigns.Marketing, campaigns.Agentless, campaigns.WrittenConsent, false, 2 * time.Second, ""},
		{campaigns.Informational, campaigns.Agentless, campaigns.ExpressConsent, true, 0, "US-9 attempts 3 720h0m0s"},
		{"", "", campaigns.ExpressConsent, true, 0, "US-9 attempts 3 720h0m0s"}, // as stored before there were purposes
		{campaigns.Collection, campaigns.Agentless, campaigns.ExpressConsent, true, 0, "US-10 attempts 7 168h0m0s, US-10 conversations 1 168h0m0s"},
		{campaigns.Collection, campaigns.Progressive, "", false, 0, "US-10 attempts 7 168h0m0s, US-10 conversations 1 168h0m0s"},
		{campaigns.Marketing, campaigns.Preview, "", false, 0, ""},
	} {
		got := terms(t, campaigns.Definition{Rules: []string{"us"}, Mode: tt.mode, Purpose: tt.purpose})
		var most []string
		for _, f := range got.Most {
			most = append(most, strings.Join([]string{f.Rule, string(f.Counter), itoa(f.Limit), f.Window.String()}, " "))
		}
		var level campaigns.Consent
		home := false
		for _, need := range got.Consent {
			level, home = need.Level, need.UnlessResidential
		}
		if level != tt.consent || home != tt.home || got.OptOut != tt.optOut || strings.Join(most, ", ") != tt.most || len(got.Consent) > 1 {
			t.Errorf("%s %s: consent %+v, way out %v, most %q; want %+v", tt.mode, tt.purpose, got.Consent, got.OptOut, most, tt)
		}
	}
}

func TestTermsOfTheUnitedKingdom(t *testing.T) {
	got := terms(t, campaigns.Definition{Rules: []string{"uk"}, Mode: campaigns.Predictive})
	a := got.Abandon[0] // UK-1: Ofcom, 20 December 2016
	if a.Rule != "UK-1" || a.Cap != 0.01 || a.Alarm != 0.03 || a.Window != 24*time.Hour || a.Successive || a.Of != campaigns.OfcomACR || a.Silent != 0 {
		t.Errorf("Abandon = %+v", got.Abandon)
	}
	if r := got.Recalls[0]; r.Rule != "UK-3" || r.Wait != 72*time.Hour || !r.UnlessReserved || got.MinRing != 15*time.Second {
		t.Errorf("Recalls = %+v, MinRing %v", got.Recalls, got.MinRing)
	}
	if !got.Times.Any() {
		t.Error("the pack has no hours, yet some time is not permitted")
	}
}

func TestTermsOfChina(t *testing.T) {
	for purpose, want := range map[campaigns.Purpose]campaigns.Consent{campaigns.Marketing: campaigns.ExpressConsent, campaigns.Informational: ""} {
		got := terms(t, campaigns.Definition{Rules: []string{"cn"}, Purpose: purpose}) // CN-2: 13 ministries, 2018
		if level := append(got.Consent, campaigns.ConsentNeed{})[0].Level; level != want {
			t.Errorf("%s: consent %q; want %q", purpose, level, want)
		}
		if got.Keep != 30*24*time.Hour { // CN-1: MIIT, June 2020
			t.Errorf("Keep = %v; want 30 days", got.Keep)
		}
	}
	for _, r := range pack(t, "cn").Rules {
		if r.ID == "CN-3" && !slices.Equal(r.Settings, []string{`hours: {from: "08:00", to: "21:00"}`, "per_day: 5", "per_5min: 3"}) {
			t.Errorf("settings of CN-3 = %q", r.Settings)
		}
	}
}

func TestTermsOfTheDefinitionItself(t *testing.T) {
	got := terms(t, campaigns.Definition{PerDay: 2, PerWeek: 5, Per5Min: 1, RequireConsent: true, Holidays: []string{"cn"}})
	want := []string{"per_5min 1 5m0s", "per_day 2 24h0m0s", "per_week 5 168h0m0s"}
	for i, f := range got.Most {
		if s := f.Rule + " " + itoa(f.Limit) + " " + f.Window.String(); s != want[i] || f.Scope != campaigns.OfCustomer || f.Counter != campaigns.Attempts {
			t.Errorf("Most[%d] = %+v; want %s of a customer", i, f, want[i])
		}
	}
	if len(got.Most) != 3 || len(got.Consent) != 1 || got.Consent[0].Rule != campaigns.RuleRequireConsent {
		t.Errorf("Most = %+v, Consent = %+v", got.Most, got.Consent)
	}
	if at := time.Date(2026, 10, 1, 12, 0, 0, 0, place(t, "Asia/Shanghai")); got.Times.Contains(at) {
		t.Errorf("a call on %v is permitted", at)
	}
	if a := got.Abandon; len(a) != 1 || a[0].Cap != 0.03 || a[0].Within != 2*time.Second {
		t.Errorf("Abandon without a pack = %+v; want 3 %% within 2 s", a)
	}
	if _, err := (campaigns.Definition{Holidays: []string{"atlantis"}}).Terms(noCalendars); err == nil {
		t.Error("a calendar that is not there asks nothing")
	}
}

// Two packs hold together, the stricter of each.
func TestTermsOfTwoPacks(t *testing.T) {
	got := terms(t, campaigns.Definition{Rules: []string{"us", "uk"}, Mode: campaigns.Power, Abandon: campaigns.AbandonLimit{Cap: 0.02, Window: 8 * time.Hour}})
	caps := map[string]float64{}
	for _, a := range got.Abandon {
		caps[a.Rule] = a.Cap
	}
	if caps["US-1"] != 0.02 || caps["UK-1"] != 0.01 || caps[campaigns.RuleAbandon] != 0.02 || len(caps) != 3 {
		t.Errorf("caps = %v", caps)
	}
}

func TestParsePackRefuses(t *testing.T) {
	const head = "pack: x\ntitle: X\nregions: [US]\nrules:\n"
	const rule = "  - {id: X-1, text: T., source: S, "
	for _, tt := range []struct{ text, want string }{
		{"", "x.yaml: the file is empty"},
		{"pack: x\ntitle: X\n", "x.yaml:1: pack: pack, title and rules are needed"},
		{"pack: none\ntitle: X\nrules:\n" + rule + "enforced: dialing}", "none is no name"},
		{"pack: x\nlaws: []\n", "x.yaml:2: laws: no such key in a pack"},
		{head + rule + "enforced: dialing, limit: 3}", "x.yaml:5: limit: no such key in a rule"},
		{head + rule + "left: x}", "x.yaml:5: rule X-1: enforced is missing"},
		{head + "  - {id: X-1, text: T., enforced: dialing}", "source is missing"},
		{head + rule + "enforced: sometimes}", `"sometimes" is not a moment; there are dialing, answer, create, reminder`},
		{head + rule + "enforced: reminder}", "says under left what people shall do"},
		{head + rule + "enforced: reminder, left: x, min_ring: 15s}", "has no figures"},
		{head + rule + "enforced: dialing, min_ring: 15}", `"15" is not a time`},
		{head + rule + "enforced: dialing, hours: {from: 9}}", `from: "9" is not a time of day`},
		{head + rule + "enforced: dialing, most: [{limit: 3}]}", "scope, counter, limit and window are needed"},
		{head + rule + "enforced: dialing, most: []}", "is no list of which each entry is a frequency"},
		{head + rule + "enforced: dialing, consent: [{purposes: [marketing]}]}", "level is needed"},
		{head + rule + "enforced: dialing, abandon: {cap: 3}}", `"3" is not a share like 3%`},
		{head + rule + "enforced: dialing, abandon: {cap: 3%}}", "within, window, cap, alarm and message are needed"},
		{head + rule + "enforced: dialing, purposes: [fun]}", `"fun" is not a purpose`},
		{head + rule + "enforced: dialing}\n" + rule + "enforced: dialing}", "rule X-1: is there twice"},
		{strings.Replace(head, "[US]", "[USA]", 1) + rule + "enforced: dialing}", `"USA" is no ISO 3166 code`},
	} {
		if _, err := campaigns.ParsePack("x.yaml", []byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: ParsePack = %v; want %q", tt.text, err, tt.want)
		}
	}
}

func FuzzParsePack(f *testing.F) {
	for _, id := range []string{"us", "uk", "cn"} {
		text, err := os.ReadFile("packs/" + id + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := campaigns.ParsePack("x.yaml", text)
		if err == nil && (p.ID == "" || len(p.Rules) == 0) {
			t.Errorf("ParsePack(%q) = %+v", text, p)
		}
	})
}
