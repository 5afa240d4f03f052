package dialog

import (
	"fmt"
	"time"
)

// Refused is an outbound call that was not answered.
type Refused struct {
	Code       int           // final status, 300 to 699; 0 when none came
	Reason     string        // as the peer worded it
	Q850       int           // cause of a Reason header (RFC 3326, 6432); 0 without
	Text       string        // text of that Reason header
	RetryAfter time.Duration // of a 500, 503, 486 or 6xx; 0 without
	Rang       bool          // an 18x had come
	Sent       bool          // an INVITE has left
	Cause      error         // ErrNotSent, ErrNoResponse, ErrNoAnswer or ErrCancelled, wrapped; nil when the peer refused on its own
}

// Error says how the call ended.
func (r *Refused) Error() string {
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
func (r *Refused) Unwrap() error { return r.Cause }
