package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/store"
)

// office with a campaign that runs, and its database.
func newWhyOffice(t *testing.T, more string) (*office, *store.Store) {
	t.Helper()
	o := newOffice(t)
	o.write(t, "careline.yaml", officeConfig+`agents: [{name: lina, team: care, password: secret-1}]
queues: [{name: care, team: care}]
`)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	o.does(t, "campaign", "create", o.write(t, "renewals.yaml", campaignFile+more))
	cfg, err := loadConfig(o.config)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), cfg.Database, store.Options{Node: "careline"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return o, s
}

// wholeWhy is what the campaign's screen says as JSON.
func wholeWhy(t *testing.T, o *office) campaignWhy {
	t.Helper()
	var v campaignWhy
	if err := json.Unmarshal([]byte(o.does(t, "campaign", "why", "renewals", "--json")), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The conclusion follows what stands in the way, the first cause first, and each
// says what to do.
func TestCampaignWhyNamesTheCause(t *testing.T) {
	o, s := newWhyOffice(t, "")
	now := time.Now()
	trunk := func(up bool) {
		if err := s.SaveTrunk(t.Context(), store.Trunk{Node: "careline", Name: "carrier", Up: up, Why: "no answer to OPTIONS", Since: now}, now); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		what   string
		change func()
		want   string
		advice string
	}{
		{"a draft", func() {}, "the campaign is a draft", "campaign start"},
		{"nothing serves", func() { o.does(t, "campaign", "start", "renewals") }, "no service runs on this database", "careline serve"},
		{"held everywhere", func() { o.does(t, "campaign", "stop", "--all", "--why", "a drill", "--yes") }, "a drill", "resume --all"},
		{"lifted, and no trunk", func() {
			o.does(t, "campaign", "resume", "--all")
			if _, err := s.Renew(t.Context(), "careline", now); err != nil {
				t.Fatal(err)
			}
			trunk(false)
		}, "none of its trunks can be used: carrier is down: no answer to OPTIONS", "trunk test carrier"},
		{"a trunk that is up", func() { trunk(true) }, "no call was placed yet, though 3 contacts that were looked at may be called", "doctor"},
		{"paused", func() { o.does(t, "campaign", "pause", "renewals") }, "the campaign is paused", "campaign resume renewals"},
	} {
		tt.change()
		v := wholeWhy(t, o)
		if !strings.Contains(v.Because, tt.want) || !strings.Contains(v.Advice, tt.advice) {
			t.Errorf("%s: because %q, advice %q; want %q, %q", tt.what, v.Because, v.Advice, tt.want, tt.advice)
		}
		if v.Contacts[campaigns.Pending] != 3 || v.Sampled != 3 || !v.All || v.Free != 3 {
			t.Errorf("%s: contacts %v, %d looked at, %d free; want 3 each", tt.what, v.Contacts, v.Sampled, v.Free)
		}
		out := o.does(t, "campaign", "why", "renewals")
		if flat := strings.Join(strings.Fields(out), " "); !strings.Contains(flat, "Nothing is dialed because "+v.Because) {
			t.Errorf("%s: the screen says\n%s", tt.what, out)
		}
		for line := range strings.Lines(out) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("%s: a line of %d characters: %s", tt.what, n, line)
			}
		}
	}
}

