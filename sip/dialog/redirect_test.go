package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/campaigns"
	"careline/sip/dialog"
	"careline/sip/wire"
)

// redirected is a call from p that may follow redirects to ports of loopback.
func redirected(t *testing.T, change func(*dialog.Invite)) (p *peer, e *dialog.Endpoint, inv dialog.Invite, req msg, legs chan campaigns.Leg, done <-chan result) {
	t.Helper()
	e = start(t, dialog.Options{})
	p = newPeer(t, e.Addr())
	inv = to(p)
	legs = make(chan campaigns.Leg, 9)
	inv.Headers = []sipmsg.Header{sipmsg.NewHeader("Diversion", "<sip:1000@us.example>;reason=unconditional")}
	inv.Redirect = func(_ context.Context, leg campaigns.Leg) error {
		if !strings.Contains(leg.Moved, "@127.0.0.1") {
			return errors.New("that is no host of the trunk")
		}
		legs <- leg
		return nil
	}
	if change != nil {
		change(&inv)
	}
	done = call(t.Context(), e, inv)
	return p, e, inv, p.take("INVITE"), legs, done
}

// The first target is the one of the highest q. The call keeps its name, and
// what it said of its history.
func TestRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	p, e, inv, req, legs, done := redirected(t, nil)
	other := newPeer(t, e.Addr())
	p.reply(req, "302 Moved Temporarily", "x",
		"Contact: <sip:low@127.0.0.1:9>;q=0.2, \"Other\" <sip:callee@"+other.addr()+"?Diversion=x>;q=0.8", "Contact: <tel:+4416>;q=1")
	p.take("ACK")
	again := other.take("INVITE")
	leg := get(t, "Redirect", legs)
	if again.start != "INVITE sip:callee@"+other.addr()+" SIP/2.0" || again.get("CSeq") != "2 INVITE" || branchOf(again) != leg.Branch ||
		leg.Branch == inv.Leg.Branch || leg.CSeq != 2 || leg.Target != inv.Leg.Target {
		t.Errorf("leg %+v, INVITE\n%s", leg, again.raw)
	}
	for _, name := range []string{"Call-ID", "From", "To", "Diversion", "Contact"} {
		if !slices.Equal(again.all(name), req.all(name)) {
			t.Errorf("%s: %q; want %q as before", name, again.all(name), req.all(name))
		}
	}
	other.ok(again, "a")
	if ack := other.take("ACK"); ack.get("CSeq") != "2 ACK" {
		t.Errorf("ACK is\n%s", ack.raw)
	}
	if got := answered(t, done).Leg(); got.Moved != leg.Moved || got.Branch != leg.Branch || got.ToTag != "a" {
		t.Errorf("Leg = %+v; want that of the redirect", got)
	}
}

// The targets are tried in turn while they fail, and none is tried twice.
func TestRedirectTriesTargetsInTurn(t *testing.T) {
	t.Parallel()
	p, e, inv, req, legs, done := redirected(t, func(i *dialog.Invite) { i.Credentials = dialog.Credentials{User: "u", Password: "p"} })
	var others [3]*peer
	var contacts []string
	for i := range others {
		others[i] = newPeer(t, e.Addr())
		contacts = append(contacts, "<sip:callee@"+others[i].addr()+">", "<sip:callee@"+others[i].addr()+">")
	}
	p.reply(req, "302 Moved", "x", "Contact: <"+inv.Leg.Target+">, "+strings.Join(contacts, ", "))
	others[0].reply(others[0].take("INVITE", "2 INVITE"), "503 Service Unavailable", "x")
	second := others[1].take("INVITE", "3 INVITE")
	others[1].reply(second, "401 Unauthorized", "x", `WWW-Authenticate: Digest realm="r", nonce="n"`)
	second = others[1].take("INVITE", "4 INVITE")
	get(t, "first leg", legs)
	if leg := get(t, "second leg", legs); branchOf(second) != leg.Branch+".2" || leg.CSeq != 3 {
		t.Errorf("leg %+v, INVITE\n%s", leg, second.raw)
	}
	others[1].reply(second, "302 Moved", "x", "Contact: <sip:callee@"+p.addr()+";x=y>") // back again
	third := others[2].take("INVITE", "5 INVITE")
	if len(third.all("Authorization")) > 0 {
		t.Error("the third target got the second one's credentials")
	}
	others[2].reply(third, "404 Not Found", "x")
	if r := refused(t, done); r.Code != 404 {
		t.Errorf("Invite = %+v; want the last target's 404", r)
	}
	p.none("INVITE")
}

func TestRedirectThatIsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, ring, contact string
		change              func(*dialog.Invite)
		want                error
	}{
		{"nobody permits any", "", "<sip:callee@127.0.0.1:9>", func(i *dialog.Invite) { i.Redirect = nil }, nil},
		{"a premium number", "", "<sip:+449098790000@192.0.2.7>", nil, dialog.ErrRedirect},
		{"to where it came from", "", "<%s>", nil, nil},
		{"no target", "", "<tel:+441632960001>", nil, nil},
		{"another method", "", "<sip:callee@127.0.0.1:9;method=REGISTER>", nil, nil},
		{"the callee rang", "180 Ringing", "<sip:callee@127.0.0.1:9>", nil, nil},
		{"a host that is not there", "", "<sip:callee@nowhere.invalid>", func(i *dialog.Invite) {
			i.Redirect = func(context.Context, campaigns.Leg) error { return nil }
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _, inv, req, legs, done := redirected(t, tt.change)
			if tt.ring != "" {
				p.reply(req, tt.ring, "x")
			}
			p.reply(req, "302 Moved", "x", "Contact: "+strings.ReplaceAll(tt.contact, "%s", inv.Leg.Target))
			r := refused(t, done)
			if r.Code != 302 || tt.want != nil && !errors.Is(r, tt.want) || tt.want == nil && r.Cause != nil {
				t.Errorf("Invite = %+v; want 302 and %v", r, tt.want)
			}
			if len(legs) > 0 {
				t.Errorf("a redirect was stored: %+v", <-legs)
			}
			p.none("INVITE")
		})
	}
}

// A callee who declines at the new place is not called at the next one.
func TestRedirectStopsAtARefusal(t *testing.T) {
	t.Parallel()
	p, e, _, req, _, done := redirected(t, nil)
	first, second := newPeer(t, e.Addr()), newPeer(t, e.Addr())
	p.reply(req, "300 Multiple Choices", "x", fmt.Sprintf("Contact: <sip:a@%s>, <sip:b@%s>", first.addr(), second.addr()))
	first.reply(first.take("INVITE"), "486 Busy Here", "x")
	if r := refused(t, done); r.Code != 486 {
		t.Errorf("Invite = %+v; want 486", r)
	}
	second.none("INVITE")
}

// What is given up after a redirect is cancelled where the redirect has led, by
// this process and by the next.
func TestRedirectedCallIsCancelled(t *testing.T) {
	t.Parallel()
	before, stop := process(t)
	p, other := newPeer(t, before.Addr()), newPeer(t, before.Addr())
	inv := to(p)
	legs := make(chan campaigns.Leg, 1)
	inv.Route = p.addr()
	inv.Leg.Target = "sip:callee@carrier.invalid"
	inv.Redirect = func(_ context.Context, leg campaigns.Leg) error { legs <- leg; return nil }
	done := call(t.Context(), before, inv)
	p.reply(p.take("INVITE"), "302 Moved", "x", "Contact: <sip:callee@"+other.addr()+">")
	req := other.take("INVITE")
	other.reply(req, "180 Ringing", "a")
	leg := get(t, "Redirect", legs)
	stop()
	refused(t, done)
	e := start(t, dialog.Options{Wire: wire.Options{UDP: before.Addr().String()}})
	lost := lose(t, e, dialog.Lost{Leg: leg, Route: inv.Route})
	cancel := takeCancel(t, other, req)
	if cancel.get("CSeq") != "2 CANCEL" || cancel.start != "CANCEL sip:callee@"+other.addr()+" SIP/2.0" || cancel.get("To") != req.get("To") {
		t.Errorf("CANCEL is\n%s", cancel.raw)
	}
	if err := get(t, "CancelLost", lost); err != nil {
		t.Error(err)
	}
	p.none("CANCEL")
}

// A redirect within the trunk's own host goes by the trunk's route.
func TestRedirectKeepsTheRoute(t *testing.T) {
	t.Parallel()
	p, _, _, req, _, done := redirected(t, func(i *dialog.Invite) {
		i.Route = strings.TrimPrefix(i.Leg.Target, "sip:callee@")
		i.Leg.Target = "sip:callee@carrier.invalid"
		i.Redirect = func(context.Context, campaigns.Leg) error { return nil }
	})
	p.reply(req, "301 Moved", "x", "Contact: <sip:callee;rn=+4416@carrier.invalid>")
	p.take("ACK")
	again := p.take("INVITE")
	if again.start != "INVITE sip:callee;rn=+4416@carrier.invalid SIP/2.0" {
		t.Errorf("got %s", again.start)
	}
	p.reply(again, "486 Busy", "x")
	refused(t, done)
}

// A callee that answers after it has been said to be elsewhere is confirmed and
// hung up; the call goes on where the redirect leads.
func TestRedirectIsFollowedByAnAnswer(t *testing.T) {
	t.Parallel()
	p, e, _, req, _, done := redirected(t, nil)
	other := newPeer(t, e.Addr())
	p.reply(req, "302 Moved", "x", "Contact: <sip:callee@"+other.addr()+">")
	again := other.take("INVITE")
	p.ok(req, "late")
	if bye := p.take("BYE"); toTag(bye) != "late" {
		t.Errorf("BYE is\n%s", bye.raw)
	} else {
		p.reply(bye, "200 OK", "")
	}
	p.take("ACK", "1 ACK") // of the 302
	if ack := p.take("ACK", "1 ACK"); toTag(ack) != "late" {
		t.Errorf("ACK is\n%s", ack.raw)
	}
	other.ok(again, "a")
	other.take("ACK", "2 ACK")
	if d := answered(t, done); d.Leg().ToTag != "a" {
		t.Errorf("Leg = %+v", d.Leg())
	}
}
