package switchboard_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
)

// answer has somebody come to the queue whom a campaign has called, and who has
// just answered.
func (f *floor) answer(t *testing.T, id string, o call.WitnessOptions) (*caller, *call.Witness) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &caller{leg: newLeg(id), hangUp: cancel, result: make(chan ivr.EventKind, 1)}
	o.Agents = true
	seen := call.NewWitness(o)
	seen.Answered(time.Now())
	w := call.Waiting{
		ID: id, Number: "+442079460401", Contact: campaigns.ContactID("contact-" + id), Witness: seen,
		Media: func(context.Context) (call.Leg, error) { return c.leg, nil },
	}
	go func() { c.result <- f.Serve(ctx, w, ivr.EnqueueSpec{Queue: "care", MaxWait: 20 * time.Second}) }()
	synctest.Wait()
	return c, seen
}

func TestCalleeMeetsAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, map[string]time.Duration{"lina": 100 * time.Millisecond})
		f.ready(t, "lina")
		up := time.Now()
		c, seen := f.answer(t, "c1", call.WitnessOptions{})
		pass(200 * time.Millisecond)
		if got := seen.Reception().ConnectedAt.Sub(up); got != 100*time.Millisecond {
			t.Errorf("connected after %v; want as soon as the phone has answered", got)
		}
		if heard := c.leg.heard(); heard != "lina" {
			t.Errorf("the callee heard %q; want the agent and no music", heard)
		}
		f.phones.leg("lina").Hangup(t.Context())
		if got := <-c.result; got != ivr.Connected {
			t.Errorf("Serve = %s; want connected", got)
		}
	})
}

// faraway is a callee's sound that is here so long after somebody has asked for it.
func faraway(leg call.Leg, away time.Duration) func(context.Context) (call.Leg, error) {
	here := make(chan struct{})
	var asked sync.Once
	return func(ctx context.Context) (call.Leg, error) {
		asked.Do(func() { time.AfterFunc(away, func() { close(here) }) })
		select {
		case <-here:
			return leg, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// A callee's sound that is elsewhere is brought here while the agent's phone
// rings. One that comes too late is that of somebody who was abandoned, whoever
// has answered meanwhile.
func TestCalleeFromAfar(t *testing.T) {
	for away, connected := range map[time.Duration]time.Duration{1900 * time.Millisecond: 1900 * time.Millisecond, 2100 * time.Millisecond: 0} {
		synctest.Test(t, func(t *testing.T) {
			f := open(t, map[string]time.Duration{"lina": time.Second})
			f.ready(t, "lina")
			seen := call.NewWitness(call.WitnessOptions{Agents: true})
			up := time.Now()
			seen.Answered(up)
			w := call.Waiting{ID: "c1", Contact: "contact-c1", Witness: seen, Media: faraway(newLeg("c1"), away)}
			go f.Serve(t.Context(), w, ivr.EnqueueSpec{Queue: "care", MaxWait: 20 * time.Second})
			pass(3 * time.Second)
			got := seen.Reception()
			if connected > 0 && got.ConnectedAt.Sub(up) != connected {
				t.Errorf("connected after %v; want %v", got.ConnectedAt.Sub(up), connected)
			}
			if connected == 0 && (!got.ConnectedAt.IsZero() || got.AbandonedAt.Sub(up) != 2*time.Second || f.presence("lina") != agents.Idle) {
				t.Errorf("connected %v, abandoned %v, the agent is %s; want them abandoned, and her idle", got.ConnectedAt, got.AbandonedAt, f.presence("lina"))
			}
		})
	}
}

// Where nobody can be free in time nobody is waited for.
func TestCalleeIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, nil)
		began := time.Now()
		c, seen := f.answer(t, "c1", call.WitnessOptions{})
		if got := <-c.result; got != ivr.TimedOut || time.Since(began) != 0 {
			t.Errorf("Serve = %s after %v; want timeout at once", got, time.Since(began))
		}
		if seen.Reception().AbandonedAt.IsZero() {
			t.Error("that nobody came is not noted")
		}
	})
}

