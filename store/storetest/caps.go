package storetest

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

var capTests = tests{
	"caps bound a trunk's calls of a day":     capCalls,
	"caps bound minutes and money":            capMinutes,
	"caps hold over processes and at once":    capAtOnce,
	"caps do not count what was not placed":   capNotPlaced,
	"caps count calls that are no attempts":   capOthers,
	"caps count the minutes of such calls":    capTalks,
	"caps count what a crash cut off":         capCrash,
	"a country that was never called":         countryNoted,
	"alarms are open until they are closed":   alarmsKept,
	"alarms that lapse are raised anew":       alarmsLapse,
	"alarms are bounded, and odd texts taken": alarmsBounded,
}

// capped begins attempts under a cap.
func capped(w *world, s *store.Store, c campaigns.Contact, bound campaigns.Cap) (campaigns.Attempt, campaigns.Verdict) {
	w.Helper()
	a, v, err := s.BeginAttempt(w.Context(), campaigns.Begin{Attempt: attempt(c), Allowed: true, Cap: bound}, w.now)
	w.ok("begin an attempt", err)
	return a, v
}

func today(w *world) campaigns.Cap {
	return campaigns.Cap{Day: w.now.Format(time.DateOnly), Ends: w.now.Add(time.Hour)}
}

func (w *world) alarms() []call.OpenAlarm {
	w.Helper()
	list, err := w.s.OpenAlarms(w.Context(), w.now)
	w.ok("list alarms", err)
	return list
}

func capCalls(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 7, nil)
	bound := today(w)
	bound.Calls = 5
	contacts := w.claim(7)
	for i, c := range contacts[:5] {
		if n := len(w.alarms()); (n > 0) != (i > 4) {
			t.Errorf("after %d of 5 calls %d alarms are open", i, n)
		}
		a, v := capped(w, w.s, c, bound)
		if !v.Allowed {
			t.Fatalf("call %d of 5: %+v", i+1, v)
		}
		w.end(a, campaigns.NoAnswer)
	}
	_, v := capped(w, w.s, contacts[5], bound)
	if failedRules(v) != campaigns.RuleCap || v.State != "" || !v.Next.After(w.now) {
		t.Errorf("the sixth call: %+v; want it held by the cap for now", v)
	}
	if c := w.contact(contacts[5].ID); c.State != campaigns.Pending || c.Attempts != 0 {
		t.Errorf("the contact is %+v; want pending, without an attempt", c)
	}
	if list := w.alarms(); len(list) != 1 || list[0].Kind != call.AlarmCap || list[0].Subject != "carrier" || !strings.Contains(list[0].Text, "5 of 5 calls") {
		t.Errorf("alarms = %+v; want that the cap is reached", list)
	}
	bound.Day = "2031-01-01"
	if _, v := capped(w, w.s, contacts[6], bound); !v.Allowed {
		t.Errorf("a call of the next day: %+v", v)
	}
}

func capMinutes(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 6, nil)
	bound := today(w)
	bound.Minutes, bound.Spend, bound.Price = 5, 1, 0.3
	contacts := w.claim(6)
	a, _ := capped(w, w.s, contacts[0], bound)
	w.answered(a)
	later := func(d time.Duration) {
		w.now = w.now.Add(d)
		w.renew(w.s, theNode)
	}
	later(61 * time.Second)
	w.end(a, campaigns.Answered) // two started minutes
	want := func(minutes int, spend float64) {
		t.Helper()
		u, err := w.s.TrunkUse(t.Context(), "carrier", bound.Day, w.now)
		if err != nil || u.Minutes != minutes || u.Spend != spend {
			t.Errorf("TrunkUse = %+v, %v; want %d min, %.2f", u, err, minutes, spend)
		}
	}
	want(2, 0.6)
	b, v := capped(w, w.s, contacts[1], bound)
	if !v.Allowed {
		t.Fatalf("a call at 2 of 5 minutes: %+v", v)
	}
	w.answered(b)
	later(time.Minute + time.Second) // it is still up
	want(4, 1.2)
	if _, v := capped(w, w.s, contacts[2], bound); failedRules(v) != campaigns.RuleCap || !strings.Contains(v.Checks[len(v.Checks)-2].Detail, "1.20 of the 1.00") {
		t.Errorf("a call at 1.20 of 1.00: %+v; want it held", v)
	}
	bound.Spend = 0
	later(time.Minute)
	if _, v := capped(w, w.s, contacts[3], bound); failedRules(v) != campaigns.RuleCap {
		t.Errorf("a call at 5 of 5 minutes: %+v; want it held", v)
	}
	w.end(b, campaigns.Answered)
	want(5, 1.5)
}

