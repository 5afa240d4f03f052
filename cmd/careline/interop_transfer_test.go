package main

import (
	"net"
	"testing"
	"time"

	"careline/sim/people"
)

// An agent's softphone transfers its caller (REFER) to a colleague's, who goes on
// talking with the caller; the agent is free again.
func TestBaresipTransfers(t *testing.T) {
	t.Parallel()
	caller := ownIP()
	h := newHouse(t, houseOptions{list: vipList, sources: []string{caller}})
	h.config = h.changed("extensions.yaml", "name: wang,", `name: wang, extension: "202",`)
	h.open()
	lina, wang := h.agentPhone("lina"), h.agentPhone("wang")
	c := h.vip(caller)
	host, _, _ := net.SplitHostPort(h.service)
	lina.command("/transfer sip:202@" + host)
	await(t, generous, "the colleague to be joined", func() bool {
		return h.number("SELECT COUNT(*) FROM talks WHERE agent = 'wang' AND joined_at > 0") == 1
	})
	wang.listen(2 * time.Second)
	c.hangUp()
	wang.over(2)
	await(t, generous, "the end of the talks", func() bool {
		return h.number("SELECT COUNT(*) FROM talks WHERE ended_at > 0") == 2
	})
	if got := h.text("SELECT outcome FROM talks WHERE agent = 'lina'"); got != "transferred" {
		t.Errorf("lina's talk: %s; want transferred", got)
	}
	if total, _ := tones(wang.heard(), plainVoice); total < time.Second {
		t.Errorf("the colleague heard the caller for %v; want 2 s", total)
	}
}

// A flow dials a number: the caller's carrier is asked to take the caller over,
// takes no REFER, and the service calls the number itself and joins the two. Once
// the other side has hung up the flow goes on.
func TestFlowDialsForACaller(t *testing.T) {
	t.Parallel()
	caller := ownIP()
	h := newHouse(t, houseOptions{sources: []string{caller}})
	h.write("flows/branch.yaml", `
flow: branch
languages: [en]
start: branch
farewell: bye
nodes:
  branch:
    dial: {number: "020 7946 0301", refer: true, ring: 10s}
    on: {connected: bye, busy: bye, timeout: bye, failed: bye}
  bye:
    say: {en: Quick goodbye.}
    next: end
`)
	h.config = h.changed("branch.yaml", `{number: "1001", flow: quick}`, `{number: "1001", flow: branch}`)
	h.open()
	branch := h.softphone("branch", h.carrier, "<sip:+442079460301@"+h.carrier+";transport=udp>;regint=0")
	c := h.plain(caller).call("+442079460302", "1001")
	branch.says("Call established", 1)
	await(t, generous, "the caller to hear the branch for 2 s", func() bool {
		total, _ := tones(c.hears(), softphoneVoice)
		return total > 2*time.Second
	})
	branch.command("/hangup")
	branch.over(1)
	select {
	case <-c.bye:
	case <-time.After(generous):
		t.Fatal("the flow does not come to its end")
	}
	if total, _ := tones(branch.heard(), plainVoice); total < time.Second {
		t.Errorf("the branch heard the caller for %v; want 2 s", total)
	}
	if got := hearing(t, h.book(), c.hears()); len(got) != 1 || got[0] != "quick/goodbye" {
		t.Errorf("afterwards the caller heard %q; want the goodbye", got)
	}
	await(t, generous, "the end of the talk", func() bool {
		return h.text("SELECT outcome FROM talks WHERE number = '+442079460301' AND trunk = 'carrier' AND ended_at > 0") == "connected"
	})
	if h.logged("transfer not taken by the carrier") != 1 {
		t.Error("the carrier was not asked to take the caller over")
	}
}

// What flows dial for callers counts into the trunk's day as well; once that is
// used up nothing more leaves by it, and the flow goes on.
func TestDialsOfFlowsAreCapped(t *testing.T) {
	t.Parallel()
	callers := []string{ownIP(), ownIP()}
	h := newHouse(t, houseOptions{sources: callers})
	network := h.people(people.Options{})
	h.write("flows/branch.yaml", `
flow: branch
languages: [en]
start: branch
farewell: bye
nodes:
  branch:
    dial: {number: "020 7946 0301", ring: 1s}
    on: {connected: bye, busy: bye, timeout: bye, failed: bye}
  bye:
    say: {en: Quick goodbye.}
    next: end
`)
	h.config = h.changed("branch.yaml", `{number: "1001", flow: quick}`, `{number: "1001", flow: branch}`)
	h.config = h.changed("capped.yaml", "max_calls: 20", "caps: {calls: 1}, max_calls: 20")
	h.open()
	for i, caller := range callers {
		c := h.plain(caller).call("+442079460302", "1001")
		select {
		case <-c.bye:
		case <-time.After(generous):
			t.Fatalf("flow %d does not come to its end", i+1)
		}
	}
	if n := len(network.Invites()); n != 1 {
		t.Errorf("%d calls left by the trunk; want 1", n)
	}
	if n := h.logged("call not placed", "1 of 1 calls"); n != 1 {
		t.Errorf("the second call was held %d times; want once", n)
	}
	if got := h.text("SELECT text FROM alarms WHERE kind = 'cap' AND subject = 'carrier'"); got == "" {
		t.Error("no alarm was raised")
	}
}
