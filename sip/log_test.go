package sip_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"careline/call"
	"careline/sip"
)

// text is a log as it is written.
type text struct {
	mu sync.Mutex
	b  strings.Builder
}

func (t *text) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(b)
}

func (t *text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

func TestLogNamesNoOne(t *testing.T) {
	t.Parallel()
	log := &text{}
	h := newHouse(t, func(o *sip.Options) { o.Log = slog.New(slog.NewTextHandler(log, nil)) })
	_, line := h.answered(t)
	line.Hangup(t.Context())

	o, _ := h.order()
	h.carrier.script(func(c *farCall) { c.say(486, "Busy Here", nil) })
	_, err := h.Place(t.Context(), o)
	failed(t, err)
	h.carrier.die()
	o, _ = h.order()
	_, err = h.Place(t.Context(), o)
	failed(t, err)

	li := newPhone(t, "li", "secret")
	li.register(h.addr, "li", 60)
	status := make(chan int, 1)
	go func() {
		_, s := li.dial(t, h.addr, somebody, "li")
		status <- s
	}()
	in := next(t, "call from the phone", h.codes)
	in.Reject(t.Context(), call.UnknownNumber)
	in.finish()
	next(t, "refusal", status)
	li.script(func(c *farCall) { c.say(486, "Busy Here", nil) })
	_, err = h.Place(t.Context(), call.Order{Phone: "li", CallerID: somebody, Display: "Zhang Wei", Ring: 5 * time.Second})
	failed(t, err)
	h.end()

	for _, secret := range []string{somebody[1:], "13800138000", "Zhang", "secret", "nonce"} {
		for l := range strings.Lines(log.String()) {
			if strings.Contains(l, secret) {
				t.Errorf("%q is in the log: %s", secret, l)
			}
		}
	}
	if !strings.Contains(log.String(), "call came in") {
		t.Errorf("the log does not tell of calls:\n%s", log)
	}
}
