package dialog_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"careline/sip/dialog"
	"careline/sip/wire"
)

const ourselves = "urn:uuid:00000000-0000-5000-8000-000000000001"

// carrier accepts connections, over TCP, by a peer each.
type carrier struct {
	t *testing.T
	net.Listener
}

func newCarrier(t *testing.T) carrier {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return carrier{t, l}
}

// next waits for the next connection.
func (c carrier) next() (*peer, net.Conn) {
	c.t.Helper()
	type made struct {
		conn net.Conn
		err  error
	}
	ch := make(chan made, 1)
	go func() {
		conn, err := c.Accept()
		ch <- made{conn, err}
	}()
	m := get(c.t, "connection", ch)
	if m.err != nil {
		c.t.Fatal(m.err)
	}
	return overTCP(c.t, m.conn), m.conn
}

// registers keeps a registration at the carrier; what comes of it is told.
func (c carrier) registers(e *dialog.Endpoint, retry time.Duration) <-chan error {
	changes, ctx := make(chan error, 99), c.t.Context()
	go func() {
		_ = e.Register(ctx, dialog.Registration{
			Registrar: "sip:carrier.invalid;transport=tcp", Route: c.Addr().String() + ";transport=tcp", User: "acme",
			Credentials: dialog.Credentials{User: "u", Password: "secret"}, Instance: ourselves, Retry: retry, Farewell: t1,
			OnChange: func(_ time.Time, err error) { changes <- err },
		})
	}()
	return changes
}

func TestRegisterOutbound(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	e := start(t, dialog.Options{Wire: wire.Options{TCP: "127.0.0.1:0"}})
	changes := c.registers(e, time.Minute)
	p, _ := c.next()
	for _, answer := range []string{"401 Unauthorized", "200 OK"} {
		req := p.take("REGISTER")
		contact, via := req.get("Contact"), req.get("Via")
		if !strings.Contains(contact, `;+sip.instance="<`+ourselves+`>";reg-id=1`) || req.get("Supported") != "outbound, path" || !strings.Contains(via+";", ";keep;") {
			t.Errorf("REGISTER is\n%s\nwant +sip.instance, reg-id, outbound, path and keep", req.raw)
		}
		p.reply(req, answer, "r", `WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"`, "Require: outbound", "Flow-Timer: 1", "Contact: "+contact+";expires=600")
	}
	if err := get(t, "OnChange", changes); err != nil {
		t.Fatal(err)
	}
	inv := dialog.Invite{Leg: dialog.NewLeg("sip:x@" + c.Addr().String() + ";transport=tcp"), Offer: []byte(sdp("us"))}
	done := call(t.Context(), e, inv)
	req := p.take("INVITE") // by the same connection
	if got := addrSpec(req.get("Contact")); !strings.HasSuffix(got, ";ob") {
		t.Errorf("INVITE has Contact %s; want ;ob", got)
	}
	p.reply(req, "486 Busy Here", "a")
	refused(t, done)
}

// TestFlowTimer is heeded: keep-alives come that often, and once one has no answer
// the connection is given up, and another registered by.
func TestFlowTimer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, param, header string }{{"RFC 5626", "", "Flow-Timer: 1"}, {"RFC 6223", "=1", "X: x"}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCarrier(t)
			e := start(t, dialog.Options{Wire: wire.Options{Limits: wire.Limits{Ping: time.Hour, Message: 10 * t1}}})
			changes := c.registers(e, time.Minute)
			p, _ := c.next()
			req := p.take("REGISTER")
			p.send(strings.Replace(p.response(req, "200 OK", "r", "Require: outbound", tt.header, "Expires: 600"), ";keep", ";keep"+tt.param, 1))
			if err := get(t, "OnChange", changes); err != nil {
				t.Fatal(err)
			}
			again, _ := c.next() // the peer's reader takes the ping for the start of a message, and answers nothing
			again.reply(again.take("REGISTER"), "200 OK", "r")
			if err := get(t, "OnChange", changes); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestConnectionLost: where the registrar closes the connection we register by
// another at once, and tell.
func TestConnectionLost(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	lost := make(chan netip.AddrPort, 9)
	e := start(t, dialog.Options{Wire: wire.Options{OnLost: func(transport string, remote netip.AddrPort) {
		if transport == "TCP" {
			lost <- remote
		}
	}}})
	changes := c.registers(e, time.Hour) // whatever else would make it register
	p, conn := c.next()
	p.reply(p.take("REGISTER"), "200 OK", "r", "Expires: 3600", "Require: outbound")
	if err := get(t, "OnChange", changes); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if got := get(t, "OnLost", lost); got.String() != c.Addr().String() {
		t.Errorf("lost the connection to %s; want %s", got, c.Addr())
	}
	p, conn = c.next()
	p.reply(p.take("REGISTER"), "503 Service Unavailable", "r")
	if err := get(t, "OnChange", changes); !errors.Is(err, dialog.ErrConnectionLost) {
		t.Errorf("OnChange got %v; want that the connection was lost", err)
	}
	conn.Close()
}

// TestConnectionsThatNeverLast are not made in a circle.
func TestConnectionsThatNeverLast(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	e := start(t, dialog.Options{})
	const retry = 10 * t1
	changes := c.registers(e, retry)
	began := time.Now()
	for n := range 4 { // at once, after retry, after 2 retry
		p, conn := c.next()
		if n == 3 {
			break
		}
		p.reply(p.take("REGISTER"), "200 OK", "r", "Expires: 3600")
		if err := get(t, "OnChange", changes); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	if took := time.Since(began); took < 3*retry {
		t.Errorf("registered four times within %v; want %v at least", took, 3*retry)
	}
}

// TestRegistrarWithoutOutbound is asked again as one always was.
func TestRegistrarWithoutOutbound(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	e := start(t, dialog.Options{})
	changes := c.registers(e, time.Minute)
	p, _ := c.next()
	p.reply(p.take("REGISTER"), "439 First Hop Lacks Outbound Support", "r")
	req := p.take("REGISTER")
	if strings.Contains(req.raw, "reg-id") || strings.Contains(req.raw, "outbound") {
		t.Errorf("REGISTER is\n%s\nwant none of outbound", req.raw)
	}
	p.reply(req, "200 OK", "r")
	if err := get(t, "OnChange", changes); err != nil {
		t.Error(err)
	}
	inv := dialog.Invite{Leg: dialog.NewLeg("sip:x@" + c.Addr().String() + ";transport=tcp"), Offer: []byte(sdp("us"))}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	call(ctx, e, inv)
	if got := addrSpec(p.take("INVITE").get("Contact")); strings.Contains(got, ";ob") {
		t.Errorf("INVITE has Contact %s; want no ;ob", got)
	}
}
