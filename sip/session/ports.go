package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// ErrPortsFull is the cause of an error when no port of the range is free.
var ErrPortsFull = errors.New("port range for RTP is full")

// PortOptions tune Ports. The zero value is ready to use.
type PortOptions struct {
	First, Last uint16        // the even ports from First to Last; 0, 0: whichever the system gives
	Public      netip.Addr    // the address shown to peers; the zero value: the one listened on
	Drain       time.Duration // a port is not used again so long after it was closed; 0 means 5 s, less than 0 none
}

// Ports are the UDP ports of one address that sessions may use.
type Ports struct {
	addr  netip.Addr
	shown netip.Addr
	first uint16
	drain time.Duration

	mu    sync.Mutex
	ports []portState // of first, first+2, ...; none: whichever the system gives
	next  int         // where the search goes on, so that a port rests long
}

// portState is one port.
type portState struct {
	used   bool
	closed time.Time // when it was last closed
}

// NewPorts makes the ports of addr, which is an address of this machine.
func NewPorts(addr netip.Addr, o PortOptions) (*Ports, error) {
	p := &Ports{addr: addr, shown: o.Public, first: o.First + o.First%2, drain: cmp.Or(o.Drain, 5*time.Second)}
	if !p.shown.IsValid() {
		p.shown = addr
	}
	if !addr.IsValid() || p.shown.IsUnspecified() {
		return nil, fmt.Errorf("address %s for RTP: a peer cannot send there: name an address of this machine, or a public one", addr)
	}
	if o.First == 0 && o.Last == 0 {
		return p, nil
	}
	if o.First == 0 || p.first == 0 || p.first > o.Last {
		return nil, fmt.Errorf("ports %d-%d for RTP: no even port lies between", o.First, o.Last)
	}
	p.ports = make([]portState, (o.Last-p.first)/2+1)
	p.next = rand.IntN(len(p.ports)) // to where a process before this one had calls, sound may still come
	return p, nil
}

// listen opens a socket on a free port.
func (p *Ports) listen(ctx context.Context) (*net.UDPConn, error) {
	if len(p.ports) == 0 {
		return p.bind(ctx, 0)
	}
	var busy error
	for range p.ports {
		port, err := p.take(time.Now())
		if err != nil {
			return nil, errors.Join(err, busy)
		}
		conn, err := p.bind(ctx, port)
		if err == nil {
			return conn, nil
		}
		p.giveBack(port, time.Now())
		busy = err // another process has it: go on to the next
	}
	return nil, p.full(busy)
}

func (p *Ports) bind(ctx context.Context, port uint16) (*net.UDPConn, error) {
	addr := netip.AddrPortFrom(p.addr, port)
	lc := net.ListenConfig{Control: markVoice}
	conn, err := lc.ListenPacket(ctx, "udp", addr.String())
	if err != nil {
		return nil, fmt.Errorf("open RTP port %s: %w", addr, err)
	}
	return conn.(*net.UDPConn), nil
}

// take finds the free port that follows the latest one taken.
func (p *Ports) take(now time.Time) (uint16, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range p.ports {
		i := p.next
		p.next = (i + 1) % len(p.ports)
		s := &p.ports[i]
		if !s.used && now.Sub(s.closed) >= p.drain {
			s.used = true
			return p.first + uint16(2*i), nil
		}
	}
	return 0, p.full(nil)
}

// full is the error that names the range.
func (p *Ports) full(cause error) error {
	last := p.first + uint16(2*(len(p.ports)-1))
	err := fmt.Errorf("%w: all %d even ports %d-%d of %s are in use or were closed less than %v ago",
		ErrPortsFull, len(p.ports), p.first, last, p.addr, p.drain)
	return errors.Join(err, cause)
}

// giveBack makes a port free again, after it has rested.
func (p *Ports) giveBack(port uint16, now time.Time) {
	if len(p.ports) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ports[(port-p.first)/2] = portState{closed: now}
}

// Free is how many ports could be opened now; -1 when the system gives them.
func (p *Ports) Free() int {
	if len(p.ports) == 0 {
		return -1
	}
	now, n := time.Now(), 0
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.ports {
		if !s.used && now.Sub(s.closed) >= p.drain {
			n++
		}
	}
	return n
}
