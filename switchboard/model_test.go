package switchboard_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
	"careline/switchboard"
)

// move is one thing that happens on the floor, and the time before it.
type move struct {
	After time.Duration
	Kind  string
	Who   int // agent or caller
	Known bool
}

func anyMove() *rapid.Generator[move] {
	return rapid.Custom(func(r *rapid.T) move {
		return move{
			After: rapid.SampledFrom([]time.Duration{0, 0, time.Second, 2 * time.Second, 9 * time.Second}).Draw(r, "after"),
			Kind: rapid.SampledFrom([]string{
				"call", "call", "call", "leave", "ready", "ready", "break", "vanish", "return", "dial",
			}).Draw(r, "kind"),
			Who:   rapid.IntRange(0, 7).Draw(r, "who"),
			Known: rapid.Bool().Draw(r, "known"),
		}
	})
}

// fate is what becomes of one ring of a phone.
type fate struct {
	Kind string // answer, ignore, refuse, unsent
	Ring time.Duration
	Talk time.Duration
}

func anyFate() *rapid.Generator[fate] {
	return rapid.Custom(func(r *rapid.T) fate {
		return fate{
			Kind: rapid.SampledFrom([]string{"answer", "answer", "answer", "ignore", "refuse", "unsent"}).Draw(r, "kind"),
			Ring: rapid.SampledFrom([]time.Duration{0, time.Second, 3 * time.Second}).Draw(r, "ring"),
			Talk: rapid.SampledFrom([]time.Duration{0, time.Second, 20 * time.Second}).Draw(r, "talk"),
		}
	})
}

// world is a switchboard, the people around it, and what was wrong.
type world struct {
	*switchboard.Switchboard
	fates []fate

	mu      sync.Mutex
	rings   int
	agents  map[string]int       // rings and talks of each phone
	callers map[phone.Number]int // and of each caller
	wrong   []string
	served  []*served
}

// served is a caller of the model.
type served struct {
	number phone.Number
	leg    *leg
	leave  context.CancelFunc
	over   chan struct{}
	held   time.Time // until then only the known agent will do
}

var staff = []string{"lina", "wang", "zhao"}

func (w *world) blame(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

// Place rings a phone as its fate will have it.
func (w *world) Place(ctx context.Context, o call.Order) (call.Line, error) {
	w.mu.Lock()
	f := w.fates[w.rings%len(w.fates)]
	w.rings++
	w.take(o, 1)
	w.mu.Unlock()
	free := func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.take(o, -1)
	}
	wait := min(f.Ring, o.Ring)
	if f.Kind == "ignore" {
		wait = o.Ring
	}
	select {
	case <-time.After(wait):
	case <-ctx.Done():
	}
	switch {
	case f.Kind == "unsent":
		free()
		return nil, &call.Failure{Disposition: campaigns.NotPlaced}
	case f.Kind != "answer" || ctx.Err() != nil && f.Talk > 0:
		free()
		return nil, &call.Failure{Disposition: campaigns.NoAnswer, Sent: true, Rang: true}
	}
	l := newLeg(o.ID)
	go func() {
		select {
		case <-time.After(f.Talk):
		case <-l.over:
		}
		free()
		l.Hangup(ctx)
	}()
	return l, nil
}

// take counts a ring; w.mu is held.
func (w *world) take(o call.Order, n int) {
	w.agents[o.Phone] += n
	w.callers[o.CallerID] += n
	if w.agents[o.Phone] > 1 {
		w.blame("%s is rung for two callers", o.Phone)
	}
	if w.callers[o.CallerID] > 1 {
		w.blame("two agents are rung for %s", o.CallerID)
	}
}

func (w *world) act(ctx context.Context, m move, b *sync.WaitGroup) {
	name := staff[m.Who%len(staff)]
	switch m.Kind {
	case "call":
		w.arrive(ctx, m, b)
	case "leave":
		if len(w.served) > 0 {
			c := w.served[m.Who%len(w.served)]
			c.leave()
			c.leg.Hangup(ctx)
		}
	case "ready":
		w.SetReachable(name, true)
		w.SetWish(ctx, name, agents.Ready, time.Now())
	case "break":
		w.SetWish(ctx, name, agents.Break, time.Now())
	case "vanish":
		w.SetReachable(name, false)
	case "return":
		w.SetReachable(name, true)
	case "dial":
		b.Go(func() {
			defer w.Dialing(name)()
			<-time.After(time.Second)
		})
	}
}

