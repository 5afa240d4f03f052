package sip_test

import (
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/call"
	"careline/sip"
)

func rule(t *testing.T) func(sip.Rule, error) sip.Rule {
	t.Helper()
	return func(r sip.Rule, err error) sip.Rule {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

// TestWhatTheCarrierIsTold looks at the INVITE.
func TestWhatTheCarrierIsTold(t *testing.T) {
	must := rule(t)
	for _, tt := range []struct {
		name  string
		trunk sip.Trunk
		want  []string // "Name: value", or with ! before it a name that must not be there
	}{
		{"by default", sip.Trunk{}, []string{"To: <sip:+8613800138000@HOST>", `From: sip:+861012345678@`, "!Privacy", "!P-Asserted-Identity", "!Diversion"}},
		{
			"account in From, number asserted",
			sip.Trunk{Trusted: true, Domain: "carrier.example", Identity: sip.Identity{User: "acme", Asserted: true}},
			[]string{"From: sip:acme@carrier.example", "P-Asserted-Identity: <sip:+861012345678@carrier.example>", "!Privacy"},
		},
		{
			"number preferred",
			sip.Trunk{Identity: sip.Identity{Preferred: true}, Domain: "carrier.example"},
			[]string{"P-Preferred-Identity: <sip:+861012345678@carrier.example>"},
		},
		{
			"hidden from all",
			sip.Trunk{Identity: sip.Identity{Hide: true}},
			[]string{"From: sip:anonymous@anonymous.invalid", "Privacy: id", "!P-Asserted-Identity"},
		},
		{
			"hidden but from the carrier",
			sip.Trunk{Trusted: true, Domain: "carrier.example", Identity: sip.Identity{Hide: true}},
			[]string{"From: sip:anonymous@anonymous.invalid", "Privacy: id", "P-Asserted-Identity: <sip:+861012345678@carrier.example>"},
		},
		{
			"diversion, history, others",
			sip.Trunk{Domain: "carrier.example", Identity: sip.Identity{
				Diversion: "+861087654321", History: true,
				Headers: []sip.Header{{Name: "X-Account", Value: "42"}, {Name: "X-Ref", Value: "{campaign}/{attempt}/{caller_id}"}},
			}},
			[]string{
				"Diversion: <sip:+861087654321@carrier.example>;reason=unconditional", "History-Info: <sip:+8613800138000@HOST>;index=1",
				"X-Account: 42", "X-Ref: renewals/attempt-1/+861012345678",
			},
		},
		{
			"national, with a prefix",
			sip.Trunk{Region: "CN", Rewriting: sip.Rewriting{
				Format: sip.National, Callee: []sip.Rule{must(sip.PrefixRule("1", "9#1"))}, Caller: []sip.Rule{must(sip.PatternRule(`^0(10)(\d+)$`, "$1-$2"))},
			}},
			[]string{"To: <sip:9%2313800138000@HOST>", "From: sip:10-12345678@"},
		},
		{"international", sip.Trunk{Rewriting: sip.Rewriting{Format: sip.International}}, []string{"To: <sip:008613800138000@HOST>", "From: sip:00861012345678@"}},
		{"plain", sip.Trunk{Rewriting: sip.Rewriting{Format: sip.Plain}}, []string{"To: <sip:8613800138000@HOST>"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			invites := make(chan *sipmsg.Request, 1)
			carrier := newFarEnd(t).script(func(c *farCall) {
				invites <- c.invite
				c.say(486, "Busy Here", nil)
			})
			h, _ := trunkHouse(t, carrier, tt.trunk)
			o, _ := h.order()
			o.CallerID, o.Info.Campaign = "+861012345678", "renewals"
			if _, err := h.Place(t.Context(), o); err == nil {
				t.Error("a busy call is up")
			}
			told(t, next(t, "INVITE", invites), carrier.addr, tt.want)
		})
	}
}

func told(t *testing.T, req *sipmsg.Request, host string, want []string) {
	t.Helper()
	for _, line := range want {
		if name, absent := strings.CutPrefix(line, "!"); absent {
			if h := req.GetHeader(name); h != nil {
				t.Errorf("the INVITE says %s: %s", name, h.Value())
			}
			continue
		}
		name, value := cutHeader(strings.ReplaceAll(line, "HOST", host))
		h := req.GetHeader(name)
		if h == nil || !strings.Contains(h.Value(), value) {
			t.Errorf("%s is %v; want %s", name, h, value)
		}
	}
	if got := "<" + req.Recipient.String() + ">"; got != req.To().Value() {
		t.Errorf("the request is for %s, To %s", got, req.To().Value())
	}
}

// TestWhoCalls: an assertion is believed where the carrier is trusted alone.
func TestWhoCalls(t *testing.T) {
	must := rule(t)
	for _, tt := range []struct {
		name     string
		trunk    sip.Trunk
		from, to string
		asserted string
		wantFrom string
		wantTo   string
	}{
		{"anonymous, asserted", sip.Trunk{Trusted: true}, "anonymous", "10086", "+8613800138000", "+8613800138000", "10086"},
		{"anonymous, asserted by whom nobody trusts", sip.Trunk{}, "anonymous", "10086", "+8613800138000", "", "10086"},
		{"asserted otherwise by whom nobody trusts", sip.Trunk{}, "+8613900139000", "10086", "+8613800138000", "+8613900139000", "10086"},
		{"national", sip.Trunk{Region: "CN"}, "013800138000", "01012345678", "", "+8613800138000", "+861012345678"},
		{"rewritten", sip.Trunk{Rewriting: sip.Rewriting{
			InCaller: []sip.Rule{must(sip.PrefixRule("00", "+"))}, InCallee: []sip.Rule{must(sip.PatternRule(`^8#(\d+)$`, "+$1"))},
		}}, "008613800138000", "8%23861012345678", "", "+8613800138000", "+861012345678"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			carrier := newFarEnd(t)
			h, states := trunkHouse(t, carrier, tt.trunk)
			until(t, "up", states, isUp)
			req := carrier.new(sipmsg.INVITE, "sip:"+tt.to+"@"+h.addr, "sip:"+tt.from+"@"+carrier.addr, "sip:"+tt.to+"@"+h.addr)
			c := carrier.newCall(req.CallID().Value())
			req.SetBody(c.sdp())
			req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
			if tt.asserted != "" {
				req.AppendHeader(sipmsg.NewHeader("P-Asserted-Identity", "<sip:"+tt.asserted+"@carrier.example>"))
			}
			go carrier.do(req)
			in := next(t, "call", h.calls)
			defer in.finish()
			if i := in.Info(); string(i.From) != tt.wantFrom || i.To != tt.wantTo {
				t.Errorf("%q calls %q; want %q, %q", string(i.From), i.To, tt.wantFrom, tt.wantTo)
			}
			in.Reject(t.Context(), call.BusyHere)
		})
	}
}

func TestWhatACarrierSaysOfTheCaller(t *testing.T) {
	for trusted, want := range map[bool]string{true: "attestation B, TN-Validation-Passed", false: "attestation B"} {
		carrier := newFarEnd(t)
		h, states := trunkHouse(t, carrier, sip.Trunk{Trusted: trusted})
		until(t, "up", states, isUp)
		go carrier.dialWith(t, h.addr, "10086", "+8613800138000;verstat=TN-Validation-Passed", "Identity: e30.eyJhdHRlc3QiOiJCIn0.c2ln;info=<https://x.example>")
		in := next(t, "call", h.calls)
		if got := in.Info(); got.Attested != want || got.From != "+8613800138000" {
			t.Errorf("trusted %v: %+v; want %q of +8613800138000", trusted, got, want)
		}
		in.Reject(t.Context(), call.BusyHere)
		in.finish()
	}
}

func TestHeadersThatATrunkMayNotSet(t *testing.T) {
	for _, tt := range []struct {
		header sip.Header
		want   string
	}{
		{sip.Header{Name: "Via", Value: "x"}, "header Via: is set by careline itself"},
		{sip.Header{Name: "call-id", Value: "x"}, "header call-id: is set by careline itself"},
		{sip.Header{Name: "P-Asserted-Identity", Value: "x"}, "is set by careline itself"},
		{sip.Header{Name: "X A", Value: "x"}, "is no name of a header"},
		{sip.Header{Name: "X-A: b\r\nVia", Value: "x"}, "is no name of a header"},
		{sip.Header{Name: "X-A", Value: "a\r\nVia: b"}, "is not on one line"},
		{sip.Header{Name: "X-A", Value: " "}, "has no value"},
		{sip.Header{Name: "X-A", Value: "{callerid}"}, "there are {caller_id}, {attempt} and {campaign}"},
	} {
		_, err := sip.New(sip.Options{Trunks: []sip.Trunk{{Name: "a", Address: "192.0.2.1", Identity: sip.Identity{Headers: []sip.Header{tt.header}}}}})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v; want %s", tt.header, err, tt.want)
		}
	}
	_, err := sip.New(sip.Options{Trunks: []sip.Trunk{{Name: "a", Address: "192.0.2.1", Identity: sip.Identity{Asserted: true}}}})
	if err == nil || !strings.Contains(err.Error(), "goes to trusted carriers only") {
		t.Errorf("asserting to a carrier that is not trusted: %v", err)
	}
}
