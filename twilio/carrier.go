package twilio

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
)

// Name is what Leg.Carrier of a call by Twilio is.
const Name = "twilio"

// Carrier carries calls over Twilio. New makes one; Run has it work.
type Carrier struct {
	opt    Options
	log    *slog.Logger
	public string // without a slash at its end
	queues string // likewise
	trunks map[string]*trunk

	guard  guard
	sounds sounds
	moves  moves
	dials  dials

	mu    sync.Mutex
	queue call.Queue
}

var _ call.Placer = (*Carrier)(nil)

// errUnbuilt is returned by what does not stand yet.
var errUnbuilt = errors.New("not built yet")

// New checks the options and makes a Carrier. Nothing is sent before Run.
func New(o Options) (*Carrier, error) {
	o = o.withDefaults()
	for what, base := range map[string]string{"public": o.Public, "queues": o.Queues, "API": o.API} {
		if err := checkBase(what, base); err != nil {
			return nil, err
		}
	}
	c := &Carrier{
		opt: o, log: o.Log, queue: o.Queue, trunks: make(map[string]*trunk),
		public: strings.TrimRight(o.Public, "/"), queues: strings.TrimRight(o.Queues, "/"),
	}
	for _, t := range o.Trunks {
		w, err := newTrunk(t)
		if err != nil {
			return nil, err
		}
		if c.trunks[t.Name] != nil {
			return nil, fmt.Errorf("two trunks are named %s", t.Name)
		}
		c.trunks[t.Name] = w
	}
	return c, nil
}

// Run sees to the calls until ctx ends. Then it ends those that are left, within
// Options.Part.
func (c *Carrier) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Drain places no new calls from now on. Those in progress go on.
func (c *Carrier) Drain() {}

// SetQueue sets who takes callers, for a queue that needs the Carrier to be made
// first. It belongs before Run.
func (c *Carrier) SetQueue(q call.Queue) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = q
}

// queueOf is who takes callers.
func (c *Carrier) queueOf() call.Queue {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queue
}

// Place places a call and returns its line once it is up.
func (c *Carrier) Place(_ context.Context, o call.Order) (call.Line, error) {
	return nil, &call.Failure{
		Disposition: campaigns.NotPlaced,
		Evidence:    campaigns.Evidence{Text: fmt.Sprintf("trunk %s: %v", o.Trunk, errUnbuilt)},
	}
}

// Leg names a call that shall be placed, so that it can be stored before
// anything is sent.
func (c *Carrier) Leg(trunkName string, n phone.Number) (campaigns.Leg, error) {
	t, ok := c.trunks[trunkName]
	if !ok {
		return campaigns.Leg{}, fmt.Errorf("trunk %q is not configured", trunkName)
	}
	return t.leg(n), nil
}

// Adopt sees to attempts that another node, or an earlier run of this one, has
// left behind, and to the calls that they are; it returns at once.
func (c *Carrier) Adopt(_ context.Context, left []campaigns.Attempt) {
	c.log.Error("attempts cannot be adopted", "attempts", len(left), "err", errUnbuilt)
}

// Trunks lists the trunks as they stand, in the order of Options.
func (c *Carrier) Trunks() []TrunkState {
	states := make([]TrunkState, len(c.opt.Trunks))
	for i, t := range c.opt.Trunks {
		states[i] = c.trunks[t.Name].snapshot()
	}
	return states
}

// Test asks all that can be asked about a trunk without a call.
func (c *Carrier) Test(_ context.Context, trunkName string) []Finding {
	return []Finding{{What: "trunk " + trunkName, Problem: errUnbuilt.Error()}}
}

// Finding is one answer of Test.
type Finding struct {
	What    string // was looked at, and what was seen
	Problem string // and what to do about it; empty: it is well
	Warning bool   // calls work all the same
}

// told takes what Twilio has said of a call: it is on disk when told returns,
// and whoever waits for the call in this process knows. What is returned is all
// that is known of the call; where its Name is another than f's, f is of a call
// at Twilio that is none of ours.
func (c *Carrier) told(ctx context.Context, f call.Fact) (call.Fact, error) {
	all, err := c.opt.Book.SaveFact(ctx, f)
	if err != nil {
		return f, fmt.Errorf("keep what Twilio says of call %s: %w", f.ID, err)
	}
	return all, nil
}

// witness is that of a call that this process has placed, or nil.
func (c *Carrier) witness(_ string) *call.Witness { return nil }

// Placed URLs are made by hook: of the trunk, at the public base URL.
func (c *Carrier) hook(trunkName string, parts ...string) string {
	return join(c.public, trunkName, parts)
}

// queueHook is a URL at the node that runs the queues.
func (c *Carrier) queueHook(trunkName string, parts ...string) string {
	return join(c.queues, trunkName, parts)
}

func join(base, trunkName string, parts []string) string {
	u := base + "/twilio/" + url.PathEscape(trunkName)
	for _, p := range parts {
		u += "/" + url.PathEscape(p)
	}
	return u
}

// update gives a running call another document: the URL is fetched at once.
func (c *Carrier) update(_ context.Context, trunkName, sid, documentURL string) error {
	return fmt.Errorf("update call %s of trunk %s by %s: %w", sid, trunkName, documentURL, errUnbuilt)
}

// hangup ends a call at Twilio.
func (c *Carrier) hangup(_ context.Context, trunkName, sid string) error {
	return fmt.Errorf("hang up call %s of trunk %s: %w", sid, trunkName, errUnbuilt)
}
