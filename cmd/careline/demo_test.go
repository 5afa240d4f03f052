package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/phone"
	"careline/sim/people"
	"careline/sip"
	"careline/switchboard"
)

// TestDemo plays the demonstration for half a minute, as the README says, by SIP
// and by the twin of Twilio.
func TestDemo(t *testing.T) {
	t.Parallel()
	for _, way := range [][]string{nil, {"--twilio"}} {
		t.Run("demo "+strings.Join(way, " "), func(t *testing.T) {
			t.Parallel()
			got := playDemo(t, way...)
			if got.Seed != 7 || got.DoubleDials != 0 || got.LostAnswers != 0 {
				t.Errorf("seed %d, %d double dials, %d lost answers; want 7, 0, 0", got.Seed, got.DoubleDials, got.LostAnswers)
			}
			attempts, kinds, answered, unsent := 0, make(map[campaigns.Disposition]bool), 0, 0
			for _, c := range got.Campaigns {
				attempts += c.Attempts
				answered += c.Connected
				unsent += c.Dispositions[campaigns.NotPlaced] + c.Dispositions[campaigns.Congestion] // on a machine that has much else to do
				for k := range c.Dispositions {
					kinds[k] = true
				}
			}
			if attempts < 60 || len(kinds) < 4 || answered == 0 {
				t.Errorf("%d attempts of %d kinds, %d reached; want at least 60 of 4 kinds", attempts, len(kinds), answered)
			}
			if got.Inbound.Calls == 0 || got.Inbound.ReachedAgent == 0 || got.Audio.Sent == 0 || got.Audio.Received == 0 {
				t.Errorf("inbound %+v, sound %+v; want calls, agents reached, and sound both ways", got.Inbound, got.Audio)
			}
			if twin := got.Twilio; (twin != nil) != (way != nil) || twin != nil && (twin.Violations > 0 || twin.Calls < (attempts-unsent)*9/10 || twin.Webhooks < twin.Calls) {
				t.Errorf("of the twin: %+v with %d attempts, of which %d were not sent; want each of its calls, webhooks for them, and no violation", twin, attempts, unsent)
			}
		})
	}
}

// playDemo plays the demonstration, and returns its summary.
func playDemo(t *testing.T, args ...string) summary {
	t.Helper()
	out, err := careline(t, append([]string{"demo", "--for", "30s", "--seed", "7", "--json"}, args...)...).Output()
	if err != nil {
		t.Fatalf("demo: %v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var got summary
	d := json.NewDecoder(strings.NewReader(lines[len(lines)-1]))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatalf("the last line is no summary: %v\n%s", err, lines[len(lines)-1])
	}
	return got
}

func TestJudgeCountsDoubleDials(t *testing.T) {
	r := rows{attempts: map[string]campaigns.Attempt{"a": {}, "b": {}}}
	for _, tt := range []struct {
		name    string
		invites []people.Invite
		want    int
	}{
		{"one each", []people.Invite{{CallID: "a"}, {CallID: "b", Credentialed: 1, Retransmissions: 3}}, 0},
		{"not sent yet", []people.Invite{{CallID: "a"}}, 0},
		{"without a row", []people.Invite{{CallID: "c"}}, 1},
		{"twice", []people.Invite{{CallID: "a"}, {CallID: "a"}}, 1},
		{"repeated", []people.Invite{{CallID: "a", Duplicates: 2}}, 2},
	} {
		if got := doubleDials(tt.invites, r); got != tt.want {
			t.Errorf("%s: %d double dials; want %d", tt.name, got, tt.want)
		}
	}
}

func TestJudgeCountsLostAnswers(t *testing.T) {
	b := book{questions: map[string]question{"f/q": {result: "renew", valid: map[string]bool{"1": true, "2": true}}}}
	r := rows{answers: map[answerKey]string{
		{number: "+442079460101", callID: "a", result: "renew"}: "1",
		{number: "+442079460102", result: "renew"}:              "2",
	}}
	out := people.Press{Who: "+442079460101", CallID: "a", Label: "f/q", Key: "1"}
	in := people.Press{Who: "+442079460102", CallID: "theirs", Inbound: true, Label: "f/q", Key: "2"}
	change := func(p people.Press, f func(*people.Press)) people.Press { f(&p); return p }
	for _, tt := range []struct {
		name    string
		presses []people.Press
		want    int
	}{
		{"both are there", sure(out, in), 0},
		{"another value", sure(change(out, func(p *people.Press) { p.Key = "2" })), 1},
		{"the latest counts", sure(change(out, func(p *people.Press) { p.Key = "2" }), out), 0},
		{"another call", sure(change(out, func(p *people.Press) { p.CallID = "b" })), 1},
		{"a key that is no answer", sure(change(out, func(p *people.Press) { p.CallID, p.Key = "b", "7" })), 0},
		{"no question", sure(change(out, func(p *people.Press) { p.CallID, p.Label = "b", "f/other" })), 0},
		{"not sent for certain", []people.Press{change(out, func(p *people.Press) { p.CallID = "b" })}, 0},
	} {
		if got := lostAnswers(tt.presses, b, r); got != tt.want {
			t.Errorf("%s: %d lost; want %d", tt.name, got, tt.want)
		}
	}
}

func TestPictureFits(t *testing.T) {
	p := picture{
		seed: 1, up: 43, stats: sip.Stats{Sent: 61_234, Received: 58_112},
		agents: []switchboard.Status{{Agent: "lina", Presence: agents.Talking}, {Agent: "wang", Presence: agents.WrapUp}},
	}
	f := campaigns.NewFunnel()
	f.Submitted, f.ByState[campaigns.Pending] = 115, 60
	p.topics = []topic{{name: "contract-expiry", funnel: *f}, {name: "suspension-reminder", funnel: *f}}
	events := strings.Split(strings.Repeat("0:12  "+string(phone.Number("+442079460123"))+" pressed 1 at contract-expiry/offer\n", 50), "\n")
	for _, size := range [][2]int{{80, 24}, {200, 60}, {40, 10}} {
		figures, last := p.lines(size[0], size[1], events)
		lines := append(figures, last...)
		if len(lines) > size[1] {
			t.Errorf("%d lines on a page of %d", len(lines), size[1])
		}
		for _, l := range lines {
			if n := len([]rune(l)); n > size[0] {
				t.Errorf("a line of %d on a page %d wide: %q", n, size[0], l)
			}
		}
	}
	figures, _ := p.lines(80, 24, events)
	all := strings.Join(figures, "\n")
	for _, want := range []string{"calls up 43", "lina talking", "wang wrap-up", "48 %", "55 of 115 through"} {
		if !strings.Contains(all, want) {
			t.Errorf("the picture lacks %q:\n%s", want, all)
		}
	}
}

func TestDemoKeepsNoOtherDatabase(t *testing.T) {
	var out, errs bytes.Buffer
	dir := t.TempDir()
	o := &office{config: dir + "/careline.yaml"}
	o.write(t, "careline.db", "somebody's")
	code := run(t.Context(), []string{"demo", "--keep", dir}, streams{in: strings.NewReader(""), out: &out, err: &errs})
	if code != exitFailed || !strings.Contains(errs.String(), "holds a database already") {
		t.Errorf("exit %d, %q; want a refusal", code, errs.String())
	}
}

// began is some time.
var began = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// sure marks keys as sent long before the call's end.
func sure(presses ...people.Press) []people.Press {
	for i := range presses {
		presses[i].Start, presses[i].End = began, began.Add(100)
	}
	return presses
}
