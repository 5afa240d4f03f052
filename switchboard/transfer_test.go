package switchboard_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
)

// asked is a transfer that the test asks for, and what it was told of it.
type asked struct {
	*call.Referral
	told chan string
}

func ask(to, other string) asked {
	a := asked{told: make(chan string, 9)}
	a.Referral = &call.Referral{
		To: to, Other: other,
		Accept: func(context.Context) { a.told <- "accepted" },
		Refuse: func(_ context.Context, r call.Rejection) { a.told <- "refused: " + string(r) },
		Done: func(_ context.Context, err error) {
			if err != nil {
				a.told <- "failed"
				return
			}
			a.told <- "done"
		},
	}
	return a
}

// news is what was told, in order.
func (a asked) news() string {
	var all []string
	for {
		select {
		case s := <-a.told:
			all = append(all, s)
		default:
			return strings.Join(all, ", ")
		}
	}
}

// talking is a floor where lina talks with caller c1.
func talking(t *testing.T, after map[string]time.Duration, ready ...string) (*floor, *caller) {
	t.Helper()
	after["lina"] = 0
	f := open(t, after)
	f.ready(t, append([]string{"lina"}, ready...)...)
	c := f.call(t, "c1", ivr.EnqueueSpec{KnownAgent: "lina", KnownAgentWait: time.Minute})
	pass(time.Second)
	if f.presence("lina") != agents.Talking {
		t.Fatal("lina does not talk")
	}
	return f, c
}

// talks are the agents and outcomes of all talks, in order.
func (f *floor) talks() string {
	f.books.mu.Lock()
	defer f.books.mu.Unlock()
	var all []string
	for _, t := range f.books.all {
		all = append(all, t.Agent+string(t.Number)+" "+t.Outcome)
	}
	return strings.Join(all, ", ")
}

func TestTransferToAColleague(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := talking(t, map[string]time.Duration{"wang": 3 * time.Second}, "wang")
		r := ask("202", "")
		f.phones.leg("lina").referrals <- r.Referral
		pass(time.Second)
		if got := f.presence("wang"); got != agents.Reserved || isOver(f.phones.leg("lina")) {
			t.Errorf("while it rings wang is %s, lina gone: %v; want reserved, and lina there", got, isOver(f.phones.leg("lina")))
		}
		pass(3 * time.Second)
		if got := r.news(); got != "accepted, done" {
			t.Errorf("lina's phone was told %q", got)
		}
		if l, w := f.presence("lina"), f.presence("wang"); l != agents.WrapUp || w != agents.Talking {
			t.Errorf("lina is %s, wang %s; want wrap_up, talking", l, w)
		}
		if got := c.leg.heard(); got != "lina music wang" {
			t.Errorf("the caller heard %q", got)
		}
		f.phones.leg("wang").Hangup(t.Context())
		if got := <-c.result; got != ivr.Connected {
			t.Errorf("Serve = %s; want connected", got)
		}
		if got := f.talks(); got != "lina transferred, wang connected" {
			t.Errorf("talks: %s", got)
		}
		if all := f.books.all; all[1].From != all[0].ID {
			t.Errorf("the second talk comes from %q; want the first", all[1].From)
		}
		if got := f.presence("wang"); got != agents.WrapUp {
			t.Errorf("after the call wang is %s; want wrap_up", got)
		}
	})
}

func isOver(l *leg) bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}

func TestTransferThatComesToNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		to      string
		ready   []string
		news    string
		talks   string
		stopped bool // lina hangs up before it has failed
		result  ivr.EventKind
	}{
		"unknown":          {"999x", nil, "refused: unknown number", "lina connected", false, ivr.Connected},
		"not at work":      {"202", nil, "refused: busy", "lina connected", false, ivr.Connected},
		"rings out":        {"wang", []string{"wang"}, "accepted, failed", "lina connected,  failed", false, ivr.Connected},
		"outside busy":     {"020 7946 0000", nil, "accepted, failed", "lina connected, +442079460000 failed", false, ivr.Connected},
		"lina has left":    {"wang", []string{"wang"}, "accepted, failed", "lina failed,  failed", true, ivr.Failed},
		"nothing to speak": {"", nil, "refused: unknown number", "lina connected", false, ivr.Connected},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, c := talking(t, map[string]time.Duration{}, tc.ready...)
				r := ask(tc.to, "")
				f.phones.leg("lina").referrals <- r.Referral
				pass(time.Second)
				if tc.stopped {
					f.phones.leg("lina").Hangup(t.Context())
				}
				pass(time.Minute)
				if got := r.news(); got != tc.news {
					t.Errorf("lina's phone was told %q; want %q", got, tc.news)
				}
				if !tc.stopped && !strings.HasSuffix(c.leg.heard(), "lina") {
					t.Errorf("the caller heard %q; want lina again", c.leg.heard())
				}
				f.phones.leg("lina").Hangup(t.Context())
				if got := <-c.result; got != tc.result {
					t.Errorf("Serve = %s; want %s", got, tc.result)
				}
				if got := f.talks(); got != tc.talks {
					t.Errorf("talks: %s; want %s", got, tc.talks)
				}
			})
		})
	}
}

func TestTransferToAQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := talking(t, map[string]time.Duration{"wang": 0}, "wang")
		r := ask("301", "")
		f.phones.leg("lina").referrals <- r.Referral
		pass(time.Second)
		if got := r.news(); got != "accepted, done" || f.presence("wang") != agents.Talking {
			t.Errorf("told %q, wang is %s", got, f.presence("wang"))
		}
		c.hangUp()
		if got := <-c.result; got != ivr.HungUp {
			t.Errorf("Serve = %s; want hungup", got)
		}
		if got := f.talks(); got != "lina transferred, wang hungup" {
			t.Errorf("talks: %s", got)
		}
		pass(time.Minute)
		if l, w := f.presence("lina"), f.presence("wang"); l != agents.Idle || w != agents.Idle {
			t.Errorf("in the end lina is %s, wang %s; want both idle", l, w)
		}
	})
}

func TestTransferToTheOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := talking(t, map[string]time.Duration{"+442079460000": time.Second})
		r := ask("020 7946 0000", "")
		f.phones.leg("lina").referrals <- r.Referral
		pass(2 * time.Second)
		if got := r.news(); got != "accepted, done" || f.presence("lina") != agents.WrapUp {
			t.Errorf("told %q, lina is %s", got, f.presence("lina"))
		}
		f.phones.leg("+442079460000").referrals = nil
		out := f.books.all[1]
		if out.Trunk != "carrier" || out.Leg.CallID != "leg" || out.AgentCall == "" {
			t.Errorf("the books say %+v; want the dialog of the call", out)
		}
		f.phones.leg("+442079460000").Hangup(t.Context())
		if got := <-c.result; got != ivr.Connected {
			t.Errorf("Serve = %s; want connected", got)
		}
		if got := f.talks(); got != "lina transferred, +442079460000 connected" {
			t.Errorf("talks: %s", got)
		}
	})
}

// internal is a call from lina's phone to a colleague.
type internal struct {
	incoming
	line *leg
}

func (i *internal) Answer(context.Context, call.Info) (call.Line, error) { return i.line, nil }

func TestAttendedTransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := talking(t, map[string]time.Duration{"wang": time.Second}, "wang")
		aside := &internal{incoming: incoming{to: "202"}, line: newLeg("p1")}
		dialed := make(chan struct{})
		go func() {
			defer close(dialed)
			f.Dialed(t.Context(), aside)
		}()
		pass(2 * time.Second)
		if aside.line.heard() != "music wang" {
			t.Fatalf("lina heard %q; want wang", aside.line.heard())
		}
		r := ask("whoever", "p1")
		f.phones.leg("lina").referrals <- r.Referral
		pass(time.Second)
		<-dialed
		if got := r.news(); got != "accepted, done" || c.leg.heard() != "lina wang" {
			t.Errorf("told %q; the caller heard %q", got, c.leg.heard())
		}
		if l, w := f.presence("lina"), f.presence("wang"); l != agents.WrapUp || w != agents.Talking || isOver(f.phones.leg("wang")) {
			t.Errorf("lina is %s, wang %s; want wrap_up, talking", l, w)
		}
		again := ask("whoever", "p1")
		f.phones.leg("wang").referrals <- again.Referral
		pass(time.Second)
		if got := again.news(); got != "refused: unknown number" {
			t.Errorf("a talk that is over was found again: %q", got)
		}
		f.phones.leg("wang").Hangup(t.Context())
		if got := <-c.result; got != ivr.Connected {
			t.Errorf("Serve = %s; want connected", got)
		}
		if got := f.talks(); got != "lina transferred, wang connected" {
			t.Errorf("talks: %s", got)
		}
	})
}

