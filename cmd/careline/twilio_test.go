package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"careline/campaigns"
	twin "careline/sim/twilio"
)

// change replaces text of a file in the world's folder.
func (w *twinWorld) change(name, from, to string) {
	w.Helper()
	text, err := os.ReadFile(w.dir + "/" + name)
	if err != nil {
		w.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		w.Fatalf("%s has no %q", name, from)
	}
	w.write(name, strings.ReplaceAll(string(text), from, to))
}

// try runs a command in the test's own process.
func (w *twinWorld) try(args ...string) (code int, out, errs string) {
	w.Helper()
	o := &office{config: w.config}
	return o.types(w.T, "", args...)
}

// logged tells whether the service has said something.
func (w *twinWorld) logged(text string) bool {
	b, err := os.ReadFile(w.dir + "/serve.log")
	return err == nil && strings.Contains(string(b), text)
}

// A trunk by Twilio is examined beside the service, says what is wrong, and what
// to do; its state is listed.
func TestTwilioTrunk(t *testing.T) {
	t.Parallel()
	w := newTwinWorld(t, "", 1)
	if out := w.must("trunk", "list", "--json"); !strings.Contains(out, "has not run with it yet") {
		t.Errorf("before the first run: %s", out)
	}
	cfg, err := loadConfig(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.change("careline.yaml", demoPublic, "http://"+cfg.Webhooks.Listen)
	code, out, _ := w.try("trunk", "test", "carrier")
	if code != exitFailed || !strings.Contains(out, "✓ twilio") || !strings.Contains(out, "Is the service running?") {
		t.Errorf("before the service runs: exit %d,\n%s", code, out)
	}
	w.serve()
	await(t, generous, "the service to open", func() bool { return w.logged("webhooks for http://" + cfg.Webhooks.Listen) })
	out = w.must("trunk", "test", "carrier")
	for _, want := range []string{"account " + demoAccount + ", active", "number +442079460999 of the account", "set its voice URL to http://" + cfg.Webhooks.Listen + "/twilio/carrier/voice", "leads to this careline"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	await(t, generous, "the trunk's state", func() bool { return strings.Contains(w.must("trunk", "list"), "up") })
	w.change("careline.yaml", "auth_token: "+demoToken, "auth_token: 3c1ef00dcafe")
	code, out, errs := w.try("trunk", "test", "carrier", "--json")
	var got examined
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitFailed || got.Good || !strings.Contains(errs, "trunk carrier: something is wrong") {
		t.Errorf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if strings.Contains(out+errs, "f00dcafe") || strings.Contains(out+errs, demoToken) {
		t.Errorf("the token is shown:\n%s%s", out, errs)
	}
	if code, _, errs = w.try("trunk", "test", "carrier", "--number", "+442079460000"); code != exitUsage || !strings.Contains(errs, "tested without a call") {
		t.Errorf("a call for a test: exit %d, %s", code, errs)
	}
}

// In one campaign trunks by SIP and by Twilio take over from each other, and what
// a trunk refuses costs no customer an attempt.
func TestMixedTrunks(t *testing.T) {
	t.Parallel()
	const sipTrunk = "trunks:\n  - {name: line, address: %q, username: careline, password: crash, max_calls: 14, calls_per_second: 30, allow: [\"+44207946\"], keepalive: %s}\n"
	for _, tt := range []struct {
		name, trunks string
		faults       twin.Faults
		line         string // what the carrier by SIP answers; empty: it has people
		by           string // who takes all calls in the end; empty: both have some
	}{
		{name: "both", trunks: "[{name: line, weight: 50}, {name: carrier, weight: 50}]"},
		{name: "by Twilio when SIP refuses", trunks: "[line, carrier]", line: "503 Service Unavailable", by: "carrier"},
		{name: "by SIP when Twilio refuses", trunks: "[carrier, line]", faults: twin.Faults{List: []twin.Fault{{Kind: twin.TooMany, On: "POST", Times: -1}}}, by: "line"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const listed = 12
			w := newTwinWorld(t, "", listed)
			w.person = func(string, int) twin.Script { return twin.Script{Answer: time.Second, Keys: []string{"1", "3"}} }
			w.twin.SetFaults(tt.faults)
			address := ""
			if tt.line != "" {
				address = carrierOf(t, ownIP()+":5060", tt.line)
			} else {
				w.openNetwork()
				address = w.net.Addr()
			}
			w.change("careline.yaml", "trunks:\n", fmt.Sprintf(sipTrunk, address, "5s"))
			w.change("campaign.yaml", "[carrier]", tt.trunks)
			w.must("campaign", "create", w.renamed("mixed"))
			v := w.serve()
			w.must("campaign", "start", "mixed")
			w.mixedOver(tt.by, listed)
			if err := v.end(10 * time.Second); err != nil {
				t.Error(err)
			}
			for _, v := range w.twin.Violations() {
				t.Errorf("violation: %s", v)
			}
		})
	}
}

// renamed is the campaign file under another name.
func (w *twinWorld) renamed(name string) string {
	w.Helper()
	w.change("campaign.yaml", "name: crash", "name: "+name)
	return w.dir + "/campaign.yaml"
}

// mixedOver waits for the end of the campaign, and looks at who has placed its
// calls.
func (w *twinWorld) mixedOver(by string, listed int) {
	w.Helper()
	number := func(query string) int {
		n := -1
		if err := w.db.GetContext(w.Context(), &n, query); err != nil {
			w.Error(err)
		}
		return n
	}
	await(w, 2*generous, "the end of the campaign", func() bool {
		return number("SELECT COUNT(*) FROM campaigns WHERE name = 'mixed' AND state = 'finished'") == 1
	})
	const went = "SELECT COUNT(*) FROM attempts WHERE disposition NOT IN ('congestion', 'not_placed') AND trunk = "
	line, carrier := number(went+"'line'"), number(went+"'carrier'")
	switch {
	case by == "" && (line == 0 || carrier == 0):
		w.Errorf("%d calls by SIP, %d by Twilio; want some of both", line, carrier)
	case by == "line" && (carrier > 0 || line < listed), by == "carrier" && (line > 0 || carrier < listed):
		w.Errorf("%d calls by SIP, %d by Twilio; want all by %s", line, carrier, by)
	}
	if by != "" {
		if n := number("SELECT COUNT(*) FROM attempts WHERE disposition = 'congestion'"); n == 0 {
			w.Error("nothing was refused")
		}
	}
	if n := number("SELECT COUNT(*) FROM contacts WHERE campaign IN (SELECT id FROM campaigns WHERE name = 'mixed') AND state NOT IN ('completed', 'partial', 'exhausted', 'suppressed', 'invalid')"); n != 0 {
		w.Errorf("%d contacts are not settled", n)
	}
	for _, c := range w.twin.Calls() {
		if c.Dials > 1 {
			w.Errorf("%s was dialed %d times", c.To, c.Dials)
		}
	}
	if w.net != nil {
		for _, i := range w.net.Invites() {
			if i.Duplicates > 0 {
				w.Errorf("%s was dialed twice by SIP", i.Who)
			}
		}
	}
}

// Whatever Twilio does to requests and webhooks, no call is placed twice, and no
// answer lost.
func TestTwilioFaults(t *testing.T) {
	t.Parallel()
	w := newTwinWorld(t, "", 70)
	faults := twin.Faults{
		Chance: map[twin.FaultKind]float64{
			twin.CallbackLost: 0.05, twin.CallbackTwice: 0.1, twin.CallbackLate: 0.1, twin.CallbackSwapped: 0.1, twin.ListLate: 0.2,
			twin.FetchLate: 0.05, twin.FetchTwice: 0.1, twin.FetchTwiceAtOnce: 0.1, twin.FetchForgotten: 0.02,
		},
		Late: 500 * time.Millisecond,
	}
	for i, kind := range []twin.FaultKind{ // one of each, as each slows the trunk
		twin.AnswerLost, twin.TooMany, twin.InternalDone, twin.ConnectionReset, twin.Unavailable, twin.Internal,
		twin.UnavailableDone, twin.InternalBare, twin.UnavailableBare, twin.SlowAnswer,
	} {
		faults.List = append(faults.List, twin.Fault{Kind: kind, On: "/Calls.json", Skip: 3 * i})
	}
	w.twin.SetFaults(faults)
	v := w.serve()
	w.must("campaign", "start", "crash")
	calls := regexp.MustCompile(`"name":"carrier","state":"up".*"calls":[1-9]`)
	await(t, generous, "calls in the list of trunks", func() bool { return calls.MatchString(w.must("trunk", "list", "--json")) })
	const soon = "SELECT COUNT(*) FROM contacts WHERE state = 'dialing' OR state = 'pending' AND due < %d"
	await(t, twinFinish, "all that can be called", func() bool { // whom Twilio refuses is called again minutes later
		var n int
		if err := w.db.GetContext(t.Context(), &n, fmt.Sprintf(soon, time.Now().Add(10*time.Second).UnixMilli())); err != nil {
			t.Fatal(err)
		}
		return n == 0
	})
	if err := v.end(10 * time.Second); err != nil {
		t.Error(err)
	}
	j := &twinJudge{crashJudge: &crashJudge{crashWorld: w.crashWorld, end: w.rows()}, world: w}
	j.compare()
	for id, a := range j.end.attempts {
		if calls := j.calls[id]; a.open() || a.Disposition == campaigns.NotKnown && len(calls) > 0 && !calls[0].Answered.IsZero() {
			t.Errorf("the attempt %s on %s is %q, open: %v; its call was answered and asked what to do", id, a.Number, a.Disposition, a.open())
		}
	}
	happened := make(map[string]int)
	for _, e := range w.twin.Diary() {
		if e.Kind == twin.KindFault {
			kind, _, _ := strings.Cut(e.Note, " on ")
			happened[kind]++
		}
	}
	if len(happened) < 15 {
		t.Errorf("only %v happened", happened)
	}
	t.Logf("%v", happened)
}
