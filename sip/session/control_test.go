package session_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"careline/audio"
	"careline/sip/rtp"
	"careline/sip/session"
)

// await waits until the figures of a session are as wanted.
func await(t *testing.T, what string, s *session.Session, ok func(session.Stats) bool) session.Stats {
	t.Helper()
	tick := time.NewTicker(ms)
	defer tick.Stop()
	limit := time.After(10 * time.Second)
	for {
		st := s.Stats()
		if ok(st) {
			return st
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("no %s came; Stats = %+v", what, st)
		}
	}
}

// desk is a peer with both sockets, made by hand.
type desk struct {
	*phone
	control *phone
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	for range 100 {
		p := newPhone(t)
		if a := p.addr(); a.Port() < 65535 {
			if c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a.Addr(), a.Port()+1))); err == nil {
				t.Cleanup(func() { c.Close() })
				return &desk{p, &phone{UDPConn: c, t: t}}
			}
		}
	}
	t.Fatal("no two ports in a row are free")
	return nil
}

// tell sends RTCP to an address.
func (p *phone) tell(to netip.AddrPort, list ...rtcp.Packet) {
	p.t.Helper()
	b, err := rtcp.Marshal(list)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.WriteToUDPAddrPort(b, to); err != nil {
		p.t.Fatal(err)
	}
}

// told waits for a packet of RTCP.
func (p *phone) told() []rtcp.Packet {
	p.t.Helper()
	var b [rtp.MaxPacket]byte
	n := p.read(b[:])
	list, err := rtcp.Unmarshal(b[:n])
	if err != nil {
		p.t.Fatalf("sent % x: %v", b[:n], err)
	}
	return list
}

// beside is where a session receives RTCP.
func beside(s *session.Session) netip.AddrPort {
	a := s.LocalAddr()
	return netip.AddrPortFrom(a.Addr(), a.Port()+1)
}

func TestReportsBothWays(t *testing.T) {
	n := newNode(t)
	a, b := n.open(session.Options{ReportEvery: 40 * ms}), n.open(session.Options{ReportEvery: 40 * ms})
	a.SetRemote(remote(b.LocalAddr(), audio.PCMA, 101))
	b.SetRemote(remote(a.LocalAddr(), audio.PCMA, 101))
	for _, s := range []*session.Session{a, b} {
		if v := reported(t, s); v.RTT > time.Second || v.Bye {
			t.Errorf("the peer tells %+v", v)
		}
	}
	a.Close()
	st := await(t, "goodbye", b, func(st session.Stats) bool { return st.Peer.Bye })
	if st.Reports == 0 || st.PeerReports == 0 || st.Peer.Reports == 0 || st.Malformed+st.Strangers > 0 {
		t.Errorf("Stats = %+v", st)
	}
}

func TestReportsToThePortAfter(t *testing.T) {
	n := newNode(t)
	d := newDesk(t)
	s := n.open(session.Options{ReportEvery: 40 * ms})
	s.SetRemote(remote(d.addr(), audio.PCMA, 101))
	d.hear()
	list := d.control.told()
	sr, ok := list[0].(*rtcp.SenderReport)
	if !ok || sr.PacketCount == 0 || sr.OctetCount != 160*sr.PacketCount {
		t.Fatalf("told %v; want a sender report", list)
	}
	if d, ok := list[1].(*rtcp.SourceDescription); !ok || d.Chunks[0].Items[0].Type != rtcp.SDESCNAME || len(d.Chunks[0].Items[0].Text) < 16 {
		t.Errorf("told %v; want a name that means nothing", list[1])
	}
	d.packet(s, 8, make([]byte, 160))
	d.control.tell(beside(s), &rtcp.ReceiverReport{SSRC: 9, Reports: []rtcp.ReceptionReport{{
		SSRC: sr.SSRC, FractionLost: 64, TotalLost: 17, Jitter: 80, LastSenderReport: uint32(sr.NTPTime >> 16),
	}}})
	v := reported(t, s)
	v.RTT = 0
	if want := (rtp.PeerView{Reports: 1, Lost: 17, LostPart: 0.25, Jitter: 10 * ms}); v != want {
		t.Errorf("the peer told %+v; want %+v", v, want)
	}
	for {
		list := d.control.told()
		if next, ok := list[0].(*rtcp.SenderReport); ok && len(next.Reports) == 1 {
			break
		}
	}
	s.Close()
	for {
		if list := d.control.told(); len(list) == 3 {
			if bye, ok := list[2].(*rtcp.Goodbye); !ok || bye.Sources[0] != sr.SSRC {
				t.Errorf("told %v at the end; want a goodbye", list)
			}
			break
		}
	}
}

