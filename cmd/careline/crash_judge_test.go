package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"careline/campaigns"
	"careline/sim/people"
)

// crashJudge compares what the far end noted with the rows.
type crashJudge struct {
	*crashWorld
	kills   []kill
	end     ledger
	entries map[int][]people.Entry // by leg
	diary   []people.Entry
	told    int // stories

	kept, unknown, cancelled, hungUp int // what happened to calls after kills
}

func newCrashJudge(w *crashWorld, kills []kill) *crashJudge {
	j := &crashJudge{crashWorld: w, kills: kills, end: w.rows(), diary: w.net.Diary(), entries: make(map[int][]people.Entry)}
	for _, e := range j.diary {
		j.entries[e.Leg] = append(j.entries[e.Leg], e)
	}
	return j
}

func (j *crashJudge) judge() {
	j.Helper()
	j.dials()
	j.answersKept()
	j.answersTrue()
	for _, k := range j.kills {
		j.settled(k)
		j.calledOff(k)
	}
	j.nobodyLeft()
	j.addsUp()
	j.sound()
	j.enough()
}

// sound: no service complained of itself.
func (j *crashJudge) sound() {
	j.Helper()
	j.logged(func(line string) bool { return strings.Contains(line, "level=ERROR") })
}

// logged looks through what all services said, for what is bad.
func (j *crashJudge) logged(bad func(line string) bool) {
	j.Helper()
	text, err := os.ReadFile(filepath.Join(j.dir, "serve.log"))
	if err != nil {
		j.Fatal("read the services' log:", err)
	}
	for line := range strings.Lines(string(text)) {
		if bad(line) || strings.Contains(line, "panic") || strings.Contains(line, "DATA RACE") {
			j.Errorf("the log says %s", line)
		}
	}
}

// dials: each INVITE has a row of its own, and nothing is dialed again by a
// later process.
func (j *crashJudge) dials() {
	j.Helper()
	for _, i := range j.net.Invites() {
		row, known := j.end.attempts[i.CallID]
		switch {
		case !known:
			j.fault(i.Leg, nil, "an INVITE to %s has no row", i.Who)
		case row.Number != i.Who:
			j.fault(i.Leg, nil, "an INVITE went to %s, its row says %s", i.Who, row.Number)
		case i.Duplicates > 0:
			j.fault(i.Leg, nil, "%s was dialed again by the same Call-ID", i.Who)
		}
		first := j.epoch(i.At)
		for _, e := range j.entries[i.Leg] {
			if e.Kind == people.KindInvite && j.epoch(e.At) != first {
				j.fault(i.Leg, &j.kills[first], "an INVITE to %s was repeated by a later process", i.Who)
			}
		}
	}
}

// epoch counts the kills before a time.
func (j *crashJudge) epoch(at time.Time) int {
	n, _ := slices.BinarySearchFunc(j.kills, at, func(k kill, at time.Time) int { return k.at.Compare(at) })
	return n
}

// next is the prompt that follows a key.
func next(label, key string) string {
	switch {
	case label == "first" && key == "9":
		return "stopped"
	case label == "first":
		return "second"
	default:
		return "thanks"
	}
}

// answersKept: what was followed by the next prompt is in the table.
func (j *crashJudge) answersKept() {
	j.Helper()
	for _, p := range j.net.Presses() {
		if p.Label != "first" && p.Label != "second" || !j.heardAfter(p, next(p.Label, p.Key)) {
			continue
		}
		if got := j.end.answers[j.end.attempts[p.CallID].ID][p.Label]; got != p.Key {
			j.fault(p.Leg, nil, "%s pressed %s at %q and heard what follows; the table has %q", p.Who, p.Key, p.Label, got)
		}
		if p.Key == "9" && !j.end.stopped[p.Who] {
			j.fault(p.Leg, nil, "%s heard that nobody will call again, and may be called", p.Who)
		}
	}
}

func (j *crashJudge) heardAfter(p people.Press, label string) bool {
	return slices.ContainsFunc(j.entries[p.Leg], func(e people.Entry) bool {
		return e.Label == label && (e.Kind == people.KindHearing || e.Kind == people.KindHeard) && e.At.After(p.Start)
	})
}

// answersTrue: nothing is in the table that nobody pressed.
func (j *crashJudge) answersTrue() {
	j.Helper()
	pressed := make(map[string]bool)
	for _, p := range j.net.Presses() {
		pressed[j.end.attempts[p.CallID].ID+" "+p.Label+" "+p.Key] = true
	}
	for call, results := range j.end.answers {
		for result, value := range results {
			if !pressed[call+" "+result+" "+value] {
				j.Errorf("the table has %q to %q in call %s; nobody pressed that", value, result, call)
			}
		}
	}
}

