package dialog

import (
	"errors"
	"fmt"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
	"careline/sip/wire"
)

// The causes of a RefusedError that the peer did not refuse on its own. More than
// one may apply.
var (
	ErrNotSent    = errors.New("nothing could be sent")
	ErrNoResponse = errors.New("no response")       // how the call ended is not known
	ErrNoAnswer   = errors.New("not answered")      // Ring has passed
	ErrCancelled  = errors.New("call was given up") // ctx ended, or a callback returned an error
)

// RefusedError is an outbound call, or a request within one, that ended without an
// answer.
type RefusedError struct {
	Code       int           // final status, 300 to 699; 0 when none came
	Reason     string        // as the peer worded it
	Q850       int           // cause of a Reason header (RFC 3326, 6432); 0 without
	Text       string        // text of that Reason header
	Why        string        // the Reason headers as they came
	RetryAfter time.Duration // as the peer asked; 0 without
	Sent       bool          // an INVITE has left
	Heard      bool          // some response came, 100 included
	Rang       bool          // an 18x came
	Cause      error         // of the above, wrapped; nil when the peer refused on its own
}

// Error says how the call ended.
func (r *RefusedError) Error() string {
	switch {
	case r.Cause != nil && r.Code != 0:
		return fmt.Sprintf("%v (sip %d %s)", r.Cause, r.Code, r.Reason)
	case r.Cause != nil:
		return r.Cause.Error()
	default:
		return fmt.Sprintf("sip %d %s", r.Code, r.Reason)
	}
}

// Unwrap lets callers ask for ErrNoResponse and its like.
func (r *RefusedError) Unwrap() error { return r.Cause }

// read takes over what a final response says.
func (r *RefusedError) read(res *sipmsg.Response) {
	reason := reasonOf(res)
	r.Code, r.Reason, r.Heard = res.StatusCode, grammar.Plain(res.Reason, 128), true
	r.Q850, r.Text, r.RetryAfter = reason.Q850, reason.Text, wire.RetryAfter(res)
	r.Why = rawReason(res)
}

// refusedBy is the refusal of a final response to a request with cred.
func refusedBy(res *sipmsg.Response, cred Credentials) *RefusedError {
	r := &RefusedError{Sent: true, Cause: unproved(res, cred)}
	r.read(res)
	return r
}
