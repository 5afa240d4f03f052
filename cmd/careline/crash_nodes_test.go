package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careline/campaigns"
	"careline/store/storetest"
)

const (
	nodesPeople = 120 // more than one node claims at once
	takenOver   = 35 * time.Second
)

// Two nodes on one database call a list, and nobody for one attempt twice. When one of them dies
// the other calls whom it had claimed and names whom it was calling; a second
// service under the name of one that lives calls nobody.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	w := newCrashWorld(t, storetest.Postgres(t), nodesPeople)
	nodes := map[string]*victim{"a": w.node("a", "a"), "b": w.node("b", "b")}
	await(t, generous, "both leases", func() bool { return w.count("SELECT COUNT(*) FROM nodes WHERE lease_until > 0") == 2 })
	other := w.node("b", "second")
	await(t, generous, "the second b to say why it does not dial", func() bool { return w.logs("second", "dialing suspended", "node b") })
	w.must("campaign", "start", "crash")
	dies := w.busier()
	if err := other.end(20 * time.Second); err != nil {
		t.Errorf("the second b did not end well: %v", err)
	}
	lives := map[string]string{"a": "b", "b": "a"}[dies]
	nodes[dies].kill()
	killed := time.Now()
	left := w.rows()
	open := w.count("SELECT COUNT(*) FROM attempts WHERE ended_at = 0 AND node = $1", dies)
	claimed := w.count("SELECT COUNT(*) FROM contacts WHERE state = 'pending' AND claimed_by LIKE $1", dies+"@%")
	if open == 0 || claimed == 0 {
		t.Fatalf("node %s died with %d calls and %d claims; want some of both", dies, open, claimed)
	}
	await(t, takenOver, "node "+lives+" to take over the calls", func() bool {
		return w.count("SELECT COUNT(*) FROM attempts WHERE ended_at = 0 AND node = $1", dies) == 0
	})
	t.Logf("node %s died with %d calls, %d claims; node %s took over after %v", dies, open, claimed, lives, time.Since(killed).Round(time.Millisecond))
	await(t, crashFinish, "the end of the list", func() bool { return w.rows().campaign == campaigns.Finished })
	if err := nodes[lives].end(20 * time.Second); err != nil {
		t.Errorf("node %s did not end well: %v", lives, err)
	}
	w.onceEach(left, dies)
}

// node starts a service under the name of a node.
func (w *crashWorld) node(name, log string) *victim {
	w.Helper()
	text, err := os.ReadFile(w.config)
	if err != nil {
		w.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "node:"):
			lines[i] = "node: " + name
		case strings.HasPrefix(line, "journal:"):
			lines[i] = "journal: " + log + ".journal"
		case strings.Contains(line, "max_calls:"):
			lines[i] = "    max_calls: 30"
		case strings.HasPrefix(line, "sip:"):
			lines[i] = fmt.Sprintf("sip: {listen: %q, rtp: 20000-21999}", freeUDP(w, ownAddress()))
		}
	}
	v, err := startVictim(w, w.write(log+".yaml", strings.Join(lines, "\n")), filepath.Join(w.dir, log+".log"))
	if err != nil {
		w.Fatal("start the service:", err)
	}
	w.Cleanup(v.kill)
	return v
}

// logs tells whether a service has said all parts in one line.
func (w *crashWorld) logs(log string, parts ...string) bool {
	text, err := os.ReadFile(filepath.Join(w.dir, log+".log"))
	if err != nil {
		w.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		has := true
		for _, part := range parts {
			has = has && strings.Contains(line, part)
		}
		if has {
			return true
		}
	}
	return false
}

func (w *crashWorld) count(query string, args ...any) (n int) {
	w.Helper()
	if err := w.db.GetContext(w.Context(), &n, query, args...); err != nil {
		w.Fatalf("%s: %v", query, err)
	}
	return n
}

// busier is the node that has the most to lose, once both have called somebody.
func (w *crashWorld) busier() (name string) {
	w.Helper()
	await(w, generous, "both nodes to be in the middle of the list", func() bool {
		var nodes []struct {
			Node    string
			Answers int
			Open    int
		}
		err := w.db.SelectContext(w.Context(), &nodes, `
SELECT a.node, SUM(CASE WHEN a.answered_at > 0 THEN 1 ELSE 0 END) AS answers, SUM(CASE WHEN a.ended_at = 0 THEN 1 ELSE 0 END) AS open
FROM attempts a GROUP BY a.node`)
		if err != nil {
			w.Fatal(err)
		}
		most := 0
		for _, n := range nodes {
			claimed := w.count("SELECT COUNT(*) FROM contacts WHERE state = 'pending' AND claimed_by LIKE $1", n.Node+"@%")
			if claimed > most && n.Open > 4 {
				name, most = n.Node, claimed
			}
		}
		return len(nodes) == 2 && most >= 10 && nodes[0].Answers+nodes[1].Answers >= 10
	})
	return name
}

// onceEach: nobody was called without a row of its own, everybody has one, and whose
// attempts were open when their node died are named, as that node's.
func (w *crashWorld) onceEach(left ledger, dies string) {
	w.Helper()
	j := newCrashJudge(w, nil)
	j.dials()
	j.answersKept()
	j.answersTrue()
	calls := make(map[string]int)
	for _, i := range w.net.Invites() {
		calls[i.Who]++
	}
	if n := w.count("SELECT COUNT(DISTINCT owner) FROM attempts"); n != 2 {
		w.Errorf("%d services have called; want 2", n)
	}
	var list []unknown
	if err := json.Unmarshal([]byte(w.must("campaign", "unknowns", "crash", "--json")), &list); err != nil {
		w.Fatal("read the unknowns:", err)
	}
	named := make(map[string]bool)
	for _, u := range list {
		named[u.Number] = true
		if u.Node != dies {
			w.Errorf("unknown is %+v; want only those of node %s", u, dies)
		}
	}
	want := 0
	for _, a := range left.attempts {
		if a.open() && a.AnsweredAt == 0 && j.end.attempts[j.callIDOf(a.ID)].Disposition == campaigns.NotKnown {
			want++
			if !named[a.Number] {
				w.Errorf("%s was being called by node %s when it died and is not named", a.Number, dies)
			}
		}
	}
	if len(list) != want {
		w.Errorf("%d are unknown; want the %d whose attempts were open", len(list), want)
	}
	rows := make(map[string]int)
	for _, a := range j.end.attempts {
		rows[a.Number]++
	}
	for i := range w.people {
		number := fmt.Sprintf("+442079460%03d", i)
		least := rows[number]
		if named[number] {
			least-- // whether its INVITE left nobody knows
		}
		if n := calls[number]; n > rows[number] || n < least || rows[number] == 0 {
			w.Errorf("%s was called %d times; its rows are %d", number, n, rows[number])
		}
	}
	j.addsUp()
}

// callIDOf finds an attempt's Call-ID.
func (j *crashJudge) callIDOf(id string) string {
	for callID, a := range j.end.attempts {
		if a.ID == id {
			return callID
		}
	}
	return ""
}
