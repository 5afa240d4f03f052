package twin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Why a call ends, in words of Call.By.
var (
	errPerson   = errors.New("person")   // hung up
	errDocument = errors.New("document") // came to its end or said so
	errRest     = errors.New("rest")     // was asked to
	errLimit    = errors.New("limit")    // the call was too long
	errBroken   = errors.New("error")    // a document could not be had
	errParent   = errors.New("parent")   // of a leg of Dial
)

// errUpdated interrupts what a call does, as another document takes its place.
var errUpdated = errors.New("updated by REST")

// call is a Call at work.
type call struct {
	Call // belongs to the twin's lock, as all of the struct but posts and party
	acc  *account

	updated   time.Time
	before    string        // the status that it had last
	limit     time.Duration // of the talk
	first     source        // requested when it is answered
	fallback  source
	watch     watch
	amd       detection
	dialing   Dialing
	ring      time.Duration
	seq       int                     // of the next status callback
	pending   *source                 // by REST; nil: none
	interrupt context.CancelCauseFunc // of what is being done; nil: nothing that could be updated
	closed    bool                    // no document can take the place of another any more
	unwanted  bool                    // REST has asked for its end
	end       context.CancelCauseFunc // nil until it lives
	waits     time.Time               // in a queue since
	refusal   string                  // the reason of Reject
	posts     courier
	arrival   Arrival // of an inbound call that was not picked up
	party     Party   // belongs to who executes the call's documents
}

// source is where a document is, or the document itself.
type source struct {
	url, method string
	twiml       string     // in place of url
	params      url.Values // besides those of every request
	press       int        // which of the presses it tells, from 1; 0: none
}

// watch is who is told of the stages of a call.
type watch struct {
	url, method string
	events      []string
}

// terminal tells whether a status is a last one.
func terminal(status string) bool {
	return slices.Contains([]string{"completed", "busy", "failed", "no-answer", "canceled"}, status)
}

// enter makes a call known. t.mu is held.
func (t *Twin) enter(c *call) {
	c.SID = dice{t.opt.Seed, strconv.Itoa(len(t.calls))}.sid("CA")
	c.Account = c.acc.SID
	c.Created = time.Now()
	c.updated = c.Created
	t.calls = append(t.calls, c)
	t.bySID[c.SID] = c
}

// about is an entry about a call.
func (c *call) about(k EntryKind) Entry {
	return Entry{Kind: k, Call: c.SID, Other: c.Parent, To: c.To, From: c.From}
}

// reach takes a call to a status, and tells who wants to know: event is
// initiated, ringing, answered or completed.
func (t *Twin) reach(c *call, status, event string, e Entry) {
	now := time.Now()
	t.mu.Lock()
	if status != "initiated" { // which webhooks alone have
		c.before, c.Status = c.Status, status
	}
	c.updated = now
	switch event {
	case "initiated":
		c.Dialed = now
	case "ringing":
		c.Rang = now
	case "answered":
		c.Answered = now
	case "completed":
		c.Ended = now
		if c.Direction == "outbound-api" {
			c.acc.up--
		}
	}
	params := c.params()
	params.Set("CallStatus", status)
	l := letter{call: c, event: event, method: c.watch.method, url: c.watch.url, params: params}
	told := c.watch.url != "" && slices.Contains(c.watch.events, event)
	if told {
		c.report(params, event, t.length(c))
	}
	t.mu.Unlock()
	e.Status = status
	t.write(e)
	if told {
		t.send(l)
	}
}

// report adds what status callbacks bear. The twin's lock is held.
func (c *call) report(p url.Values, event string, talked time.Duration) {
	p.Set("Timestamp", time.Now().UTC().Format(time.RFC1123Z))
	p.Set("CallbackSource", "call-progress-events")
	p.Set("SequenceNumber", strconv.Itoa(c.seq))
	c.seq++
	if event != "completed" {
		return
	}
	p.Set("CallDuration", strconv.Itoa(seconds(talked)))
	p.Set("Duration", strconv.Itoa((seconds(talked)+59)/60))
	p.Set("SipResponseCode", strconv.Itoa(c.SIP))
	if c.Detected != "" {
		p.Set("AnsweredBy", c.Detected)
	}
}

// params are those of every voice request. The twin's lock is held.
func (c *call) params() url.Values {
	p := url.Values{
		"CallSid": {c.SID}, "AccountSid": {c.Account}, "ApiVersion": {"2010-04-01"}, "Direction": {c.Direction}, "CallStatus": {c.Status},
		"From": {c.From}, "Caller": {c.From}, "To": {c.To}, "Called": {c.To},
	}
	for _, who := range []string{"From", "To", "Caller", "Called"} { // looked up, and not found
		for _, what := range []string{"City", "State", "Zip", "Country"} {
			p.Set(who+what, "")
		}
	}
	if c.Parent != "" {
		p.Set("ParentCallSid", c.Parent)
	}
	if c.Direction == "inbound" {
		p.Set("CallToken", fmt.Sprintf(`{"parentCallInfoToken":"%s"}`, c.SID[2:]))
	}
	return p
}

// length is how long a call was talked on, in life. The lock is held.
func (t *Twin) length(c *call) time.Duration {
	switch {
	case c.Answered.IsZero():
		return 0
	case c.Ended.IsZero():
		return time.Duration(float64(time.Since(c.Answered)) * t.opt.Speed)
	}
	return time.Duration(float64(c.Ended.Sub(c.Answered)) * t.opt.Speed)
}

// seconds are those of a span, begun ones counted.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// over ends a call that was on the line.
func (t *Twin) over(c *call, status string, why error) {
	if c.party != nil {
		c.party.Hangup()
	}
	t.mu.Lock()
	c.By = why.Error()
	c.closed = true
	t.mu.Unlock()
	e := c.about(KindEnded)
	e.Note, e.Code = c.By, c.SIP
	t.reach(c, status, "completed", e)
}

// reason is why ctx has ended, of a call's reasons.
func reason(ctx context.Context, other error) error {
	why := context.Cause(ctx)
	for _, known := range []error{errPerson, errDocument, errRest, errLimit, errBroken, errParent} {
		if errors.Is(why, known) {
			return known
		}
	}
	if why != nil {
		return why
	}
	return other
}
