package twin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// fetch gets a document: it requests it, or takes what was given.
func (t *Twin) fetch(ctx context.Context, c *call, src source, kind string) (*document, error) {
	if src.twiml != "" {
		d := &document{kind: kind}
		return d, t.parse(c, d, []byte(src.twiml))
	}
	a, err := t.demand(ctx, c, src)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, &trouble{11205, err.Error()}
	case a.code >= http.StatusBadRequest:
		return nil, &trouble{11200, fmt.Sprintf("%s was answered with %d", src.url, a.code)}
	}
	d, err := t.read(c, a, kind)
	e := c.about(KindDocument)
	e.URL, e.Method, e.Code = src.url, src.method, a.code
	t.write(e)
	return d, err
}

// demand requests a document, to the end even if the call is over or updated
// meanwhile: Twilio has asked.
func (t *Twin) demand(ctx context.Context, c *call, src source) (answer, error) {
	type result struct {
		answer
		err error
	}
	got := make(chan result, 1)
	if !t.start(func(live context.Context) {
		a, err := t.requestOf(live, c, src)
		got <- result{a, err}
	}) {
		return answer{}, context.Canceled
	}
	select {
	case r := <-got:
		return r.answer, r.err
	case <-ctx.Done():
		return answer{}, context.Cause(ctx)
	}
}

// errForgotten is a fault: the answer of the service is lost.
var errForgotten = errors.New("the answer was lost")

// requestOf requests a document, or does what the plan makes of it.
func (t *Twin) requestOf(ctx context.Context, c *call, src source) (answer, error) {
	t.mu.Lock()
	params := c.params()
	t.mu.Unlock()
	for name, values := range src.params {
		params[name] = values
	}
	e := c.about(KindFetch)
	e.URL, e.Method, e.Keys = src.url, src.method, params.Get("Digits")
	t.write(e)
	var a answer
	var err error
	ask := func() { a, err = t.request(ctx, c, src.method, src.url, params); t.told(c, src, a, err) }
	switch t.fault(c.SID, src.url+" document", c.SID+src.url+params.Encode(), FetchLate, FetchTwice, FetchTwiceAtOnce, FetchForgotten) {
	case FetchLate:
		after(ctx, t.late())
		ask()
	case FetchTwice:
		ask()
		ask()
	case FetchTwiceAtOnce:
		t.start(func(ctx context.Context) { _, _ = t.request(ctx, c, src.method, src.url, params) })
		ask()
	case FetchForgotten:
		ask()
		err = errForgotten
	default:
		ask()
	}
	return a, err
}

// told notes how the service took the keys that a request bore.
func (t *Twin) told(c *call, src source, a answer, err error) {
	if src.press == 0 {
		return
	}
	ok := err == nil && a.code >= 200 && a.code < 300
	t.mu.Lock()
	p := &t.presses[src.press-1]
	p.Tries++
	p.Delivered = p.Delivered || ok
	keys := p.Keys
	t.mu.Unlock()
	if ok {
		e := c.about(KindDelivered)
		e.URL, e.Keys, e.Code = src.url, keys, a.code
		t.write(e)
	}
}

// faultParams tell a fallback what has happened.
func faultParams(code int, address string) url.Values {
	return url.Values{"ErrorCode": {strconv.Itoa(code)}, "ErrorUrl": {address}}
}

// lead is where an attribute or a text leads to from a document. It reports
// false where that is no URL, which is a violation.
func (s scene) lead(n *node, to string, params url.Values) (*source, bool) {
	address, err := resolve(s.d.url, to)
	if err != nil {
		s.t.violateIn(s.c, s.d, mistake(11100), "%s leads to %q: %v", n.name, to, err)
		return nil, false
	}
	return &source{url: address, method: n.or("method", http.MethodPost), params: params}, true
}
