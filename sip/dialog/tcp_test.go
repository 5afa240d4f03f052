package dialog_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"careline/sip/dialog"
	"careline/sip/wire"
)

// overTCP is a peer on a connection.
func overTCP(t *testing.T, conn net.Conn) *peer {
	t.Helper()
	p := &peer{t: t, transport: "TCP", seen: make(map[string]int)}
	p.cond.L = &p.mu
	p.addr = func() string { return conn.LocalAddr().String() }
	p.to = netip.MustParseAddrPort(conn.RemoteAddr().String())
	p.write = func(b []byte) error {
		_, err := conn.Write(b)
		return err
	}
	r := bufio.NewReader(conn)
	p.reads(conn, func() (string, error) { return readMessage(r) })
	return p
}

// readMessage reads one message of a stream (RFC 3261 section 18.3).
func readMessage(r *bufio.Reader) (string, error) {
	var b strings.Builder
	length := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		b.WriteString(line)
		if name, value, _ := strings.Cut(line, ":"); strings.EqualFold(name, "Content-Length") {
			length, _ = strconv.Atoi(strings.TrimSpace(value))
		}
		if line == "\r\n" {
			break
		}
	}
	body := make([]byte, length)
	_, err := io.ReadFull(r, body)
	return b.String() + string(body), err
}

func dialTCP(t *testing.T, to netip.AddrPort) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestCallOverTCP(t *testing.T) {
	t.Parallel()
	dialogs := make(chan *dialog.Dialog, 1)
	e := start(t, dialog.Options{Wire: wire.Options{TCP: "127.0.0.1:0"}, OnInvite: func(ctx context.Context, in *dialog.Incoming) {
		if err := in.Ring(); err != nil {
			t.Error(err)
		}
		d, err := in.Answer(ctx, []byte(sdp("us")), dialog.Handlers{})
		if err != nil {
			t.Error(err)
		}
		dialogs <- d
	}})
	p := overTCP(t, dialTCP(t, e.TCPAddr()))
	s := p.caller("100")
	inv := s.request("INVITE", "Contact: <sip:caller@"+p.addr()+";transport=tcp>", sdpType, "", sdp("peer"))
	half := len(inv.raw) / 2
	p.raw(inv.raw[:half]) // in two pieces
	p.raw(inv.raw[half:])
	res := p.final(inv)
	if got, want := addrSpec(res.get("Contact")), "sip:100@"+e.TCPAddr().String()+";transport=tcp"; got != want {
		t.Errorf("Contact is %s; want %s", got, want)
	}
	p.again(res, 2)
	s.ack(res)
	d := get(t, "dialog", dialogs)
	ended := make(chan error, 1)
	go func() { ended <- d.Bye(t.Context(), dialog.Reason{}) }()
	bye := p.take("BYE")
	if !strings.HasPrefix(bye.get("Via"), "SIP/2.0/TCP "+e.TCPAddr().String()) {
		t.Errorf("BYE has Via: %s", bye.get("Via"))
	}
	p.reply(bye, "200 OK", "")
	if err := get(t, "Bye", ended); err != nil {
		t.Error(err)
	}
}

func TestInviteOverTCP(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := start(t, dialog.Options{})
	inv := dialog.Invite{Leg: dialog.NewLeg("sip:x@" + l.Addr().String() + ";transport=tcp"), Offer: []byte(sdp("us"))}
	done := call(t.Context(), e, inv)
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	p := overTCP(t, conn)
	req := p.take("INVITE")
	p.reply(req, "180 Ringing", "a")
	p.reply(req, "200 OK", "a", "Contact: <sip:x@"+l.Addr().String()+";transport=tcp>", sdpType, "", sdp("peer"))
	if ack := p.take("ACK"); !strings.HasPrefix(ack.get("Via"), "SIP/2.0/TCP") {
		t.Errorf("ACK is\n%s", ack.raw)
	}
	d := answered(t, done)
	if res := p.callee(req, "a").do("BYE"); res.code() != 200 {
		t.Errorf("BYE got %s", res.start)
	}
	get(t, "Done", d.Done())

	inv.Leg = dialog.NewLeg(inv.Leg.Target)
	done = call(t.Context(), e, inv)
	p.take("INVITE")
	conn.Close() // how the call ended is not known
	if r := refused(t, done); !errors.Is(r, dialog.ErrNoResponse) || !r.Sent {
		t.Errorf("Invite over a lost connection = %+v", r)
	}
}

// A connection of a stranger is closed at once, a silent one holds up nobody,
// and nonsense costs the connection that it came by.
func TestTCPOfStrangers(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{Wire: wire.Options{TCP: "127.0.0.1:0"}})
	shut := start(t, dialog.Options{Wire: wire.Options{TCP: "127.0.0.1:0", Allow: func(netip.AddrPort, []byte) bool { return false }}})
	stranger := dialTCP(t, shut.TCPAddr())
	defer stranger.Close()
	if _, err := stranger.Read(make([]byte, 1)); err == nil {
		t.Error("a stranger's connection is open")
	}
	silent := dialTCP(t, e.TCPAddr())
	defer silent.Close()
	for _, text := range []string{"nonsense\r\n\r\n", "OPTIONS sip:x SIP/2.0\r\n\r\n", "OPTIONS sip:x SIP/2.0\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"} {
		bad := dialTCP(t, e.TCPAddr())
		defer bad.Close()
		if _, err := bad.Write([]byte(text)); err != nil {
			t.Error(err)
		}
	}
	p := overTCP(t, dialTCP(t, e.TCPAddr()))
	p.raw("\r\n\r\n") // a ping
	if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
		t.Errorf("OPTIONS got %s", res.start)
	}
	incomplete := p.caller("x").request("OPTIONS")
	p.raw(strings.Replace(incomplete.raw, "From:", "X-From:", 1))
	if res := p.final(incomplete); res.code() != 400 {
		t.Errorf("OPTIONS without From got %s; want 400", res.start)
	}
}