// A campaign whose hours are over says when they begin, and so does each contact.
func TestCampaignWhyTellsTheNextOpening(t *testing.T) {
	day := strings.ToLower(time.Now().In(place(t, "Europe/London")).AddDate(0, 0, 3).Format("Mon"))
	o, s := newWhyOffice(t, "hours: {days: ["+day+"], from: \"09:30\", to: \"17:00\"}\nper_day: 2\n")
	o.does(t, "campaign", "start", "renewals")
	if _, err := s.Renew(t.Context(), "careline", time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveTrunk(t.Context(), store.Trunk{Node: "careline", Name: "carrier", Up: true}, time.Now()); err != nil {
		t.Fatal(err)
	}
	v := wholeWhy(t, o)
	if !strings.Contains(v.Because, "out of hours") || v.Window.Open || len(v.Held) != 1 || v.Held[0].Contacts != 3 {
		t.Errorf("because %q, window %+v, held %+v", v.Because, v.Window, v.Held)
	}
	opens := v.Next.In(place(t, "Europe/London"))
	if opens.Format("15:04") != "09:30" || strings.ToLower(opens.Format("Mon")) != day || !v.Window.Next.Equal(v.Next) {
		t.Errorf("next at %v; want 09:30 on %s", opens, day)
	}
	out := o.does(t, "campaign", "why", "renewals", "A2")
	for _, want := range []string{"A2 Alice Adams, +442079460102", "HELD  hours", "per_day      0 of 2 in 24 h", " 09:30 in Europe/London", " d ", "Left to people: PD-1, PD-2"} {
		if !strings.Contains(out, want) {
			t.Errorf("of one contact it says\n%s\nwant %q", out, want)
		}
	}
	var one contactWhy
	if err := json.Unmarshal([]byte(o.does(t, "campaign", "why", "renewals", "A2", "--json")), &one); err != nil {
		t.Fatal(err)
	}
	if !one.Next.Equal(v.Next) || one.Allowed || one.Key != "A2" || one.Zones[0] != "Europe/London" || one.Rules[0] != "uk" {
		t.Errorf("as JSON: %+v", one)
	}
	for _, c := range one.Checks {
		if c.Detail == "" {
			t.Errorf("rule %s says nothing", c.Rule)
		}
	}
}

// Of one contact it says too what keeps the whole campaign from dialing, and no
// time at which that would end by itself.
func TestCampaignWhyOfAContactTellsWhatHaltsTheCampaign(t *testing.T) {
	o, s := newWhyOffice(t, "")
	for _, tt := range []struct {
		what   string
		change func()
		want   []string
	}{
		{"a draft", func() {}, []string{"It may be called once the campaign runs.", "the campaign is a draft", "campaign start renewals"}},
		{"nothing serves", func() { o.does(t, "campaign", "start", "renewals") }, []string{"no service runs on this database", "careline serve"}},
		{"held everywhere", func() {
			if _, err := s.Renew(t.Context(), "careline", time.Now()); err != nil {
				t.Fatal(err)
			}
			o.does(t, "campaign", "stop", "--all", "--why", "a drill", "--yes")
		}, []string{"HELD campaign all campaigns are held since", "a drill", "once the campaign runs", "campaign resume --all"}},
		{"stopped", func() { o.does(t, "campaign", "stop", "renewals", "--yes") }, []string{"It will not be called: the campaign was stopped"}},
	} {
		tt.change()
		out := strings.Join(strings.Fields(o.does(t, "campaign", "why", "renewals", "A2")), " ")
		for _, want := range tt.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: it says\n%s\nwant %q", tt.what, out, want)
			}
		}
		if strings.Contains(out, "in 0 s") {
			t.Errorf("%s: it names a time that is now:\n%s", tt.what, out)
		}
	}
}

func TestCampaignWhyFindsAContact(t *testing.T) {
	o, _ := newWhyOffice(t, "")
	for who, want := range map[string]string{
		"A1": "A1 张伟", "020 7946 0102": "A2 Alice", "+442079460103": "A3 Ben", "baker": "A3 Ben", "张": "A1 张伟",
	} {
		if out := o.does(t, "campaign", "why", "renewals", who); !strings.HasPrefix(out, want) {
			t.Errorf("why renewals %q: %s; want %q first", who, out, want)
		}
	}
	if code, _, errs := o.types(t, "", "campaign", "why", "renewals", "a"); code != exitFailed ||
		!strings.Contains(errs, "may be one of several") || !strings.Contains(errs, "A3  +442079460103  Ben Baker") {
		t.Errorf("a part of two names: exit %d, %s", code, errs)
	}
	if code, _, errs := o.types(t, "", "campaign", "why", "renewals", "nobody"); code != exitFailed || !strings.Contains(errs, `has no contact "nobody"`) {
		t.Errorf("nobody: exit %d, %s", code, errs)
	}
	if code, _, errs := o.types(t, "", "campaign", "why", "none"); code != exitFailed || !strings.Contains(errs, "there is no campaign") {
		t.Errorf("no campaign: exit %d, %s", code, errs)
	}
}

