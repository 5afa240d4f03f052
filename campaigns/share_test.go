package campaigns_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/phone"
)

// withTrunks is a campaign file with its trunks in the words given.
func withTrunks(trunks string) []byte {
	return []byte("name: c\nflow: f\nlist: l\ncaller_id: 10086\ntrunks: " + trunks + "\n")
}

func TestTrunksOfACampaign(t *testing.T) {
	for _, tt := range []struct {
		text  string
		ranks [][]string
		a     int // the weight of a
	}{
		{"a", [][]string{{"a"}}, 1},
		{"[b, a]", [][]string{{"b"}, {"a"}}, 1},
		{"[{name: c, priority: 2}, {name: a, weight: 70}, {name: b, priority: 1, weight: 30}]", [][]string{{"a", "b"}, {"c"}}, 70},
	} {
		d, err := campaigns.ParseDefinition("c.yaml", withTrunks(tt.text))
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if diff := cmp.Diff(tt.ranks, d.Ranks()); diff != "" || d.Weight("a") != tt.a {
			t.Errorf("%s: a weighs %d, ranks (-want +got):\n%s", tt.text, d.Weight("a"), diff)
		}
	}
	for text, want := range map[string]string{
		"[a, a]":                                     "a is there twice",
		"[{name: a}, {name: a}]":                     "a is there twice",
		"[{name: a, weight: 0}]":                     `weight: "0" is not a whole number from 1 to 1000`,
		"[{name: a, priority: -1}]":                  "priority: ",
		"[{name: a, rank: 1}]":                       "rank: no such key in a trunk; there are name, priority, weight",
		"[{weight: 1}]":                              "the trunk on line 5 has no name",
		"[a, {name: b}]":                             "all are as {name: a, priority: 1, weight: 70}",
		"[" + strings.Repeat("{name: a},", 21) + "]": "there are more than 20",
	} {
		if _, err := campaigns.ParseDefinition("c.yaml", withTrunks(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", text, err, want)
		}
	}
}

func TestShown(t *testing.T) {
	const london, leeds, leeds2, paris = "+442079460001", "+441134960001", "+441134960002", "+33142685300"
	d := campaigns.Definition{CallerID: london, CallerIDs: []phone.Number{leeds, leeds2, paris, london}}
	for _, tt := range []struct {
		name  string
		owned []phone.Number
		to    phone.Number
		want  []phone.Number // one of these
	}{
		{"of the callee's area", nil, "+441134960999", []phone.Number{leeds, leeds2}},
		{"of another area: the default", nil, "+441614960999", []phone.Number{london}},
		{"a mobile: the default", nil, "+447700900123", []phone.Number{london}},
		{"of the callee's country", nil, "+33601020304", []phone.Number{paris}},
		{"of another country: the default", nil, "+8613800138000", []phone.Number{london}},
		{"a short code", nil, "10086", []phone.Number{london}},
		{"only what the trunk owns", []phone.Number{leeds2, "+441134960003"}, "+442079460999", []phone.Number{leeds2}},
		{"of the callee's country, without the default", []phone.Number{leeds, leeds2, paris}, "+447700900123", []phone.Number{leeds, leeds2}},
		{"none", []phone.Number{"+12125550123"}, "+442079460999", []phone.Number{""}},
	} {
		seen := map[phone.Number]bool{}
		for _, key := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
			n := d.Shown(tt.owned, tt.to, key)
			if n != d.Shown(tt.owned, tt.to, key) {
				t.Errorf("%s: another number in the next attempt", tt.name)
			}
			seen[n] = true
		}
		for _, n := range tt.want {
			if !seen[n] {
				t.Errorf("%s: shows never %q", tt.name, string(n))
			}
			delete(seen, n)
		}
		if len(seen) > 0 {
			t.Errorf("%s: shows %v", tt.name, seen)
		}
	}
}
