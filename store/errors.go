package store

import (
	"errors"
	"fmt"
	"time"

	"careline/call"
	"careline/campaigns"
)

// What callers may ask for with errors.Is.
var (
	ErrNotFound   = error(missing{})
	ErrExists     = errors.New("exists already")
	ErrEnded      = campaigns.ErrEnded
	ErrNoLease    = errors.New("the node has no lease; it must be renewed first")
	ErrJournaling = errors.New("the database is behind; new calls wait until it has caught up")
	ErrNotAllowed = errors.New("not allowed in this state")
)

// missing is what ErrNotFound is.
type missing struct{}

func (missing) Error() string { return "not found" }

// Is lets those ask for call.ErrNoCall who do not know the store.
func (missing) Is(target error) bool { return target == call.ErrNoCall }

// NodeTakenError is returned to a node whose name a live process has.
type NodeTakenError struct {
	Node  string
	Host  string    // where that process runs
	PID   int       // its process id there
	Until time.Time // when its lease is over unless it is renewed
}

// Error says who has the name and what to do.
func (e *NodeTakenError) Error() string {
	return fmt.Sprintf("node name %q is in use by process %d on %s until %s: end that process, or give this node another name",
		e.Node, e.PID, e.Host, e.Until.Format(time.RFC3339))
}
