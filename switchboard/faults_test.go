package switchboard_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/switchboard"
)

// placer is a call.Placer by its method.
type placer func(ctx context.Context, o call.Order) (call.Line, error)

func (p placer) Place(ctx context.Context, o call.Order) (call.Line, error) { return p(ctx, o) }

// openWith is a switchboard with the agents lina and wang of the team front and
// boss of another, on phones and books of the test's own.
func openWith(t *testing.T, p call.Placer, ledger switchboard.Ledger) *floor {
	t.Helper()
	sb, err := switchboard.New(t.Context(), p, ledger, switchboard.Options{
		Agents: []agents.Agent{{Name: "lina", Team: "front"}, {Name: "wang", Team: "front"}, {Name: "boss", Team: "top"}},
		Queues: []agents.Queue{{Name: "care", Team: "front", RingTime: 15 * time.Second}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := &floor{Switchboard: sb}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sb.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return f
}

func (b *books) record(agent string) agents.Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.records[agent]
}

func newBooks() *books {
	return &books{records: make(map[string]agents.Record), talks: make(map[string]call.Talk)}
}

// A call to an agent's phone that could not be placed, as no port was free, is
// no fault of the agent.
func TestOurOwnFailureSendsNobodyOnBreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries atomic.Int32
		b := newBooks()
		f := openWith(t, placer(func(context.Context, call.Order) (call.Line, error) {
			if tries.Add(1) < 4 {
				return nil, &call.Failure{Disposition: campaigns.NotPlaced}
			}
			return newLeg("phone"), nil
		}), b)
		f.ready(t, "lina")
		start := time.Now()
		c := f.call(t, "c1", ivr.EnqueueSpec{})
		if b.record("lina").Wish != agents.Ready {
			t.Error("lina is sent on break by a call that never left")
		}
		pass(20 * time.Second)
		if got := f.presence("lina"); got != agents.Talking || tries.Load() != 4 {
			t.Errorf("after %v and %d tries lina is %s; want talking at the fourth, each after a rest", time.Since(start), tries.Load(), got)
		}
		c.hangUp()
		<-c.result
	})
}

// talker is a call from an agent's phone that stays up.
type talker struct {
	incoming
	line *leg
}

func (i *talker) Answer(context.Context, call.Info) (call.Line, error) { return i, nil }

func (i *talker) Start(context.Context, []ivr.Action) error { return nil }
func (i *talker) Hangup(ctx context.Context)                { i.line.Hangup(ctx) }
func (i *talker) Next(context.Context) (ivr.Event, error) {
	<-i.line.over
	return ivr.Event{Kind: ivr.HungUp}, nil
}

func TestPhoneInUseIsNotRung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, map[string]time.Duration{"lina": 0})
		f.SetReachable("lina", true)
		c := f.call(t, "c1", ivr.EnqueueSpec{})
		in := &talker{incoming: incoming{to: "*1"}, line: newLeg("p1")}
		dialed := make(chan struct{})
		go func() {
			defer close(dialed)
			f.Dialed(t.Context(), in)
		}()
		pass(time.Second)
		if got := f.presence("lina"); got != agents.Talking || len(f.phones.order()) != 0 {
			t.Errorf("while lina still hears the confirmation: %s, rung %v; want talking, and no ring", got, f.phones.order())
		}
		in.line.Hangup(t.Context())
		<-dialed
		pass(time.Second)
		if len(f.phones.order()) != 1 {
			t.Errorf("rung %v; want lina once her phone is free", f.phones.order())
		}
		c.hangUp()
		<-c.result
	})
}

// slow is a ledger that takes its time over talks.
type slow struct{ *books }

func (s slow) SaveTalk(ctx context.Context, t call.Talk) error {
	<-time.After(3 * time.Second)
	return s.books.SaveTalk(ctx, t)
}

func TestWhoIsGoneKeepsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBooks()
		f := openWith(t, &phones{}, slow{b})
		f.ready(t, "lina")
		c := f.call(t, "c1", ivr.EnqueueSpec{})
		pass(4 * time.Second)
		c.hangUp()
		pass(0)
		if got := f.presence("lina"); got != agents.Idle {
			t.Errorf("lina is %s while the end of the wait is stored; want idle", got)
		}
		<-c.result
	})
}

func TestJoinDoesNotWaitForTheBooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phones{after: map[string]time.Duration{"lina": 0}, legs: make(map[string]*leg)}
		b := newBooks()
		f := openWith(t, p, slow{b})
		f.ready(t, "lina")
		joined := make(chan time.Time, 1)
		begun := time.Now()
		done := make(chan ivr.EventKind, 1)
		go func() {
			w := call.Waiting{ID: "c1", Media: func(context.Context) (call.Leg, error) { return &joins{newLeg("c1"), joined}, nil }}
			done <- f.Serve(t.Context(), w, ivr.EnqueueSpec{Queue: "care"})
		}()
		if at := <-joined; at.Sub(begun) > 3*time.Second {
			t.Errorf("joined %v after the call came; want 3s, when its wait was stored", at.Sub(begun))
		}
		p.leg("lina").Hangup(t.Context())
		<-done
		if got := b.talks["c1"]; got.Outcome != "connected" || got.EndedAt.IsZero() {
			t.Errorf("talk = %+v; want its end", got)
		}
	})
}

// stuck is a ledger that does not come back with what agents wish.
type stuck struct{ *books }

func (s stuck) SaveAgent(ctx context.Context, r agents.Record) error {
	if r.Reserved != "" {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.books.SaveAgent(ctx, r)
}

func TestPhonesRingWhileTheBooksAreStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phones{}
		f := openWith(t, p, stuck{newBooks()})
		f.ready(t, "lina", "wang")
		one := f.call(t, "c1", ivr.EnqueueSpec{})
		two := f.call(t, "c2", ivr.EnqueueSpec{})
		if got := p.order(); len(got) != 2 {
			t.Errorf("rung %v; want both phones at once", got)
		}
		one.hangUp()
		two.hangUp()
		<-one.result
		<-two.result
	})
}

// joins is a leg that tells when it is joined.
type joins struct {
	*leg
	at chan time.Time
}

func (j *joins) Join(ctx context.Context, other call.Leg) error {
	j.at <- time.Now()
	return j.leg.Join(ctx, other)
}

func TestGoneAtTheInstantOfTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBooks()
		var hangUp context.CancelFunc
		phone := newLeg("phone")
		f := openWith(t, placer(func(context.Context, call.Order) (call.Line, error) {
			hangUp()
			return phone, nil
		}), b)
		ctx, cancel := context.WithCancel(t.Context())
		hangUp = cancel
		f.ready(t, "lina")
		w := call.Waiting{ID: "c1", Media: func(context.Context) (call.Leg, error) { return newLeg("c1"), nil }}
		if got := f.Serve(ctx, w, ivr.EnqueueSpec{Queue: "care"}); got != ivr.HungUp {
			t.Errorf("Serve = %s; want hungup", got)
		}
		select {
		case <-phone.Done():
		default:
			t.Error("the agent's phone was left off the hook")
		}
		if !b.talks["c1"].JoinedAt.IsZero() || len(b.callbacks) != 1 {
			t.Errorf("talk = %+v, %d call backs; want never joined, and one", b.talks["c1"], len(b.callbacks))
		}
	})
}

func TestOwnManagerOfAnotherTeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phones{after: map[string]time.Duration{"boss": 0}, legs: make(map[string]*leg)}
		f := openWith(t, p, newBooks())
		f.ready(t, "boss")
		c := f.call(t, "c1", ivr.EnqueueSpec{KnownAgent: "boss", KnownAgentWait: time.Second})
		if got := f.presence("boss"); got != agents.Talking {
			t.Errorf("the customer's own manager is %s; want talking though nobody of the queue's team is there", got)
		}
		c.hangUp()
		<-c.result
	})
}
