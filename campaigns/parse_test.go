package campaigns_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/phone"
)

const expiry = `name: contract-expiry
flow: contract-expiry
list: contacts
mode: agentless
trunks: [main, spare]
caller_id: "+86 10 1234 5678"
max_calls: 30
ring_timeout: 20s
hours: {days: [mon, tue], from: 09:00, to: "20:00"}
retry:
  busy: [5s, 15m]
  no_answer: 1d
  refused: []
max_attempts: 4
per_day: 2
hold_out: 0.05
complete: [renew, satisfaction]
success:
  renew: [1]
  satisfaction: ["4", "5"]
`

func TestParseDefinition(t *testing.T) {
	got, err := campaigns.ParseDefinition("expiry.yaml", []byte(expiry))
	if err != nil {
		t.Fatal(err)
	}
	want := campaigns.Definition{
		Name:        "contract-expiry",
		Flow:        "contract-expiry",
		List:        "contacts",
		Mode:        campaigns.Agentless,
		Trunks:      []string{"main", "spare"},
		CallerID:    "+861012345678",
		MaxCalls:    30,
		RingTimeout: 20 * time.Second,
		Hours:       phone.Hours{Days: []string{"mon", "tue"}, From: "09:00", To: "20:00"},
		Zone:        "Asia/Shanghai", // of the caller id
		Retry: map[campaigns.Disposition][]time.Duration{
			campaigns.Busy:        {5 * time.Second, 15 * time.Minute},
			campaigns.NoAnswer:    {24 * time.Hour},
			campaigns.Refused:     {},
			campaigns.Unreachable: {24 * time.Hour},
			campaigns.Cancelled:   {30 * time.Minute},
		},
		MaxAttempts: 4,
		PerDay:      2,
		HoldOut:     0.05,
		Complete:    []string{"renew", "satisfaction"},
		Success:     map[string][]string{"renew": {"1"}, "satisfaction": {"4", "5"}},
		Ratio:       1.5, Priority: 1, Share: 1,
		Purpose: campaigns.Informational, Machine: campaigns.MachineOff,
		Rules: []string{"cn"}, Holidays: []string{"cn"}, // of the caller id
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("definition (-want +got):\n%s", diff)
	}
}

func TestParseDefinitionFillsIn(t *testing.T) {
	d, err := campaigns.ParseDefinition("c.yaml", []byte("name: c\nflow: f\nlist: l\ntrunks: main\ncaller_id: 10086\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Mode != campaigns.Agentless || d.RingTimeout != 30*time.Second || d.MaxAttempts != 3 || d.Zone != "" || len(d.Retry[campaigns.Busy]) == 0 {
		t.Errorf("defaults = %+v", d)
	}
	if len(d.Trunks) != 1 || d.Trunks[0] != "main" {
		t.Errorf("Trunks = %v; want main", d.Trunks)
	}
}

func TestParseDefinitionRefuses(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{"max_calls: 30", "max_call: 30", "c.yaml:7: max_call: no such key in a campaign; there are name, flow,"},
		{"max_calls: 30", "max_calls: many", `c.yaml:7: max_calls: "many" is not a whole number from 0`},
		{"max_calls: 30", "max_calls: -1", `"-1" is not a whole number`},
		{"max_calls: 30", "name: again", "c.yaml:7: name: is already on line 1"},
		{"ring_timeout: 20s", "ring_timeout: 20", `c.yaml:8: ring_timeout: "20" is not a time like 30s`},
		{"ring_timeout: 20s", "ring_timeout: 1h", "from 1s to 3m0s"},
		{"busy: [5s, 15m]", "busy: [5s, soon]", `c.yaml:11: busy: "soon" is not a time`},
		{"busy: [5s, 15m]", "bussy: [5s]", "c.yaml:11: bussy: no such key in retry; there are busy, no_answer"},
		{"busy: [5s, 15m]", "answered: [5s]", "c.yaml:11: answered: no such key in retry"},
		{"busy: [5s, 15m]", "busy: {a: b}", "c.yaml:11: busy: "},
		{"  busy", "  - busy", "c.yaml"},
		{"from: 09:00", "from: 9am", `c.yaml:9: hours: from: "9am" is not a time of day`},
		{"days: [mon, tue]", "day: [mon]", "c.yaml:9: day: no such key in hours"},
		{"[mon, tue]", "[mon, monday]", `days: "monday" is not one of`},
		{"hold_out: 0.05", "hold_out: 5", `c.yaml:16: hold_out: "5" is not a share`},
		{"hold_out: 0.05", "hold_out: .nan", "is not a share"},
		{"mode: agentless", "mode: telepathic", `c.yaml:4: mode: "telepathic" is not a mode; there are agentless, preview, progressive, power, predictive`},
		{"mode: agentless", "mode: predictive", "c.yaml:1: queue: is missing: in predictive mode its agents"},
		{"trunks: [main, spare]", "trunks: []", "c.yaml:1: trunks: is missing"},
		{"trunks: [main, spare]", "trunks: [main, ~]", "c.yaml:5: trunks: needs a value"},
		{`"+86 10 1234 5678"`, "01012345678", "c.yaml:6: caller_id: write it with the country"},
		{`"+86 10 1234 5678"`, "10086", "c.yaml:1: zone: is missing"},
		{"flow: contract-expiry", "flow: *x", "unknown anchor"},
		{"flow: contract-expiry", "flow:", "c.yaml:2: flow: needs a value"},
		{"list: contacts\n", "", "c.yaml:1: list: is missing"},
		{"max_calls: 30", "zone: Nowhere", `c.yaml:7: zone: time zone "Nowhere" is not known`},
		{"renew: [1]", "renew: [[1]]", "success: renew: needs a value"},
		{"max_attempts: 4", "max_attempts: 4\n---\nname: two", "more than one YAML document"},
		{"name: contract-expiry", "- name", "c.yaml"},
	} {
		text := strings.Replace(expiry, tt.old, tt.new, 1)
		if text == expiry {
			t.Fatalf("%q is not in the text", tt.old)
		}
		_, err := campaigns.ParseDefinition("c.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: ParseDefinition = %v; want %q", tt.new, err, tt.want)
		}
	}
}

func TestParseDefinitionNamesAllErrors(t *testing.T) {
	_, err := campaigns.ParseDefinition("c.yaml", []byte("name: c\nmax_calls: x\nper_day: y\n"))
	if err == nil || strings.Count(err.Error(), "c.yaml:") != 2 {
		t.Errorf("ParseDefinition = %v; want an error for line 2 and one for line 3", err)
	}
	for _, text := range []string{"", "# nothing\n", "just words", "[]", strings.Repeat("#", 70_000)} {
		if _, err := campaigns.ParseDefinition("c.yaml", []byte(text)); err == nil {
			t.Errorf("ParseDefinition(%.10q) = nil; want an error", text)
		}
	}
}

func FuzzParseDefinition(f *testing.F) {
	f.Add([]byte(expiry))
	f.Add([]byte("name: c\nflow: f\nlist: l\ntrunks: main\ncaller_id: 10086\n"))
	f.Add([]byte("retry: {busy: []}\nsuccess: {a: b}\nhours: {to: 24:00}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := campaigns.ParseDefinition("c.yaml", text)
		if err != nil {
			return
		}
		if d.Name == "" || len(d.Trunks) == 0 || d.MaxAttempts < 1 || d.RingTimeout < time.Second || d.Hours.Check() != nil {
			t.Errorf("ParseDefinition(%q) = %+v; want a whole definition", text, d)
		}
	})
}
