package switchboard_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
	"careline/switchboard"
)

// leg is one side of a call in memory. Join ends when either side is over.
type leg struct {
	id   string
	over chan struct{}
	once sync.Once

	referrals chan *call.Referral
	refer     error // what comes of asking the network for a transfer
	hand      error // and of asking it to connect two calls
	asked     string

	mu     sync.Mutex
	sounds []string // what it heard: the ids of others, or "music"
}

func newLeg(id string) *leg {
	return &leg{id: id, over: make(chan struct{}), referrals: make(chan *call.Referral), refer: call.ErrNoRefer, hand: call.ErrNoRefer}
}

func (l *leg) Music(string)                              { l.hears("music") }
func (l *leg) Referrals() <-chan *call.Referral          { return l.referrals }
func (l *leg) Refer(context.Context, phone.Number) error { return l.refer }

func (l *leg) HandTo(_ context.Context, other call.Leg) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = other.ID()
	return l.hand
}

func (l *leg) hears(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sounds = append(l.sounds, what)
}

func (l *leg) heard() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.sounds, " ")
}

func (l *leg) ID() string                                  { return l.id }
func (l *leg) Done() <-chan struct{}                       { return l.over }
func (l *leg) Hangup(context.Context)                      { l.once.Do(func() { close(l.over) }) }
func (l *leg) Start(context.Context, []ivr.Action) error   { return nil }
func (l *leg) Next(ctx context.Context) (ivr.Event, error) { return ivr.Event{Kind: ivr.HungUp}, nil }

func (l *leg) Join(ctx context.Context, other call.Leg) error {
	l.hears(other.ID())
	select {
	case <-l.over:
	case <-other.Done():
	case <-ctx.Done():
	}
	return nil
}

// phones answers as each agent's phone does.
type phones struct {
	after map[string]time.Duration // until the agent answers; absent: rings on
	mu    sync.Mutex
	rung  []call.Order
	legs  map[string]*leg // by agent
}

var errNotTaken = errors.New("not taken")

func (p *phones) Place(ctx context.Context, o call.Order) (call.Line, error) {
	p.mu.Lock()
	p.rung = append(p.rung, o)
	p.mu.Unlock()
	whom := cmp.Or(o.Phone, string(o.Number))
	after, answers := p.after[whom]
	if !answers || after > o.Ring {
		select {
		case <-ctx.Done():
		case <-time.After(o.Ring):
		}
		return nil, errNotTaken
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(after):
	}
	l := newLeg(whom)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.legs[whom] = l
	return l, nil
}

func (p *phones) leg(agent string) *leg {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.legs[agent]
}

func (p *phones) order() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for _, o := range p.rung {
		names = append(names, o.Phone)
	}
	return names
}

// books keeps what it is given.
type books struct {
	mu        sync.Mutex
	records   map[string]agents.Record
	talks     map[string]call.Talk // the latest of each call
	all       []call.Talk          // as they came to be, each as it stands
	callbacks []call.CallbackNote
}

func (b *books) AgentRecords(context.Context) ([]agents.Record, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []agents.Record
	for _, r := range b.records {
		list = append(list, r)
	}
	return list, nil
}

func (b *books) SaveAgent(_ context.Context, r agents.Record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records[r.Agent] = r
	return nil
}

func (b *books) SaveTalk(_ context.Context, t call.Talk) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.talks[t.CallID] = t
	if i := slices.IndexFunc(b.all, func(old call.Talk) bool { return old.ID == t.ID }); i >= 0 {
		b.all[i] = t
		return nil
	}
	b.all = append(b.all, t)
	return nil
}

func (b *books) NoteCallback(_ context.Context, n call.CallbackNote) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.callbacks = append(b.callbacks, n)
	return nil
}

// floor is a switchboard with two agents of one team, at work in a bubble.
type floor struct {
	*switchboard.Switchboard
	phones *phones
	books  *books

	mu   sync.Mutex
	news []switchboard.Status // what was told of agents
}

