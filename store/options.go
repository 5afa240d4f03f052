package store

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"careline/phone"
)

// Options tune a Store. The zero value is ready to use; a service names its
// node and its journal.
type Options struct {
	Node         string            // the name that calls are signed with, so that Recover finds them
	DIDs         map[string]string // inbound number: flow name
	Journal      string            // file that takes writes while the database does not; empty: none
	JournalBytes int               // its size, reserved beforehand; 0 means 16 MiB
	Patience     time.Duration     // a write that is not committed after this goes to the journal; 0 means 2 s
	Agents       bool              // agents are configured at this node, which is the only one then; see AgentsElsewhereError
	Lease        time.Duration     // how long a node may be silent; 0 means 20 s
	Calendars    phone.Calendars   // that campaigns may name; the zero value holds those that ship
	NewID        func() string     // makes the ids of campaigns and contacts, each greater than the one before; nil makes UUIDv7
	Log          *slog.Logger      // nil discards
}

func (o Options) withDefaults() Options {
	o.JournalBytes = cmp.Or(o.JournalBytes, 16<<20)
	o.Patience = cmp.Or(o.Patience, 2*time.Second)
	o.Lease = cmp.Or(o.Lease, 20*time.Second)
	if o.NewID == nil {
		o.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return o
}
