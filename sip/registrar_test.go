package sip_test

import (
	"context"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/call"
	"careline/sip"
)

// registerAs registers li's phone with a Contact and other headers of its own.
func (f *farEnd) registerAs(host, contact string, headers ...string) *sipmsg.Response {
	f.t.Helper()
	req := f.new(sipmsg.REGISTER, "sip:"+host, "sip:li@"+host, "sip:li@"+host)
	req.RemoveHeader("Contact")
	req.AppendHeader(sipmsg.NewHeader("Contact", contact))
	for _, h := range headers {
		name, value := cutHeader(h)
		req.AppendHeader(sipmsg.NewHeader(name, value))
	}
	res := f.authed(req)
	if res == nil {
		f.t.Fatal("REGISTER was not answered")
	}
	return res
}

// A phone behind a proxy is called by that proxy, whatever its Contact.
func TestRegisterByAProxy(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	proxy := newPhone(t, "li", "secret")
	calls := make(chan *farCall, 1)
	proxy.script(func(c *farCall) {
		calls <- c
		answers(c)
	})
	path := "<sip:edge@" + proxy.addr + ";lr>"
	res := proxy.registerAs(h.addr, "<sip:li@192.0.2.77:5060>", "Path: "+path)
	if res.StatusCode != 200 || res.GetHeader("Path") == nil || res.GetHeader("Path").Value() != path {
		t.Fatalf("REGISTER answered\n%s\nwant 200 with its Path", res)
	}
	line, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	invite := next(t, "call", calls).invite
	if invite.Recipient.Host != "192.0.2.77" || invite.GetHeader("Route") == nil || invite.GetHeader("Route").Value() != path {
		t.Errorf("INVITE is\n%s\nwant the phone's Contact, by way of %s", invite, path)
	}
	line.Hangup(t.Context())
	if res := proxy.registerAs(h.addr, "<sip:li@192.0.2.77:5060>", "Path: <sip:edge@strict.example>"); res.StatusCode != 400 {
		t.Errorf("a Path without lr was answered by %d; want 400", res.StatusCode)
	}
}

// An agent's phone may name any Contact and any Path. What is sent to it goes to
// where it registered from all the same, never to a carrier, who would place a
// call for it that no allow-list has seen.
func TestRegisterAtTheCarrier(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	carried := make(chan *farCall, 1)
	h.carrier.script(func(c *farCall) {
		carried <- c
		answers(c)
	})
	for contact, headers := range map[string][]string{
		"<sip:+9900000@" + h.carrier.addr + ">": nil,
		"<sip:+9900000@198.51.100.7>":           {"Path: <sip:" + h.carrier.addr + ";lr>"},
		"<sip:+9900000@198.51.100.8>":           {"Path: <sip:carrier.example;lr>"},
	} {
		li := newPhone(t, "li", "secret")
		calls := make(chan *farCall, 1)
		li.script(func(c *farCall) {
			calls <- c
			answers(c)
		})
		if res := li.registerAs(h.addr, contact, headers...); res.StatusCode != 200 {
			t.Fatalf("REGISTER: %d", res.StatusCode)
		}
		line, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-carried:
			t.Errorf("a phone at %s with %v has had the carrier called", contact, headers)
		case <-calls:
		}
		line.Hangup(t.Context())
		li.registerAs(h.addr, contact, "Expires: 0")
	}
}

// A phone that starts again has another port, and is still the same phone.
func TestRegisterReplacesTheSamePhone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := func(port, id string) string {
		return "<sip:li@127.0.0.1:" + port + `>;+sip.instance="<urn:uuid:` + id + `>";reg-id=1`
	}
	li := newPhone(t, "li", "secret")
	for _, contact := range []string{desk("7001", "desk"), desk("7002", "desk"), desk("7003", "hall"), desk("7004", "desk")} {
		if res := li.registerAs(h.addr, contact); res.StatusCode != 200 {
			t.Fatalf("REGISTER of %s answered %d", contact, res.StatusCode)
		}
	}
	if got := contacts(h.Phones()); got != "7003 7004" {
		t.Errorf("registered are %s; want the hall's, and the desk's latest", got)
	}
	if res := li.registerAs(h.addr, "*", "Expires: 0"); res.StatusCode != 200 || len(h.Phones()) != 0 {
		t.Errorf("Contact: * answered %d, and left %v", res.StatusCode, h.Phones())
	}
}

// contacts are the ports of registered phones.
func contacts(phones []sip.PhoneState) string {
	var ports []string
	for _, p := range phones {
		ports = append(ports, p.Contact[strings.LastIndex(p.Contact, ":")+1:])
	}
	return strings.Join(ports, " ")
}