// told is what was told of an agent.
func (f *floor) told(agent string) (list []agents.Presence) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.news {
		if s.Agent == agent {
			list = append(list, s.Presence)
		}
	}
	return list
}

func open(t *testing.T, after map[string]time.Duration) *floor {
	t.Helper()
	f := &floor{
		phones: &phones{after: after, legs: make(map[string]*leg)},
		books:  &books{records: make(map[string]agents.Record), talks: make(map[string]call.Talk)},
	}
	sb, err := switchboard.New(t.Context(), f.phones, f.books, switchboard.Options{
		Agents: []agents.Agent{{Name: "lina", Team: "front"}, {Name: "wang", Extension: "202", Team: "front"}},
		Queues: []agents.Queue{{Name: "care", Team: "front", MaxWaiting: 2, WrapUp: 10 * time.Second, RingTime: 15 * time.Second, Extension: "301"}},
		Trunk:  "carrier", Region: "GB",
		OnPresence: func(s switchboard.Status) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.news = append(f.news, s)
		},
		Leg: func(trunk string, n phone.Number) (campaigns.Leg, error) {
			return campaigns.Leg{CallID: "leg", Target: "sip:" + string(n) + "@" + trunk}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Switchboard = sb
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sb.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	return f
}

func (f *floor) ready(t *testing.T, names ...string) {
	t.Helper()
	for _, n := range names {
		f.SetReachable(n, true)
		f.SetWish(t.Context(), n, agents.Ready, time.Now())
	}
	synctest.Wait()
}

func (f *floor) presence(name string) agents.Presence {
	list, _ := f.Status(time.Now())
	for _, s := range list {
		if s.Agent == name {
			return s.Presence
		}
	}
	return ""
}

// pass lets the bubble's time go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// caller is somebody in the queue.
type caller struct {
	leg    *leg
	hangUp context.CancelFunc
	result chan ivr.EventKind
}

func (f *floor) call(t *testing.T, id string, spec ivr.EnqueueSpec) *caller {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &caller{leg: newLeg(id), hangUp: cancel, result: make(chan ivr.EventKind, 1)}
	spec.Queue = "care"
	w := call.Waiting{
		ID: id, Number: "+8613800138000",
		Customer: campaigns.Customer{Name: "Zhang Wei", Segment: "gold", Manager: spec.KnownAgent},
		Media:    func(context.Context) (call.Leg, error) { return c.leg, nil },
	}
	go func() { c.result <- f.Serve(ctx, w, spec) }()
	synctest.Wait()
	return c
}

func TestCallerReachesAgentAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, map[string]time.Duration{"lina": 2 * time.Second})
		f.ready(t, "lina")
		c := f.call(t, "c1", ivr.EnqueueSpec{})
		if got := f.presence("lina"); got != agents.Reserved {
			t.Errorf("while ringing: %s; want reserved", got)
		}
		pass(3 * time.Second)
		if got := f.presence("lina"); got != agents.Talking {
			t.Errorf("once answered: %s; want talking", got)
		}
		f.phones.leg("lina").Hangup(t.Context())
		if got := <-c.result; got != ivr.Connected {
			t.Errorf("Serve = %s; want connected", got)
		}
		if got := f.presence("lina"); got != agents.WrapUp {
			t.Errorf("after the call: %s; want wrap_up", got)
		}
		pass(10 * time.Second)
		if got := f.presence("lina"); got != agents.Idle {
			t.Errorf("after wrap-up: %s; want idle", got)
		}
		want := call.Talk{CallID: "c1", Queue: "care", Agent: "lina", Outcome: "connected"}
		got := f.books.talks["c1"]
		if got.JoinedAt.Sub(got.WaitedFrom) != 2*time.Second || got.EndedAt.Sub(got.JoinedAt) != time.Second {
			t.Errorf("talk = %+v; want 2 s of waiting and 1 s of talk", got)
		}
		got.ID, got.AgentCall, got.WaitedFrom, got.JoinedAt, got.EndedAt = "", "", time.Time{}, time.Time{}, time.Time{}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("talk (-want +got):\n%s", diff)
		}
		if o := f.phones.rung[0]; o.Display != "Zhang Wei (gold)" || o.CallerID != "+8613800138000" {
			t.Errorf("the phone shows %q %s; want the customer's name, segment and number", o.Display, o.CallerID)
		}
	})
}