// A colleague whom another agent talks with cannot be had by naming that talk.
func TestTalkAsideOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := talking(t, map[string]time.Duration{"wang": 0}, "wang")
		aside := &internal{incoming: incoming{to: "wang", phone: "boss"}, line: newLeg("p1")}
		dialed := make(chan struct{})
		go func() {
			defer close(dialed)
			f.Dialed(t.Context(), aside)
		}()
		pass(time.Second)
		r := ask("wang", "p1")
		f.phones.leg("lina").referrals <- r.Referral
		pass(time.Second)
		if got := r.news(); got != "refused: unknown number" || aside.line.heard() != "music wang" || c.leg.heard() != "lina lina" {
			t.Errorf("told %q; boss heard %q, the caller %q", got, aside.line.heard(), c.leg.heard())
		}
		aside.line.Hangup(t.Context())
		<-dialed
		f.phones.leg("lina").Hangup(t.Context())
		<-c.result
	})
}

// Who has answered a transfer is joined at once, however long the books take, and
// these say in the end what was.
func TestTransferDoesNotWaitForTheBooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phones{after: map[string]time.Duration{"lina": 0}, legs: make(map[string]*leg)}
		b := newBooks()
		f := openWith(t, p, slow{b})
		f.ready(t, "lina")
		joined := make(chan time.Time, 2)
		done := make(chan ivr.EventKind, 1)
		go func() {
			w := call.Waiting{ID: "c1", Media: func(context.Context) (call.Leg, error) { return &joins{newLeg("c1"), joined}, nil }}
			done <- f.Serve(t.Context(), w, ivr.EnqueueSpec{Queue: "care"})
		}()
		<-joined
		f.ready(t, "wang")
		p.mu.Lock()
		p.after["wang"] = time.Minute / 6
		p.mu.Unlock()
		answered := make(chan time.Time, 1)
		r := ask("wang", "")
		r.Done = func(context.Context, error) { answered <- time.Now() }
		p.leg("lina").referrals <- r.Referral
		if at, from := <-joined, <-answered; !at.Equal(from) {
			t.Errorf("joined %v after the answer", at.Sub(from))
		}
		p.leg("wang").Hangup(t.Context())
		<-done
		if len(b.all) != 2 || b.all[0].Outcome != call.Transferred || b.all[1].Outcome != "connected" {
			t.Errorf("talks: %+v", b.all)
		}
	})
}

func TestTalkAsideEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, map[string]time.Duration{"wang": 0})
		f.ready(t, "lina", "wang")
		aside := &internal{incoming: incoming{to: "wang"}, line: newLeg("p1")}
		dialed := make(chan struct{})
		go func() {
			defer close(dialed)
			f.Dialed(t.Context(), aside)
		}()
		pass(time.Second)
		second := &incoming{to: "wang"}
		f.Dialed(t.Context(), second)
		if second.rejected != call.BusyHere {
			t.Errorf("a second call to wang: %q; want busy", second.rejected)
		}
		aside.line.Hangup(t.Context())
		<-dialed
		if !isOver(f.phones.leg("wang")) || f.presence("wang") != agents.Idle || f.presence("lina") != agents.Idle {
			t.Errorf("wang's leg over: %v, wang %s, lina %s", isOver(f.phones.leg("wang")), f.presence("wang"), f.presence("lina"))
		}
	})
}

// dial has a flow dial for a caller.
func (f *floor) dial(t *testing.T, l *leg, spec ivr.DialSpec) <-chan ivr.EventKind {
	t.Helper()
	result := make(chan ivr.EventKind, 1)
	w := call.Waiting{ID: l.id, Trunk: "carrier", Media: func(context.Context) (call.Leg, error) { return l, nil }}
	go func() { result <- f.Dial(t.Context(), w, spec) }()
	synctest.Wait()
	return result
}

