package switchboard_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
	"careline/switchboard"
)

// mobile is the telephone of an agent who is called by a number.
type mobile struct {
	*leg
	keys []string // that are pressed, one for each question
}

func (m *mobile) Next(context.Context) (ivr.Event, error) {
	<-time.After(time.Second)
	if len(m.keys) == 0 || isOver(m.leg) {
		return ivr.Event{Kind: ivr.HungUp}, nil
	}
	key := m.keys[0]
	m.keys = m.keys[1:]
	return ivr.Event{Kind: ivr.Keys, Keys: key}, nil
}

const (
	minas = phone.Number("+447911123456")
	noras = phone.Number("+447911123457")
)

// outdoors is a floor whose agents mina and nora are called by numbers, and press
// those keys.
type outdoors struct {
	*floor
	mu     sync.Mutex
	orders []call.Order
	legs   map[phone.Number]*mobile
}

func openOutdoors(t *testing.T, keys map[phone.Number][]string) *outdoors {
	t.Helper()
	o := &outdoors{floor: &floor{books: newBooks()}, legs: make(map[phone.Number]*mobile)}
	place := placer(func(ctx context.Context, order call.Order) (call.Line, error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.orders = append(o.orders, order)
		m := &mobile{newLeg(order.ID), slices.Clone(keys[order.Number])}
		o.legs[order.Number] = m
		return m, order.Progress(ctx, call.Progress{Stage: call.Up, Leg: campaigns.Leg{CallID: "leg", ToTag: "up"}})
	})
	sb, err := switchboard.New(t.Context(), place, o.books, switchboard.Options{
		Agents: []agents.Agent{{Name: "mina", Team: "road", Number: minas, Trunk: "cloud"}, {Name: "nora", Team: "road", Number: noras, Trunk: "cloud"}},
		Queues: []agents.Queue{{Name: "care", Team: "road"}},
		Accept: func() ivr.Prompt { return ivr.Prompt{Lang: "en"} },
		Leg: func(trunk string, n phone.Number) (campaigns.Leg, error) {
			return campaigns.Leg{CallID: "leg", Target: string(n) + " by " + trunk}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Switchboard = sb
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sb.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return o
}

// wish has agents ask for calls, whose phones nobody has registered.
func (o *outdoors) wish(t *testing.T, names ...string) {
	t.Helper()
	for _, n := range names {
		o.SetWish(t.Context(), n, agents.Ready, time.Now())
	}
	synctest.Wait()
}

func TestAgentIsCalledByNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOutdoors(t, map[phone.Number][]string{minas: {"1"}})
		if got := o.presence("mina"); got != agents.OnBreak {
			t.Errorf("before she is ready mina is %s; want break, as she needs no phone of ours", got)
		}
		o.wish(t, "mina")
		c := o.call(t, "c1", ivr.EnqueueSpec{})
		if heard := c.leg.heard(); heard != "" || o.presence("mina") != agents.Reserved {
			t.Errorf("before 1 was pressed: the caller hears %q, mina is %s", heard, o.presence("mina"))
		}
		pass(time.Second)
		if got := o.presence("mina"); got != agents.Talking || c.leg.heard() == "" {
			t.Errorf("after 1 was pressed mina is %s; want talking", got)
		}
		order := o.orders[0]
		if order.Number != minas || order.Trunk != "cloud" || order.Serves != "c1" || order.Info.Phone != "mina" || order.Leg.CallID == "" {
			t.Errorf("order = %+v", order)
		}
		o.legs[minas].Hangup(t.Context())
		if got := <-c.result; got != ivr.Connected {
			t.Errorf("Serve = %s; want connected", got)
		}
		if got := o.presence("mina"); got != agents.WrapUp {
			t.Errorf("after the call mina is %s; want wrap_up", got)
		}
		talk := o.books.talks["c1"]
		if talk.Agent != "mina" || talk.Number != minas || talk.Trunk != "cloud" || talk.AgentCall != order.ID || talk.Leg.ToTag != "up" || talk.EndedAt.IsZero() {
			t.Errorf("talk = %+v; want who was called by what", talk)
		}
	})
}

// A voice mail box that answers gets no customer: the next agent does.
func TestVoiceMailTakesNoCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOutdoors(t, map[phone.Number][]string{minas: {"", ""}, noras: {"5", "1"}})
		o.wish(t, "mina")
		c := o.call(t, "c1", ivr.EnqueueSpec{})
		o.wish(t, "nora")
		pass(10 * time.Second)
		if o.presence("mina") != agents.OnBreak || !isOver(o.legs[minas].leg) {
			t.Errorf("whose voice mail has answered is %s; want on break, and hung up", o.presence("mina"))
		}
		if o.presence("nora") != agents.Talking {
			t.Errorf("who has pressed 1 in the end is %s; want talking", o.presence("nora"))
		}
		c.hangUp()
		<-c.result
		if talk := o.books.talks["c1"]; talk.Agent != "nora" || talk.Number != noras {
			t.Errorf("talk = %+v; want nora's", talk)
		}
	})
}