// Who asks for a break in the middle of a call is not waited for any more: no call
// shall be placed for somebody who will not take it.
func TestAgentWhoAsksForABreakIsNotCountedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, map[string]time.Duration{"lina": 0})
		f.ready(t, "lina")
		c := f.call(t, "c1", ivr.EnqueueSpec{})
		pass(time.Second)
		f.SetWish(t.Context(), "lina", agents.Break, time.Now())
		pass(time.Second)
		if is, told := f.presence("lina"), f.expected("lina"); is != agents.Talking || told != agents.OnBreak {
			t.Errorf("in the call: %s, and the dialer is told %s; want talking, break", is, told)
		}
		f.phones.leg("lina").Hangup(t.Context())
		<-c.result
		pass(time.Second)
		if is, told := f.presence("lina"), f.expected("lina"); is != agents.WrapUp || told != agents.OnBreak {
			t.Errorf("after it: %s, and the dialer is told %s; want wrap_up, break", is, told)
		}
		f.SetWish(t.Context(), "lina", agents.Ready, time.Now())
		pass(time.Second)
		if told := f.expected("lina"); told != agents.Idle {
			t.Errorf("ready again: the dialer is told %s; want idle", told)
		}
	})
}

// expected is what was told last of an agent.
func (f *floor) expected(name string) agents.Presence {
	told := f.told(name)
	return told[len(told)-1]
}

func TestKnownAgentFirstThenTeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, map[string]time.Duration{"lina": 0, "wang": 0})
		f.ready(t, "lina", "wang")
		spec := ivr.EnqueueSpec{KnownAgent: "wang", KnownAgentWait: 15 * time.Second}
		first := f.call(t, "c1", spec)
		second := f.call(t, "c2", spec)
		pass(14 * time.Second)
		if diff := gocmp.Diff([]string{"wang"}, f.phones.order()); diff != "" {
			t.Errorf("rung while the known agent is waited for (-want +got):\n%s", diff)
		}
		pass(2 * time.Second)
		if diff := gocmp.Diff([]string{"wang", "lina"}, f.phones.order()); diff != "" {
			t.Errorf("rung afterwards (-want +got):\n%s", diff)
		}
		first.hangUp()
		second.hangUp()
		<-first.result
		<-second.result
		if !f.books.talks["c1"].KnownAgent || f.books.talks["c2"].KnownAgent {
			t.Errorf("known agent = %v, %v; want true, false", f.books.talks["c1"].KnownAgent, f.books.talks["c2"].KnownAgent)
		}
	})
}

func TestCallerWhoLeavesFreesTheAgentRinging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, nil)
		f.ready(t, "lina")
		c := f.call(t, "c1", ivr.EnqueueSpec{})
		c.hangUp()
		if got := <-c.result; got != ivr.HungUp {
			t.Errorf("Serve = %s; want hungup", got)
		}
		synctest.Wait()
		if got := f.presence("lina"); got != agents.Idle {
			t.Errorf("agent is %s; want idle at once", got)
		}
		if len(f.books.callbacks) != 1 {
			t.Errorf("%d call backs noted; want 1", len(f.books.callbacks))
		}
	})
}