// capAtOnce begins from two processes and many goroutines at once.
func capAtOnce(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 24, nil)
	bound := today(w)
	bound.Calls = 7
	other := w.open(store.Options{})
	var allowed atomic.Int32
	var wg sync.WaitGroup
	for i, c := range w.claim(24) {
		s := w.s
		if i%2 == 1 {
			s = other
		}
		wg.Go(func() {
			_, v, err := s.BeginAttempt(t.Context(), campaigns.Begin{Attempt: attempt(c), Allowed: true, Cap: bound}, w.now)
			if err == nil && v.Allowed {
				allowed.Add(1)
			}
		})
	}
	wg.Wait()
	u, err := w.s.TrunkUse(t.Context(), "carrier", bound.Day, w.now)
	if n := int(allowed.Load()); n == 0 || n > 7 || u.Calls != n || err != nil {
		t.Errorf("%d calls were allowed, %d counted, %v; want at most 7", n, u.Calls, err)
	}
}

func capNotPlaced(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	bound := today(w)
	bound.Calls = 1
	contacts := w.claim(3)
	a, _ := capped(w, w.s, contacts[0], bound)
	w.end(a, campaigns.NotPlaced)
	if _, v := capped(w, w.s, contacts[1], bound); !v.Allowed {
		t.Errorf("a call after one of which nothing was sent: %+v", v)
	}
}

func capOthers(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	bound := today(w)
	bound.Calls = 2
	for i, want := range []string{"", "", "2 of 2 calls"} {
		reached, err := w.s.TakeCall(t.Context(), newID(), "carrier", bound, w.now)
		if err != nil || !strings.Contains(reached, want) || (reached == "") != (want == "") {
			t.Errorf("call %d: %q, %v; want %q", i+1, reached, err, want)
		}
	}
	if _, v := capped(w, w.s, w.claim(1)[0], bound); failedRules(v) != campaigns.RuleCap {
		t.Errorf("an attempt after them: %+v; want it held", v)
	}
}

// capTalks are calls to the outside: one that is up counts as one that is over
// does, once, and one that lasts on when the minutes are used up goes on.
func capTalks(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	bound := today(w)
	bound.Minutes, bound.Spend, bound.Price = 4, 9, 0.5
	talk := call.Talk{ID: newID(), CallID: newID(), AgentCall: newID(), Number: "+442079460000", Trunk: "carrier", WaitedFrom: w.now}
	w.ok("save", w.s.SaveTalk(t.Context(), talk))
	take := func(id, want string) {
		t.Helper()
		reached, err := w.s.TakeCall(t.Context(), id, "carrier", bound, w.now)
		if err != nil || (reached == "") != (want == "") || !strings.Contains(reached, want) {
			t.Errorf("TakeCall = %q, %v; want %q", reached, err, want)
		}
	}
	use := func(minutes int, spend float64) {
		t.Helper()
		u, err := w.s.TrunkUse(t.Context(), "carrier", bound.Day, w.now)
		if err != nil || u.Minutes != minutes || u.Spend != spend {
			t.Errorf("TrunkUse = %+v, %v; want %d min, %.2f", u, err, minutes, spend)
		}
	}
	take(talk.AgentCall, "")
	use(0, 0)
	talk.JoinedAt = w.now.Add(time.Second)
	w.ok("save", w.s.SaveTalk(t.Context(), talk))
	w.now = talk.JoinedAt.Add(61 * time.Second)
	use(2, 1)
	take(newID(), "") // of which no talk tells
	w.now = talk.JoinedAt.Add(4 * time.Minute)
	use(4, 2)
	take(newID(), "4 of 4 min")
	talk.EndedAt, talk.Outcome = w.now.Add(time.Second), "connected"
	for range 2 {
		w.ok("save", w.s.SaveTalk(t.Context(), talk))
		use(5, 2.5)
	}
}

