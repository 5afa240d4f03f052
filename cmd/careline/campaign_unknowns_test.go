package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"careline/campaigns"
	"careline/store"
)

// dies has an attempt on the first contact of a campaign end as unknown, as after
// a crash.
func (o *office) dies(t *testing.T, name string) {
	t.Helper()
	cfg, err := loadConfig(o.config)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	s, err := store.Open(t.Context(), cfg.Database, store.Options{Node: "n"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := s.CampaignNamed(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.Renew(t.Context(), "n", now); err != nil {
		t.Fatal(err)
	}
	claims, err := s.Claim(t.Context(), "n", c.ID, 1, now)
	if err != nil || len(claims.Contacts) != 1 {
		t.Fatalf("Claim = %d contacts, %v; want 1", len(claims.Contacts), err)
	}
	contact := claims.Contacts[0]
	_, verdict, err := s.BeginAttempt(t.Context(), campaigns.Begin{Allowed: true, Attempt: campaigns.Attempt{
		ID: campaigns.AttemptID(uuid.Must(uuid.NewV7()).String()), Campaign: c.ID, Contact: contact.ID,
		Number: contact.Number, CallerID: c.CallerID, Try: 1, Trunk: "carrier", Node: "n", FlowHash: c.FlowHash,
		Leg: campaigns.Leg{CallID: "x", FromTag: "y", Branch: "z9hG4bKz", Target: "sip:1@127.0.0.1"},
	}}, now)
	if err != nil || !verdict.Allowed {
		t.Fatalf("BeginAttempt = %+v, %v", verdict, err)
	}
	if err := s.EndAttempt(t.Context(), campaigns.End{
		Attempt: openAttempt(t, s, c.ID), Disposition: campaigns.NotKnown, At: now, Evidence: campaigns.Evidence{Text: "no response"},
	}); err != nil {
		t.Fatal(err)
	}
}

// openAttempt is the campaign's only attempt that has not ended.
func openAttempt(t *testing.T, s *store.Store, id campaigns.ID) campaigns.AttemptID {
	t.Helper()
	for a, err := range s.Attempts(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		if a.EndedAt.IsZero() {
			return a.ID
		}
	}
	t.Fatal("there is no open attempt")
	return ""
}

func TestUnknownsWaitForADecision(t *testing.T) {
	for _, tt := range []struct{ flag, state string }{{"--redial", "pending 3"}, {"--close", "exhausted 1, pending 2"}} {
		o := newOffice(t)
		o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
		o.does(t, "campaign", "create", o.write(t, "renewals.yaml", campaignFile))
		o.does(t, "campaign", "start", "renewals")
		if out := o.does(t, "campaign", "unknowns", "renewals"); !strings.Contains(out, "has no unknowns") {
			t.Errorf("with none it says %q", out)
		}
		o.dies(t, "renewals")
		if out := o.does(t, "campaign", "unknowns", "renewals"); !strings.Contains(out, "+442079460101") || !strings.Contains(out, "no response") || !strings.Contains(out, "--redial|--close") {
			t.Errorf("with one it says %q", out)
		}
		if code, _, errs := o.types(t, "", "campaign", "unknowns", "renewals", tt.flag); code != exitUsage || !strings.Contains(errs, "--why") {
			t.Errorf("without a reason: exit %d, %q", code, errs)
		}
		if code, _, errs := o.types(t, "\n", "campaign", "unknowns", "renewals", tt.flag, "--why", "asked them"); code != exitFailed || !strings.Contains(errs, "nothing was decided") {
			t.Errorf("without a yes: exit %d, %q", code, errs)
		}
		o.does(t, "campaign", "unknowns", "renewals", tt.flag, "--why", "asked them", "--yes")
		if out := o.does(t, "campaign", "report", "renewals"); !strings.Contains(out, "contacts: "+tt.state+"\n") {
			t.Errorf("after %s the report says %q; want %s", tt.flag, out, tt.state)
		}
	}
}

// Some of the unknowns can be decided on, and what was decided is on record.
func TestUnknownsOneByOne(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	o.does(t, "campaign", "create", o.write(t, "renewals.yaml", campaignFile))
	o.does(t, "campaign", "start", "renewals")
	if out := o.does(t, "campaign", "unknowns", "renewals", "--decided"); !strings.Contains(out, "Nothing was decided") {
		t.Errorf("without a decision it says %q", out)
	}
	o.dies(t, "renewals")
	o.dies(t, "renewals")
	var left []unknown
	if err := json.Unmarshal([]byte(o.does(t, "campaign", "unknowns", "renewals", "--json")), &left); err != nil {
		t.Fatal(err)
	}
	if len(left) != 2 || left[0].Node != "n" || left[0].Trunk != "carrier" || left[0].Attempt == "" || left[0].Ordinal != 1 || left[0].EndedAt.IsZero() {
		t.Fatalf("unknown are %+v", left)
	}
	if code, _, errs := o.types(t, "", "campaign", "unknowns", "renewals", "+442079460777", "--close", "--why", "x", "--yes"); code != exitFailed || !strings.Contains(errs, "+442079460777 is not among the unknowns") {
		t.Errorf("for somebody else: exit %d, %q", code, errs)
	}
	if code, _, errs := o.types(t, "", "campaign", "unknowns", "renewals", "--close", "--why", "x", "--json"); code != exitUsage || !strings.Contains(errs, "--yes") {
		t.Errorf("with --json and without --yes: exit %d, %q", code, errs)
	}
	var done []unknown
	out := o.does(t, "campaign", "unknowns", "renewals", left[0].Number, left[0].Number, "--close", "--why", "the carrier says so", "--by", "anna", "--yes", "--json")
	if err := json.Unmarshal([]byte(out), &done); err != nil || len(done) != 1 || done[0].Contact != left[0].Contact || done[0].Now != "exhausted" {
		t.Errorf("decided on %s, %v", out, err)
	}
	if out := o.does(t, "campaign", "unknowns", "renewals", string(left[1].Contact), "--redial", "--why", "she asked", "--by", "ben", "--yes"); !strings.Contains(out, "now pending: 1 contact") {
		t.Errorf("it says %q", out)
	}
	if out := o.does(t, "campaign", "unknowns", "renewals"); !strings.Contains(out, "no unknowns") {
		t.Errorf("after both it says %q", out)
	}
	record := o.does(t, "campaign", "unknowns", "renewals", "--decided")
	for _, want := range []string{"anna         close    " + left[0].Number, "the carrier says so", "ben          redial   " + left[1].Number, "she asked"} {
		if !strings.Contains(record, want) {
			t.Errorf("the record does not say %q:\n%s", want, record)
		}
	}
	var told []decided
	if err := json.Unmarshal([]byte(o.does(t, "campaign", "unknowns", "renewals", "--decided", "--json")), &told); err != nil || len(told) != 2 || told[1].By != "ben" || told[1].Attempt != left[1].Attempt {
		t.Errorf("the record is %+v, %v", told, err)
	}
}
