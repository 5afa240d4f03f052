package dialog

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
	nameStale = time.Hour        // and for so long while DNS does not answer
	mostNames = 1024
)

// names remembers the answers of DNS, so that a call does not wait for it, and
// goes on while DNS is lost.
type names struct {
	dns DNS

	mu    sync.Mutex
	known map[string]answerOf
}

// answerOf is an answer of DNS.
type answerOf struct {
	srv []*net.SRV
	ips []netip.Addr
	at  time.Time
}

func newNames(dns DNS) *names { return &names{dns: dns, known: make(map[string]answerOf)} }

// LookupSRV is that of DNS.
func (n *names) LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error) {
	a, err := n.ask("_"+service+"._"+proto+"."+name, func() (a answerOf, err error) {
		_, a.srv, err = n.dns.LookupSRV(ctx, service, proto, name)
		return a, err
	})
	return name, a.srv, err
}

// LookupNetIP is that of DNS.
func (n *names) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	a, err := n.ask(host, func() (a answerOf, err error) {
		a.ips, err = n.dns.LookupNetIP(ctx, network, host)
		return a, err
	})
	return a.ips, err
}

// ask returns what is known, or what DNS says now. That there is nothing is
// known for as long.
func (n *names) ask(key string, lookup func() (answerOf, error)) (answerOf, error) {
	now := time.Now()
	n.mu.Lock()
	old, known := n.known[key]
	n.mu.Unlock()
	if known && now.Sub(old.at) < nameFresh {
		return old, old.missing(key)
	}
	got, err := lookup()
	if err != nil && !isNotFound(err) {
		if known && now.Sub(old.at) < nameStale {
			return old, old.missing(key)
		}
		return got, err
	}
	got.at = now
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.known) >= mostNames {
		clear(n.known)
	}
	n.known[key] = got
	return got, got.missing(key)
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
