package dialer

import (
	"context"
	"errors"
	"fmt"

	"careline/campaigns"
	"careline/dialer/plan"
)

// errNotRunning is the cause of a preview that is not dialed any more.
var errNotRunning = errors.New("the service places no calls now")

// HeldError is why a contact may not be called: the verdict of the contact
// policy.
type HeldError struct{ Verdict campaigns.Verdict }

// Error names the first rule that failed.
func (e *HeldError) Error() string {
	for _, check := range e.Verdict.Checks {
		if !check.Passed {
			return fmt.Sprintf("rule %s: %s", check.Rule, check.Detail)
		}
	}
	return "the contact policy does not allow it"
}

// ask is a preview that shall be dialed.
type ask struct {
	contact campaigns.Contact
	agent   string
	reply   chan reply // has room for the one that comes
}

type reply struct {
	attempt campaigns.AttemptID
	err     error
}

// Preview has a contact called of a preview campaign for the agent who asked for
// it and shall take it. It returns once the attempt is committed and its INVITE
// is about to leave, or with the reason why not: a *HeldError where the contact
// policy does not allow it.
func (d *Dialer) Preview(ctx context.Context, contact campaigns.Contact, agent string) (campaigns.AttemptID, error) {
	a := &ask{contact: contact, agent: agent, reply: make(chan reply, 1)}
	select {
	case d.asks <- a:
	case <-d.over:
		return "", errNotRunning
	case <-ctx.Done():
		return "", fmt.Errorf("preview: %w", context.Cause(ctx))
	}
	select {
	case r := <-a.reply:
		return r.attempt, r.err
	case <-ctx.Done():
		return "", fmt.Errorf("preview: %w", context.Cause(ctx))
	}
}

// preview asks the plan for the call. Its Place, or its Refuse, finds the ask
// again by number.
func (l *loop) preview(ctx context.Context, a *ask) {
	l.asked++
	l.asks[l.asked] = a
	l.step(ctx, plan.Event{
		Kind: plan.Preview, ID: a.contact.Campaign, Agent: a.agent, Ask: l.asked, Contacts: []campaigns.Contact{a.contact},
	})
	delete(l.asks, l.asked)
}

// tell answers the ask, the first time. A nil one is nobody's.
func (a *ask) tell(id campaigns.AttemptID, err error) {
	if a == nil {
		return
	}
	select {
	case a.reply <- reply{id, err}:
	default:
	}
}
