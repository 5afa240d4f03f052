package twilio

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	twilio "github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"
)

// mostAnswer is how much of an answer is read, in bytes.
const mostAnswer = 8 << 20

// client asks Twilio's API for one account. It may be used by many goroutines.
type client struct {
	account string
	login   twilio.Credentials
	base    *url.URL // in place of api.twilio.com
	http    http.RoundTripper
	most    time.Duration // that a request may take
}

func newClient(t Trunk, o Options) (*client, error) {
	base, err := url.Parse(o.API)
	if err != nil {
		return nil, err
	}
	c := &client{
		account: t.AccountSID, login: twilio.Credentials{Username: t.AccountSID, Password: t.Token},
		base: base, http: o.HTTP, most: o.Answer,
	}
	if t.APIKey != "" {
		c.login = twilio.Credentials{Username: t.APIKey, Password: t.APISecret}
	}
	return c, nil
}

// ask has f make one request. Its error is an *apiError.
func (c *client) ask(ctx context.Context, what string, f func(api *openapi.ApiService) error) (*exchange, error) {
	ctx, cancel := context.WithTimeout(ctx, c.most)
	defer cancel()
	x := &exchange{client: c, ctx: ctx}
	under := &twilio.Client{
		Credentials: &c.login,
		HTTPClient:  &http.Client{Transport: x, CheckRedirect: stay},
	}
	under.SetAccountSid(c.account)
	err := f(openapi.NewApiService(&twilio.RequestHandler{Client: under}))
	if err == nil && x.status >= http.StatusMultipleChoices {
		err = errRedirect
	}
	if err != nil {
		return x, x.problem(what, err)
	}
	return x, nil
}

// stay has redirects not followed: a request to place a call is sent once.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// exchange is one request to the API and what is known of its answer. It is the
// transport of that request: the library knows no context, nor another host than
// Twilio's.
type exchange struct {
	client *client
	ctx    context.Context //nolint:containedctx // it lives as long as the request

	sent   atomic.Bool // there was a connection to send it by
	status int         // HTTP's; 0: no answer came
	wait   time.Duration
	date   time.Time // when Twilio answered, by its own clock
	at     time.Time // and by ours
}

// RoundTrip sends the request once, by the exchange's context and to its host.
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := httptrace.WithClientTrace(x.ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { x.sent.Store(true) },
	})
	r := req.Clone(ctx)
	r.GetBody = nil // what was sent in part is not sent again
	r.URL.Scheme, r.URL.Host, r.Host = x.client.base.Scheme, x.client.base.Host, ""
	r.URL.Path = strings.TrimRight(x.client.base.Path, "/") + r.URL.Path
	res, err := x.client.http.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	x.status, x.wait, x.at = res.StatusCode, retryAfter(res.Header.Get("Retry-After")), time.Now()
	x.date, _ = http.ParseTime(res.Header.Get("Date"))
	res.Body = limited{io.LimitReader(res.Body, mostAnswer), res.Body}
	return res, nil
}

type limited struct {
	io.Reader
	io.Closer
}

// retryAfter reads how long the API asks to be left alone.
func retryAfter(header string) time.Duration {
	if s, err := strconv.Atoi(header); err == nil && s > 0 {
		return time.Duration(min(s, 86400)) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}

// create places a call.
func (c *client) create(ctx context.Context, p *openapi.CreateCallParams) (*openapi.ApiV2010Call, error) {
	var made *openapi.ApiV2010Call
	x, err := c.ask(ctx, "place a call", func(api *openapi.ApiService) (err error) {
		made, err = api.CreateCall(p)
		return err
	})
	if err == nil && text(made.Sid) == "" {
		return nil, x.problem("place a call", errNameless)
	}
	return made, err
}

// fetch asks for a call as it stands.
func (c *client) fetch(ctx context.Context, sid string) (*openapi.ApiV2010Call, error) {
	var found *openapi.ApiV2010Call
	_, err := c.ask(ctx, "look at a call", func(api *openapi.ApiService) (err error) {
		found, err = api.FetchCall(sid, nil)
		return err
	})
	return found, err
}

// change gives a call another document or another status.
func (c *client) change(ctx context.Context, sid string, p *openapi.UpdateCallParams) (*openapi.ApiV2010Call, error) {
	var changed *openapi.ApiV2010Call
	_, err := c.ask(ctx, "change a call", func(api *openapi.ApiService) (err error) {
		changed, err = api.UpdateCall(sid, p)
		return err
	})
	return changed, err
}

// mostListed is how many calls are looked at, the newest first.
const mostListed = 50

// list is the newest calls from one number to another, or of the account where
// they are empty; more tells that there are
// others beyond them.
func (c *client) list(ctx context.Context, to, from string) (calls []openapi.ApiV2010Call, more bool, _ error) {
	_, failed := c.ask(ctx, "list calls", func(api *openapi.ApiService) error {
		p := (&openapi.ListCallParams{}).SetPageSize(mostListed)
		if to != "" {
			p.SetTo(to).SetFrom(from)
		}
		page, err := api.PageCall(p, "", "")
		if err == nil {
			calls, more = page.Calls, text(page.NextPageUri) != ""
		}
		return err
	})
	return calls, more, failed
}

// requests is what Twilio has requested of us for a call: the URLs.
func (c *client) requests(ctx context.Context, sid string) (urls []string, _ error) {
	_, failed := c.ask(ctx, "list a call's events", func(api *openapi.ApiService) error {
		page, err := api.PageCallEvent(sid, (&openapi.ListCallEventParams{}).SetPageSize(mostListed), "", "")
		if err != nil {
			return err
		}
		for _, e := range page.Events {
			if e.Request == nil {
				continue
			}
			if m, ok := (*e.Request).(map[string]any); ok {
				u, _ := m["url"].(string)
				urls = append(urls, u)
			}
		}
		return nil
	})
	return urls, failed
}

// text is what an answer says in a field; empty where it leaves it out.
func text(field *string) string {
	if field == nil {
		return ""
	}
	return *field
}
