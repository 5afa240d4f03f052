package twilio_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/sim/people"
	twin "careline/sim/twilio"
	"careline/twilio"
)

func TestCallerMeetsAgent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, lina)
	w.phone(people.PhoneOptions{Name: "lina", Password: "secret", Ring: 100 * time.Millisecond, Talk: time.Second})
	leg := w.wait(w.call(people.Script{Talk: -1}))
	if !leg.HeardVoice("lina") {
		t.Errorf("the caller heard %+v; want the agent", leg.Voices)
	}
	rec, talks := w.closed()
	if rec.Seq != 2 || rec.Ending != call.ByFlow {
		t.Errorf("the call ended %s at step %d; want by the flow, after the agent had left", rec.Ending, rec.Seq)
	}
	if len(talks) != 1 || talks[0].Agent != "lina" || talks[0].Outcome != "connected" || talks[0].JoinedAt.IsZero() {
		t.Errorf("talks = %+v", talks)
	}
	if got := w.presence("lina"); got != agents.WrapUp {
		t.Errorf("lina is %s; want wrap_up", got)
	}
}

// Where nobody can be had that is said at once, by the document that was asked
// for.
func TestCallerWhomNobodyTakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, lina)
	leg := w.wait(w.call(people.Script{}))
	if !slices.Contains(leg.Heard, "Nobody is there.") {
		t.Errorf("the caller heard %v", leg.Heard)
	}
	if rec, talks := w.closed(); len(talks) != 1 || talks[0].Outcome != "full" || rec.Ending != call.ByFlow {
		t.Errorf("%+v ended %s", talks, rec.Ending)
	}
	for _, e := range w.twin.Diary() {
		if e.Kind == twin.KindUpdated {
			t.Errorf("the call was updated by REST: %+v", e)
		}
	}
}

// Who hangs up while they wait has left: the agent is rung no more, and a call
// back is noted.
func TestCallerLeavesTheQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, lina)
	w.phone(people.PhoneOptions{Name: "lina", Password: "secret", Ignore: true})
	c := w.call(people.Script{Talk: -1})
	w.until("lina's phone rings", func() bool { return w.presence("lina") == agents.Reserved })
	w.until("the caller waits", func() bool { return w.fetched("/wait") > 0 })
	c.stop()
	rec, talks := w.closed()
	if len(talks) != 1 || talks[0].Outcome != "hungup" || !talks[0].JoinedAt.IsZero() || rec.Ending != call.ByCaller {
		t.Errorf("talks = %+v, ended %s", talks, rec.Ending)
	}
	w.until("lina is idle", func() bool { return w.presence("lina") == agents.Idle })
}

// And who hangs up while they talk.
func TestCallerLeavesTheAgent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, lina)
	w.phone(people.PhoneOptions{Name: "lina", Password: "secret", Ring: 100 * time.Millisecond})
	leg := w.wait(w.call(people.Script{Talk: 500 * time.Millisecond}))
	if !leg.HeardVoice("lina") {
		t.Errorf("the caller heard %+v; want the agent", leg.Voices)
	}
	rec, talks := w.closed()
	if len(talks) != 1 || talks[0].Agent != "lina" || talks[0].JoinedAt.IsZero() || rec.Ending != call.ByCaller {
		t.Errorf("talks = %+v, ended %s", talks, rec.Ending)
	}
	w.until("lina wraps up", func() bool { return w.presence("lina") == agents.WrapUp })
}

// fetched is how many documents were asked for by URLs that hold a part.
func (w *world) fetched(part string) (n int) {
	for _, e := range w.twin.Diary() {
		if e.Kind == twin.KindDocument && strings.Contains(e.URL, part) {
			n++
		}
	}
	return n
}

// A REST request that fails is made again: the caller meets the agent all the
// same, once.
func TestCallerIsMovedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, lina)
	w.twin.SetFaults(twin.Faults{List: []twin.Fault{
		{Kind: twin.Unavailable, On: "POST /2010-04-01/Accounts/" + worldAccount + "/Calls/"},
		{Kind: twin.AnswerLost, On: "POST /2010-04-01/Accounts/" + worldAccount + "/Calls/"},
	}, Retry: 100 * time.Millisecond})
	w.phone(people.PhoneOptions{Name: "lina", Password: "secret", Ring: 100 * time.Millisecond, Talk: time.Second})
	leg := w.wait(w.call(people.Script{Talk: -1}))
	if !leg.HeardVoice("lina") {
		t.Errorf("the caller heard %+v; want the agent", leg.Voices)
	}
	if rec, talks := w.closed(); len(talks) != 1 || rec.Seq != 2 || rec.Ending != call.ByFlow {
		t.Errorf("talks = %+v, ended %s at step %d; want one talk, and the farewell", talks, rec.Ending, rec.Seq)
	}
}

