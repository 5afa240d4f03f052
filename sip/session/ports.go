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
	First, Last uint16        // RTP takes even ports of these and RTCP the odd ones that follow; 0, 0: whichever the system gives
	Public      netip.Addr    // the address shown to peers; the zero value: the one listened on
	Drain       time.Duration // a port is not used again so long after it was closed; 0 means 32 s, less than 0 none
}

// Ports are the UDP ports of one address that sessions may use, in pairs.
type Ports struct {
	addr  netip.Addr
	shown netip.Addr
	first uint16
	size  int // pairs; 0: whichever the system gives
	drain time.Duration

	mu   sync.Mutex
	free []freePort // the one that was closed first comes first
}

// freePort is an even port that no session uses.
type freePort struct {
	port   uint16
	closed time.Time // zero: never used
}

// sockets are those of one session.
type sockets struct {
	sound, control *net.UDPConn
	port           uint16 // of sound
}

// NewPorts makes the ports of addr, which is an address of this machine, or all of
// them where each session says which one its peer shall see.
func NewPorts(addr netip.Addr, o PortOptions) (*Ports, error) {
	addr = addr.Unmap()
	p := &Ports{addr: addr, shown: o.Public.Unmap(), first: o.First + o.First%2, drain: cmp.Or(o.Drain, 32*time.Second)}
	if !p.shown.IsValid() {
		p.shown = addr
	}
	if !addr.IsValid() {
		return nil, errors.New("no address for RTP")
	}
	if addr.Is4() != p.shown.Is4() {
		return nil, fmt.Errorf("address %s for RTP is shown as %s: one is IPv4, the other IPv6", addr, p.shown)
	}
	if o.First == 0 && o.Last == 0 {
		return p, nil
	}
	if o.First == 0 || p.first == 0 || p.first >= o.Last {
		return nil, fmt.Errorf("ports %d-%d for RTP: no even port and the one after it lie between", o.First, o.Last)
	}
	p.size = (int(o.Last-p.first) + 1) / 2
	turn := rand.IntN(p.size) // to where a process before this one had calls, sound may still come
	for i := range p.size {
		p.free = append(p.free, freePort{port: p.first + uint16(2*((i+turn)%p.size))})
	}
	return p, nil
}

// listen opens the sockets of a session on free ports.
func (p *Ports) listen(ctx context.Context) (sockets, error) {
	if p.size == 0 {
		return p.listenAnywhere(ctx)
	}
	var busy error
	for range p.size {
		port, err := p.take(time.Now())
		if err != nil {
			return sockets{}, errors.Join(err, busy)
		}
		s, err := p.bindPair(ctx, port)
		if err == nil {
			return s, nil
		}
		p.giveBack(port, time.Now())
		busy = err // another process has it: go on to the next
	}
	return sockets{}, p.full(busy)
}

// mostTries is how often the system is asked for a port whose neighbour is free.
const mostTries = 64

// listenAnywhere opens sockets on a pair of ports that the system gives.
func (p *Ports) listenAnywhere(ctx context.Context) (sockets, error) {
	var busy error
	for range mostTries {
		conn, err := p.bind(ctx, 0)
		if err != nil {
			return sockets{}, err
		}
		port := conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
		mate, err := p.bind(ctx, port^1)
		switch {
		case err != nil:
			_ = conn.Close()
			busy = err
		case port%2 == 0:
			return sockets{sound: conn, control: mate, port: port}, nil
		default:
			return sockets{sound: mate, control: conn, port: port - 1}, nil
		}
	}
	return sockets{}, busy
}

// bindPair opens the socket of sound at port and that of RTCP after it.
func (p *Ports) bindPair(ctx context.Context, port uint16) (sockets, error) {
	sound, err := p.bind(ctx, port)
	if err != nil {
		return sockets{}, err
	}
	control, err := p.bind(ctx, port+1)
	if err != nil {
		_ = sound.Close()
		return sockets{}, err
	}
	return sockets{sound: sound, control: control, port: port}, nil
}

func (p *Ports) bind(ctx context.Context, port uint16) (*net.UDPConn, error) {
	addr := netip.AddrPortFrom(p.addr, port)
	network := "udp6"
	if p.addr.Is4() {
		network = "udp4"
	}
	lc := net.ListenConfig{Control: markVoice}
	conn, err := lc.ListenPacket(ctx, network, addr.String())
	if err != nil {
		return nil, fmt.Errorf("open RTP port %s: %w", addr, err)
	}
	return conn.(*net.UDPConn), nil
}

// take takes the port that has rested longest.
func (p *Ports) take(now time.Time) (uint16, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 || !p.rested(p.free[0], now) {
		return 0, p.full(nil)
	}
	port := p.free[0].port
	p.free = p.free[1:]
	return port, nil
}

func (p *Ports) rested(f freePort, now time.Time) bool { return now.Sub(f.closed) >= p.drain }

// full is the error that names the range.
func (p *Ports) full(cause error) error {
	last := p.first + uint16(2*p.size-1)
	err := fmt.Errorf("%w: all %d pairs of the ports %d-%d of %s are in use or were closed less than %v ago",
		ErrPortsFull, p.size, p.first, last, p.addr, p.drain)
	return errors.Join(err, cause)
}

// giveBack makes a port free again, after it has rested.
func (p *Ports) giveBack(port uint16, now time.Time) {
	if p.size == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, freePort{port: port, closed: now})
}

// Free is how many sessions could be opened now; -1 when the system gives ports.
func (p *Ports) Free() int {
	if p.size == 0 {
		return -1
	}
	now, n := time.Now(), 0
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.free {
		if p.rested(f, now) {
			n++
		}
	}
	return n
}
