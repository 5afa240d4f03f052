package main

import (
	"strings"
	"testing"
	"time"

	"careline/agents"
	"careline/store"
)

// TestAgentOnBreakTakesNobody, as nobody could be called for them; who has a
// customer keeps it.
func TestAgentOnBreakTakesNobody(t *testing.T) {
	o := staffed(t, "mode: preview\nrules: none\n")
	o.does(t, "campaign", "start", "care")
	s, err := store.Open(t.Context(), strings.TrimSuffix(o.config, "careline.yaml")+"careline.db", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	next := func(wish agents.Wish, want int) {
		t.Helper()
		if wish != "" {
			if err := s.SaveAgent(t.Context(), agents.Record{Agent: "lina", Wish: wish, IdleSince: time.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		code, _, errs := o.types(t, "", "agent", "next", "lina")
		if code != want || want == exitFailed && !strings.Contains(errs, "careline agent ready lina") {
			t.Errorf("wish %q: exit %d, %s; want %d", wish, code, errs, want)
		}
	}
	next("", exitFailed)
	next(agents.Break, exitFailed)
	next(agents.Ready, exitDone)
	next(agents.Break, exitDone)
}
