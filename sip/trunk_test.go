package sip_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
	"careline/sip"
)

// trunkHouse is a house whose trunk is as given, at a carrier that was told what
// to do before it is asked anything. The states of the trunk come by the channel.
func trunkHouse(t *testing.T, carrier *farEnd, trunk sip.Trunk) (*house, chan sip.TrunkState) {
	t.Helper()
	states := make(chan sip.TrunkState, 64)
	h := newHouse(t, func(o *sip.Options) {
		trunk.Name, trunk.Allow, trunk.MaxCalls = "east", phone.Prefixes{"+86"}, 4
		trunk.Address = carrier.addr
		o.Trunks, o.RegisterRetry = []sip.Trunk{trunk}, 50*time.Millisecond
		o.OnTrunk = func(_ context.Context, s sip.TrunkState) { states <- s }
	})
	h.carrier = carrier
	return h, states
}

// until waits for a state of the trunk.
func until(t *testing.T, what string, states <-chan sip.TrunkState, is func(sip.TrunkState) bool) sip.TrunkState {
	t.Helper()
	for {
		if s := next(t, "trunk that is "+what, states); is(s) {
			return s
		}
	}
}

func isUp(s sip.TrunkState) bool { return s.Up }

// registrar answers REGISTER: it asks for the password, grants a minute, and
// tells of each that was in order.
func registrar(password string, seen chan<- *sipmsg.Request) func(*sipmsg.Request) *sipmsg.Response {
	return func(req *sipmsg.Request) *sipmsg.Response {
		auth := req.GetHeader("Authorization")
		if auth == nil || !provesBy(auth.Value(), "REGISTER", password) {
			res := sipmsg.NewResponseFromRequest(req, 401, "Unauthorized", nil)
			res.AppendHeader(sipmsg.NewHeader("WWW-Authenticate", `Digest realm="carrier", nonce="n1", algorithm=MD5, qop="auth"`))
			return res
		}
		res := sipmsg.NewResponseFromRequest(req, 200, "OK", nil)
		if c := req.GetHeader("Contact"); c != nil {
			res.AppendHeader(sipmsg.NewHeader("Contact", c.Value()+";expires=60"))
		}
		seen <- req
		return res
	}
}

func TestTrunkRegisters(t *testing.T) {
	t.Parallel()
	seen := make(chan *sipmsg.Request, 16)
	carrier := newFarEnd(t)
	carrier.registers(registrar("letmein", seen))
	h, states := trunkHouse(t, carrier, sip.Trunk{Register: true, Username: "acme", Password: "letmein", Domain: "carrier.example", Expires: 90 * time.Second})
	req := next(t, "REGISTER", seen)
	if got := req.To().Address.String(); got != "sip:acme@carrier.example" || req.GetHeader("Expires").Value() != "90" {
		t.Errorf("registered %s for %s", got, req.GetHeader("Expires").Value())
	}
	s := until(t, "up", states, isUp)
	if left := time.Until(s.Registered); left < 30*time.Second || left > time.Minute {
		t.Errorf("registered for %v; want the minute that was granted", left)
	}

	carrier.script(func(c *farCall) { c.say(403, "Forbidden", nil) })
	o, _ := h.order()
	if _, err := h.Place(t.Context(), o); err == nil {
		t.Error("a call that was forbidden is up")
	}
	next(t, "REGISTER, as the carrier seems to have lost us", seen)

	go carrier.dial(t, h.addr, "acme", "+8613800138000")
	in := next(t, "call", h.calls)
	if in.Info().Trunk != "east" || in.Info().To != "acme" {
		t.Errorf("a call for the account comes as %+v", in.Info())
	}
	in.Reject(t.Context(), call.BusyHere)
	in.finish()

	h.Drain()
	for gone := next(t, "REGISTER", seen); gone.GetHeader("Expires").Value() != "0"; {
		gone = next(t, "REGISTER that ends the registration", seen)
	}
}

func TestTrunkThatCannotRegister(t *testing.T) {
	for _, tt := range []struct {
		name     string
		password string
		lists    func(*sipmsg.Request) *sipmsg.Response
		want     string
	}{
		{"wrong password", "guess", registrar("letmein", nil), "acme"},
		{"forbidden", "letmein", func(req *sipmsg.Request) *sipmsg.Response {
			return sipmsg.NewResponseFromRequest(req, 403, "Forbidden", nil)
		}, "not registered: 403 Forbidden (the carrier forbids it: user acme may be blocked"},
		{"unknown", "letmein", func(req *sipmsg.Request) *sipmsg.Response {
			return sipmsg.NewResponseFromRequest(req, 404, "Not Found", nil)
		}, "the carrier has no user acme at this domain"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			carrier := newFarEnd(t)
			carrier.registers(tt.lists)
			_, states := trunkHouse(t, carrier, sip.Trunk{Register: true, Username: "acme", Password: tt.password})
			s := until(t, "refused", states, func(s sip.TrunkState) bool { return strings.Contains(s.Why, "not registered:") })
			if s.Up || !s.Registered.IsZero() || !strings.Contains(s.Why, tt.want) || strings.Contains(s.Why, tt.password) {
				t.Errorf("%+v; want it down because of %q", s, tt.want)
			}
		})
	}
}