// bridged is a caller whose own carrier connects them.
func (o *outdoors) bridged(t *testing.T, bridge func(ctx context.Context, order call.Order, joined func(time.Time)) error) *caller {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &caller{leg: newLeg("c1"), hangUp: cancel, result: make(chan ivr.EventKind, 1)}
	w := call.Waiting{ID: "c1", Number: "+442079460401", Bridge: bridge, Media: func(context.Context) (call.Leg, error) { return c.leg, nil }}
	go func() { c.result <- o.Serve(ctx, w, ivr.EnqueueSpec{Queue: "care"}) }()
	synctest.Wait()
	return c
}

func TestCarrierConnectsTheTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOutdoors(t, nil)
		o.wish(t, "mina")
		over := make(chan struct{})
		c := o.bridged(t, func(ctx context.Context, order call.Order, joined func(time.Time)) error {
			if order.Number != minas || order.Trunk != "cloud" || order.Ring != 15*time.Second {
				t.Errorf("order = %+v", order)
			}
			<-time.After(2 * time.Second)
			joined(time.Now())
			select {
			case <-over:
			case <-ctx.Done():
			}
			return nil
		})
		if got := o.presence("mina"); got != agents.Reserved {
			t.Errorf("while it rings mina is %s; want reserved", got)
		}
		pass(3 * time.Second)
		if got := o.presence("mina"); got != agents.Talking {
			t.Errorf("once joined mina is %s; want talking", got)
		}
		close(over)
		if got := <-c.result; got != ivr.Connected || len(o.orders) != 0 || c.leg.heard() != "" {
			t.Errorf("Serve = %s, %d calls of ours, the caller's leg heard %q; want connected by the carrier alone", got, len(o.orders), c.leg.heard())
		}
		if got := o.presence("mina"); got != agents.WrapUp {
			t.Errorf("after the call mina is %s; want wrap_up", got)
		}
		talk := o.books.talks["c1"]
		if talk.Agent != "mina" || talk.Number != minas || talk.JoinedAt.IsZero() || talk.Outcome != "connected" {
			t.Errorf("talk = %+v", talk)
		}
	})
}

func TestCarrierDoesNotConnectTheTwo(t *testing.T) {
	for name, tt := range map[string]struct {
		err    error
		placed int
		mina   agents.Presence
	}{
		"not by itself": {call.ErrNoBridge, 1, agents.Talking},
		"no answer":     {&call.Failure{Disposition: campaigns.NoAnswer, Sent: true}, 0, agents.OnBreak},
		"not sent":      {&call.Failure{Disposition: campaigns.NotPlaced}, 0, agents.WrapUp},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := openOutdoors(t, map[phone.Number][]string{minas: {"1"}})
				o.wish(t, "mina")
				c := o.bridged(t, func(context.Context, call.Order, func(time.Time)) error { return tt.err })
				pass(time.Second)
				if got := o.presence("mina"); got != tt.mina || len(o.orders) != tt.placed {
					t.Errorf("mina is %s after %d calls of ours; want %s after %d", got, len(o.orders), tt.mina, tt.placed)
				}
				c.hangUp()
				if got := <-c.result; got != ivr.HungUp {
					t.Errorf("Serve = %s; want hungup", got)
				}
			})
		})
	}
}

// A colleague who is called by a number is in the books as well, so that the
// minutes are counted.
func TestCallToColleagueByNumberIsBooked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOutdoors(t, map[phone.Number][]string{minas: {"1"}})
		o.wish(t, "mina")
		leg, err := o.Fetch(t.Context(), "mina", campaigns.Contact{ID: "contact", Number: "+442079460401"})
		if err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		leg.Hangup(t.Context())
		synctest.Wait()
		talk := o.books.talks["contact"]
		if talk.Number != minas || talk.AgentCall != leg.ID() || talk.EndedAt.Sub(talk.JoinedAt) != time.Minute {
			t.Errorf("talk = %+v; want a minute with mina", talk)
		}
	})
}

// hung is a ledger whose database does not answer once it is told to.
type hung struct {
	*books
	stuck chan struct{}
}

func (h hung) wait(ctx context.Context) error {
	select {
	case <-h.stuck:
	default:
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (h hung) SaveTalk(ctx context.Context, t call.Talk) error {
	return errors.Join(h.wait(ctx), h.books.SaveTalk(ctx, t))
}

func (h hung) SaveAgent(ctx context.Context, r agents.Record) error {
	return errors.Join(h.wait(ctx), h.books.SaveAgent(ctx, r))
}

// A callee whose agent has put the phone down at once goes on at once, whatever
// the database does.
func TestCalleeWhoIsLeftGoesOnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phones{after: map[string]time.Duration{"lina": 0}, legs: make(map[string]*leg)}
		stuck := make(chan struct{})
		f := openWith(t, p, hung{newBooks(), stuck})
		f.ready(t, "lina")
		close(stuck)
		c, _ := f.answer(t, "c1", call.WitnessOptions{})
		pass(0)
		left := time.Now()
		p.leg("lina").Hangup(t.Context())
		if got := <-c.result; got != ivr.Connected || time.Since(left) != 0 {
			t.Errorf("Serve = %s %v after the agent had left; want connected at once", got, time.Since(left))
		}
		if got := f.presence("lina"); got != agents.WrapUp {
			t.Errorf("lina is %s; want wrap_up", got)
		}
	})
}