func TestFlowDials(t *testing.T) {
	busy := &call.Failure{Disposition: campaigns.Busy}
	for name, tc := range map[string]struct {
		spec  ivr.DialSpec
		refer error
		want  ivr.EventKind
		talk  string
		trunk string
	}{
		"bridged":           {ivr.DialSpec{Number: "020 7946 0000"}, nil, ivr.Connected, "+442079460000 connected", "carrier"},
		"network says no":   {ivr.DialSpec{Number: "+442079460000", Refer: true}, call.ErrNoRefer, ivr.Connected, "+442079460000 connected", "carrier"},
		"network has it":    {ivr.DialSpec{Number: "+442079460000", Refer: true}, nil, ivr.HungUp, "+442079460000 transferred", ""},
		"busy over there":   {ivr.DialSpec{Number: "+442079460000", Refer: true}, busy, ivr.Busy, "+442079460000 busy", ""},
		"nobody answers":    {ivr.DialSpec{Number: "+442079460001", Ring: 5 * time.Second}, nil, ivr.Failed, "+442079460001 failed", "carrier"},
		"no number":         {ivr.DialSpec{Number: "12x"}, nil, ivr.Failed, " failed", "carrier"},
		"by a trunk's name": {ivr.DialSpec{Number: "+442079460000", Trunk: "other"}, nil, ivr.Connected, "+442079460000 connected", "other"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := open(t, map[string]time.Duration{"+442079460000": time.Second})
				l := newLeg("c1")
				l.refer = tc.refer
				result := f.dial(t, l, tc.spec)
				pass(10 * time.Second)
				if out := f.phones.leg("+442079460000"); out != nil {
					if l.heard() != "+442079460000" {
						t.Errorf("the caller heard %q", l.heard())
					}
					out.Hangup(t.Context())
				}
				if got := <-result; got != tc.want {
					t.Errorf("Dial = %s; want %s", got, tc.want)
				}
				if got := f.talks(); got != tc.talk || f.books.all[0].Trunk != tc.trunk {
					t.Errorf("talks: %s by %q; want %s by %q", got, f.books.all[0].Trunk, tc.talk, tc.trunk)
				}
				if gone := tc.want == ivr.HungUp; isOver(l) != gone {
					t.Errorf("the caller's leg over: %v; want %v", isOver(l), gone)
				}
			})
		})
	}
}

// full is a ledger that takes nothing.
type full struct{ *books }

func (full) SaveTalk(context.Context, call.Talk) error { return errors.New("disk is full") }

func TestNothingIsDialedThatIsNotInTheBooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phones{after: map[string]time.Duration{"+442079460000": 0}, legs: make(map[string]*leg)}
		f := openWith(t, p, full{newBooks()})
		if got := <-f.dial(t, newLeg("c1"), ivr.DialSpec{Number: "+442079460000"}); got != ivr.Failed {
			t.Errorf("Dial = %s; want failed", got)
		}
		if len(p.rung) != 0 {
			t.Errorf("%d calls were placed", len(p.rung))
		}
	})
}

func TestNetworkTakesBothCallsOver(t *testing.T) {
	for name, tc := range map[string]struct {
		hand error
		want ivr.EventKind
		talk string
	}{
		"taken":     {nil, call.Transferred, "+442079460000 transferred"},
		"not taken": {call.ErrNoRefer, ivr.Connected, "+442079460000 connected"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := open(t, map[string]time.Duration{"+442079460000": time.Second})
				l := newLeg("c1")
				l.hand = tc.hand
				result := f.dial(t, l, ivr.DialSpec{Number: "+442079460000"})
				pass(2 * time.Second)
				f.phones.leg("+442079460000").Hangup(t.Context())
				if got := <-result; got != tc.want {
					t.Errorf("Dial = %s; want %s", got, tc.want)
				}
				if got := f.talks(); got != tc.talk {
					t.Errorf("talks: %s; want %s", got, tc.talk)
				}
				if l.asked != "+442079460000" || isOver(l) != (tc.hand == nil) {
					t.Errorf("the caller's leg: %q, over %v", l.heard(), isOver(l))
				}
			})
		})
	}
}
