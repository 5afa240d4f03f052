package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

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
