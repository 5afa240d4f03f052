package people

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// PhoneOptions describe an agent's phone.
type PhoneOptions struct {
	Name     string        // its account and number at the service
	Password string        // for digest
	Service  string        // host:port; "" means the network's
	Expires  time.Duration // asked for at REGISTER, refreshed at half of what is granted; 0 means 60 s
	Ring     time.Duration // before it answers; 0 means 1 s
	Talk     time.Duration // hangs up so long after answering; 0 leaves that to the other side
	Ignore   bool          // rings without ever answering
	Refuse   bool          // refuses after Ring
	Record   bool          // record its legs
	Codecs   []string      // as Subscriber.Codecs
}

// Phone is an agent's phone: it registers, rings, answers, talks in a voice of
// its own and notes whom it heard.
type Phone struct {
	o     PhoneOptions
	n     *Network
	st    *station
	calls int // received
	registration
}

// Phone makes a phone on a socket of its own. It does nothing until Register;
// the network must be running.
func (n *Network) Phone(o PhoneOptions) (*Phone, error) {
	o.Expires = cmp.Or(o.Expires, time.Minute)
	o.Ring = cmp.Or(o.Ring, time.Second)
	p := &Phone{o: o, n: n}
	st, err := n.newStation("127.0.0.1:0", p)
	if err != nil {
		return nil, fmt.Errorf("make phone %s: %w", o.Name, err)
	}
	p.st = st
	n.post(func() {
		n.stations = append(n.stations, st)
		n.readers.Go(st.serve)
	})
	return p, nil
}

// Addr is the phone's SIP address, host:port.
func (p *Phone) Addr() string { return p.st.sock.addr.String() }

// Dial calls a number or code, such as *1, and returns when the call has ended.
func (p *Phone) Dial(ctx context.Context, number string) (Leg, error) {
	return p.n.place(ctx, func() (*leg, error) {
		if len(p.st.legs) > 0 || p.st.closed {
			return nil, fmt.Errorf("dial %s on phone %s: %w", number, p.o.Name, ErrOnTheLine)
		}
		return p.st.place(p.manner(), p.o.Name, number, p.service())
	})
}

// HangUp ends the phone's call, if there is one.
func (p *Phone) HangUp() {
	p.n.post(func() {
		for _, l := range p.st.legs {
			l.leave(time.Now(), "the agent hung up")
		}
	})
}

// Kill lets the phone vanish without a word: its sockets are closed.
func (p *Phone) Kill() {
	p.n.post(func() {
		if !p.st.closed {
			p.n.diary.Write(Entry{At: time.Now(), Kind: KindKilled, Who: p.o.Name})
			p.st.close("killed")
		}
	})
}

func (p *Phone) service() string { return cmp.Or(p.o.Service, *p.n.service.Load()) }

func (p *Phone) credentials() Credentials {
	return Credentials{User: p.o.Name, Password: p.o.Password}
}

func (p *Phone) rung() int {
	p.calls++
	return p.calls
}

// manner is how the phone takes a call.
func (p *Phone) manner() manner {
	d := dice{seed: p.n.o.Seed, number: p.o.Name, attempt: fmt.Sprint(p.calls)}
	m := p.n.o.person(d, Subscriber{Number: p.o.Name, Codecs: p.o.Codecs})
	m.ring, m.talk, m.talks = p.o.Ring, p.o.Talk, true
	m.longest, m.patience = time.Hour, 0
	m.record = p.o.Record
	if p.o.Refuse {
		m.refuse = 486
	}
	if p.o.Ignore {
		m.ring = time.Hour
	}
	return m
}
