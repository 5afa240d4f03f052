package dialer

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"careline/campaigns"
	"careline/dialer/plan"
	"careline/phone"
)

// Options tune a Dialer.
type Options struct {
	Node   string                    // the node's name among those that share a database; empty is the host's name
	Trunks []plan.Trunk              // as they are at the start; SetTrunk changes them
	Allow  map[string]phone.Prefixes // by trunk: the destinations that it may call; a trunk that is missing may call none
	Local  map[string]bool           // by trunk: it ends on this machine and reaches nobody, so that phones may ring shortly

	// Leg makes the identity of a call by a trunk, before its attempt is
	// committed. Without it nothing can be placed.
	Leg func(trunk string, n phone.Number) (campaigns.Leg, error)
	// CallerID is the number that a contact sees, of those that the trunk owns;
	// empty where it owns none of the campaign's: then the contact is not called
	// by it. Nil shows the campaign's caller id.
	CallerID func(trunk string, c campaigns.Campaign, contact campaigns.Contact) phone.Number
	// Cap is what bounds a trunk's day, for a call to a number now. Nil bounds
	// nothing.
	Cap func(trunk string, n phone.Number, now time.Time) campaigns.Cap
	// Board is shown what is done for each campaign, at most once a second where
	// it has changed. Nil shows nothing.
	Board Board
	// EndLost ends the calls of attempts that were left open by an earlier run;
	// nil leaves them alone. Those whose Leg is hosted are open still, and this
	// node's now: it has to see to their ends, for which it is not waited.
	EndLost func(ctx context.Context, left []campaigns.Attempt) error
	// Notify is told what happens, from many goroutines at once; it must be
	// quick. It may be nil.
	Notify func(Event)

	Batch int           // contacts claimed at once; 0 means 100
	Drain time.Duration // running calls may go on so long after Run was told to end; 0 means 30 s
	Log   *slog.Logger  // nil discards
}

func (o Options) withDefaults() Options {
	if o.Node == "" {
		o.Node, _ = os.Hostname()
	}
	o.Node = cmp.Or(o.Node, "careline")
	o.Drain = cmp.Or(o.Drain, 30*time.Second)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.Leg == nil {
		o.Leg = func(trunk string, _ phone.Number) (campaigns.Leg, error) {
			return campaigns.Leg{}, fmt.Errorf("nothing makes the legs of trunk %s", trunk)
		}
	}
	if o.CallerID == nil {
		o.CallerID = func(_ string, c campaigns.Campaign, _ campaigns.Contact) phone.Number { return c.CallerID }
	}
	if o.EndLost == nil {
		o.EndLost = func(context.Context, []campaigns.Attempt) error { return nil }
	}
	if o.Notify == nil {
		o.Notify = func(Event) {}
	}
	return o
}
