package campaigns_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/phone"
)

const short = "name: c\nflow: f\nlist: l\ntrunks: main\ncaller_id: +12125550100\n"

func TestParseDefinitionOfAgents(t *testing.T) {
	got, err := campaigns.ParseDefinition("c.yaml", []byte(short+`
mode: predictive
queue: care
ratio: 2.5
priority: 2
share: 30
machine: hang_up
abandon: {cap: 2.5%, alarm: 2%, within: 1500ms, window: 1d}
rules: [us, cn]
purpose: marketing
require_consent: true
holidays: [us]
per_day: 1
per_week: 3
per_5min: 1
expires: 2026-12-31
next_number: [unreachable, no_answer]
hours:
  - {days: [mon, tue, wed, thu, fri], from: "09:00", to: "20:00"}
  - {days: [sat, holiday], from: "10:00"}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := got
	want.Mode, want.Queue, want.Ratio, want.Priority, want.Share = campaigns.Predictive, "care", 2.5, 2, 30
	want.Machine = campaigns.MachineHangUp
	want.Abandon = campaigns.AbandonLimit{Cap: 0.025, Alarm: 0.02, Within: 1500 * time.Millisecond, Window: 24 * time.Hour}
	want.Rules, want.Purpose, want.RequireConsent, want.Holidays = []string{"us", "cn"}, campaigns.Marketing, true, []string{"us"}
	want.PerDay, want.PerWeek, want.Per5Min = 1, 3, 1
	want.Expires = time.Date(2027, 1, 1, 5, 0, 0, 0, time.UTC) // the end of the day in New York, of the caller id
	want.NextNumber = []campaigns.Disposition{campaigns.Unreachable, campaigns.NoAnswer}
	want.Hours = phone.Hours{Windows: []phone.Window{
		{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "20:00"},
		{Days: []string{"sat", "holiday"}, From: "10:00"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("definition (-want +got):\n%s", diff)
	}
	stored, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var again campaigns.Definition
	if err := json.Unmarshal(stored, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, again); diff != "" {
		t.Errorf("as stored and read (-want +got):\n%s", diff)
	}
}

func TestParseDefinitionExpires(t *testing.T) {
	for in, want := range map[string]string{
		"2026-12-31":                                   "2027-01-01T05:00:00Z", // of the caller id's zone
		"2026-12-31\nzone: Asia/Shanghai":              "2026-12-31T16:00:00Z",
		"2026-12-31T18:00:00+08:00":                    "2026-12-31T10:00:00Z",
		`"2026-12-31T10:00:00Z"`:                       "2026-12-31T10:00:00Z",
		"2026-12-31\ncaller_ids: [\"+8613800138000\"]": "2027-01-01T05:00:00Z",
	} {
		d, err := campaigns.ParseDefinition("c.yaml", []byte(short+"expires: "+in+"\n"))
		if err != nil || d.Expires.Format(time.RFC3339) != want {
			t.Errorf("expires: %s = %v, %v; want %s", in, d.Expires, err, want)
		}
	}
}

func TestParseDefinitionDefaultRules(t *testing.T) {
	for _, tt := range []struct{ caller, more, rules, holidays string }{
		{"+861012345678", "", "cn", "cn"},
		{"+442079460901", "", "uk", "none"},
		{"+12125550100", "", "us", "none"},
		{"+14165550123", "", "none", "none"}, // Toronto
		{"+33123456789", "", "none", "none"},
		{"10086", "", "none", "none"},
		{"+861012345678", "rules: none", "none", "none"},
		{"+861012345678", "rules: [none]\nholidays: cn", "none", "cn"},
		{"+861012345678", "holidays: none", "cn", "none"},
		{"+12125550100", "holidays: [us, our-shop]", "us", "us our-shop"},
		{"+12125550100", "rules: [us, cn]", "us cn", "cn"},
	} {
		text := strings.Replace(short, "+12125550100", tt.caller, 1) + tt.more + "\n"
		d, err := campaigns.ParseDefinition("c.yaml", []byte(text))
		if err != nil || strings.Join(d.Rules, " ") != tt.rules || strings.Join(d.Holidays, " ") != tt.holidays {
			t.Errorf("%s %q: rules %v, holidays %v, %v; want %s, %s", tt.caller, tt.more, d.Rules, d.Holidays, err, tt.rules, tt.holidays)
		}
	}
}

// A definition that was stored before there were packs asks what it asked then.
func TestStoredDefinitionKeepsItsMeaning(t *testing.T) {
	const stored = `{"name":"c","flow":"f","list":"l","mode":"agentless","trunks":["main"],"caller_id":"+12125550100","max_calls":0,
		"ring_timeout":20000000000,"hours":{"days":["mon"],"from":"07:00","to":"23:00"},"zone":"America/New_York",
		"retry":{"busy":[5000000000]},"max_attempts":4,"per_day":2,"hold_out":0,"complete":["a"],"success":{"a":["1"]}}`
	var d campaigns.Definition
	if err := json.Unmarshal([]byte(stored), &d); err != nil {
		t.Fatal(err)
	}
	got, err := d.Terms(phone.Calendars{})
	if err != nil {
		t.Fatal(err)
	}
	if early := time.Date(2026, 3, 2, 7, 30, 0, 0, place(t, "America/New_York")); !got.Times.Contains(early) {
		t.Errorf("a call at %v is not permitted any more", early)
	}
	priority, share := d.Precedence()
	if len(d.Packs()) != 0 || len(got.Consent) != 0 || len(got.Most) != 1 || priority != 1 || share != 1 || d.CallsPerAgent() != 1.5 {
		t.Errorf("packs %v, terms %+v, priority %d, share %d, ratio %v", d.Packs(), got, priority, share, d.CallsPerAgent())
	}
	if d.Mode.NeedsAgents() || campaigns.Mode("").NeedsAgents() {
		t.Error("an agentless campaign needs agents")
	}
}

func TestParseDefinitionOfAgentsRefuses(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"queue: ~", "c.yaml:6: queue: needs a value"},
		{"mode: power", "c.yaml:1: queue: is missing: in power mode its agents take the answered calls"},
		{"ratio: 0.5", `c.yaml:6: ratio: "0.5" is not a number from 1 to 10`},
		{"ratio: .nan", "is not a number from 1 to 10"},
		{"priority: 0", `c.yaml:6: priority: "0" is not a whole number from 1 to 100`},
		{"share: 1001", `c.yaml:6: share: "1001" is not a whole number from 1 to 1000`},
		{"machine: listen", `"listen" is not what becomes of a call that a machine answers; there are off, hang_up, flow`},
		{"abandon: 3%", "c.yaml:6: abandon: not a list of keys and values"},
		{"abandon: {cap: 0.03}", `c.yaml:6: cap: "0.03" is not a share like 3%`},
		{"abandon: {cap: 0%}", "is not a share like 3%"},
		{"abandon: {limit: 3%}", "limit: no such key in abandon; there are cap, alarm, within, window"},
		{"mode: predictive\nqueue: q\nabandon: {cap: 5%}", "abandon: it may only be stricter than US-1"},
		{"rules: [eu]", `c.yaml:6: rules: there is no pack of rules "eu"; there are cn, uk, us, and none`},
		{"rules: [us, none]", "none stands alone"},
		{"rules: [us, us]", "us is there twice"},
		{"rules: []", "is empty; write none for none"},
		{"purpose: fun", `"fun" is not a purpose; there are informational, marketing, collection`},
		{"require_consent: perhaps", `"perhaps" is neither true nor false`},
		{"holidays: [cn, none]", "none stands alone"},
		{"per_week: -1", "is not a whole number from 0 to 500"},
		{"per_5min: 21", "is not a whole number from 0 to 20"},
		{"expires: soon", `"soon" is neither a day like 2026-12-31`},
		{"expires: 2026-13-01", "is neither a day"},
		{"next_number: [answered]", `"answered" is none after which another number may be tried; there are busy, no_answer, unreachable, invalid_number, refused, cancelled`},
		{"next_number: [busy, busy]", "busy is there twice"},
		{"caller_id: 10086\nholidays: [cn]", "zone: is missing"},
		{"caller_id: 10086\nrules: [us]", "zone: is missing"},
		{"hours: []", "a list of hours has 1 to 14 windows"},
		{"hours: [{days: [mon]}, {from: 9am}]", `window 2: from: "9am" is not a time of day`},
		{"hours: [{day: [mon]}]", "c.yaml:6: day: no such key in a window of hours; there are days, from, to"},
		{"hours: {days: [mon, holidays]}", "is not one of mon, tue, wed, thu, fri, sat, sun, holiday"},
	} {
		text := short
		if strings.HasPrefix(tt.text, "caller_id") {
			text = strings.Replace(text, "caller_id: +12125550100\n", "", 1)
		}
		if _, err := campaigns.ParseDefinition("c.yaml", []byte(text+tt.text+"\n")); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: ParseDefinition = %v; want %q", tt.text, err, tt.want)
		}
	}
}
