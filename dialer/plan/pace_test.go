package plan_test

import (
	"testing"
	"time"

	"careline/dialer/plan"
)

// carrier is a trunk whose calls end as soon as they are placed.
type carrier struct {
	*desk
	seen int
}

func newCarrier(t *testing.T, perSecond float64) *carrier {
	t.Helper()
	d := newDesk(t, plan.Options{Batch: 100})
	d.step(trunk("main", 100, perSecond))
	d.step(running("c", 0, "main"))
	d.claimed()
	return &carrier{desk: d}
}

// calls has n calls end one after the other, each as the next of ends does, and
// returns how long that took.
func (c *carrier) calls(n int, ends ...plan.Event) time.Duration {
	c.t.Helper()
	from := c.now
	for range n {
		c.place()
		c.ended(ends[c.seen%len(ends)])
		c.seen++
	}
	return c.now.Sub(from)
}

// place lets time pass until a call is placed.
func (c *carrier) place() {
	c.t.Helper()
	for !c.has(plan.Place) {
		if c.has(plan.Claim) {
			c.many(100)
			continue
		}
		if next := c.p.NextWake(); next.After(c.now) {
			c.now = next
		}
		c.step(plan.Event{Kind: plan.Tick})
	}
}

func ended(status int) plan.Event { return plan.Event{Sent: true, Status: status} }

var silence = plan.Event{Sent: true}

// TestPushback halves a trunk's rate, and lets it come up again slowly.
func TestPushback(t *testing.T) {
	c := newCarrier(t, 10)
	c.calls(50, ended(486))
	c.calls(4, ended(503))
	slowed := c.p.Slowed()
	if len(slowed) != 1 || slowed[0].Rate != 5 || slowed[0].Of != 10 || slowed[0].Pushed != 4 || slowed[0].Calls != 20 || slowed[0].Status != 503 {
		t.Fatalf("told %+v; want main at 5 of 10 a second after 4 of 20", slowed)
	}
	c.seen = 0
	if took := c.calls(21, ended(486)); took < 3800*time.Millisecond || took > 4300*time.Millisecond {
		t.Errorf("21 calls took %v; want about 4 s", took)
	}
	c.now = c.now.Add(50 * time.Second)
	c.step(plan.Event{Kind: plan.Tick})
	if s, _ := c.p.Standing("c"); s.Trunks[0].Rate < 7.4 || s.Trunks[0].Rate > 7.9 {
		t.Errorf("the rate is %v after less than a minute; want three quarters", s.Trunks[0].Rate)
	}
	c.now = c.now.Add(time.Minute)
	c.step(plan.Event{Kind: plan.Tick})
	if s, _ := c.p.Standing("c"); s.Trunks[0].Rate != 10 {
		t.Errorf("the rate is %v after two minutes; want all of it", s.Trunks[0].Rate)
	}
}

// TestPushbackHasAFloor, and comes down to it while the carrier refuses all.
func TestPushbackHasAFloor(t *testing.T) {
	c := newCarrier(t, 10)
	c.calls(60, ended(429))
	slowed := c.p.Slowed()
	if n := len(slowed); n < 5 || slowed[n-1].Rate < 0.5 || slowed[n-1].Rate > 1.2 {
		t.Errorf("told %+v; want it down to its floor, half a call a second and what it regains", slowed)
	}
}

// TestCarrierMayAskForARest by Retry-After: one is enough.
func TestCarrierMayAskForARest(t *testing.T) {
	c := newCarrier(t, 10)
	c.calls(1, plan.Event{Sent: true, Status: 503, Wait: 7 * time.Second})
	if took := c.calls(1, ended(486)); took != 7*time.Second {
		t.Errorf("the next call came after %v; want 7 s", took)
	}
	c.calls(1, plan.Event{Sent: true, Status: 503, Wait: time.Hour})
	if took := c.calls(1, ended(486)); took != 30*time.Second {
		t.Errorf("the next call came after %v; want no more than half a minute", took)
	}
	if took := c.calls(1, plan.Event{Sent: true, Rang: true, Status: 486, Wait: time.Hour}); took > time.Second {
		t.Errorf("the next call came after %v; a callee who is busy says nothing of the carrier", took)
	}
	if c.calls(1, ended(486)) > time.Second {
		t.Error("the trunk rests as a callee was busy")
	}
}

// TestPeopleDoNotSlowATrunk: what callees do, and a refusal now and then, is no
// pushback; silence and many refusals are.
func TestPeopleDoNotSlowATrunk(t *testing.T) {
	rang := plan.Event{Sent: true, Rang: true, Status: 408}
	for _, tt := range []struct {
		name   string
		ends   []plan.Event
		slowed bool
	}{
		{"refused, busy, unknown", []plan.Event{ended(603), ended(486), ended(404), ended(480), ended(200)}, false},
		{"declined by 403 as it rang", []plan.Event{{Sent: true, Rang: true, Status: 403}}, false},
		{"rang out", []plan.Event{rang, {Sent: true, Rang: true, Status: 487}}, false},
		{"not sent", []plan.Event{{}, {Held: true}, {Status: 408}}, false},
		{"not taken", []plan.Event{{Status: 429}, ended(486), ended(486)}, true},
		{"not taken for now", []plan.Event{{Status: 503}, ended(486), ended(486)}, true},
		{"one of ten", []plan.Event{ended(403), ended(486), ended(486), ended(486), ended(486), ended(486), ended(486), ended(486), ended(486), ended(486)}, false},
		{"a third forbidden", []plan.Event{ended(403), ended(486), ended(486)}, true},
		{"a third silent", []plan.Event{silence, ended(486), ended(486)}, true},
		{"a third timed out", []plan.Event{ended(408), ended(486), ended(486)}, true},
	} {
		c := newCarrier(t, 10)
		c.calls(60, tt.ends...)
		if slowed := c.p.Slowed(); (len(slowed) > 0) != tt.slowed {
			t.Errorf("%s: told %+v; want it slowed: %v", tt.name, slowed, tt.slowed)
		}
	}
}

// TestCarrierPushesBackByItself slows the trunk at once, but once only for answers
// that come together.
func TestCarrierPushesBackByItself(t *testing.T) {
	c := newCarrier(t, 10)
	c.calls(1, ended(486))
	push := plan.Event{Kind: plan.PushedBack, Trunk: plan.Trunk{Name: "main"}, Status: 503}
	for range 3 {
		c.step(push)
	}
	if slowed := c.p.Slowed(); len(slowed) != 1 || slowed[0].Rate != 5 || slowed[0].Status != 503 {
		t.Errorf("told %+v; want main at half its rate", slowed)
	}
	push.Wait = 7 * time.Second
	c.step(push)
	if took := c.calls(1, ended(486)); took != 7*time.Second {
		t.Errorf("the next call came after %v; want 7 s, as the carrier has asked", took)
	}
	push.Trunk.Name = "unheard of"
	c.step(push)
	if slowed := c.p.Slowed(); len(slowed) != 1 {
		t.Errorf("told %+v; want main once more", slowed)
	}
}
