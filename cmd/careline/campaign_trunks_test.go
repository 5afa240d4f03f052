package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"careline/store"
)

// That no trunk is up is told where one looks for why nobody is called.
func TestCampaignTellsThatItsTrunksAreDown(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	o.does(t, "campaign", "create", o.write(t, "renewals.yaml", campaignFile))
	o.does(t, "campaign", "start", "renewals")
	cfg, err := loadConfig(o.config)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), cfg.Database, store.Options{Node: "careline"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	if _, err := s.Renew(t.Context(), "careline", now); err != nil {
		t.Fatal(err)
	}
	for _, up := range []bool{false, true} {
		if err := s.SaveTrunk(t.Context(), store.Trunk{Node: "careline", Name: "carrier", Up: up, Why: "no answer to OPTIONS", Since: now}, now); err != nil {
			t.Fatal(err)
		}
		const why = "no trunk is up: carrier: no answer to OPTIONS"
		for _, args := range [][]string{{"campaign", "status"}, {"campaign", "why", "renewals", "A1"}} {
			if out := o.does(t, args...); strings.Contains(out, why) == up {
				t.Errorf("%v with the trunk up=%v: %s", args, up, out)
			}
		}
		var got []campaignStatus
		if err := json.Unmarshal([]byte(o.does(t, "campaign", "status", "--json")), &got); err != nil || len(got[0].Down) > 0 == up {
			t.Errorf("as JSON with the trunk up=%v: %+v, %v", up, got, err)
		}
	}
}

func TestStatusInWords(t *testing.T) {
	v := campaignStatus{Name: "a", State: "running", Submitted: 5, Pending: 2, Dialing: 1, Attempts: 4, Connected: 3, Completed: 2, Accepted: 1}
	const want = "running; 5 contacts, 3 to call; 4 attempts, 3 connected, 2 completed, 1 accepted"
	if got := v.words(); got != want {
		t.Errorf("words = %q; want %q", got, want)
	}
	var b bytes.Buffer
	printStatuses(&b, []campaignStatus{v})
	if want := "a         running  5         3        4         3          2          1         0\n"; !strings.HasSuffix(b.String(), want) {
		t.Errorf("the table is %q; want it to end with %q", b.String(), want)
	}
}
