package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careline/call"
	"careline/phone"
	"careline/store"
)

// told stores what Twilio has told of a call that came in.
func (o *office) told(t *testing.T, f call.Fact, from phone.Number, to string) {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(filepath.Dir(o.config), "careline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rec := call.Record{Info: call.Info{ID: f.ID, From: from, To: to, Trunk: f.Trunk}, Direction: call.Inbound}
	if err := s.OpenCall(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveFact(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// A call that lives at Twilio is told of by its SID: what Twilio has said of it,
// and where the rest is.
func TestCallsShowOfTwilio(t *testing.T) {
	const sid = "CA922aef41758ff34ffa7ee2c18653ab68"
	o := newOffice(t)
	at := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	o.told(t, call.Fact{
		ID: sid, Name: sid, Trunk: "cloud", Phase: call.Over, AnsweredAt: at, AnsweredBy: "human",
		EndedAt: at.Add(37 * time.Second), Lasted: 37 * time.Second, Status: "completed", Code: 200, Trouble: 12100, Text: "Document parse failure",
	}, "+442079460777", "+442079460905")
	out := strings.Join(strings.Fields(o.does(t, "calls", "show", sid)), " ")
	for _, want := range []string{
		"Inbound call from +442079460777 to +442079460905 by Twilio, trunk cloud", "answered at " + at.Local().Format("15:04:05") + " by human",
		"up for 37.0s", "Twilio says completed, SIP 200", "error 12100: Document parse failure", "SID " + sid, "Twilio's console",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	var got hostedJSON
	if err := json.Unmarshal([]byte(o.does(t, "calls", "show", sid, "--json")), &got); err != nil || got.SID != sid || !got.Over || got.Error != 12100 {
		t.Errorf("as JSON the call is %+v, %v", got, err)
	}
	if code, _, errs := o.types(t, "", "calls", "show", sid, "--messages"); code != exitUsage || !strings.Contains(errs, "lives at Twilio") {
		t.Errorf("its messages: exit %d, %q", code, errs)
	}
	if out := o.does(t, "calls", "list"); strings.Contains(out, "Twilio") {
		t.Errorf("without a trunk by Twilio the list says %q", out)
	}
	o.write(t, "careline.yaml", twilioTrunk(""))
	if out := o.does(t, "calls", "list"); !strings.Contains(out, "Calls by Twilio are not listed") {
		t.Errorf("with one it says %q; want where its calls are", out)
	}
}