func TestUnansweredPhoneGoesOnBreakAndTheNextIsRung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, map[string]time.Duration{"wang": time.Second})
		f.ready(t, "lina", "wang")
		c := f.call(t, "c1", ivr.EnqueueSpec{KnownAgent: "lina"})
		pass(17 * time.Second)
		if diff := gocmp.Diff([]string{"lina", "wang"}, f.phones.order()); diff != "" {
			t.Errorf("rung (-want +got):\n%s", diff)
		}
		if got := f.presence("lina"); got != agents.OnBreak {
			t.Errorf("lina is %s; want break", got)
		}
		c.leg.Hangup(t.Context())
		if got := <-c.result; got != ivr.HungUp {
			t.Errorf("Serve = %s; want hungup", got)
		}
	})
}

func TestNobodyCanCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, nil)
		if got := <-f.call(t, "c1", ivr.EnqueueSpec{}).result; got != ivr.Full {
			t.Errorf("with nobody logged in: Serve = %s; want full", got)
		}
		f.SetReachable("lina", true) // on break
		waiting := []*caller{f.call(t, "c2", ivr.EnqueueSpec{MaxWait: time.Minute}), f.call(t, "c3", ivr.EnqueueSpec{})}
		if got := <-f.call(t, "c4", ivr.EnqueueSpec{}).result; got != ivr.Full {
			t.Errorf("with two of two waiting: Serve = %s; want full", got)
		}
		start := time.Now()
		if got := <-waiting[0].result; got != ivr.TimedOut || time.Since(start) != time.Minute {
			t.Errorf("Serve = %s after %v; want timeout after 1m", got, time.Since(start))
		}
		waiting[1].hangUp()
		<-waiting[1].result
		if _, n := f.Status(time.Now()); n != 0 {
			t.Errorf("%d still wait; want 0", n)
		}
	})
}

func TestUnknownQueueFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, nil)
		if got := f.Serve(t.Context(), call.Waiting{ID: "c1"}, ivr.EnqueueSpec{Queue: "sales"}); got != ivr.Failed {
			t.Errorf("Serve = %s; want failed", got)
		}
	})
}

func TestWishOutlivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, nil)
		f.books.records["lina"] = agents.Record{Agent: "lina", Wish: agents.Ready, Reserved: "old call"}
		again, err := switchboard.New(t.Context(), f.phones, f.books, switchboard.Options{Agents: []agents.Agent{{Name: "lina"}}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- again.Run(ctx) }()
		again.SetReachable("lina", true)
		synctest.Wait()
		list, _ := again.Status(time.Now())
		if list[0].Presence != agents.Idle {
			t.Errorf("after a restart: %s; want idle, with no reservation", list[0].Presence)
		}
		stop()
		<-ended
	})
}

// incoming is a call from an agent's phone.
type incoming struct {
	to       string
	phone    string // empty is lina
	answered bool
	rejected call.Rejection
}

func (i *incoming) Info() call.Info {
	return call.Info{ID: "p1", Phone: cmp.Or(i.phone, "lina"), To: i.to}
}

func (i *incoming) Answer(context.Context, call.Info) (call.Line, error) {
	i.answered = true
	return newLeg("p1"), nil
}
func (i *incoming) Reject(_ context.Context, r call.Rejection) { i.rejected = r }

func TestFeatureCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, nil)
		f.SetReachable("lina", true)
		for _, tt := range []struct {
			code     string
			presence agents.Presence
			rejected call.Rejection
		}{
			{"*1", agents.Idle, ""},
			{"*2", agents.OnBreak, ""},
			{"+8613800138000", agents.OnBreak, call.UnknownNumber},
		} {
			in := &incoming{to: tt.code}
			f.Dialed(t.Context(), in)
			if got := f.presence("lina"); got != tt.presence || in.rejected != tt.rejected || in.answered != (tt.rejected == "") {
				t.Errorf("%s: %s, answered %v, rejected %q; want %s, rejected %q", tt.code, got, in.answered, in.rejected, tt.presence, tt.rejected)
			}
		}
	})
}