// settled: what was open at a kill is what was known of it, for good.
func (j *crashJudge) settled(k kill) {
	j.Helper()
	for callID, was := range k.rows.attempts {
		if !was.open() {
			continue
		}
		is, leg := j.end.attempts[callID], j.legOf(callID)
		state := j.end.contacts[is.Contact]
		disposition, want := j.outcome(was)
		if is.Disposition != disposition || state != want || is.open() {
			j.fault(leg, &k, "the attempt on %s is %q and its contact %q; want %q and %q", is.Number, is.Disposition, state, disposition, want)
		}
		for result, value := range k.rows.answers[was.ID] {
			j.kept++
			if got := j.end.answers[was.ID][result]; got != value {
				j.fault(leg, &k, "the answer %q of %s to %q has become %q", value, is.Number, result, got)
			}
		}
		for _, i := range j.net.Invites() {
			if i.Who == is.Number && i.At.After(k.at) {
				j.fault(i.Leg, &k, "%s was called again", i.Who)
			}
		}
	}
}

// outcome is what shall become of an attempt that was open at a kill.
func (j *crashJudge) outcome(a attemptLine) (campaigns.Disposition, campaigns.ContactState) {
	answers := j.end.answers[a.ID]
	switch {
	case a.AnsweredAt == 0:
		j.unknown++
		return campaigns.NotKnown, campaigns.Unknown
	case answers["first"] == "9":
		return campaigns.Answered, campaigns.Suppressed
	case answers["first"] != "" && answers["second"] != "":
		return campaigns.Answered, campaigns.Completed
	default:
		return campaigns.Answered, campaigns.Partial
	}
}

// callOff is how soon after the latest kill a call that was left must be ended: a
// person who has picked up repeats that after at most four seconds.
const callOff = 8 * time.Second

// calledOff: who was being rung at a kill gets a CANCEL, and who had answered a
// BYE, unless they were faster.
func (j *crashJudge) calledOff(k kill) {
	j.Helper()
	for leg, s := range k.alive {
		ended := j.endOf(leg)
		switch {
		case ended.Kind == "" && !j.admitted(leg):
		case ended.Kind == "":
			j.fault(leg, &k, "the call to %s was left alone", s.who)
		case ended.At.Sub(j.kills[max(j.epoch(ended.At), 1)-1].at) > callOff:
			j.fault(leg, &k, "the call to %s was ended only after %v", s.who, ended.At.Sub(k.at))
		case s.phase == answered && ended.Kind != people.KindBye:
			j.fault(leg, &k, "the call to %s was answered and ended by %s", s.who, ended.Kind)
		case ended.Kind == people.KindCancel:
			j.cancelled++
		case ended.Kind == people.KindBye && ended.By == people.Service:
			j.hungUp++
		}
	}
}

// endOf is the entry by which a call was ended.
func (j *crashJudge) endOf(leg int) people.Entry {
	for _, e := range j.entries[leg] {
		if slices.Contains([]people.Kind{people.KindCancel, people.KindRefused, people.KindBye}, e.Kind) {
			return e
		}
	}
	return people.Entry{}
}

// admitted tells whether a call came further than a challenge: it rang.
func (j *crashJudge) admitted(leg int) bool {
	return slices.ContainsFunc(j.entries[leg], func(e people.Entry) bool {
		return e.Kind == people.KindInvite && e.Repeat == people.Credentialed
	})
}

// nobodyLeft: no call was left to die.
func (j *crashJudge) nobodyLeft() {
	j.Helper()
	for _, e := range j.diary {
		silent := e.Kind == people.KindSilence || e.Kind == people.KindLost && e.Note == "no ACK"
		if ended := j.endOf(e.Leg).Seq; silent && (ended == 0 || ended > e.Seq) {
			j.fault(e.Leg, nil, "%s was left on the line: %s", e.Who, e.Note)
		}
	}
	for _, l := range j.net.Legs() {
		if l.Ended.IsZero() && j.admitted(l.Leg) {
			j.fault(l.Leg, nil, "the call to %s never ended", l.Who)
		}
	}
}