func TestReportsByThePortOfSound(t *testing.T) {
	n := newNode(t)
	p := newPhone(t)
	s := n.open(session.Options{ReportEvery: 40 * ms})
	r := remote(p.addr(), audio.PCMA, 101)
	r.Mux = true
	s.SetRemote(r)
	var b [rtp.MaxPacket]byte
	for {
		k := p.read(b[:])
		if rtp.IsControl(b[:k]) {
			break
		}
	}
	p.tell(s.LocalAddr(), &rtcp.ReceiverReport{SSRC: 9})
	await(t, "report", s, func(st session.Stats) bool { return st.PeerReports == 1 })
}

func TestReportsToTheAddressNamed(t *testing.T) {
	n := newNode(t)
	p, control, elsewhere := newPhone(t), newPhone(t), newPhone(t)
	s := n.open(session.Options{ReportEvery: 40 * ms})
	r := remote(p.addr(), audio.PCMA, 101)
	r.RTCP = control.addr()
	s.SetRemote(r)
	control.told()
	elsewhere.tell(beside(s), &rtcp.ReceiverReport{SSRC: 9}) // a router has changed its port
	elsewhere.told()
}

func TestReportsOfStrangersAndGarbage(t *testing.T) {
	n := newNode(t)
	p := newPhone(t)
	s := n.open(session.Options{})
	p.tell(beside(s), &rtcp.ReceiverReport{SSRC: 9}) // before the peer is known
	await(t, "datagram", s, func(st session.Stats) bool { return st.Early == 1 })
	s.SetRemote(remote(p.addr(), audio.PCMA, 101))
	other, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.2:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	(&phone{UDPConn: other, t: t}).tell(beside(s), &rtcp.Goodbye{Sources: []uint32{1}})
	for _, b := range [][]byte{{}, {0x80}, {0x80, 200, 0, 9, 0, 0, 0, 0}, {0x81, 201, 0, 1, 0, 0, 0, 1}, make([]byte, 1501)} {
		if _, err := p.WriteToUDPAddrPort(b, beside(s)); err != nil {
			t.Fatal(err)
		}
	}
	st := await(t, "garbage", s, func(st session.Stats) bool { return st.Malformed == 5 })
	if st.Strangers != 1 || st.PeerReports != 0 || st.Peer.Bye {
		t.Errorf("Stats = %+v; want 1 packet of a stranger, and no report", st)
	}
}

// On hold the peer's reports show that it lives: when they cease it is gone. A
// peer that never sent any is not held to it.
func TestHeldPeerThatIsGone(t *testing.T) {
	n := newNode(t)
	p := newPhone(t)
	o := session.Options{FirstWithin: 20 * ms, HeldWithin: 60 * ms}
	r := remote(p.addr(), audio.PCMA, 101)
	r.Hold, r.Mute = true, true
	quiet, told := n.open(o), n.open(o)
	quiet.SetRemote(r)
	told.SetRemote(r)
	p.tell(beside(told), &rtcp.ReceiverReport{SSRC: 9})
	wait(t, "a peer whose reports cease", told.Lost())
	select {
	case <-quiet.Lost():
		t.Error("a session lost a peer on hold that never sent a report")
	default:
	}
}
