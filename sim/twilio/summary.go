package twin

import (
	"maps"
	"net/url"
	"slices"
	"time"
)

// Call is what became of one call.
type Call struct {
	SID       string
	Account   string
	Parent    string // sid of the call that has dialed this one
	To, From  string
	Direction string     // inbound, outbound-api or outbound-dial
	Params    url.Values // of the request that created it; nil of any other call
	Status    string     // as Twilio has it
	SIP       int        // the final SIP status of a call that was not answered
	By        string     // who ended it: person, document, rest, limit, rejected, nobody or line; empty while it lasts
	Detected  string     // AnsweredBy, once machine detection has said it
	Wait      time.Duration
	Dials     int // how often the line was asked to call: never more than 1

	Created, Dialed, Rang, Answered, Ended time.Time // zero where that has not happened
}

// Press are the keys of one gather or recording.
type Press struct {
	Call      string // sid
	To, From  string // of the call
	At        time.Time
	Keys      string
	Document  string // the URL of the document that asked; "" is one given by REST
	Said      string // the words and URLs of the prompt
	URL       string // that the keys are told to; "" where they are told to nobody
	Delivered bool   // the service has answered that request with 2xx
	Tries     int    // requests with these keys
}

// Calls are all calls, running and ended, in the order of their creation.
func (t *Twin) Calls() []Call {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]Call, 0, len(t.calls))
	for _, c := range t.calls {
		s := c.Call
		s.Params = maps.Clone(c.Params)
		out = append(out, s)
	}
	return out
}

// Call is one call by its sid; false where there is none.
func (t *Twin) Call(sid string) (Call, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.bySID[sid]
	if c == nil {
		return Call{}, false
	}
	return c.Call, true
}

// Presses are the keys that people have pressed when they were asked, in order.
func (t *Twin) Presses() []Press {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.presses)
}

// Up is how many calls are not over.
func (t *Twin) Up() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, c := range t.calls {
		if c.Ended.IsZero() {
			n++
		}
	}
	return n
}
