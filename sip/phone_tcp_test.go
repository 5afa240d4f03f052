package sip_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/call"
	"careline/sip"
)

// registerByTCP is a phone of li whose Contact cannot be connected to.
func registerByTCP(t *testing.T, host string) *farEnd {
	t.Helper()
	return registerFlow(t, host, "")
}

// registerFlow is registerByTCP, with parameters of its Contact.
func registerFlow(t *testing.T, host, params string) *farEnd {
	t.Helper()
	for range 20 { // it connects from the port that it has for UDP, which may be taken for TCP
		li := newPhone(t, "li", "secret")
		req := li.new(sipmsg.REGISTER, "sip:"+host+";transport=tcp", "sip:li@"+host, "sip:li@"+host)
		req.SetTransport("TCP")
		req.ReplaceHeader(sipmsg.NewHeader("Contact", "<sip:far@10.99.0.1:5060;transport=tcp>"+params))
		req.AppendHeader(sipmsg.NewHeader("Supported", "path, outbound"))
		if res := li.authed(req); res != nil && res.StatusCode == sipmsg.StatusOK {
			if granted := res.GetHeader("Require"); (granted != nil) != (params != "") {
				t.Errorf("REGISTER with %q answered\n%s", params, res)
			}
			return li
		}
	}
	t.Fatal("REGISTER was not answered with 200")
	return nil
}

// A phone behind NAT that registers over TCP is asked, and called, by the
// connection that it has made; without it, it is gone.
func TestPhoneOverTCP(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) {
		o.TCP, o.ProbeEvery, o.ProbeWait = true, 200*time.Millisecond, time.Second
	})
	li := registerByTCP(t, h.TCPAddr().String())
	if got := next(t, "presence", h.presence); got != "li up" {
		t.Errorf("presence %q; want li up", got)
	}
	if p := h.Phones(); len(p) != 1 || !strings.HasSuffix(p[0].Source, ";transport=tcp") {
		t.Errorf("Phones = %+v", p)
	}
	line, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	line.Hangup(t.Context())
	li.vanish()
	if got := next(t, "presence", h.presence); got != "li down" {
		t.Errorf("presence %q; want li down", got)
	}
	var f *call.Failure
	if _, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 5 * time.Second}); !errors.As(err, &f) {
		t.Errorf("Place = %v; want a failure", err)
	}
}

// A phone that has registered by two connections rings by one of them, and by the
// other once that is gone, or says that it cannot reach the phone.
func TestPhoneWithTwoFlows(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.TCP, o.ProbeEvery = true, time.Hour })
	const desk = `;+sip.instance="<urn:uuid:00000000-0000-4000-8000-000000000001>";reg-id=`
	first, second := registerFlow(t, h.TCPAddr().String(), desk+"1"), registerFlow(t, h.TCPAddr().String(), desk+"2")
	if n := len(h.Phones()); n != 2 {
		t.Fatalf("%d bindings; want one of each flow", n)
	}
	rings := func(by, other *farEnd) {
		t.Helper()
		was, idle := by.rang(), other.rang()
		line, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		line.Hangup(t.Context())
		if by.rang() != was+1 || other.rang() != idle {
			t.Errorf("by its flows it rang %d and %d times; want one, by one of them", by.rang()-was, other.rang()-idle)
		}
	}
	first.script(answers)
	second.script(answers)
	rings(second, first) // the latest
	second.script(func(c *farCall) { c.say(430, "Flow Failed", nil) })
	line, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	line.Hangup(t.Context())
	second.unplug()
	rings(first, second)
}
