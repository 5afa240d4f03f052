package sip_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"careline/call"
	"careline/sip"
)

// register is a store of bans.
type register struct {
	saved chan call.Ban

	mu     sync.Mutex
	bans   []call.Ban
	lifted []string
}

func (r *register) SaveBan(_ context.Context, b call.Ban) error {
	r.mu.Lock()
	r.bans = append(r.bans, b)
	r.mu.Unlock()
	r.saved <- b
	return nil
}

func (r *register) LoadBans(context.Context, time.Time) ([]call.Ban, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.bans), nil
}

func (r *register) LiftedBans(context.Context) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	lifted := r.lifted
	r.lifted = nil
	return lifted, nil
}

// A ban is kept, lasts over a restart, and ends when a person lifts it.
func TestBanIsKeptAndLifted(t *testing.T) {
	t.Parallel()
	r := &register{saved: make(chan call.Ban, 4)}
	open := func() *house {
		return newHouse(t, func(o *sip.Options) {
			o.Phones, o.Trunks, o.Bans = map[string]string{"li": "secret", "wang": "geheim"}, nil, r
		})
	}
	h := open()
	for _, agent := range []string{"li", "wang"} {
		guesser := newPhone(t, agent, "guess")
		for range 5 {
			guesser.register(h.addr, agent, 60)
		}
	}
	b := next(t, "ban", r.saved)
	if b.Source != "127.0.0.1" || !b.Until.After(b.Since) {
		t.Errorf("kept %+v; want a ban of 127.0.0.1", b)
	}
	h.end()
	h = open()
	if res := newPhone(t, "li", "secret").register(h.addr, "li", 60); res != nil {
		t.Fatalf("after a restart the banned source was answered %d", res.StatusCode)
	}
	r.mu.Lock()
	r.lifted = []string{b.Source}
	r.mu.Unlock()
	for range 5 { // each waits for an answer for some seconds
		if res := newPhone(t, "li", "secret").register(h.addr, "li", 60); res != nil && res.StatusCode == 200 {
			return
		}
	}
	t.Error("the source whose ban was lifted is not heard")
}
