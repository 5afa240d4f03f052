package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// kamailio plugs in a proxy at the end of the house's trunk, which sends the
// service's calls to far.
func (h *house) kamailio(far string) *outsider {
	h.Helper()
	return h.edge("kamailio.cfg", h.carrier, far)
}

// edge plugs in a proxy at an address.
func (h *house) edge(script, at, far string) *outsider {
	h.Helper()
	text, err := os.ReadFile("testdata/" + script)
	if err != nil {
		h.Fatal(err)
	}
	service, _, _ := net.SplitHostPort(h.service)
	file := h.write("kamailio/"+script, strings.NewReplacer("EDGE", at, "SERVICE", service, "FAR", far).Replace(string(text)))
	h.write("kamailio/run/.keep", "")
	k := h.newOutsider(h.path("kamailio"), "kamailio", "-DD", "-E", "-f", file, "-Y", h.path("kamailio/run"), "-w", h.path("kamailio/run"))
	return k
}

// said waits until a program has said something so often.
func (o *outsider) said(text string, times int) {
	o.Helper()
	await(o, generous, o.name+" to say "+text, func() bool { return strings.Count(o.printed(), text) >= times })
}

// A proxy with Record-Route stands between the service and the network: the
// service registers with it, is called through it and calls through it, and all
// that it sends within a call goes back the way that the call came.
func TestKamailio(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{list: "key,number\nA,020 7946 0301\nB,020 7946 0302\n"})
	far := ownIP() + ":5060"
	edge := h.kamailio(far)
	h.config = h.changed("registers.yaml", "keepalive: -1s",
		"keepalive: 1s, register: true, username: account, password: account-secret, expires: 60s")
	h.open()
	edge.said("edge: account account registered", 1)
	await(t, generous, "the trunk to be up", func() bool { return h.logged("trunk up") > 0 })

	caller := h.sipp("before", ownIP()+":5060", 2, h.carrier, "-s", "1001", "-r", "2").tally()
	if caller["SuccessfulCall(C)"] != 2 || caller["FailedCall(C)"] != 0 {
		t.Errorf("of the calls that came in %d succeeded and %d failed; want 2 and 0", caller["SuccessfulCall(C)"], caller["FailedCall(C)"])
	}
	edge.said("edge: ACK routed", 2)
	edge.said("edge: BYE routed", 2)
	await(t, generous, "the rows of the calls that came in", func() bool {
		return h.number("SELECT COUNT(*) FROM calls WHERE to_number = '1001' AND from_number = '+442079460301' AND ending = 'flow'") == 2
	})

	callee := h.sipp("behind", far, 2)
	h.campaign()
	h.finished()
	if figures := callee.tally(); figures["SuccessfulCall(C)"] != 2 || figures["FailedCall(C)"] != 0 {
		t.Errorf("of the calls that went out %d succeeded and %d failed; want 2 and 0", figures["SuccessfulCall(C)"], figures["FailedCall(C)"])
	}
	edge.said("edge: ACK routed", 4)
	edge.said("edge: BYE routed", 4)
	if n := h.number("SELECT COUNT(*) FROM answers WHERE result = 'answer' AND value = '1'"); n != 2 {
		t.Errorf("%d answers of 1; want 2", n)
	}
}

// An agent's phone is behind a proxy: it registers through it, with a Path, dials
// *1 through it, is asked by OPTIONS and rung through it, and both sides are
// heard. Who is not registered gets nothing of the service through it.
func TestKamailioInFrontOfPhones(t *testing.T) {
	t.Parallel()
	caller, at := ownIP(), ownIP()
	h := newHouse(t, houseOptions{list: vipList, sources: []string{caller}})
	h.config = h.changed("proxied.yaml", "record: \"\"}", "record: \"\", proxies: ["+at+"]}")
	edge := h.edge("kamailio-phones.cfg", at+":5060", "")
	h.open()
	phone := h.softphone("phone-lina", ownIP()+":5070",
		fmt.Sprintf("<sip:lina@%s;transport=udp>;auth_pass=lina-secret;outbound=\"sip:%s\";regint=60", h.service, at))
	h.ready(phone, "lina")
	if got := h.text("SELECT path FROM bindings WHERE agent = 'lina'"); !strings.Contains(got, at) {
		t.Errorf("lina is registered with the path %q; want one by %s", got, at)
	}
	edge.said("edge: OPTIONS to a phone", 1)
	c := h.vip(caller)
	edge.said("edge: INVITE to a phone", 1)
	await(t, generous, "the caller to hear the agent", func() bool {
		total, _ := tones(c.hears(), softphoneVoice)
		return total > time.Second
	})
	c.hangUp()
	phone.over(2)
	edge.said("edge: BYE routed", 2)

	stranger := h.softphone("stranger", ownIP()+":5070",
		fmt.Sprintf("<sip:lina@%s;transport=udp>;auth_pass=guess;outbound=\"sip:%s\";regint=0", h.service, at))
	stranger.command("/dial 1861")
	await(t, generous, "the stranger's call to be refused", func() bool { return h.logged("phone gave a wrong name or password") > 0 })
	stranger.says("session closed", 1)
	if n := h.number("SELECT COUNT(*) FROM calls WHERE to_number = '1861'"); n != 0 {
		t.Errorf("%d calls of the stranger came in", n)
	}
}