// TestTrunkRegistersAgainWhenItWasAway: a carrier that comes back may have lost
// the registration.
func TestTrunkRegistersAgainWhenItWasAway(t *testing.T) {
	t.Parallel()
	var away atomic.Bool
	seen := make(chan *sipmsg.Request, 16)
	carrier := newFarEnd(t)
	carrier.registers(registrar("letmein", seen))
	carrier.says(func(req *sipmsg.Request) *sipmsg.Response {
		if away.Load() {
			return sipmsg.NewResponseFromRequest(req, 503, "Service Unavailable", nil)
		}
		return sipmsg.NewResponseFromRequest(req, 200, "OK", nil)
	})
	states := make(chan sip.TrunkState, 64)
	newHouse(t, func(o *sip.Options) {
		o.Trunks = []sip.Trunk{{
			Name: "east", Address: carrier.addr, Register: true, Username: "acme", Password: "letmein", Options: 50 * time.Millisecond,
		}}
		o.ProbeWait, o.RegisterRetry = 200*time.Millisecond, 50*time.Millisecond
		o.OnTrunk = func(_ context.Context, s sip.TrunkState) { states <- s }
	})
	until(t, "up", states, isUp)
	next(t, "REGISTER", seen)
	away.Store(true)
	until(t, "down", states, func(s sip.TrunkState) bool { return s.Why == "OPTIONS answered 503" })
	away.Store(false)
	next(t, "REGISTER at once", seen)
	until(t, "up again", states, isUp)
}

// TestTrunkIsLeftAloneForAsLongAsItAsks: no call leaves by it meanwhile, so that
// another trunk is tried, and the customer's attempts are not used up.
func TestTrunkIsLeftAloneForAsLongAsItAsks(t *testing.T) {
	t.Parallel()
	carrier := newFarEnd(t).script(func(c *farCall) { c.say(503, "Service Unavailable", nil, "Retry-After: 60") })
	h, states := trunkHouse(t, carrier, sip.Trunk{})
	until(t, "up", states, isUp)
	o, _ := h.order()
	_, err := h.Place(t.Context(), o)
	wantFailure(t, err, campaigns.Congestion, 503)
	s := until(t, "down", states, func(s sip.TrunkState) bool { return !s.Up })
	if !strings.Contains(s.Why, "sip 503") || !strings.Contains(s.Why, "left alone until") {
		t.Errorf("down because of %q; want 503, and until when", s.Why)
	}
	o, _ = h.order()
	_, err = h.Place(t.Context(), o)
	wantFailure(t, err, campaigns.NotPlaced, 0)
	if n := carrier.rang(); n != 1 {
		t.Errorf("the carrier got %d INVITEs; want one", n)
	}
}

// TestTrunkThatFailsCallsGoesDown after five in a row, though it answers OPTIONS.
func TestTrunkThatFailsCallsGoesDown(t *testing.T) {
	t.Parallel()
	carrier := newFarEnd(t).script(func(c *farCall) { c.say(503, "Service Unavailable", nil) })
	h, states := trunkHouse(t, carrier, sip.Trunk{})
	until(t, "up", states, isUp)
	for range 5 {
		o, _ := h.order()
		_, err := h.Place(t.Context(), o)
		wantFailure(t, err, campaigns.Congestion, 503)
	}
	s := until(t, "down", states, func(s sip.TrunkState) bool { return !s.Up })
	if !strings.Contains(s.Why, "5 calls in a row failed, the last: sip 503") {
		t.Errorf("down because of %q", s.Why)
	}
}

func wantFailure(t *testing.T, err error, d campaigns.Disposition, status int) {
	t.Helper()
	f := &call.Failure{}
	if !errors.As(err, &f) || f.Disposition != d || f.Evidence.Status != status || f.Disposition.Counts() {
		t.Errorf("Place = %v; want %s, %d, which is no attempt on the customer", err, d, status)
	}
}

