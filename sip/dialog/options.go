package dialog

import "context"

// Options asks target for its capabilities, to see whether it is alive, and
// returns its final status. Route is as in Invite.
func (e *Endpoint) Options(_ context.Context, _, _ string) (code int, err error) { return 0, nil }
