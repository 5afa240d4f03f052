package twin

import (
	"context"
	"errors"
	"net/url"
	"time"
)

// Why a call ends, as Call.By has it.
var (
	errPerson   = errors.New("person")
	errDocument = errors.New("document")
	errRest     = errors.New("rest")
	errLimit    = errors.New("limit")
	errJoined   = errors.New("nobody") // who it was joined with has left
)

// errUpdated interrupts what a call does, as another document is in its place.
var errUpdated = errors.New("updated by REST")

// call is a Call at work.
type call struct {
	Call // belongs to the twin's lock, as all down to ctx
	acc  *account

	updated   time.Time
	limit     time.Duration // of the talk
	url       source        // first asked when it is answered
	fallback  source
	pending   *source                 // by REST; nil: none
	interrupt context.CancelCauseFunc // of what is being done; nil: nothing
	end       context.CancelCauseFunc // of the call
	watch     watch
	seq       int // of the next status callback
	posts     courier
	waits     *waiting // in a queue
	wait      time.Duration

	party Party // of who talks on it; set before it is answered
	amd   detection
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
