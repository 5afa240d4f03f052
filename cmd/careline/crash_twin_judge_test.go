package main

import (
	"slices"
	"strings"
	"time"

	"careline/campaigns"
	twin "careline/sim/twilio"
)

// twinJudge compares what the twin noted with the rows.
type twinJudge struct {
	*crashJudge // of which it takes the sums

	world *twinWorld
	kills []twinKill
	calls map[string][]twin.Call // by attempt
}

func (j *twinJudge) judge() {
	j.Helper()
	j.compare()
	j.addsUp()
	j.enough()
}

// compare compares all that there is.
func (j *twinJudge) compare() {
	j.Helper()
	j.calls = make(map[string][]twin.Call)
	for _, c := range j.world.twin.Calls() {
		if c.Direction != "outbound-api" {
			continue
		}
		j.calls[attemptOf(c)] = append(j.calls[attemptOf(c)], c)
	}
	j.strict()
	j.placedOnce()
	j.settledTruly()
	j.answersKept()
	j.answersTrue()
	j.sound()
}

// sound: no service complained of itself, nor told its secret. That Twilio could
// not go on is no fault of its own; nor that a callee was given up as the
// database stood still, since the twin's pauses between the tries are short ones.
func (j *twinJudge) sound() {
	j.Helper()
	still := func(line string) bool {
		return strings.Contains(line, "step not taken") && strings.Contains(line, "the database is behind")
	}
	j.logged(func(line string) bool {
		complains := strings.Contains(line, "level=ERROR") && !strings.Contains(line, "twilio could not go on") && !still(line)
		return complains || strings.Contains(line, demoToken)
	})
}

// strict: nothing was asked or said that Twilio does not provide for.
func (j *twinJudge) strict() {
	j.Helper()
	for _, v := range j.world.twin.Violations() {
		j.Errorf("violation: %s", v)
	}
}

// placedOnce: each call is that of an attempt of its own, whose row was there
// before.
func (j *twinJudge) placedOnce() {
	j.Helper()
	for id, calls := range j.calls {
		row, known := j.end.attempts[id]
		switch {
		case !known:
			j.Errorf("a call to %s, asked for at %q, has no row", calls[0].To, calls[0].Params.Get("Url"))
		case len(calls) > 1 || calls[0].Dials > 1:
			j.Errorf("attempt %s on %s was placed %d times, and dialed %d times", id, row.Number, len(calls), calls[0].Dials)
		case row.Number != calls[0].To:
			j.Errorf("a call went to %s, its row says %s", calls[0].To, row.Number)
		}
	}
}

// settledTruly: what became of an attempt is what became of its call, or unknown;
// and whose attempt is unknown is not called again.
func (j *twinJudge) settledTruly() {
	j.Helper()
	answered, unknown := 0, 0
	for id, a := range j.end.attempts {
		calls := j.calls[id]
		reached := len(calls) > 0 && !calls[0].Answered.IsZero()
		switch a.Disposition {
		case campaigns.Answered:
			if answered++; !reached {
				j.Errorf("the attempt %s on %s was answered, says its row; nobody has", id, a.Number)
			}
		case campaigns.NotKnown:
			unknown++
			j.notAgain(a, calls)
		default:
			if reached {
				j.Errorf("the attempt %s on %s is %q; somebody has answered", id, a.Number, a.Disposition)
			}
		}
	}
	if answered == 0 {
		j.Error("nobody was reached")
	}
	j.Logf("%d attempts answered, %d unknown", answered, unknown)
}

// notAgain: nobody calls a contact whose attempt is unknown.
func (j *twinJudge) notAgain(a attemptLine, calls []twin.Call) {
	j.Helper()
	if state := j.end.contacts[a.Contact]; state != campaigns.Unknown {
		j.Errorf("the attempt %s on %s is unknown, and its contact %s", a.ID, a.Number, state)
	}
	var since time.Time
	if len(calls) > 0 {
		since = calls[0].Created
	}
	for id, others := range j.calls {
		if id != a.ID && others[0].To == a.Number && !since.IsZero() && others[0].Created.After(since) {
			j.Errorf("%s was called again after the attempt %s, which is unknown", a.Number, a.ID)
		}
	}
}

// results are the results of crashFlow, by what it asks.
var results = map[string]string{"First question.": "first", "Second question.": "second"}

// taken are the keys that answer a question and that the service has taken: it
// gave the next document for them.
func (j *twinJudge) taken(p twin.Press) (attempt, result string, ok bool) {
	for words, name := range results {
		if strings.Contains(p.Said, words) {
			result = name
		}
	}
	valid := map[string]string{"first": "129", "second": "345"}[result]
	c, known := j.world.twin.Call(p.Call)
	return attemptOf(c), result, known && p.Delivered && len(p.Keys) == 1 && strings.Contains(valid, p.Keys)
}

// answersKept: what the twin got a next document for is in the table.
func (j *twinJudge) answersKept() {
	j.Helper()
	n := 0
	for _, p := range j.world.twin.Presses() {
		attempt, result, ok := j.taken(p)
		if !ok {
			continue
		}
		n++
		if got := j.end.answers[attempt][result]; got != p.Keys {
			j.Errorf("%s pressed %s at %q and was taken on; the table has %q", p.To, p.Keys, result, got)
		}
		if p.Keys == "9" && !j.end.stopped[p.To] {
			j.Errorf("%s asked not to be called, was taken on, and may be called", p.To)
		}
	}
	if n == 0 {
		j.Error("nobody pressed anything")
	}
	j.Logf("%d answers were taken", n)
}

// answersTrue: nothing is in the table that nobody pressed.
func (j *twinJudge) answersTrue() {
	j.Helper()
	pressed := make(map[string]bool)
	for _, p := range j.world.twin.Presses() {
		c, _ := j.world.twin.Call(p.Call)
		pressed[attemptOf(c)+" "+p.Keys] = true
	}
	for call, of := range j.end.answers {
		for result, value := range of {
			if !pressed[call+" "+value] {
				j.Errorf("the table has %q to %q in call %s; nobody pressed that", value, result, call)
			}
		}
	}
}

// enough: the test has tested something.
func (j *twinJudge) enough() {
	j.Helper()
	lively := 0
	for _, k := range j.kills {
		if k.alive >= enough {
			lively++
		}
		j.Logf("%s", k)
	}
	open := slices.ContainsFunc(j.kills, func(k twinKill) bool {
		for _, a := range k.rows.attempts {
			if a.open() {
				return true
			}
		}
		return false
	})
	left := 0
	for _, state := range j.kills[len(j.kills)-1].rows.contacts {
		if state == campaigns.Pending {
			left++
		}
	}
	j.Logf("%d contacts were left after the last kill", left)
	if len(j.kills) < 20 || lively < crashLively || !open {
		j.Errorf("%d kills, %d with %d or more calls alive; want 20 and %d, and attempts that are open", len(j.kills), lively, enough, crashLively)
	}
}