func TestIncomingCallsTakeLinesWhereTheCarrierCountsBoth(t *testing.T) {
	t.Parallel()
	carrier := newFarEnd(t)
	h, states := trunkHouse(t, carrier, sip.Trunk{Both: true})
	until(t, "up", states, isUp)
	var calls []*taken
	for n := range 4 {
		go carrier.dial(t, h.addr, "10086", "+8613800138000")
		calls = append(calls, next(t, "call", h.calls))
		until(t, "busier", states, func(s sip.TrunkState) bool { return s.Taken == n+1 })
	}
	o, _ := h.order()
	if _, err := h.Place(t.Context(), o); err == nil || !strings.Contains(err.Error(), "it carries its 4 calls already") {
		t.Errorf("Place = %v; want no line free", err)
	}
	for _, c := range calls {
		c.Reject(t.Context(), call.BusyHere)
		c.finish()
	}
	until(t, "free", states, func(s sip.TrunkState) bool { return s.Taken == 0 })
}

// TestTwoAccountsAtOneCarrier are told apart by whom a call is for; the number
// that was called stands elsewhere.
func TestTwoAccountsAtOneCarrier(t *testing.T) {
	t.Parallel()
	seen := make(chan *sipmsg.Request, 8)
	carrier := newFarEnd(t)
	carrier.registers(registrar("letmein", seen))
	h := newHouse(t, func(o *sip.Options) {
		o.Trunks = nil
		for _, name := range []string{"sales", "care"} {
			o.Trunks = append(o.Trunks, sip.Trunk{
				Name: name, Address: carrier.addr, Region: "CN", Register: true, Username: name + "-account", Password: "letmein",
			})
		}
	})
	next(t, "REGISTER", seen)
	next(t, "REGISTER of the other", seen)
	for _, tt := range []struct{ user, to, party, trunk, called string }{
		{"sales-account", "01012345678", "", "sales", "+861012345678"},
		{"care-account", "01012345678", "", "care", "+861012345678"},
		{"care-account", "care-account", "01087654321", "care", "+861087654321"},
		{"01012345678", "01012345678", "", "sales", "+861012345678"},
	} {
		req := carrier.new(sipmsg.INVITE, "sip:"+tt.user+"@"+h.addr, "sip:013800138000@"+carrier.addr, "sip:"+tt.to+"@"+h.addr)
		c := carrier.newCall(req.CallID().Value())
		req.SetBody(c.sdp())
		req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
		if tt.party != "" {
			req.AppendHeader(sipmsg.NewHeader("P-Called-Party-ID", "<sip:"+tt.party+"@carrier.example>"))
		}
		go carrier.do(req)
		in := next(t, "call", h.calls)
		if i := in.Info(); i.Trunk != tt.trunk || i.To != tt.called {
			t.Errorf("%+v comes by %s for %s", tt, i.Trunk, i.To)
		}
		in.Reject(t.Context(), call.BusyHere)
		in.finish()
	}
}

// TestTrunkOverTCP is asked, and called, by a connection.
func TestTrunkOverTCP(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	lines := make(chan string, 16)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		for r := textproto.NewReader(bufio.NewReader(conn)); ; {
			line, err := r.ReadLine()
			if err != nil {
				return
			}
			head, err := r.ReadMIMEHeader()
			if err != nil {
				return
			}
			length, _ := strconv.Atoi(head.Get("Content-Length"))
			_, _ = io.CopyN(io.Discard, r.R, int64(length))
			lines <- line
			if strings.HasPrefix(line, "ACK ") {
				continue
			}
			status := map[bool]string{true: "200 OK", false: "486 Busy Here"}[strings.HasPrefix(line, "OPTIONS ")]
			fmt.Fprintf(conn, "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=t\r\nCall-ID: %s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
				status, head.Get("Via"), head.Get("From"), head.Get("To"), head.Get("Call-Id"), head.Get("Cseq"))
		}
	}()
	carrier := newFarEnd(t)
	carrier.addr = l.Addr().String()
	h, states := trunkHouse(t, carrier, sip.Trunk{Transport: "tcp"})
	until(t, "up", states, isUp)
	if line := next(t, "request", lines); line != "OPTIONS sip:"+carrier.addr+";transport=tcp SIP/2.0" {
		t.Errorf("asked by %q", line)
	}
	o, _ := h.order()
	if _, err := h.Place(t.Context(), o); err == nil {
		t.Error("a busy call is up")
	}
	for line := ""; !strings.HasPrefix(line, "INVITE "); {
		if line = next(t, "INVITE", lines); strings.HasPrefix(line, "INVITE ") && line != "INVITE sip:"+somebody+"@"+carrier.addr+";transport=tcp SIP/2.0" {
			t.Errorf("called by %q", line)
		}
	}
}
