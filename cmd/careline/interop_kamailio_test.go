package main

import (
	"net"
	"os"
	"strings"
	"testing"
)

// kamailio plugs in a proxy at the end of the house's trunk, which sends the
// service's calls to far.
func (h *house) kamailio(far string) *outsider {
	h.Helper()
	text, err := os.ReadFile("testdata/kamailio.cfg")
	if err != nil {
		h.Fatal(err)
	}
	service, _, _ := net.SplitHostPort(h.service)
	file := h.write("kamailio/kamailio.cfg", strings.NewReplacer("EDGE", h.carrier, "SERVICE", service, "FAR", far).Replace(string(text)))
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