func (w *world) arrive(ctx context.Context, m move, b *sync.WaitGroup) {
	ctx, leave := context.WithCancel(ctx)
	id := fmt.Sprintf("c%d", len(w.served))
	c := &served{number: phone.Number(id), leg: newLeg(id), leave: leave, over: make(chan struct{})}
	spec := ivr.EnqueueSpec{Queue: []string{"care", "vip"}[m.Who%2], MaxWait: time.Minute}
	if m.Known {
		spec.KnownAgent, spec.KnownAgentWait = staff[m.Who%len(staff)], 10*time.Second
		c.held = time.Now().Add(spec.KnownAgentWait)
	}
	w.served = append(w.served, c)
	b.Go(func() {
		defer close(c.over)
		w.Serve(ctx, call.Waiting{ID: id, Number: c.number, Media: func(context.Context) (call.Leg, error) { return c.leg, nil }}, spec)
	})
}

// look blames whoever leaves a caller waiting while an agent is idle, or keeps
// two agents for one.
func (w *world) look() {
	now := time.Now()
	list, _ := w.Status(now)
	idle, kept := "", make(map[string]string)
	for _, s := range list {
		if by := kept[s.Caller]; by != "" && s.Caller != "" {
			w.blame("%s and %s are both kept for %s", by, s.Agent, s.Caller)
		}
		kept[s.Caller] = s.Agent
		if s.Presence == agents.Idle {
			idle = s.Agent
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.served {
		select {
		case <-c.over:
			continue
		default:
		}
		if idle != "" && w.callers[c.number] == 0 && !now.Before(c.held) {
			w.blame("%s is idle while %s waits", idle, c.number)
		}
	}
}

// end has everybody leave, and blames what stays.
func (w *world) end(ctx context.Context) {
	for _, c := range w.served {
		c.leave()
		c.leg.Hangup(ctx)
	}
	<-time.After(time.Minute)
	synctest.Wait()
	list, waiting := w.Status(time.Now())
	for _, s := range list {
		if s.Presence == agents.Reserved || s.Presence == agents.Talking || s.Presence == agents.WrapUp || s.Caller != "" {
			w.blame("in the end %s is %s with %q", s.Agent, s.Presence, s.Caller)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, n := range w.agents {
		if n != 0 {
			w.blame("in the end the phone of %s is in %d calls", name, n)
		}
	}
	if waiting != 0 {
		w.blame("in the end %d callers wait", waiting)
	}
}

func TestFloorModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		moves := rapid.SliceOfN(anyMove(), 1, 60).Draw(r, "moves")
		w := &world{
			fates:  rapid.SliceOfN(anyFate(), 1, 12).Draw(r, "fates"),
			agents: make(map[string]int), callers: make(map[phone.Number]int),
		}
		synctest.Test(t, func(t *testing.T) { w.play(t, moves) })
		if len(w.wrong) > 0 {
			r.Fatalf("%d faults, first: %s", len(w.wrong), w.wrong[0])
		}
	})
}

func (w *world) play(t *testing.T, moves []move) {
	t.Helper()
	var people []agents.Agent
	for _, n := range staff {
		people = append(people, agents.Agent{Name: n, Team: "front"})
	}
	sb, err := switchboard.New(t.Context(), w, newBooks(), switchboard.Options{
		Agents: people,
		Queues: []agents.Queue{{Name: "care", Team: "front", RingTime: 8 * time.Second}, {Name: "vip", Team: "front", WrapUp: 3 * time.Second}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Switchboard = sb
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { _ = sb.Run(ctx) })
	for _, m := range moves {
		<-time.After(m.After)
		synctest.Wait()
		w.act(ctx, m, &all)
		synctest.Wait()
		w.look()
	}
	w.end(ctx)
	stop()
	all.Wait()
}