// countryNoted raises an alarm for each country but the first of a trunk, once.
func countryNoted(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	w.begin(w.claim(1)[0]) // +44 by carrier, as the first
	calls := func(trunk string, n phone.Number, want int) {
		t.Helper()
		for _, s := range []*store.Store{w.s, w.s, w.again()} {
			w.ok("note", s.NoteCountry(t.Context(), trunk, n, w.now))
		}
		if list := w.alarms(); len(list) != want || want > 0 && (list[0].Kind != call.AlarmTraffic || list[0].Subject != "carrier +33" || list[0].Times != 1) {
			t.Errorf("after a call to %s by %s the alarms are %+v; want %d", n, trunk, list, want)
		}
	}
	calls("carrier", number(7), 0)
	calls("other", "+33142681000", 0)
	calls("carrier", "+33142681000", 1)
}

func capCrash(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	bound := today(w)
	bound.Minutes = 4
	r := w.comesIn(w.contacts()[0])
	talk := call.Talk{ID: newID(), CallID: r.ID, AgentCall: newID(), Number: number(7), Trunk: "carrier", WaitedFrom: w.now, JoinedAt: w.now}
	w.ok("save a talk", w.s.SaveTalk(t.Context(), talk))
	if reached, err := w.s.TakeCall(t.Context(), talk.AgentCall, "carrier", bound, w.now); err != nil || reached != "" {
		t.Fatalf("TakeCall = %q, %v", reached, err)
	}
	w.now = w.now.Add(61 * time.Second)
	w.s = w.again()
	_, err := w.s.Recover(t.Context(), theNode, w.now)
	w.ok("recover", err)
	w.now = w.now.Add(time.Hour)
	if u, err := w.s.TrunkUse(t.Context(), "carrier", bound.Day, w.now); err != nil || u.Minutes != 2 || u.Calls != 1 {
		t.Errorf("TrunkUse = %+v, %v; want 2 minutes of one call", u, err)
	}
}

func alarmsKept(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	down := call.Alarm{Kind: call.AlarmTrunk, Subject: "east", Text: "no answer", At: w.now}
	w.ok("raise", w.s.RaiseAlarm(t.Context(), down))
	first := w.now
	w.now = w.now.Add(time.Minute)
	down.At, down.Text = w.now, "OPTIONS answered 503"
	w.ok("raise again", w.s.RaiseAlarm(t.Context(), down))
	list := w.alarms()
	if len(list) != 1 || list[0].Times != 2 || !list[0].Since.Equal(first) || list[0].Text != down.Text || !list[0].At.Equal(w.now) {
		t.Errorf("alarms = %+v; want one, raised twice", list)
	}
	down.Text = ""
	w.ok("close", w.s.RaiseAlarm(t.Context(), down))
	w.ok("close again", w.s.RaiseAlarm(t.Context(), down))
	if list := w.alarms(); len(list) != 0 {
		t.Errorf("alarms = %+v; want none", list)
	}
	down.Text, down.At = "gone again", w.now.Add(time.Second)
	w.ok("raise anew", w.s.RaiseAlarm(t.Context(), down))
	if list := w.alarms(); len(list) != 1 || list[0].Times != 1 || !list[0].Since.Equal(down.At) {
		t.Errorf("alarms = %+v; want one, raised once", list)
	}
}

func alarmsLapse(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	ban := call.Alarm{Kind: call.AlarmBan, Subject: "192.0.2.1", Text: "wrong passwords", At: w.now, Until: w.now.Add(time.Minute)}
	w.ok("raise", w.s.RaiseAlarm(t.Context(), ban))
	if list := w.alarms(); len(list) != 1 || !list[0].Until.Equal(ban.Until) {
		t.Errorf("alarms = %+v; want the ban", list)
	}
	w.now = w.now.Add(time.Minute)
	if list := w.alarms(); len(list) != 0 {
		t.Errorf("alarms = %+v; want none", list)
	}
	ban.At, ban.Until = w.now, w.now.Add(time.Hour)
	w.ok("raise anew", w.s.RaiseAlarm(t.Context(), ban))
	if list := w.alarms(); len(list) != 1 || list[0].Times != 1 || !list[0].Since.Equal(w.now) {
		t.Errorf("alarms = %+v; want it raised once", list)
	}
}

func alarmsBounded(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	for i := range 1020 {
		a := call.Alarm{Kind: call.AlarmBan, Subject: newID() + "\x00\xff", Text: "\xff\x00", At: w.now.Add(time.Duration(i) * time.Second)}
		w.ok("raise", w.s.RaiseAlarm(t.Context(), a))
	}
	if n := len(w.alarms()); n != 1000 {
		t.Errorf("%d alarms are kept; want 1000", n)
	}
}
