package twin

import (
	"cmp"
	"fmt"
	"net/http"
	"time"
)

// change carries out UpdateCall.
func (t *Twin) change(in inquiry) (reply, *failure) {
	if bad := t.related(in); bad != nil {
		return reply{}, bad
	}
	if len(in.params) == 0 {
		t.violateREST(in.r, 20001, "UpdateCall changes nothing")
	}
	c := t.mine(in)
	if c == nil {
		return reply{}, notFound(in.r)
	}
	t.settings(in, c)
	p := in.params
	if now, _ := t.Call(c.SID); p.Has("TimeLimit") && !now.Answered.IsZero() {
		t.violateREST(in.r, 0, "TimeLimit of a call that is talked on is something that the twin does not do")
	}
	e := c.about(KindUpdated)
	e.Status, e.URL, e.Method = p.Get("Status"), p.Get("Url"), in.r.Method
	if p.Has("Url") || p.Has("Twiml") {
		src := source{url: p.Get("Url"), twiml: p.Get("Twiml"), method: cmp.Or(p.Get("Method"), http.MethodPost)}
		if !t.update(c, src) {
			return reply{}, &failure{code: 21220, message: "Call is not in-progress. Cannot redirect."}
		}
	}
	if bad := t.finish(c, p.Get("Status")); bad != nil {
		return reply{}, bad
	}
	t.write(e)
	t.mu.Lock()
	defer t.mu.Unlock()
	return reply{in.what.Status, t.callJSON(c)}, nil
}

// settings takes in what an update says for later.
func (t *Twin) settings(in inquiry, c *call) {
	p := in.params
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.Has("FallbackUrl") {
		c.fallback = source{url: p.Get("FallbackUrl"), method: cmp.Or(p.Get("FallbackMethod"), http.MethodPost)}
	}
	if p.Has("StatusCallback") {
		c.watch.url, c.watch.method = p.Get("StatusCallback"), cmp.Or(p.Get("StatusCallbackMethod"), http.MethodPost)
		if len(c.watch.events) == 0 {
			c.watch.events = []string{"completed"}
		}
	}
	if p.Has("TimeLimit") && c.Answered.IsZero() {
		c.limit = time.Duration(whole(p, "TimeLimit", 0)) * time.Second
	}
}

// finish ends a call as REST wants it. canceled leaves calls that are talked on
// alone.
func (t *Twin) finish(c *call, status string) *failure {
	if status == "" {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case terminal(c.Status):
		return &failure{code: 21220, message: "Call is not in-progress. Cannot redirect."}
	case status == "canceled" && c.Status == "in-progress":
		return nil
	case c.end != nil:
		c.end(errRest)
	}
	c.unwanted = true
	return nil
}

// mine is the call that a request names; nil where its account has none such.
func (t *Twin) mine(in inquiry) *call {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.bySID[in.sid]
	if c == nil || c.acc != in.acc {
		return nil
	}
	return c
}

// show carries out FetchCall, which may be behind.
func (t *Twin) show(in inquiry) (reply, *failure) {
	c := t.mine(in)
	if c == nil {
		return reply{}, notFound(in.r)
	}
	stale := t.fault(c.SID, in.r.Method+" "+in.r.URL.Path, fmt.Sprint(c.SID, t.requests.Load()), FetchStale) != ""
	t.mu.Lock()
	defer t.mu.Unlock()
	body := t.callJSON(c)
	if stale && c.before != "" {
		body["status"], body["end_time"], body["duration"], body["price"] = c.before, nil, nil, nil
	}
	return reply{in.what.Status, body}, nil
}
