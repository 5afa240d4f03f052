package sip_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"careline/call"
	"careline/phone"
	"careline/sip"
)

// Each carrier is told to send sound to the external address of its own kind.
func TestExternalAddressesForSound(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{"127.0.0.1": "c=IN IP4 192.0.2.1\r\n", "::1": "c=IN IP6 2001:db8::1\r\n"} {
		carrier := newFarEndAt(t, net.ParseIP(ip))
		bodies := make(chan string, 1)
		carrier.script(func(c *farCall) {
			bodies <- string(c.invite.Body())
			c.say(486, "Busy Here", nil)
		})
		h := newHouseFor(t, carrier, func(o *sip.Options) {
			o.Listen, o.Host, o.Host6 = "[::]:0", "192.0.2.1", "2001:db8::1"
			o.Trunks = []sip.Trunk{{Name: "east", Address: carrier.addr, Allow: phone.Prefixes{"+86"}, MaxCalls: 4}}
		})
		_, err := h.Place(t.Context(), call.Order{Trunk: "east", Number: somebody, Ring: 5 * time.Second})
		if f := failed(t, err); f.Evidence.Status != 486 {
			t.Fatalf("Place = %+v", f)
		}
		if body := next(t, "offer", bodies); !strings.Contains(body, want) {
			t.Errorf("a carrier at %s is offered\n%s\nwant %s", ip, body, want)
		}
	}
}