func TestRegisterForTooShort(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	li := newPhone(t, "li", "secret")
	res := li.registerAs(h.addr, "<sip:li@"+li.addr+">", "Expires: 3")
	if least := res.GetHeader("Min-Expires"); res.StatusCode != 423 || least == nil || least.Value() != "10" {
		t.Errorf("Expires: 3 answered\n%s\nwant 423 with Min-Expires: 10", res)
	}
}

// Both digests are offered, the better first, and either is taken.
func TestRegisterDigests(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.Digests = []string{"SHA-256", "MD5"} })
	li := newPhone(t, "li", "secret")
	req := li.new(sipmsg.REGISTER, "sip:"+h.addr, "sip:li@"+h.addr, "sip:li@"+h.addr)
	asks := li.do(req).GetHeaders("WWW-Authenticate")
	if len(asks) != 2 || !strings.Contains(asks[0].Value(), "SHA-256") || !strings.Contains(asks[1].Value(), "MD5") {
		t.Errorf("challenges are %v; want SHA-256, MD5", asks)
	}
	if res := li.register(h.addr, "li", 60); res == nil || res.StatusCode != 200 {
		t.Errorf("REGISTER answered %v; want 200", res)
	}
}

// Who guesses the password of an agent from behind the agent's own router locks
// out neither the phone nor what else is there.
func TestGuesserDoesNotLockOutThePhone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	li := newPhone(t, "li", "secret")
	li.register(h.addr, "li", 60)
	guesser := newPhone(t, "li", "guess")
	for range 12 {
		if res := guesser.register(h.addr, "li", 60); res == nil || res.StatusCode != 403 {
			t.Fatalf("a guess was answered by %v; want 403", res)
		}
	}
	guesser.pass = "secret"
	if res := guesser.register(h.addr, "li", 60); res == nil || res.StatusCode != 403 {
		t.Errorf("the guesser is not locked out: %v", res)
	}
	if res := li.register(h.addr, "li", 60); res == nil || res.StatusCode != 200 {
		t.Errorf("the phone itself is locked out: %v", res)
	}
	wang := newPhone(t, "wang", "geheim")
	if res := wang.register(h.addr, "wang", 60); res == nil || res.StatusCode != 200 {
		t.Errorf("another phone there is locked out: %v", res)
	}
}

func TestGuesserIsBanned(t *testing.T) {
	t.Parallel()
	alarms := make(chan call.Alarm, 4)
	h := newHouse(t, func(o *sip.Options) {
		o.Phones = map[string]string{"li": "secret", "wang": "geheim"}
		o.OnAlarm = func(_ context.Context, a call.Alarm) { alarms <- a }
	})
	for i, agent := range []string{"li", "nobody"} {
		guesser := newPhone(t, agent, "guess")
		for n := range 5 {
			if res := guesser.register(h.addr, agent, 60); res == nil || res.StatusCode != 403 {
				t.Fatalf("guess %d.%d was answered by %v; want 403", i, n, res)
			}
		}
	}
	for _, subject := range []string{"127.0.0.1 li", "127.0.0.1"} {
		a := next(t, "alarm", alarms)
		if a.Kind == call.AlarmTrunk { // it is up
			a = next(t, "alarm", alarms)
		}
		if a.Kind != call.AlarmBan || a.Subject != subject || a.Until.IsZero() {
			t.Errorf("alarm %+v; want a ban of %s", a, subject)
		}
	}
	before := h.Stats().Dropped
	if res := newPhone(t, "li", "secret").register(h.addr, "li", 60); res != nil || h.Stats().Dropped == before {
		t.Errorf("a banned source was answered: %v", res)
	}
}

func TestAlarmsOfTrunksAndNumbers(t *testing.T) {
	t.Parallel()
	alarms := make(chan call.Alarm, 8)
	h := newHouse(t, func(o *sip.Options) {
		o.OnAlarm = func(_ context.Context, a call.Alarm) { alarms <- a }
	})
	if a := next(t, "alarm", alarms); a.Kind != call.AlarmTrunk || a.Subject != "east" || a.Text != "" {
		t.Errorf("alarm %+v; want that the trunk is up", a)
	}
	h.carrier.script(func(c *farCall) { c.say(608, "Rejected", nil) })
	_, err := h.Place(t.Context(), call.Order{Trunk: "east", Number: somebody, CallerID: "+8610086", Ring: 5 * time.Second})
	failed(t, err)
	if a := next(t, "alarm", alarms); a.Kind != call.AlarmBlocked || a.Subject != "+8610086" || !strings.Contains(a.Text, "608") {
		t.Errorf("alarm %+v; want that the number shown is blocked", a)
	}
}
