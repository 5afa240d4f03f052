package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/campaigns"
	"careline/store"
)

// calledIn stores a call that came in at Twilio and met an error there.
func (o *office) calledIn(t *testing.T, sid string, at time.Time) {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(filepath.Dir(o.config), "careline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := call.Record{
		Info:      call.Info{ID: sid, From: "+442079460101", To: "+442079460901", Trunk: "cloud"},
		Direction: call.Inbound, AnsweredAt: at,
	}
	over := at.Add(43 * time.Second)
	step := call.Step{CallID: sid, Seq: 1, At: at.Add(9 * time.Second), Answers: []campaigns.Answer{
		{CallID: sid, Result: "renew", Value: "yes", Category: "keeps", At: at.Add(9 * time.Second)},
	}}
	for _, do := range []func() error{
		func() error { return s.OpenCall(t.Context(), r) },
		func() error {
			_, err := s.SaveFact(t.Context(), call.Fact{ID: sid, Trunk: "cloud", Name: sid, Phase: call.Talking, AnsweredAt: at, AnsweredBy: "human"})
			return err
		},
		func() error { return s.CommitStep(t.Context(), step) },
		func() error { return s.CloseCall(t.Context(), sid, call.ByCaller, over) },
		func() error {
			_, err := s.SaveFact(t.Context(), call.Fact{
				ID: sid, Phase: call.Over, EndedAt: over, Status: "completed", Lasted: 43 * time.Second, Trouble: 13224, Text: "Dial: Invalid phone number",
			})
			return err
		},
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCallsAtTwilio(t *testing.T) {
	o := newOffice(t)
	at := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	sid := "CA" + strings.Repeat("0123456789abcdef", 2)
	o.calledIn(t, sid, at)
	o.kept(t, twoCalls(t, at.Add(-time.Minute))...)
	if out := o.does(t, "calls", "list"); !strings.Contains(out, "89abcdef +442079460101 +442079460901 answered    43.0s -    -      cloud   inbound") || strings.Count(out, "\n") != 4 {
		t.Errorf("calls list says\n%s\nwant the call at Twilio beside two others", out)
	}
	clock := func(after time.Duration) string { return at.Add(after).Local().Format("15:04:05.000") }
	want := "Call " + sid + ", " + at.Local().Format("2006-01-02 15:04:05 MST") + `
Inbound call from +442079460101 to +442079460901 by trunk cloud: answered after
  0.0s, up for 43.0s; the far end hung up.
At Twilio it is ` + sid + `.
  ` + clock(0) + `  answered by human
  ` + clock(43*time.Second) + `  over: completed, after 43.0s as Twilio counts
                error 13224: Dial: Invalid phone number; see https://www.twilio.com/docs/api/errors/13224
Steps of the flow: 1.
  ` + clock(9*time.Second) + `  renew = yes (keeps)
Messages, sound and price are in Twilio's console alone: Monitor, Logs, Calls, ` + sid + `.
`
	for _, name := range []string{sid, "89abcdef"} {
		if diff := cmp.Diff(want, o.does(t, "calls", "show", name)); diff != "" {
			t.Errorf("calls show %s (-want +got):\n%s", name, diff)
		}
	}
	var got struct {
		callJSON
		spoken
	}
	if err := json.Unmarshal([]byte(o.does(t, "calls", "show", sid, "--json")), &got); err != nil {
		t.Fatal(err)
	}
	if got.Twilio == nil || got.Twilio.Error != 13224 || got.Twilio.LastedS != 43 || len(got.Answers) != 1 || got.TraceDetail.Ending != call.ByCaller {
		t.Errorf("as JSON it is %+v", got)
	}
	for _, option := range []string{"--pcap=-", "--messages"} {
		if code, _, errs := o.types(t, "", "calls", "show", sid, option); code != exitUsage || !strings.Contains(errs, "lives at Twilio") {
			t.Errorf("%s: exit %d, %q", option, code, errs)
		}
	}
}
