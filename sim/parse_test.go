package sim_test

import (
	"errors"
	"strings"
	"testing"

	"careline/sim"
)

// script is a rehearsal that is right; what stands between is put in its place.
const script = `rehearsal: small
start: 2026-03-02 09:00
zone: Europe/London
flows: [f.yaml]
campaigns:
  - {name: c, flow: f, list: l, trunks: [t], caller_id: "+442079460901"}
customers:
  - {list: l, count: 3, first: "+447400100000", segments: {a: 0.5}}
trunks:
  - {name: t, max_calls: 2, calls_per_second: 1.5, fails: {503: 0.1}, down: [{from: 1h, for: 5m}]}
people:
  - {segment: a, answers: 0.5, by_attempt: [1, 0.5], by_hour: {18: 1.2}, by_day: {sat: 0}}
  - {asked: {q: {presses: {"1": 0.9}}}}
agents:
  - {queue: care, count: 2, shifts: [{from: "09:00", to: "17:00"}], talk: {mean: 2m, cv: 1}}
`

func parse(text string) (sim.Script, error) {
	return sim.Parse("r.yaml", []byte(text), func(path string) ([]byte, error) {
		if path == "f.yaml" {
			return []byte(survey), nil
		}
		return nil, errors.New("no such file")
	})
}

func TestParse(t *testing.T) {
	s, err := parse(script)
	if err != nil {
		t.Fatal(err)
	}
	set := s.Setup
	if s.Name != "small" || len(set.Campaigns) != 1 || len(set.Lists[0].Customers) != 3 || len(set.People) != 2 || set.Staff[0].Count != 2 {
		t.Errorf("Parse = %+v", s)
	}
	if got := set.Start.Format("2006-01-02T15:04Z07:00"); got != "2026-03-02T09:00Z" {
		t.Errorf("start = %s; want 9 in London", got)
	}
	if c := set.Lists[0].Customers[2]; c.Number != "+447400100002" || c.Key != "C3" {
		t.Errorf("third customer = %+v", c)
	}
}

func TestParseTellsLines(t *testing.T) {
	for _, tt := range []struct{ was, is, want string }{
		{"rehearsal: small", "rehearse: small", "r.yaml:1: rehearse: no such key in a rehearsal; there are rehearsal, seed"},
		{"start: 2026-03-02 09:00", "start: tomorrow", `start: "tomorrow" is not a time like 2026-03-02 09:00`},
		{"zone: Europe/London", "zone: Europe/Londn", `r.yaml:3: zone: time zone "Europe/Londn" is not known`},
		{"[f.yaml]", "[g.yaml]", "r.yaml:4: flows: no such file"},
		{"list: l, trunks", "list: m, trunks", `campaign c: there are no customers of list "m"`},
		{"trunks: [t]", "trunks: [u]", `campaign c: there is no trunk "u"`},
		{"flow: f,", "flaw: f,", "r.yaml:6: flaw: no such key in a campaign"},
		{"count: 3", "count: 0", `r.yaml:8: count: "0" is not a whole number from 1`},
		{"count: 3, ", "", "r.yaml:8: customers: say either file or count"},
		{"segments: {a: 0.5}", "segments: {a: 0.5, b: 0.6}", "r.yaml:8: segments: the chances come to 1.1"},
		{"503: 0.1", "200: 0.1", "r.yaml:10: fails: 200 is not a final SIP status"},
		{"for: 5m", "for: 5 minutes", `r.yaml:10: for: "5 minutes" is not a time like 30s`},
		{"answers: 0.5", "answers: 1.5", `r.yaml:12: answers: "1.5" is not a number from 0 to 1`},
		{"answers: 0.5", "answers: 0.9, off: 0.2", "r.yaml:12: people: answers, busy, off and refuses come to more than 1"},
		{"18: 1.2", "25: 1.2", "r.yaml:12: by_hour: 25: is not an hour from 0 to 23"},
		{"sat: 0", "satday: 0", "r.yaml:12: by_day: satday: is not one of sun"},
		{"- {asked", "- {segment: a, asked", `r.yaml:13: people: segment "a" is there twice`},
		{`presses: {"1": 0.9}`, `presse: {"1": 0.9}`, "r.yaml:13: presse: no such key"},
		{"queue: care, ", "", "r.yaml:15: agents: queue and count are both needed"},
		{`from: "09:00"`, `from: "19:00"`, "r.yaml:15: shifts: line 15: to: 17:00 is not after from"},
		{"mean: 2m", "mean: 2m, most: 1s, least: 2s", "r.yaml:15: talk: most, 1s, is below least"},
	} {
		if !strings.Contains(script, tt.was) {
			t.Fatalf("the script has no %q", tt.was)
		}
		_, err := parse(strings.Replace(script, tt.was, tt.is, 1))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("with %q Parse = %v; want %q", tt.is, err, tt.want)
		}
	}
	if _, err := sim.ParsePeople("p.yaml", []byte("campaigns: []\n")); err == nil || !strings.Contains(err.Error(), "p.yaml:1: campaigns: no such key") {
		t.Errorf("ParsePeople of campaigns = %v; want that it has no such key", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(script)
	f.Add("people: []")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		s, err := parse(strings.ReplaceAll(text, "count: ", "count: 0")) // not millions of customers
		if err == nil && len(s.Setup.Campaigns) == 0 {
			t.Errorf("Parse(%q) has no campaign and no error", text)
		}
	})
}
