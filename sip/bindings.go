package sip

import (
	"context"
	"time"

	"careline/agents"
)

// Bindings keeps registrations over a restart. The store is one.
type Bindings interface {
	SaveBinding(ctx context.Context, b agents.Binding) error
	RemoveBinding(ctx context.Context, agent, contact string) error
	LoadBindings(ctx context.Context, now time.Time) ([]agents.Binding, error)
}
