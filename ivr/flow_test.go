package ivr_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"careline/ivr"
)

func TestResults(t *testing.T) {
	f := parseFile(t, "../examples/flows/contract-expiry.yaml")
	want := []ivr.Result{
		{
			Name: "renew", Nodes: []string{"offer"}, Values: []string{"0", "1", "2", "9"},
			Categories: map[string]string{"0": "agent", "1": "yes", "2": "no", "9": "stop"},
		},
		{
			Name: "satisfaction", Nodes: []string{"satisfaction"}, Values: []string{"1", "2", "3", "4", "5"},
			Categories: map[string]string{
				"1": "dissatisfied", "2": "dissatisfied", "3": "neutral", "4": "satisfied", "5": "satisfied",
			},
		},
	}
	if diff := cmp.Diff(want, f.Results()); diff != "" {
		t.Errorf("Results (-want +got):\n%s", diff)
	}
}

// A result of several nodes is one result; one that takes any keys lists none.
func TestResultsOfSeveralNodes(t *testing.T) {
	f := parseFile(t, "testdata/kinds.yaml")
	want := []ivr.Result{
		{Name: "counted", Nodes: []string{"count"}, Values: []string{"yes"}},
		{Name: "pin", Nodes: []string{"round"}},
		{Name: "mood", Nodes: []string{"quiet", "mood"}, Values: []string{"5", "silent"}},
	}
	if diff := cmp.Diff(want, f.Results()); diff != "" {
		t.Errorf("Results (-want +got):\n%s", diff)
	}
}

func TestAttributes(t *testing.T) {
	for _, tt := range []struct{ file, want string }{
		{"../examples/flows/suspension-reminder.yaml", "balance due manager"},
		{"../examples/flows/contract-expiry.yaml", "contract_end manager"},
		{"../examples/flows/vip-line.yaml", "manager"},
		{"testdata/kinds.yaml", "card points"},
	} {
		if got := strings.Join(parseFile(t, tt.file).Attributes(), " "); got != tt.want {
			t.Errorf("%s: Attributes = %q; want %q", tt.file, got, tt.want)
		}
	}
}

func TestPrompts(t *testing.T) {
	prompts := parseFile(t, "testdata/kinds.yaml").Prompts()
	want := ivr.Prompt{Lang: "zh", Pieces: []ivr.Piece{
		{Kind: ivr.Text, Value: "您有"},
		{Kind: ivr.Number},
		{Kind: ivr.Text, Value: "积分。价值"},
		{Kind: ivr.Money, Value: "12.50", Unit: "EUR"},
		{Kind: ivr.Text, Value: "有效期到"},
		{Kind: ivr.Date, Value: "2026-12-31"},
	}}
	if diff := cmp.Diff(want, prompts[5]); diff != "" {
		t.Errorf("Prompts()[5] (-want +got):\n%s", diff)
	}
	if len(prompts) != 12 {
		t.Errorf("Prompts has %d; want 6 in each of 2 languages", len(prompts))
	}
}

// The hash names the text, so that a version can be told from the next.
func TestHash(t *testing.T) {
	text := string(read(t, "../examples/flows/vip-line.yaml"))
	a, err := ivr.Parse("a.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	b, err := ivr.Parse("b.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, err := ivr.Parse("a.yaml", []byte(text+"# another\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Hash()) != 16 || a.Hash() != b.Hash() || a.Hash() == c.Hash() {
		t.Errorf("hashes %s, %s, %s; want two equal and one apart, 16 digits each", a.Hash(), b.Hash(), c.Hash())
	}
	if a.Begin(ivr.Party{}).Flow != a.Hash() {
		t.Errorf("Begin does not name the flow's hash")
	}
}

func TestSaid(t *testing.T) {
	f := parseFile(t, "../examples/flows/suspension-reminder.yaml")
	for _, tt := range []struct {
		node string
		want string // the languages in the order said
	}{
		{"menu", "zh en zh en"}, // its say, then its reprompt
		{"goodbye", "zh en"},
		{"stop", ""},
		{"nowhere", ""},
	} {
		said := f.Said(tt.node)
		got := make([]string, len(said))
		for i, p := range said {
			got[i] = p.Lang
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("Said(%s) is in %v; want %s", tt.node, got, tt.want)
		}
	}
}

func TestHead(t *testing.T) {
	reminder := parseFile(t, "../examples/flows/suspension-reminder.yaml")
	vip := parseFile(t, "../examples/flows/vip-line.yaml")
	if !reminder.Outbound() || vip.Outbound() {
		t.Errorf("Outbound = %v for the reminder and %v for the VIP line; want true and false", reminder.Outbound(), vip.Outbound())
	}
	if want := "The short number of all VIP customers, where each reaches their own manager."; vip.Description() != want {
		t.Errorf("Description = %q; want %q", vip.Description(), want)
	}
}