// A wrap-up that ends in time is waited for, and no agent whose phone rings on.
func TestCalleeWaitsForTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, nil) // no phone answers
		f.ready(t, "lina")
		up := time.Now()
		c, seen := f.answer(t, "c1", call.WitnessOptions{})
		seen.Spoke()
		pass(5 * time.Second) // they still speak
		if len(c.result) != 0 {
			t.Fatal("somebody who still speaks was left")
		}
		seen.GreetingEnded(up.Add(5 * time.Second))
		if got := <-c.result; got != ivr.TimedOut || time.Since(up) != 7*time.Second {
			t.Errorf("Serve = %s after %v; want timeout 2 s after the greeting", got, time.Since(up))
		}
		synctest.Wait()
		if got := f.presence("lina"); got != agents.OnBreak {
			t.Errorf("who has let it ring is %s; want break, as the next one would find an empty chair too", got)
		}
		if got := seen.Reception().AbandonedAt.Sub(up); got != 7*time.Second {
			t.Errorf("abandoned after %v", got)
		}
	})
}

// An agent who was called a moment before the callee's time was up has missed
// nothing, and is not offered to anybody while the phone still rings.
func TestAgentCalledTooLateMissesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, map[string]time.Duration{"lina": 3 * time.Second})
		f.SetReachable("lina", true)
		c, _ := f.answer(t, "c0", call.WitnessOptions{})
		<-c.result
		first := f.call(t, "c1", ivr.EnqueueSpec{})
		_ = first
		f.SetWish(t.Context(), "lina", agents.Ready, time.Now())
		pass(4 * time.Second) // lina talks with the caller
		first.leg.Hangup(t.Context())
		<-first.result
		pass(8500 * time.Millisecond) // of a wrap-up of 10 s
		second, _ := f.answer(t, "c2", call.WitnessOptions{})
		pass(1600 * time.Millisecond) // lina's phone rings since 0.1 s
		if got := f.presence("lina"); got != agents.Reserved {
			t.Fatalf("lina is %s; want her phone to ring", got)
		}
		if got := <-second.result; got != ivr.TimedOut {
			t.Errorf("Serve = %s; want timeout", got)
		}
		synctest.Wait()
		if got := f.presence("lina"); got != agents.Idle {
			t.Errorf("lina is %s; want idle", got)
		}
	})
}

// Books that take their time keep nobody in silence, and are kept in order.
func TestCalleeDoesNotWaitForTheBooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBooks()
		f := openWith(t, &phones{}, slow{b})
		began := time.Now()
		c, seen := f.answer(t, "c1", call.WitnessOptions{})
		if got := <-c.result; got != ivr.TimedOut || time.Since(began) != 0 {
			t.Errorf("Serve = %s after %v; want timeout at once, as nobody is there", got, time.Since(began))
		}
		if seen.Reception().AbandonedAt.IsZero() {
			t.Error("that nobody came is not noted")
		}
		f.ready(t, "lina") // whose phone does not answer
		began = time.Now()
		c, _ = f.answer(t, "c2", call.WitnessOptions{})
		if got := <-c.result; got != ivr.TimedOut || time.Since(began) != 2*time.Second {
			t.Errorf("Serve = %s after %v; want timeout after 2 s", got, time.Since(began))
		}
		pass(10 * time.Second)
		for _, id := range []string{"c1", "c2"} {
			if got := b.talks[id]; got.Outcome != string(ivr.TimedOut) {
				t.Errorf("the talk of %s is %+v; want its end", id, got)
			}
		}
	})
}

// Where machines are asked for an agent comes once a person is known.
func TestCalleeIsAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, map[string]time.Duration{"lina": 100 * time.Millisecond})
		f.ready(t, "lina")
		up := time.Now()
		_, seen := f.answer(t, "c1", call.WitnessOptions{Machine: campaigns.MachineHangUp})
		pass(time.Second)
		if got := f.presence("lina"); got != agents.Idle {
			t.Errorf("while nobody knows who has answered lina is %s; want idle", got)
		}
		seen.Is(campaigns.HumanParty)
		pass(time.Second)
		if got := seen.Reception().ConnectedAt.Sub(up); got != 1100*time.Millisecond {
			t.Errorf("connected after %v; want 1.1 s", got)
		}
	})
}

// A caller does not get the agent who is kept for a call of a campaign.
func TestKeptAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, map[string]time.Duration{"lina": time.Millisecond, "wang": time.Millisecond})
		f.ready(t, "lina", "wang")
		f.Keep("c2", "care")
		first, second := f.call(t, "c0", ivr.EnqueueSpec{}), f.call(t, "c1", ivr.EnqueueSpec{})
		pass(time.Second)
		if first.leg.heard() == "" || second.leg.heard() != "" {
			t.Errorf("the callers heard %q and %q; want the first to have an agent, the other none", first.leg.heard(), second.leg.heard())
		}
		callee, _ := f.answer(t, "c2", call.WitnessOptions{})
		pass(time.Second)
		if callee.leg.heard() == "" {
			t.Error("whom the agent was kept for has met nobody")
		}
		f.Keep("c3", "care")
		f.Unkeep("c3")
		f.phones.leg("wang").Hangup(t.Context())
		f.phones.leg("lina").Hangup(t.Context())
		pass(12 * time.Second)
		if second.leg.heard() == "" {
			t.Error("nobody came for the caller though nobody is kept any more")
		}
	})
}

