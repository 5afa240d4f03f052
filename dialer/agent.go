package dialer

import (
	"context"
	"errors"

	"careline/agents"
	"careline/campaigns"
)

// SetAgent tells what an agent does, and whose queues' calls the agent takes:
// all of them, each time that anything of it changes. It may be called at any
// time.
func (d *Dialer) SetAgent(name string, pools []string, state agents.Presence) {}

// Preview has a contact called of a preview campaign for the agent who asked for
// it and shall take it. It returns once the attempt is committed and its INVITE
// is about to leave, or with the reason why not.
func (d *Dialer) Preview(ctx context.Context, contact campaigns.Contact, agent string) (campaigns.AttemptID, error) {
	return "", errors.New("previews are not dialed")
}
