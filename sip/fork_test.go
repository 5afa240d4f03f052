package sip_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
)

// twoPhones registers two phones of li, one of which does as told.
func twoPhones(t *testing.T, h *house, desk, hall func(*farCall)) {
	t.Helper()
	for _, script := range []func(*farCall){desk, hall} {
		p := newPhone(t, "li", "secret").script(script)
		if res := p.register(h.addr, "li", 60); res == nil || res.StatusCode != 200 {
			t.Fatalf("REGISTER answered %v", res)
		}
	}
}

func TestAllPhonesRing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	rings, taken := make(chan struct{}), make(chan *farCall, 1)
	twoPhones(t, h, func(c *farCall) {
		c.say(180, "Ringing", nil)
		close(rings)
		c.wait("our CANCEL", c.cancelled)
		taken <- c
	}, func(c *farCall) {
		c.say(180, "Ringing", nil)
		<-rings
		c.pickUp()
	})
	line, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	lost := next(t, "phone that was not answered", taken)
	if why := lost.cancel.GetHeader("Reason"); why == nil || !strings.Contains(why.Value(), `SIP;cause=200;text="Call completed elsewhere"`) {
		t.Errorf("CANCEL gives as its reason %v; want that the call was completed elsewhere", why)
	}
	line.Hangup(t.Context())
}

func TestTwoPhonesAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	calls := make(chan *farCall, 2)
	var both sync.WaitGroup // both ring before either answers
	both.Add(2)
	answer := func(c *farCall) {
		calls <- c
		both.Done()
		both.Wait()
		c.pickUp()
	}
	twoPhones(t, h, answer, answer)
	line, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	a, b := next(t, "call", calls), next(t, "call", calls)
	select { // an answer may cross our CANCEL: it is confirmed, and taken down
	case <-a.ended:
	case <-b.ended:
	case <-time.After(10 * time.Second):
		t.Fatal("neither of two calls that were answered ended")
	}
	line.Hangup(t.Context())
	a.wait("our BYE", a.ended)
	b.wait("our BYE", b.ended)
}

func TestNoPhoneAnswers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	silent := func(c *farCall) {
		c.say(180, "Ringing", nil)
		c.wait("our CANCEL", c.cancelled)
	}
	busy := func(c *farCall) { c.say(486, "Busy Here", nil) }
	twoPhones(t, h, busy, busy)
	_, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 10 * time.Second})
	if f := failed(t, err); f.Disposition != campaigns.Busy {
		t.Errorf("both are busy: %+v", f)
	}
	again := newHouse(t, nil)
	twoPhones(t, again, silent, func(c *farCall) { c.say(603, "Decline", nil) })
	_, err = again.Place(t.Context(), call.Order{Phone: "li", Ring: 10 * time.Second})
	if f := failed(t, err); f.Disposition != campaigns.Refused {
		t.Errorf("one was declined for good: %+v", f)
	}
}
