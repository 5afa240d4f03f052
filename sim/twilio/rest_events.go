package twin

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// listEvents carries out ListCallEvents: what was requested of the service for a
// call, and what it answered.
func (t *Twin) listEvents(in inquiry) (reply, *failure) {
	c := t.mine(in)
	if c == nil {
		return reply{}, notFound(in.r)
	}
	var rows []row
	t.mu.Lock()
	known := t.opt.EventsAfter < 0 || !c.Ended.IsZero() && time.Since(c.Ended) >= t.opt.EventsAfter
	if known {
		for i, x := range t.events[c.SID] {
			rows = append(rows, row{c.SID + strconv.Itoa(i), x.json()})
		}
	}
	t.mu.Unlock()
	return page(in, rows)
}

// json is an exchange as the API has it.
func (x exchange) json() map[string]any {
	params := map[string]any{}
	for name, values := range x.params {
		params[snake(name)] = values[0]
	}
	response := map[string]any{
		"date_created": rfc2822(x.at), "request_duration": x.took.Milliseconds(), "response_code": x.answer.code,
		"content_type": x.answer.header.Get("Content-Type"), "response_body": string(x.answer.body),
	}
	return map[string]any{
		"request":  map[string]any{"method": x.method, "url": x.url, "parameters": params},
		"response": response,
	}
}

// snake is a name like CallSid as call_sid.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Requested is a request that the service was sent for a call.
type Requested struct {
	At     time.Time
	Method string
	URL    string
	Params url.Values
	Code   int // of the answer; 0 for none
	Body   string
}

// Requests are those for a call, documents and callbacks, in order.
func (t *Twin) Requests(sid string) []Requested {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]Requested, 0, len(t.events[sid]))
	for _, x := range t.events[sid] {
		out = append(out, Requested{x.at, x.method, x.url, x.params, x.answer.code, string(x.answer.body)})
	}
	return out
}
