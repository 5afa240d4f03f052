package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"careline/call"
	"careline/store"
)

func TestGuardListAndUnban(t *testing.T) {
	o := newOffice(t)
	if out := o.does(t, "guard", "list"); !strings.Contains(out, "Nobody is banned.") {
		t.Errorf("before anybody is banned:\n%s", out)
	}
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
	for _, source := range []string{"203.0.113.7", "2001:db8::"} {
		if err := s.SaveBan(t.Context(), call.Ban{Source: source, Since: now, Until: now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	if out := o.does(t, "guard", "list"); !strings.Contains(out, "203.0.113.7") || !strings.Contains(out, "2001:db8::/64") || !strings.Contains(out, "node careline") {
		t.Errorf("list:\n%s", out)
	}
	var list []banLine
	if err := json.Unmarshal([]byte(o.does(t, "guard", "list", "--json")), &list); err != nil || len(list) != 2 || list[0].Until.IsZero() {
		t.Errorf("list --json: %+v, %v", list, err)
	}
	for _, source := range []string{"203.0.113.7", "2001:db8::1234"} { // any address of the network
		o.does(t, "guard", "unban", source)
	}
	if lifted, err := s.LiftedBans(t.Context()); err != nil || strings.Join(lifted, " ") != "2001:db8:: 203.0.113.7" {
		t.Errorf("the service is told of %q, %v", lifted, err)
	}
	if code, _, errs := o.types(t, "", "guard", "unban", "203.0.113.7"); code != exitFailed || !strings.Contains(errs, "is not banned") {
		t.Errorf("unban of who is not banned: exit %d: %s", code, errs)
	}
	if code, _, errs := o.types(t, "", "guard", "unban", "somebody"); code != exitUsage || !strings.Contains(errs, "is no IP") {
		t.Errorf("unban of what is no IP: exit %d: %s", code, errs)
	}
}
