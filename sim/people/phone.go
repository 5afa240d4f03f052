package people

import (
	"context"
	"time"
)

// PhoneOptions describe an agent's phone.
type PhoneOptions struct {
	Name     string        // its account and number at the service
	Password string        // for digest
	Service  string        // host:port; "" means the network's
	Expires  time.Duration // asked for at REGISTER, refreshed at half; 0 means 60 s
	Ring     time.Duration // before it answers; 0 means 1 s
	Talk     time.Duration // hangs up so long after answering; 0 leaves that to the other side
	Ignore   bool          // rings without ever answering
	Record   bool          // record its legs
	Codecs   []string      // as Subscriber.Codecs
}

// Phone is an agent's phone: it registers, rings, answers, talks in a voice of
// its own and notes whom it heard.
type Phone struct{}

// Phone makes a phone on a socket of its own. It does nothing until Register;
// the network must be running.
func (n *Network) Phone(o PhoneOptions) (*Phone, error) { return nil, nil }

// Addr is the phone's SIP address, host:port.
func (p *Phone) Addr() string { return "" }

// Register registers the phone, and keeps it so until Stop or Kill.
func (p *Phone) Register(ctx context.Context) error { return nil }

// Dial calls a number or code, such as *1, and returns when the call has ended.
func (p *Phone) Dial(ctx context.Context, number string) (Leg, error) { return Leg{}, nil }

// HangUp ends the phone's call, if there is one.
func (p *Phone) HangUp() {}

// Stop ends the phone's call, removes its registration and closes its socket.
func (p *Phone) Stop(ctx context.Context) error { return nil }

// Kill lets the phone vanish without a word: its sockets are closed.
func (p *Phone) Kill() {}
