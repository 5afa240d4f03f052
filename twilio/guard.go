package twilio

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// errAccount is a request of another account than the trunk's.
var errAccount = errors.New("the account is none of the trunk's")

// How sources are treated whose requests are not Twilio's.
const (
	guardSpan   = time.Minute
	mostRefused = 30 // in guardSpan, from a source that nothing good came from
	goodSpan    = time.Hour
	mostSources = 1024 // that are remembered
)

// guard counts requests that are not Twilio's. A source that sends many is not
// listened to for a while, unless good ones have come from there as well, as they
// do by a proxy that stands before us. The zero value is ready to use.
type guard struct {
	mu      sync.Mutex
	sources map[string]*suspect
	trusted map[string]time.Time // when Twilio's requests came from a source
	refused int64
}

// suspect is a source whose requests were refused.
type suspect struct {
	since time.Time
	times int
}

// refuse notes a refused request and tells whether it shall be logged: the first
// of a source in each span, with how many came in the span before.
func (g *guard) refuse(source string, now time.Time) (log bool, before int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refused++
	s := g.sources[source]
	if s == nil {
		if g.sources == nil {
			g.sources = make(map[string]*suspect)
		}
		g.forget(now)
		s = &suspect{}
		g.sources[source] = s
	}
	if now.Sub(s.since) >= guardSpan {
		log, before = true, s.times
		s.since, s.times = now, 0
	}
	s.times++
	return log, before
}

// forget makes room for another source. g.mu is held.
func (g *guard) forget(now time.Time) {
	if len(g.sources) < mostSources {
		return
	}
	for name, s := range g.sources {
		if now.Sub(s.since) >= guardSpan {
			delete(g.sources, name)
		}
	}
	for name := range g.sources {
		if len(g.sources) < mostSources {
			return
		}
		delete(g.sources, name)
	}
}

// good notes a request of Twilio's. What was noted for long is forgotten with the
// others where there are too many.
func (g *guard) good(source string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Sub(g.trusted[source]) < goodSpan/2 {
		return
	}
	if g.trusted == nil || len(g.trusted) >= mostSources {
		g.trusted = make(map[string]time.Time)
	}
	g.trusted[source] = now
}

// shuts tells whether a source is not listened to.
func (g *guard) shuts(source string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.sources[source]
	if s == nil || s.times < mostRefused || now.Sub(s.since) >= guardSpan || now.Sub(g.trusted[source]) < goodSpan {
		return false
	}
	g.refused++
	return true
}

// count is how many requests were refused so far.
func (g *guard) count() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.refused
}

// source is where a request came from: of one that a proxy of our own network
// brings, what that says of it.
func source(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || !addr.IsLoopback() && !addr.IsPrivate() {
		return host
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if last, err := netip.ParseAddr(strings.TrimSpace(hops[len(hops)-1])); err == nil {
		return last.String()
	}
	return host
}

// Refused is how many requests were refused since the start as not Twilio's.
func (c *Carrier) Refused() int64 { return c.guard.count() }

// refuse turns a request away that is not Twilio's.
func (c *Carrier) refuse(w http.ResponseWriter, r *http.Request, t *trunk, why error) {
	from := source(r)
	if log, before := c.guard.refuse(from, time.Now()); log {
		c.log.Warn("request refused that is not Twilio's", "trunk", t.Name, "source", from, "err", why, "refused_before", before)
	}
	http.Error(w, why.Error(), http.StatusForbidden)
}
