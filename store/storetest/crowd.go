package storetest

import (
	"hash/fnv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

var crowdTests = tests{
	"everything at once adds up": crowded,
}

// crowd is two nodes that dial two campaigns over one list, while the list is
// changed, people call back, opt out and are withdrawn.
type crowd struct {
	*world
	stores map[string]*store.Store // by node
	both   []campaigns.Campaign
	clock  atomic.Int64 // minutes that have passed
	off    sync.Map     // numbers that must not be called any more
}

// crowded: nothing fails, no figure is ever wrong, nobody is called who must
// not be, and in the end nobody is left over.
func crowded(t *testing.T, url func(testing.TB) string) {
	const n = 12
	w := newWorld(t, url, n, func(d *campaigns.Definition) { d.PerDay = 4 })
	k := &crowd{world: w, stores: map[string]*store.Store{}, both: []campaigns.Campaign{w.c, w.campaign("second", nil)}}
	for _, node := range []string{"x", "y"} {
		k.stores[node] = w.open(store.Options{Node: node, Lease: 10_000 * time.Hour, Patience: time.Minute})
		w.renew(k.stores[node], node)
	}
	var wg sync.WaitGroup
	for node := range k.stores {
		for _, c := range k.both {
			wg.Go(func() { k.dial(node, c.ID) })
		}
		wg.Go(func() { k.disturb(node, n) })
	}
	wg.Wait()
	for _, c := range k.both {
		f := w.adds(c.ID)
		if done, err := w.s.Finish(t.Context(), c.ID, k.now()); err != nil || !done || f.Open != 0 || f.Submitted != n {
			t.Errorf("Finish = %v, %v with %+v; want all through", done, err, f)
		}
	}
}

// now is later each time.
func (k *crowd) now() time.Time {
	return k.world.now.Add(time.Duration(k.clock.Add(1)) * time.Minute)
}

func (k *crowd) check(what string, err error) {
	if err != nil {
		k.Errorf("%s: %v", what, err)
	}
}

// dial is a dialer's part, until nobody is left to call.
func (k *crowd) dial(node string, id campaigns.ID) {
	for !k.Failed() {
		claims, err := k.stores[node].Claim(k.Context(), node, id, 3, k.now())
		k.check("Claim", err)
		for _, c := range claims.Contacts {
			k.attempt(node, c, 1)
		}
		if len(claims.Contacts) > 0 || !claims.NextDue.IsZero() || claims.Open {
			continue
		}
		// One that was put down between two looks may have escaped both.
		f, err := k.stores[node].Funnel(k.Context(), id)
		k.check("Funnel", err)
		if f.ByState[campaigns.Pending]+f.ByState[campaigns.Dialing] == 0 {
			return
		}
	}
}

// attempt makes one, and goes on by another trunk where it must.
func (k *crowd) attempt(node string, c campaigns.Contact, try int) {
	s, a := k.stores[node], attempt(c)
	a.Node, a.Try = node, try
	_, off := k.off.Load(c.Number)
	_, v, err := s.BeginAttempt(k.Context(), campaigns.Begin{Attempt: a, Allowed: true}, k.now())
	k.check("BeginAttempt", err)
	if err != nil || !v.Allowed {
		return
	}
	if off {
		k.Errorf("number %s was called after it was taken off", string(c.Number))
	}
	end := campaigns.End{Attempt: a.ID, At: k.now(), Disposition: campaigns.Busy}
	switch fate(string(a.ID)) % 3 {
	case 0:
		end.Disposition = campaigns.Answered
		k.check("MarkAttempt", s.MarkAttempt(k.Context(), a.ID, true, campaigns.Leg{}, k.now()))
		k.talk(s, call.Record{
			Info:      call.Info{ID: string(a.ID), Campaign: c.Campaign, Contact: c.ID, Customer: c.Customer},
			Direction: call.Outbound, FlowHash: k.c.FlowHash, AnsweredAt: k.now(),
		})
	case 1:
		end.Disposition, end.Failover = campaigns.Congestion, try == 1
	}
	k.check("EndAttempt", s.EndAttempt(k.Context(), end))
	if end.Failover {
		k.attempt(node, c, try+1)
	}
}

func fate(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}

// talk is a call in which something is answered; some opt out.
func (k *crowd) talk(s *store.Store, r call.Record) {
	k.check("OpenCall", s.OpenCall(k.Context(), r))
	said := step(r, 1, k.now(), "satisfied", "1")
	number := r.Customer.Number
	if opts := fate(r.ID)%5 == 0; opts {
		said.OptOuts = []call.OptOut{{Number: number, CallID: r.ID, At: said.At}}
		defer k.off.Store(number, true)
	}
	k.check("CommitStep", s.CommitStep(k.Context(), said))
	k.check("CloseCall", s.CloseCall(k.Context(), r.ID, call.ByFlow, k.now()))
}

// disturb is all that others do meanwhile.
func (k *crowd) disturb(node string, n int) {
	s := k.stores[node]
	for i := range n {
		k.callUs(s, number(i))
		_, err := s.Renew(k.Context(), node, k.world.now)
		k.check("Renew", err)
		_, err = s.Recover(k.Context(), node, k.world.now)
		k.check("Recover", err)
		if i%6 == 0 {
			k.takeOff(s, number(i))
		}
		if i%4 == 0 {
			rows := customers(n)
			rows[(i+1)%n].Segment = node
			rows[(i+2)%n].Zone = "Asia/Urumqi"
			_, err = s.ImportCustomers(k.Context(), theList, rows, store.ImportOptions{Now: k.now(), Enrol: []campaigns.ID{k.c.ID}})
			k.check("ImportCustomers", err)
		}
		for _, c := range k.both {
			f, err := s.Funnel(k.Context(), c.ID)
			k.check("Funnel", err)
			k.check("the funnel adds up", f.Check())
		}
	}
}

// callUs is a contact's own call; every other one is not answered.
func (k *crowd) callUs(s *store.Store, n phone.Number) {
	route, err := s.Route(k.Context(), string(callerID), n)
	k.check("Route", err)
	r := call.Record{
		Info:      call.Info{ID: newID(), From: n, Campaign: route.Campaign, Contact: route.Contact, Customer: route.Customer},
		Direction: call.Inbound, FlowHash: route.FlowHash, AnsweredAt: k.now(),
	}
	if fate(string(n))%2 == 0 {
		k.talk(s, r)
		return
	}
	k.check("OpenCall", s.OpenCall(k.Context(), r))
	k.check("CloseCall", s.CloseCall(k.Context(), r.ID, call.Unanswered, k.now()))
}

func (k *crowd) takeOff(s *store.Store, n phone.Number) {
	_, err := s.WithdrawFromList(k.Context(), theList, []phone.Number{n}, k.now())
	k.check("WithdrawFromList", err)
	k.off.Store(n, true)
}