// Callers whom a run of the node has parked are in the queue of the next one.
func TestCallerOutlivesTheNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, lina)
	first := w.phone(people.PhoneOptions{Name: "lina", Password: "secret", Ignore: true})
	c := w.call(people.Script{Talk: -1})
	w.until("lina's phone rings", func() bool { return w.presence("lina") == agents.Reserved })
	w.until("the caller waits", func() bool { return w.fetched("/wait") > 0 })
	first.Kill()
	w.again()
	w.phone(people.PhoneOptions{Name: "lina", Password: "secret", Ring: 100 * time.Millisecond, Talk: time.Second})
	leg := w.wait(c)
	if rec, _ := w.closed(); !leg.HeardVoice("lina") || rec.Seq != 2 || rec.Ending != call.ByFlow {
		t.Errorf("the caller heard %+v, ended %s at step %d; want the agent of the second run, and the farewell", leg.Voices, rec.Ending, rec.Seq)
	}
}

// And so are those who talked, whose sound led to the run that is gone.
func TestTalkerOutlivesTheNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, lina)
	first := w.phone(people.PhoneOptions{Name: "lina", Password: "secret", Ring: 100 * time.Millisecond})
	c := w.call(people.Script{Talk: -1})
	w.until("lina talks", func() bool { return w.presence("lina") == agents.Talking })
	w.until("the two are joined", w.joined)
	first.Kill()
	w.again()
	w.phone(people.PhoneOptions{Name: "lina", Password: "secret", Ring: 100 * time.Millisecond, Talk: time.Second})
	w.wait(c)
	rec, talks := w.closed()
	if len(talks) != 2 || talks[1].Agent != "lina" || rec.Seq != 2 || rec.Ending != call.ByFlow {
		t.Errorf("talks = %+v, ended %s at step %d; want a second one, and the farewell", talks, rec.Ending, rec.Seq)
	}
}

// joined tells whether Twilio has connected somebody.
func (w *world) joined() bool {
	return slices.ContainsFunc(w.twin.Diary(), func(e twin.Entry) bool { return e.Kind == twin.KindJoined })
}

// An agent who is called by a number takes the caller by a key; Twilio connects
// the two, and no sound comes here.
func TestTwilioConnectsCallerAndNumber(t *testing.T) {
	t.Parallel()
	log := lockedWriter{w: &bytes.Buffer{}}
	o := mina
	o.change = func(o *twilio.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) }
	w := newWorld(t, o)
	w.ready("mina")
	c := w.call(people.Script{Talk: -1})
	w.until("mina talks", func() bool { return w.presence("mina") == agents.Talking })
	if n := w.driver.Stats().Calls; n != 0 {
		t.Errorf("%d calls have their sound here", n)
	}
	w.until("the two are joined", w.joined)
	w.twin.SetFaults(twin.Faults{List: []twin.Fault{ // the caller's end is told after the agent's
		{Kind: twin.FetchLate, Times: -1}, {Kind: twin.CallbackLate, On: "/status", Times: -1},
	}, Late: 3 * time.Second})
	c.stop()
	_, talks := w.closed()
	if len(talks) != 1 || talks[0].Agent != "mina" || talks[0].Number != worldMobile || talks[0].JoinedAt.IsZero() {
		t.Errorf("talks = %+v", talks)
	}
	w.until("mina wraps up", func() bool { return w.presence("mina") == agents.WrapUp })
	w.until("the log tells of the end", func() bool { return strings.Contains(log.String(), `msg="call ended"`) })
	w.stop()
	if strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("a caller who hangs up is an error in the log:\n%s", log.String())
	}
}

// Voice mail takes no caller.
func TestVoiceMailTakesNoCaller(t *testing.T) {
	t.Parallel()
	o := mina
	o.people.Subscribers = []people.Subscriber{{Number: worldMobile, Personas: []people.Persona{people.PressesBad}}}
	w := newWorld(t, o)
	w.ready("mina")
	c := w.call(people.Script{Talk: -1})
	w.until("mina is on break", func() bool { return w.presence("mina") == agents.OnBreak })
	w.until("the caller waits again", func() bool { return w.fetched("/wait") > 1 })
	c.stop()
	if _, talks := w.closed(); len(talks) != 1 || !talks[0].JoinedAt.IsZero() {
		t.Errorf("talks = %+v; want nobody's", talks)
	}
}

// A call that is placed for somebody here brings its sound here.
func TestPlacedLeg(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mina)
	w.ready("mina")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	leg, err := w.board.Fetch(ctx, "mina", campaigns.Contact{ID: "contact", Number: worldCaller})
	w.ok("fetch mina", err)
	if got := w.presence("mina"); got != agents.Talking || w.driver.Stats().Calls != 1 {
		t.Errorf("mina is %s, %d calls have their sound here; want talking by one", got, w.driver.Stats().Calls)
	}
	leg.Hangup(ctx)
	w.until("Twilio's call is over", func() bool {
		calls := w.twin.Calls()
		return len(calls) > 0 && calls[0].Status == "completed"
	})
	w.until("nothing is followed", func() bool { return w.carrier.Trunks()[0].Calls == 0 })
}
