package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	nameFresh = 30 * time.Second // an answer of DNS is used for so long
	nameStale = time.Hour        // and for so long while it is asked again, or does not answer
	nameWait  = 10 * time.Second // for what is asked again
	mostNames = 1024
)

// names remembers the answers of DNS, so that a call does not wait for it, and
// goes on while DNS is lost.
type names struct {
	dns DNS
	w   *Wire

	mu    sync.Mutex
	known map[string]answerOf
}

// answerOf is an answer of DNS.
type answerOf struct {
	srv   []*net.SRV
	ips   []netip.Addr
	at    time.Time
	again bool // it is being asked again
}

func newNames(w *Wire) *names {
	return &names{dns: w.opt.DNS, w: w, known: make(map[string]answerOf)}
}

// LookupSRV is that of DNS.
func (n *names) LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error) {
	a, err := n.ask(ctx, "_"+service+"._"+proto+"."+name, func(ctx context.Context) (a answerOf, err error) {
		_, a.srv, err = n.dns.LookupSRV(ctx, service, proto, name)
		return a, err
	})
	return name, a.srv, err
}

// LookupNetIP is that of DNS.
func (n *names) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	a, err := n.ask(ctx, host, func(ctx context.Context) (a answerOf, err error) {
		a.ips, err = n.dns.LookupNetIP(ctx, network, host)
		return a, err
	})
	return a.ips, err
}

// lookup asks DNS.
type lookup func(ctx context.Context) (answerOf, error)

// ask returns what is known, or else what DNS says now.
func (n *names) ask(ctx context.Context, key string, look lookup) (answerOf, error) {
	if old, ok := n.recall(ctx, key, look, time.Now()); ok {
		return old, old.missing(key)
	}
	got, err := look(ctx)
	if !n.learn(key, got, err) {
		return got, err
	}
	return got, got.missing(key)
}

// recall returns what is known. When it is not fresh DNS is asked again
// meanwhile.
func (n *names) recall(ctx context.Context, key string, look lookup, now time.Time) (answerOf, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	old, ok := n.known[key]
	age := now.Sub(old.at)
	if !ok || age >= nameStale {
		return old, false
	}
	if age >= nameFresh && !old.again {
		old.again = n.w.crew.send(func() {
			limit, stop := n.w.limited(ctx, nameWait)
			defer stop()
			got, err := look(limit)
			n.learn(key, got, err)
		})
		n.known[key] = old
	}
	return old, true
}

// learn remembers an answer: also one that there is nothing, but not that DNS is
// lost.
func (n *names) learn(key string, got answerOf, err error) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil && !isNotFound(err) {
		if old, ok := n.known[key]; ok {
			old.again = false
			n.known[key] = old
		}
		return false
	}
	if len(n.known) >= mostNames {
		clear(n.known)
	}
	got.at = time.Now()
	n.known[key] = got
	return true
}

// missing is the error of an answer that there is nothing.
func (a answerOf) missing(name string) error {
	if len(a.srv)+len(a.ips) > 0 {
		return nil
	}
	return &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func isNotFound(err error) bool {
	var e *net.DNSError
	return errors.As(err, &e) && e.IsNotFound
}
