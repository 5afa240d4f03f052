package agents_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"careline/agents"
)

var care = agents.Queue{Name: "care", Team: "front"}

// at is an agent of the team who has been idle since s seconds before noon.
func at(name string, s int) agents.View {
	return agents.View{
		Agent:     agents.Agent{Name: name, Team: "front"},
		Record:    agents.Record{Agent: name, Wish: agents.Ready, IdleSince: noon.Add(-time.Duration(s) * time.Second)},
		Reachable: true,
	}
}

func talking(v agents.View) agents.View  { v.OnCall = true; return v }
func onBreak(v agents.View) agents.View  { v.Record.Wish = agents.Break; return v }
func gone(v agents.View) agents.View     { v.Reachable = false; return v }
func reserved(v agents.View) agents.View { v.Record.Reserved = "x"; return v }

// waits is a caller who has waited for s seconds, wanting known for 15 s.
func waits(id string, s int, known string) agents.Caller {
	since := noon.Add(-time.Duration(s) * time.Second)
	return agents.Caller{ID: id, Queue: care, Since: since, Known: known, KnownUntil: since.Add(15 * time.Second)}
}

func TestMatch(t *testing.T) {
	type pairs map[string]string
	for _, tt := range []struct {
		name    string
		waiting []agents.Caller
		views   []agents.View
		want    pairs
	}{
		{"nobody waits", nil, []agents.View{at("lina", 1)}, pairs{}},
		{"longest idle first", []agents.Caller{waits("a", 1, "")}, []agents.View{at("lina", 1), at("wang", 9)}, pairs{"a": "wang"}},
		{"longest waiting first", []agents.Caller{waits("a", 1, ""), waits("b", 5, "")}, []agents.View{at("lina", 1)}, pairs{"b": "lina"}},
		{"one each", []agents.Caller{waits("a", 1, ""), waits("b", 5, "")}, []agents.View{at("lina", 1), at("wang", 9)}, pairs{"b": "wang", "a": "lina"}},
		{"known agent before the longest idle", []agents.Caller{waits("a", 1, "lina")}, []agents.View{at("lina", 1), at("wang", 9)}, pairs{"a": "lina"}},
		{"busy known agent is waited for", []agents.Caller{waits("a", 1, "lina")}, []agents.View{talking(at("lina", 1)), at("wang", 9)}, pairs{}},
		{"but not for ever", []agents.Caller{waits("a", 15, "lina")}, []agents.View{talking(at("lina", 1)), at("wang", 9)}, pairs{"a": "wang"}},
		{"reserved known agent is waited for", []agents.Caller{waits("a", 1, "lina")}, []agents.View{reserved(at("lina", 1)), at("wang", 9)}, pairs{}},
		{"known agent on break: the team at once", []agents.Caller{waits("a", 1, "lina")}, []agents.View{onBreak(at("lina", 1)), at("wang", 9)}, pairs{"a": "wang"}},
		{"known agent offline: the team at once", []agents.Caller{waits("a", 1, "lina")}, []agents.View{gone(at("lina", 1)), at("wang", 9)}, pairs{"a": "wang"}},
		{"nobody of that name", []agents.Caller{waits("a", 1, "zhao")}, []agents.View{at("wang", 9)}, pairs{"a": "wang"}},
		{"who waits for another does not block the queue", []agents.Caller{waits("a", 9, "lina"), waits("b", 1, "")}, []agents.View{talking(at("lina", 1)), at("wang", 9)}, pairs{"b": "wang"}},
		{"the known agent of two takes the first", []agents.Caller{waits("a", 9, "lina"), waits("b", 1, "lina")}, []agents.View{at("lina", 1)}, pairs{"a": "lina"}},
	} {
		got := pairs{}
		for _, p := range agents.Match(noon, tt.waiting, tt.views) {
			got[p.Caller.ID] = p.Agent
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestMatchNeverPairsTwice(t *testing.T) {
	names := []string{"lina", "wang", "zhao", "chen"}
	rapid.Check(t, func(t *rapid.T) {
		var views []agents.View
		for _, n := range names {
			v := at(n, rapid.IntRange(0, 99).Draw(t, "idle"))
			v.OnCall = rapid.Bool().Draw(t, "on call")
			v.Reachable = rapid.Bool().Draw(t, "reachable")
			views = append(views, v)
		}
		var waiting []agents.Caller
		for i := range rapid.IntRange(0, 9).Draw(t, "callers") {
			known := rapid.SampledFrom(append(names, "")).Draw(t, "known")
			waiting = append(waiting, waits(string(rune('a'+i)), rapid.IntRange(0, 30).Draw(t, "waited"), known))
		}
		callers, taken := map[string]bool{}, map[string]bool{}
		for _, p := range agents.Match(noon, waiting, views) {
			if callers[p.Caller.ID] || taken[p.Agent] {
				t.Fatalf("%s or %s is paired twice", p.Caller.ID, p.Agent)
			}
			callers[p.Caller.ID], taken[p.Agent] = true, true
		}
		for _, v := range views {
			if taken[v.Agent.Name] && v.Presence(noon) != agents.Idle {
				t.Fatalf("%s is %s and was paired", v.Agent.Name, v.Presence(noon))
			}
			if !taken[v.Agent.Name] && v.Presence(noon) == agents.Idle && unheld(waiting, callers) {
				t.Fatalf("%s is idle while somebody waits for anyone", v.Agent.Name)
			}
		}
	})
}

// unheld tells whether a caller who wants nobody in particular was left over.
func unheld(waiting []agents.Caller, served map[string]bool) bool {
	for _, c := range waiting {
		if !served[c.ID] && c.Known == "" {
			return true
		}
	}
	return false
}

func TestStaffed(t *testing.T) {
	for _, tt := range []struct {
		name  string
		views []agents.View
		want  bool
	}{
		{"nobody", nil, false},
		{"offline", []agents.View{gone(at("lina", 1))}, false},
		{"on break", []agents.View{onBreak(at("lina", 1))}, true},
		{"talking", []agents.View{talking(at("lina", 1))}, true},
	} {
		if got := agents.Staffed(noon, agents.Caller{Queue: care}, tt.views); got != tt.want {
			t.Errorf("%s: Staffed = %v; want %v", tt.name, got, tt.want)
		}
	}
}

func TestNextWake(t *testing.T) {
	wrapping := at("lina", 1)
	wrapping.Record.WrapUpUntil = noon.Add(4 * time.Second)
	views := []agents.View{wrapping}
	if got := agents.NextWake(noon, nil, views); got != noon.Add(4*time.Second) {
		t.Errorf("NextWake = %v; want the end of the wrap-up", got)
	}
	if got := agents.NextWake(noon, []agents.Caller{waits("a", 12, "lina")}, views); got != noon.Add(3*time.Second) {
		t.Errorf("NextWake = %v; want the end of the wait for the known agent", got)
	}
	if got := agents.NextWake(noon.Add(time.Hour), []agents.Caller{waits("a", 12, "lina")}, views); !got.IsZero() {
		t.Errorf("NextWake = %v; want never", got)
	}
}

func TestCheckRoster(t *testing.T) {
	good := []agents.Agent{{Name: "lina", Team: "front", Queues: []string{"care"}}}
	if err := agents.Check(good, []agents.Queue{care}); err != nil {
		t.Errorf("Check = %v; want nil", err)
	}
	err := agents.Check(
		[]agents.Agent{{Name: "lina", Team: "front", Queues: []string{"vip"}}, {Name: "lina"}, {}},
		[]agents.Queue{care, care, {}, {Name: "back", Team: "nobody"}},
	)
	want := `agents[1].name: "lina" is there twice
agents[2].name: is empty
queues[1].name: "care" is there twice
queues[2].name: is empty
queues[3].team: nobody is in team "nobody"
agents[0].queues: there is no queue "vip"`
	if err == nil || err.Error() != want {
		t.Errorf("Check = %v; want\n%s", err, want)
	}
}
