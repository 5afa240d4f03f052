package people

import (
	"context"
	"time"
)

// Network is the telephone network in a box.
type Network struct{}

// New opens the carrier's socket and learns the book.
func New(o Options) (*Network, error) { return nil, nil }

// Addr is the carrier's SIP address, host:port.
func (n *Network) Addr() string { return "" }

// SetService changes where subscribers' and phones' calls go, host:port.
func (n *Network) SetService(addr string) {}

// Run lets the network live until ctx ends; then calls that are up get a BYE
// and everything is closed.
func (n *Network) Run(ctx context.Context) error { return nil }

// Script is what a subscriber does who calls the service.
type Script struct {
	Persona Persona           // "" is drawn, of those who answer
	Keys    map[string]string // what to do when a label was heard to its end, over the book's choices
	Talk    time.Duration     // with an agent, from the agent's first sound; 0 is drawn
	Longest time.Duration     // hangs up so long after the answer; 0 means Behaviour.LongestCall
	Record  bool              // record this leg
	Codecs  []string          // as Subscriber.Codecs
}

// Call lets the person behind number call the service at to, and returns when
// the call has ended. A call that is refused is no error: see Leg.Status.
func (n *Network) Call(ctx context.Context, number, to string, s Script) (Leg, error) {
	return Leg{}, nil
}

// Up is how many legs are on the line now, phones included.
func (n *Network) Up() int { return 0 }

// Diary is a copy of the entries that are kept, in order.
func (n *Network) Diary() []Entry { return nil }

// Wait returns the first entry, of those written already or still to come, that
// match accepts. match is called with one entry at a time.
func (n *Network) Wait(ctx context.Context, match func(Entry) bool) (Entry, error) {
	return Entry{}, nil
}

// Invites are the calls that the service placed to numbers (not to phones), in
// order: repeats with credentials and retransmissions are counted within one.
func (n *Network) Invites() []Invite { return nil }

// PhoneInvites are the calls that the service placed to agents' phones.
func (n *Network) PhoneInvites() []Invite { return nil }

// Presses are the keys that people pressed, in order.
func (n *Network) Presses() []Press { return nil }

// Legs are all calls, running and ended, people's and phones', in order.
func (n *Network) Legs() []Leg { return nil }

// Stats are the packets of all legs together.
func (n *Network) Stats() Audio { return Audio{} }
