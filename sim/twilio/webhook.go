package twin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Bounds of a webhook, by usage/webhooks/webhooks-connection-overrides and
// voice/twiml.
const (
	webhookTime  = 15 * time.Second
	mostHops     = 10
	mostDocument = 64 << 10
)

// answer is what a webhook was answered with.
type answer struct {
	url    string // after redirects
	code   int
	header http.Header
	body   []byte
}

// exchange is a webhook and its answer, as Events.json shows them.
type exchange struct {
	url, method string
	params      url.Values
	at          time.Time
	took        time.Duration
	answer      answer
}

// request makes a signed request for a call, and again as the fragment of the
// URL asks for, and follows redirects.
func (t *Twin) request(ctx context.Context, c *call, method, address string, params url.Values) (answer, error) {
	how, err := mannerOf(address)
	if err != nil {
		t.violate(Violation{Call: c.SID, Where: "webhook " + address, What: err.Error(), Code: 11243, Doc: mistake(11243).page})
	}
	ctx, cancel := context.WithTimeout(ctx, how.total)
	defer cancel()
	token := dice{t.opt.Seed, c.SID + address + params.Encode()}.sid("")
	for hop := 0; ; hop++ {
		a, err := t.insist(ctx, c, how, webhook{method, address, params, token})
		to := a.header.Get("Location")
		if err != nil || a.code < 300 || a.code > 399 || to == "" {
			return a, err
		}
		if hop == mostHops {
			return a, fmt.Errorf("more than %d redirects (11215)", mostHops)
		}
		if address, err = resolve(address, to); err != nil {
			return a, fmt.Errorf("redirect to %q (11216): %w", to, err)
		}
		if a.code != http.StatusTemporaryRedirect && a.code != http.StatusPermanentRedirect {
			method = http.MethodGet
		}
		params = without(params, "Digits", "RecordingUrl")
	}
}

// webhook is one request to the service.
type webhook struct {
	method, url string
	params      url.Values
	token       string // that its repeats share
}

// insist repeats a request as often as its URL asks for.
func (t *Twin) insist(ctx context.Context, c *call, how manner, w webhook) (answer, error) {
	for try := 0; ; try++ {
		a, err := t.once(ctx, c, w, how.read)
		if try >= how.retries || !how.again(a.code, err) || ctx.Err() != nil {
			return a, err
		}
	}
}

// once makes the request.
func (t *Twin) once(ctx context.Context, c *call, w webhook, limit time.Duration) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	began := time.Now()
	req, err := t.build(ctx, c, w)
	if err != nil {
		return answer{}, err
	}
	a := answer{url: w.url}
	res, err := t.client.Do(req)
	if err == nil {
		defer res.Body.Close()
		a.code, a.header = res.StatusCode, res.Header
		a.body, err = io.ReadAll(io.LimitReader(res.Body, mostDocument+1))
	}
	t.keep(c, exchange{url: w.url, method: w.method, params: w.params, at: began, took: time.Since(began), answer: a})
	if err != nil {
		return answer{url: w.url, code: a.code}, fmt.Errorf("request %s %s: %w", w.method, w.url, err)
	}
	return a, nil
}

// build makes and signs the request. A GET has its parameters in the query.
func (t *Twin) build(ctx context.Context, c *call, w webhook) (*http.Request, error) {
	address, _, _ := strings.Cut(w.url, "#")
	var body io.Reader
	signed := w.params
	if w.method == http.MethodGet {
		joint := "?"
		if strings.Contains(address, "?") {
			joint = "&"
		}
		address, signed = address+joint+w.params.Encode(), nil
	} else {
		body = bytes.NewReader([]byte(w.params.Encode()))
	}
	req, err := http.NewRequestWithContext(ctx, w.method, t.opt.Public(address), body)
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", w.url, err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	}
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	req.Header.Set("Accept", "*/*")
	req.Header.Set("I-Twilio-Idempotency-Token", w.token)
	req.Header.Set(signatureHeader, Sign(c.acc.Token, address, signed))
	return req, nil
}

// keep remembers an exchange for Events.json.
func (t *Twin) keep(c *call, x exchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events[c.SID] = append(t.events[c.SID], x)
}

// neverConnected tells whether an error is one of making the connection.
func neverConnected(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// resolve finds an address that may be relative to another.
func resolve(base, ref string) (string, error) {
	b, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	r, err := url.Parse(strings.TrimSpace(ref))
	if err != nil {
		return "", err
	}
	u := b.ResolveReference(r)
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("%q is no URL of HTTP", ref)
	}
	return u.String(), nil
}

// without is a copy of params that lacks some.
func without(params url.Values, names ...string) url.Values {
	out := url.Values{}
	for k, v := range params {
		out[k] = v
	}
	for _, n := range names {
		out.Del(n)
	}
	return out
}