// addsUp: the report is what the rows are, and nothing is open.
func (j *crashJudge) addsUp() {
	j.Helper()
	var r report
	if err := json.Unmarshal([]byte(j.must("campaign", "report", "--json", "crash")), &r); err != nil {
		j.Fatal("read the report:", err)
	}
	contacts, dispositions, sum := make(map[campaigns.ContactState]int), make(map[campaigns.Disposition]int), 0
	for _, state := range j.end.contacts {
		contacts[state]++
	}
	for _, a := range j.end.attempts {
		dispositions[a.Disposition]++
		if a.open() {
			j.Errorf("the attempt %s on %s is open", a.ID, a.Number)
		}
	}
	for d, n := range r.Dispositions {
		sum += n
		if dispositions[d] != n {
			j.Errorf("the report has %d attempts %q, the rows %d", n, d, dispositions[d])
		}
	}
	if sum != len(j.end.attempts) || r.Attempts != sum || r.Submitted != j.people || len(j.end.contacts) != j.people {
		j.Errorf("the report has %d attempts of %d contacts, by disposition %d; the rows %d of %d",
			r.Attempts, r.Submitted, sum, len(j.end.attempts), len(j.end.contacts))
	}
	if r.State != campaigns.Finished || contacts[campaigns.Pending]+contacts[campaigns.Dialing] > 0 {
		j.Errorf("the campaign is %s with contacts %v", r.State, contacts)
	}
	for id, ending := range j.end.calls {
		if ending == "" {
			j.Errorf("the call %s is open", id)
		}
	}
	j.Logf("%d attempts %v; contacts %v", sum, r.Dispositions, r.Contacts)
}

// backWithin is how soon after a kill somebody is called again: the lease of the
// dead process, whose name the next one has, lasts for 20 s.
const backWithin = 10 * time.Second

// enough: the test has tested something.
func (j *crashJudge) enough() {
	j.Helper()
	lively, alive := 0, 0
	for _, k := range j.kills {
		alive += len(k.alive)
		if len(k.alive) >= enough {
			lively++
		}
		back := j.back(k)
		j.Logf("%s; back after %v", k, back)
		if back > backWithin {
			j.Errorf("%s: nobody was called for %v", k, back)
		}
	}
	j.Logf("%d kills, %d with %d or more attempts alive (%d in all); then %d cancelled, %d hung up, %d attempts unknown, %d answers kept; %d contacts were left after the last",
		len(j.kills), lively, enough, alive, j.cancelled, j.hungUp, j.unknown, j.kept, j.pendingAfter(j.kills[len(j.kills)-1]))
	if len(j.kills) < 20 || lively < crashLively {
		j.Errorf("%d kills, %d with %d or more attempts alive; want 20 and %d", len(j.kills), lively, enough, crashLively)
	}
	if j.cancelled == 0 || j.hungUp == 0 || j.unknown == 0 || j.kept == 0 {
		j.Error("one kind of things that a kill leaves behind did not occur")
	}
}

// pendingAfter counts the contacts that were still to be called at a kill.
func (j *crashJudge) pendingAfter(k kill) int {
	n := 0
	for _, state := range k.rows.contacts {
		if state == campaigns.Pending {
			n++
		}
	}
	return n
}

// back is how long after a kill the next process called somebody.
func (j *crashJudge) back(k kill) time.Duration {
	for _, e := range j.diary {
		if e.Kind == people.KindInvite && e.At.After(k.at) {
			return e.At.Sub(k.at).Round(time.Millisecond)
		}
	}
	return 0
}

func (j *crashJudge) legOf(callID string) int {
	for _, i := range j.net.Invites() {
		if i.CallID == callID {
			return i.Leg
		}
	}
	return 0 // its INVITE did not leave
}

// mostStories is how many faults are told in full.
const mostStories = 4

// fault is an error with the diary of the call, and of what was around the kill.
func (j *crashJudge) fault(leg int, k *kill, format string, args ...any) {
	j.Helper()
	var story strings.Builder
	fmt.Fprintf(&story, format, args...)
	if k != nil {
		fmt.Fprintf(&story, " (%s)", k)
	}
	if j.told++; j.told <= mostStories {
		j.tell(&story, leg, k)
	}
	j.Error(story.String())
}

func (j *crashJudge) tell(to *strings.Builder, leg int, k *kill) {
	for _, e := range j.diary {
		if around := k != nil && e.Seq >= k.entry.Seq-12 && e.Seq <= k.entry.Seq+12; !around && (leg == 0 || e.Leg != leg) {
			continue
		}
		mark := " "
		if k != nil && e.Seq == k.entry.Seq {
			mark = "*"
		}
		fmt.Fprintf(to, "\n  %s %5d %s +%d leg %d %s %s %s %s %s %s %d", mark, e.Seq, e.At.Format("15:04:05.000"), j.epoch(e.At),
			e.Leg, e.Who, e.Kind, e.Repeat, e.By, e.Label, e.Key+e.Note, e.Status)
	}
}