// What a node says of its pacing is shown, and is the cause where nothing else is.
func TestCampaignWhyTellsOfThePacing(t *testing.T) {
	o, s := newWhyOffice(t, "")
	o.does(t, "campaign", "start", "renewals")
	now := time.Now()
	if _, err := s.Renew(t.Context(), "careline", now); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveTrunk(t.Context(), store.Trunk{Node: "careline", Name: "carrier", Up: true}, now); err != nil {
		t.Fatal(err)
	}
	c, err := s.CampaignNamed(t.Context(), "renewals")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		standing campaigns.Standing
		want     string
		screen   string
	}{
		{
			campaigns.Standing{Reasons: []campaigns.Reason{campaigns.PushedBack}, Trunks: []campaigns.Carrier{{Name: "carrier", Up: true, Calls: 1, MaxCalls: 10, Rate: 0.5, Of: 5}}},
			"a carrier takes fewer calls than configured", "trunk carrier: 1 of 10 calls, 0.5 calls/s of 5.0 as the carrier pushes back",
		},
		{campaigns.Standing{Reasons: []campaigns.Reason{campaigns.Suspended}, Why: "its clock is 3s off"}, "node careline may not dial: its clock is 3s off", "pacing"},
		{
			campaigns.Standing{
				Reasons: []campaigns.Reason{campaigns.Governed}, Calls: 2, Agents: &campaigns.Staffing{Staffed: 3, Idle: 1},
				Abandon: []campaigns.Bound{{Rule: "UK-1", Rate: 0.0125, Cap: 0.01}},
			},
			"so many calls were abandoned", "UK-1: 1.25 % abandoned of at most 1 %",
		},
	} {
		tt.standing.Campaign, tt.standing.Node, tt.standing.At = c.ID, "careline", now
		if err := s.SaveStandings(t.Context(), "careline", []campaigns.Standing{tt.standing}, nil); err != nil {
			t.Fatal(err)
		}
		if v := wholeWhy(t, o); !strings.Contains(v.Because, tt.want) || len(v.Standings) != 1 {
			t.Errorf("because %q, %d standings; want %q", v.Because, len(v.Standings), tt.want)
		}
		if out := strings.Join(strings.Fields(o.does(t, "campaign", "why", "renewals")), " "); !strings.Contains(out, tt.screen) {
			t.Errorf("the screen says %s; want %q", out, tt.screen)
		}
	}
}

// Who is at work is told from what is stored of the agents and their phones.
func TestCampaignWhyCountsAgents(t *testing.T) {
	w := campaignWhy{Agents: &campaigns.Staffing{Queue: "care"}}
	for _, p := range []agents.Presence{agents.Idle, agents.WrapUp, agents.Talking, agents.OnBreak, agents.Offline, agents.Reserved} {
		addAgent(w.Agents, p)
	}
	if a := w.Agents; a.Staffed != 4 || a.Idle != 1 || a.WrapUp != 1 {
		t.Errorf("staffing = %+v; want 4 at work, 1 idle, 1 in wrap-up", a)
	}
	if f := w.byAgents(time.Now()); f.because != "" {
		t.Errorf("with agents at work: %q", f.because)
	}
	w.Agents = &campaigns.Staffing{Queue: "care"}
	if f := w.byAgents(time.Now()); !strings.Contains(f.because, "no agent of queue care is at work") {
		t.Errorf("with none: %q", f.because)
	}
}

// Of the rules that hold a contact the one counts that holds it longest.
func TestCampaignWhyCountsByRule(t *testing.T) {
	now := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	var v campaignWhy
	for _, verdict := range []campaigns.Verdict{
		{Allowed: true},
		{Checks: []campaigns.Check{{Rule: "due", Next: now.Add(time.Minute)}, {Rule: "hours", Next: now.Add(time.Hour)}}, Next: now.Add(time.Hour)},
		{Checks: []campaigns.Check{{Rule: "hours", Next: now.Add(2 * time.Hour)}, {Rule: "due", Passed: true}}, Next: now.Add(2 * time.Hour)},
		{Checks: []campaigns.Check{{Rule: "destination", Detail: "forbidden"}, {Rule: "due", Next: now.Add(time.Hour)}}, Next: now.Add(time.Hour)},
		{Checks: []campaigns.Check{{Rule: "do_not_call", Detail: "asked"}, {Rule: "due", Next: now.Add(time.Hour)}}, State: campaigns.Suppressed},
	} {
		v.count(verdict)
	}
	got := ""
	for _, h := range v.Held {
		got += h.Rule + " "
		if h.Rule == "hours" && (h.Contacts != 2 || !h.Next.Equal(now.Add(time.Hour))) {
			t.Errorf("hours holds %d, the first until %v; want 2, an hour from now", h.Contacts, h.Next)
		}
	}
	if got != "hours destination do_not_call " || v.Free != 1 {
		t.Errorf("held by %s, %d free", got, v.Free)
	}
}

func place(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}
