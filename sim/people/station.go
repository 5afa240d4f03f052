package people

import (
	"net"
	"net/netip"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// station is one SIP address of the network: the carrier's, or a phone's. The
// loop owns it.
type station struct {
	n       *Network
	sock    *socket
	phone   *Phone // nil for the carrier
	legs    map[string]*leg
	servers map[string]*serverTx
	clients map[string]*clientTx
	closed  bool
}

func (n *Network) newStation(listenOn string, p *Phone) (*station, error) {
	sock, err := listen(listenOn)
	if err != nil {
		return nil, err
	}
	return &station{
		n: n, sock: sock, phone: p,
		legs:    map[string]*leg{},
		servers: map[string]*serverTx{},
		clients: map[string]*clientTx{},
	}, nil
}

// who is whose entries the station writes when no number is known.
func (st *station) who() string {
	if st.phone != nil {
		return st.phone.o.Name
	}
	return ""
}

// serve reads messages until the socket is closed, and leaves them to the loop.
func (st *station) serve() {
	parser := sipmsg.NewParser()
	buf := make([]byte, 65536)
	for {
		size, from, at, err := st.sock.read(buf)
		if err != nil {
			return
		}
		msg, err := parser.ParseSIP(append([]byte(nil), buf[:size]...))
		if err != nil {
			st.n.o.Log.Warn("message not understood", "from", from.String(), "err", err)
			continue
		}
		st.n.post(func() { st.receive(msg, from, at) })
	}
}

func (st *station) receive(msg sipmsg.Message, from netip.AddrPort, at time.Time) {
	if st.closed {
		return
	}
	switch m := msg.(type) {
	case *sipmsg.Request:
		m.SetSource(from.String())
		if usable(m) {
			st.request(m, from, at)
		}
	case *sipmsg.Response:
		st.response(m, at)
	}
}

// usable says that a request has what every request must have.
func usable(r *sipmsg.Request) bool {
	return r.Via() != nil && r.From() != nil && r.To() != nil && r.CallID() != nil && r.CSeq() != nil
}

// route is where a request for uri goes.
func route(uri sipmsg.Uri) (netip.AddrPort, bool) {
	port := uri.Port
	if port == 0 {
		port = 5060
	}
	return resolve(net.JoinHostPort(uri.Host, strconv.Itoa(port)))
}

// resolve makes an address of host:port.
func resolve(hostport string) (netip.AddrPort, bool) {
	if at, err := netip.ParseAddrPort(hostport); err == nil {
		return at, true
	}
	udp, err := net.ResolveUDPAddr("udp4", hostport)
	if err != nil || udp.IP == nil {
		return netip.AddrPort{}, false
	}
	at := udp.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), true
}

// tick resends what is due.
func (st *station) tick(now time.Time) {
	for key, tx := range st.servers {
		if tx.tick(st, now) {
			delete(st.servers, key)
		}
	}
	for key, tx := range st.clients {
		if tx.tick(st, now) {
			delete(st.clients, key)
		}
	}
	for _, l := range st.legs {
		l.tick(now)
	}
	if st.phone != nil && !st.closed {
		st.phone.keep(now)
	}
}

// close ends the station and all its legs without a word.
func (st *station) close(note string) {
	if st.closed {
		return
	}
	st.closed = true
	for _, l := range st.legs {
		l.end(time.Now(), note)
	}
	st.sock.close()
	clear(st.servers)
	clear(st.clients)
}
