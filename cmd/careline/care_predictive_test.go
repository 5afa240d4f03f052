package main

import (
	"math"
	"slices"
	"testing"
	"time"

	"careline/sim/people"
)

// riskyCap is a share of abandoned calls that no law permits, so that a short
// campaign has some.
const riskyCap = 0.2

// Four agents share a predictive campaign, until the phone of one goes dead: all of
// them are used, no more people than the cap and the governor's slack permit find
// nobody, and each of those hears the message, by its samples.
func TestPredictiveTeam(t *testing.T) {
	t.Parallel()
	customers := slices.Repeat([]people.Subscriber{{Greets: 500 * time.Millisecond}}, 60)
	h := careOf(t, "predictive\nabandon: {cap: 20%, alarm: 20%}", customers, people.Behaviour{
		Mix:     map[people.Persona]float64{people.Complies: 6, people.Busy: 3, people.Unavailable: 1},
		RingMin: 500 * time.Millisecond, RingMax: 2500 * time.Millisecond,
	})
	team := []string{"lina", "wang", "chen", "zhao"}
	phones := map[string]*people.Phone{}
	for _, name := range team {
		phones[name] = h.agent(name, 2*time.Second)
	}
	h.dials()
	await(t, 2*generous, "zhao to have talked to some", func() bool {
		return h.number("SELECT COUNT(*) FROM talks WHERE agent = 'zhao' AND ended_at > 0 AND joined_at > 0") >= 3
	})
	phones["zhao"].Kill()
	h.careOver()
	for _, name := range team {
		if n := h.number("SELECT COUNT(*) FROM talks WHERE agent = ? AND joined_at > 0", name); n < 3 {
			t.Errorf("%s has talked to %d people; want a fair part", name, n)
		}
	}
	answered := h.number("SELECT COUNT(*) FROM attempts WHERE disposition = 'answered'")
	permitted := riskyCap * float64(answered)
	var lost []string
	if err := h.db.Select(&lost, "SELECT json_extract(leg, '$.call_id') FROM attempts WHERE abandoned_at > 0"); err != nil {
		t.Fatal(err)
	}
	if most := permitted + 1 + math.Sqrt(0.35*permitted); answered < 20 || len(lost) == 0 || float64(len(lost)) > most {
		t.Errorf("%d of %d people were abandoned; want one or more for the dead phone, at most %.1f, of at least 20", len(lost), answered, most)
	}
	told := 0
	for _, l := range h.net.Legs() {
		if slices.Contains(lost, l.CallID) && slices.Contains(l.Heard, "care/nobody") {
			told++
		}
	}
	if told != len(lost) {
		t.Errorf("%d of %d abandoned people heard the message", told, len(lost))
	}
	if n := h.number("SELECT COUNT(*) FROM attempts WHERE disposition = 'answered' AND connected_at = 0 AND message_at = 0"); n != 0 {
		t.Errorf("%d people met nobody and heard nothing", n)
	}
	t.Logf("of %d people who answered %d met no agent, in %s ms", answered, len(lost), h.text("SELECT MAX(ended_at) - MIN(begun_at) FROM attempts"))
}
