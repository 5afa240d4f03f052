package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careline/campaigns"
	"careline/sip"
	"careline/store"
)

func TestTrunkList(t *testing.T) {
	o := newOffice(t)
	if out := o.does(t, "trunk", "list"); strings.Count(out, "the service has not run with it yet") != 2 {
		t.Errorf("before the first run:\n%s", out)
	}
	cfg, err := loadConfig(o.config)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), cfg.Database, store.Options{Node: "careline"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if _, err := s.Renew(t.Context(), "careline", now); err != nil {
		t.Fatal(err)
	}
	service := &service{cfg: cfg, store: s}
	for _, state := range []store.Trunk{
		{Node: "careline", Name: "carrier", Up: true, Since: now, Registered: now.Add(time.Hour)},
		{Node: "careline", Name: "abroad", Why: "OPTIONS answered 503", Since: now},
		{Node: "careline", Name: "former", Up: true, Since: now},
		{Node: "gone", Name: "carrier", Up: true, Since: now},
	} {
		if err := s.SaveTrunk(t.Context(), state, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := service.keepTrunks(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []trunkLine
	if err := json.Unmarshal([]byte(o.does(t, "trunk", "list", "--json")), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"careline/carrier": "up", "careline/abroad": "down", "gone/carrier": "unknown"}
	for _, line := range got {
		if want[line.Node+"/"+line.Name] != line.State {
			t.Errorf("%+v; want %s", line, want[line.Node+"/"+line.Name])
		}
		delete(want, line.Node+"/"+line.Name)
	}
	if len(want) > 0 {
		t.Errorf("%v are missing of %+v", want, got)
	}
	if out := o.does(t, "trunk", "list"); !strings.Contains(out, "OPTIONS answered 503") || !strings.Contains(out, now.Add(time.Hour).Local().Format("2006-01-02 15:04")) {
		t.Errorf("list:\n%s", out)
	}
	for line := range strings.Lines(o.does(t, "trunk", "list")) {
		if len([]rune(line)) > 80 {
			t.Errorf("wider than a terminal: %q", line)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if out := o.does(t, "trunk", "list"); !strings.Contains(out, "the service does not run there; the trunk was last seen down: OPTIONS answered 503") {
		t.Errorf("after the service has ended:\n%s", out)
	}
}

func TestTrunkBookWritesNewsAlone(t *testing.T) {
	var b trunkBook
	up := sip.TrunkState{Name: "a", Up: true}
	busy := up
	busy.Taken = 3
	if !b.news(up) || b.news(up) || b.news(busy) {
		t.Error("the same state is noted twice, or calls are news")
	}
	b.forget("a")
	if !b.news(up) {
		t.Error("what could not be noted is not noted again")
	}
	if !b.news(sip.TrunkState{Name: "a", Why: "no answer"}) {
		t.Error("that it is down is no news")
	}
}

// A trunk whose carrier pushes back is up, but does not dial as configured: the list
// says so as long as a campaign runs by it.
func TestTrunkListSlowed(t *testing.T) {
	o := staffed(t, "mode: progressive\nrules: us\n")
	o.does(t, "campaign", "start", "care")
	s, err := store.Open(t.Context(), filepath.Join(filepath.Dir(o.config), "careline.db"), store.Options{Node: "careline"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	if _, err = s.Renew(t.Context(), "careline", now); err != nil {
		t.Fatal(err)
	}
	running, err := s.Running(t.Context())
	if err != nil || len(running) != 1 {
		t.Fatalf("%d campaigns run, %v; want one", len(running), err)
	}
	standing := campaigns.Standing{Campaign: running[0].ID, Node: "careline", At: now, Trunks: []campaigns.Carrier{
		{Name: "carrier", Up: true, Rate: 0.5, Of: 5, Rests: now.Add(20 * time.Minute)},
	}}
	if err = s.SaveStandings(t.Context(), "careline", []campaigns.Standing{standing}, nil); err != nil {
		t.Fatal(err)
	}
	if err = s.SaveTrunk(t.Context(), store.Trunk{Node: "careline", Name: "carrier", Up: true, Since: now}, now); err != nil {
		t.Fatal(err)
	}
	out := strings.Join(strings.Fields(o.does(t, "trunk", "list")), " ")
	if !strings.Contains(out, "its carrier pushes back: 0.5 calls/s of 5.0, none for ") {
		t.Errorf("trunk list says\n%s\nwant how the trunk is slowed", out)
	}
}
