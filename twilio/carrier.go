package twilio

import (
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

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
	// fetches is told that messages may be there to be fetched; it holds one signal.
	fetches chan struct{}

	guard   guard
	sounds  sounds
	moves   moves
	dials   dials
	callers callers
	settled atomic.Bool   // callers of an earlier run may be served
	poked   chan struct{} // holds one: something is to be done at once

	mu       sync.Mutex
	queue    call.Queue
	calls    map[string]*hosted  // that this node sees to the end of
	left     []campaigns.Attempt // by others, to be seen to
	orphans  []call.Fact         // callers whom an earlier run had in its queues
	draining bool                // no new calls
}

var _ call.Placer = (*Carrier)(nil)

// New checks the options and makes a Carrier. Nothing is sent before Run.
func New(o Options) (*Carrier, error) {
	o = o.withDefaults()
	for _, u := range [][2]string{{"public", o.Public}, {"queues'", o.Queues}, {"API", o.API}} {
		if err := checkBase(u[0], u[1]); err != nil {
			return nil, err
		}
	}
	c := &Carrier{
		opt: o, log: o.Log, queue: o.Queue, trunks: make(map[string]*trunk), fetches: make(chan struct{}, 1),
		poked: make(chan struct{}, 1), calls: make(map[string]*hosted),
		public: strings.TrimRight(o.Public, "/"), queues: strings.TrimRight(o.Queues, "/"),
	}
	for _, t := range o.Trunks {
		w, err := newTrunk(t, o)
		if err != nil {
			return nil, err
		}
		if c.trunks[t.Name] != nil {
			return nil, fmt.Errorf("two trunks are named %s", t.Name)
		}
		c.trunks[t.Name] = w
	}
	return c, c.share()
}

// share has the trunks of an account share its calls per second. An error says
// that they may ask for more than the account has: Twilio would keep calls
// waiting, and dial them when nobody expects it any more.
func (c *Carrier) share() error {
	accounts, sums := make(map[string]*account), make(map[string]float64)
	for _, def := range c.opt.Trunks {
		t := c.trunks[def.Name]
		a := accounts[t.AccountSID]
		if a == nil {
			a = newAccount(t.AccountPerSecond)
			accounts[t.AccountSID] = a
		}
		a.spacing = max(a.spacing, newAccount(t.AccountPerSecond).spacing)
		t.account = a
		if sums[t.AccountSID] += t.CallsPerSecond; sums[t.AccountSID] > t.AccountPerSecond+1e-9 {
			return fmt.Errorf("trunk %s: with it the trunks of its account may place %v calls per second together, and the account %v",
				t.Name, sums[t.AccountSID], t.AccountPerSecond)
		}
	}
	return nil
}

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

// Leg names a call that shall be placed, so that it can be stored before
// anything is sent.
func (c *Carrier) Leg(trunkName string, n phone.Number) (campaigns.Leg, error) {
	t, ok := c.trunks[trunkName]
	if !ok {
		return campaigns.Leg{}, fmt.Errorf("trunk %q is not configured", trunkName)
	}
	return t.leg(n), nil
}

// Trunks lists the trunks as they stand, in the order of Options.
func (c *Carrier) Trunks() []TrunkState {
	states, now := make([]TrunkState, len(c.opt.Trunks)), time.Now()
	for i, t := range c.opt.Trunks {
		states[i] = c.trunks[t.Name].standing(now)
	}
	return states
}

// hook is a URL of a trunk at the public base URL.
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
