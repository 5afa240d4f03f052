package sip

import (
	"context"
	"time"
)

// Binding is where a phone can be reached (RFC 3261 section 10).
type Binding struct {
	Agent     string // the address of record's user
	Contact   string // the Contact URI
	Source    string // ip:port that the REGISTER came from
	CallID    string
	CSeq      uint32
	UserAgent string
	Expires   time.Time
}

// Bindings keeps registrations over a restart. The store is one.
type Bindings interface {
	SaveBinding(ctx context.Context, b Binding) error
	RemoveBinding(ctx context.Context, agent, contact string) error
	LoadBindings(ctx context.Context, now time.Time) ([]Binding, error)
}