// An agent who waits on the line is joined with the customer who was called for
// them, and with nobody else; one who has left is not.
func TestFetchedAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, map[string]time.Duration{"lina": time.Second, "wang": time.Second})
		f.ready(t, "lina", "wang")
		customer := campaigns.Contact{ID: "contact-c1", Number: "+442079460401"}
		leg, err := f.Fetch(t.Context(), "lina", customer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Fetch(t.Context(), "lina", customer); err == nil {
			t.Error("an agent on the phone was fetched again")
		}
		free := f.Expect(t.Context(), customer.ID, "lina", leg)
		other, _ := f.answer(t, "c0", call.WitnessOptions{})
		up := time.Now()
		c, seen := f.answer(t, "c1", call.WitnessOptions{})
		pass(1500 * time.Millisecond)
		if got := seen.Reception().ConnectedAt.Sub(up); got != 0 || c.leg.heard() != "lina" || other.leg.heard() != "wang" {
			t.Errorf("connected after %v, heard %q; the other heard %q", got, c.leg.heard(), other.leg.heard())
		}
		free() // does nothing to those who talk
		if got := f.presence("lina"); got != agents.Talking {
			t.Errorf("lina is %s; want talking", got)
		}
		leg.Hangup(t.Context())
		<-c.result
		pass(15 * time.Second)
		if leg, err = f.Fetch(t.Context(), "lina", customer); err != nil {
			t.Fatal(err)
		}
		free = f.Expect(t.Context(), customer.ID, "lina", leg)
		free()
		synctest.Wait()
		if got := f.presence("lina"); got != agents.Idle {
			t.Errorf("after a call that came to nothing lina is %s; want idle", got)
		}
	})
}

// What agents do is told at first and at each change, once.
func TestPresenceIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, map[string]time.Duration{"lina": time.Second})
		synctest.Wait()
		f.SetReachable("lina", true)
		synctest.Wait()
		f.ready(t, "lina")
		c := f.call(t, "c1", ivr.EnqueueSpec{})
		pass(2 * time.Second)
		c.leg.Hangup(t.Context())
		<-c.result
		pass(11 * time.Second)
		f.SetWish(t.Context(), "lina", agents.Break, time.Now())
		synctest.Wait()
		want := []agents.Presence{
			agents.Offline, agents.OnBreak, agents.Idle, agents.Reserved, agents.Talking, agents.WrapUp, agents.Idle, agents.OnBreak,
		}
		got := f.told("lina")
		if len(got) != len(want) {
			t.Fatalf("told %v; want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("told %v; want %v", got, want)
				break
			}
		}
	})
}

// TestCalleeWhoHangsUpIsNoCaller: whom a campaign has called, and who goes while
// waiting, has asked for nobody, and is not noted for a call back. Who pressed the
// key for an agent is, also in a campaign's call.
func TestCalleeWhoHangsUpIsNoCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, nil) // no phone answers
		f.ready(t, "lina")
		c, seen := f.answer(t, "c1", call.WitnessOptions{})
		seen.Spoke()
		c.hangUp()
		if got := <-c.result; got != ivr.HungUp {
			t.Fatalf("Serve = %s; want hungup", got)
		}
		synctest.Wait()
		if n := len(f.books.callbacks); n != 0 {
			t.Errorf("%d call backs noted; want none", n)
		}

		ctx, hangUp := context.WithCancel(t.Context())
		asked := call.NewWitness(call.WitnessOptions{Machine: campaigns.MachineHangUp})
		asked.Answered(time.Now())
		asked.Is(campaigns.HumanParty)
		result := make(chan ivr.EventKind, 1)
		go func() {
			result <- f.Serve(ctx, call.Waiting{ID: "c2", Number: "+442079460402", Witness: asked}, ivr.EnqueueSpec{Queue: "care"})
		}()
		synctest.Wait()
		hangUp()
		if got := <-result; got != ivr.HungUp {
			t.Fatalf("Serve = %s; want hungup", got)
		}
		synctest.Wait()
		if n := len(f.books.callbacks); n != 1 || f.books.callbacks[0].CallID != "c2" {
			t.Errorf("call backs noted: %+v; want that of c2", f.books.callbacks)
		}
	})
}
