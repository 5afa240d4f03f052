package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"careline/sim/people"
	"careline/store/storetest"
)

const (
	stallPeople = 36
	stallFor    = 5 * time.Second
	stallLag    = 300 * time.Millisecond // what was committed just before the stall may still be dialed
	journalFor  = 2 * time.Second        // until an answer is in the journal
	recognised  = 800 * time.Millisecond // from a prompt's first packet until a person knows it
)

// While the database does not answer, people's answers go to the journal within
// two seconds and their calls go on; nobody is called; and afterwards all answers
// are in the table, even when the service is killed before.
func TestStall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		killed bool
	}{{"goes by", false}, {"and a kill", true}} {
		t.Run("sqlite "+tt.name, func(t *testing.T) {
			t.Parallel()
			w := newCrashWorld(t, "", stallPeople)
			w.stall(w.lock, tt.killed)
		})
		t.Run("postgres "+tt.name, func(t *testing.T) {
			t.Parallel()
			server := storetest.StartPostgres(t)
			w := newCrashWorld(t, server.Database(t), stallPeople)
			w.stall(func() (thaw func()) {
				server.Freeze(t)
				return func() { server.Thaw(t) }
			}, tt.killed)
		})
	}
}

// lock keeps others from writing to the SQLite file.
func (w *crashWorld) lock() (unlock func()) {
	w.Helper()
	conn, err := w.db.Conn(w.Context())
	if err != nil {
		w.Fatal("connect to the database:", err)
	}
	for _, text := range []string{"PRAGMA busy_timeout = 5000", "BEGIN IMMEDIATE"} {
		if _, err := conn.ExecContext(w.Context(), text); err != nil {
			w.Fatalf("%s: %v", text, err)
		}
	}
	return func() {
		if _, err := conn.ExecContext(w.Context(), "ROLLBACK"); err != nil {
			w.Errorf("unlock the database: %v", err)
		}
		conn.Close()
	}
}

// stall runs the campaign with a stall in the middle of it.
func (w *crashWorld) stall(begin func() (end func()), killed bool) {
	w.Helper()
	v := w.serve()
	w.must("campaign", "start", "crash")
	w.asked(5)
	end := begin()
	from := time.Now()
	<-time.After(stallFor)
	journal, err := os.ReadFile(filepath.Join(w.dir, "crash.journal"))
	if err != nil {
		w.Fatal("read the journal:", err)
	}
	to := time.Now()
	var kills []kill
	if killed {
		v.kill()
		kills = []kill{{n: 1, moment: moment{name: "in a stall"}, at: time.Now()}}
	}
	end()
	if killed {
		v = w.serve()
	}
	w.finish(v)
	j := newCrashJudge(w, kills)
	j.dials()
	j.answersKept()
	j.answersTrue()
	j.nobodyLeft()
	j.addsUp()
	j.sound()
	j.noneCalled(from.Add(stallLag), to)
	j.journaled(journal, from, to)
}

// asked waits until so many people have heard the first question.
func (w *crashWorld) asked(left int) {
	w.Helper()
	_, err := w.net.Wait(w.Context(), func(e people.Entry) bool {
		if e.Kind == people.KindHeard && e.Label == "first" {
			left--
		}
		return left == 0
	})
	if err != nil {
		w.Fatal("wait for people to hear the question:", err)
	}
}

// noneCalled: no INVITE arrived between two times.
func (j *crashJudge) noneCalled(from, to time.Time) {
	j.Helper()
	for _, i := range j.net.Invites() {
		if i.At.After(from) && i.At.Before(to) {
			j.fault(i.Leg, nil, "%s was called %v into the stall", i.Who, i.At.Sub(from)+stallLag)
		}
	}
}

// journaled: who pressed a key during the stall heard what follows within two
// seconds, and the journal had the answer by then.
func (j *crashJudge) journaled(journal []byte, from, to time.Time) {
	j.Helper()
	answers := 0
	for _, p := range j.net.Presses() {
		latest := p.Start.Add(journalFor + recognised)
		asked := p.Label == "first" || p.Label == "second"
		if !asked || p.Start.Before(from) || latest.After(to) || j.endOf(p.Leg).At.Before(latest) && !j.heardAfter(p, next(p.Label, p.Key)) {
			continue
		}
		answers++
		if !j.heardBy(p, next(p.Label, p.Key), latest) {
			j.fault(p.Leg, nil, "%s pressed %s at %q during the stall and did not hear within %v what follows", p.Who, p.Key, p.Label, journalFor)
		}
		entry := `"CallID":"` + j.end.attempts[p.CallID].ID + `","Campaign":"[^"]*","Contact":"[^"]*","Result":"` + p.Label + `","Value":"` + p.Key + `"`
		if !regexp.MustCompile(entry).Match(journal) {
			j.fault(p.Leg, nil, "%s pressed %s at %q during the stall; it is not in the journal", p.Who, p.Key, p.Label)
		}
	}
	j.Logf("%d answers were given during the stall", answers)
	if answers < 3 {
		j.Errorf("%d answers were given during the stall; want 3 or more", answers)
	}
}

func (j *crashJudge) heardBy(p people.Press, label string, latest time.Time) bool {
	for _, e := range j.entries[p.Leg] {
		if e.Label == label && e.Kind == people.KindHearing && e.At.After(p.Start) {
			return e.At.Before(latest)
		}
	}
	return false
}
