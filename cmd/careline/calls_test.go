package main

import (
	"encoding/json"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/campaigns"
	"careline/sim/people"
	"careline/sip/trace"
	"careline/store"
)

// kept stores calls in an office's database.
func (o *office) kept(t *testing.T, list ...call.Trace) {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(filepath.Dir(o.config), "careline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.KeepTraces(t.Context(), list); err != nil {
		t.Fatal(err)
	}
}

// twoCalls are a caller who talked with an agent, and somebody busy.
func twoCalls(t *testing.T, at time.Time) []call.Trace {
	t.Helper()
	packed := func(messages ...string) []byte {
		var l trace.Log
		for i, m := range messages {
			l.Messages = append(l.Messages, trace.Message{
				At: at.Add(time.Duration(i) * time.Second), Sent: i%2 == 1, Transport: "UDP", Data: []byte(m),
				Local: netip.MustParseAddrPort("192.0.2.1:5060"), Remote: netip.MustParseAddrPort("198.51.100.7:5060"),
			})
		}
		b, err := trace.Encode(l)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	return []call.Trace{
		{
			ID: "0190aaaa-0001", SIPCallID: "abc@carrier", Direction: call.Inbound, From: "+442079460101", To: "1888", Trunk: "carrier",
			Disposition: campaigns.Answered, BegunAt: at, AnsweredAt: at.Add(time.Second), EndedAt: at.Add(43 * time.Second),
			Detail: call.TraceDetail{
				Evidence: campaigns.Evidence{Status: 200}, Why: "the far end hung up", Reason: "Q.850;cause=16",
				Sound: &call.Sound{Sent: 2000, Received: 1990, Lost: 10, JitterMS: 2.25},
			},
			Messages: packed("INVITE sip:1888@x SIP/2.0\r\nCSeq: 1 INVITE\r\nX-Bell: \x1b[2J\r\n\r\n", "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n"),
		},
		{
			ID: "0190aaaa-0002", Serves: "0190aaaa-0001", SIPCallID: "def", Direction: call.Outbound, From: "+442079460101", To: "lina", Phone: "lina",
			Disposition: campaigns.NoAnswer, BegunAt: at.Add(500 * time.Millisecond), EndedAt: at.Add(9 * time.Second),
			Detail:   call.TraceDetail{Evidence: campaigns.Evidence{Status: 487, Text: "Request Terminated"}, Timers: call.Timers{Ringing: 30}},
			Messages: packed("SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n"),
		},
		{
			ID: "0190bbbb-0003", SIPCallID: "ghi", Direction: call.Outbound, From: "+442079460901", To: "+442079460102", Trunk: "carrier",
			Disposition: campaigns.Busy, BegunAt: at.Add(time.Minute), EndedAt: at.Add(61 * time.Second),
			Detail: call.TraceDetail{Evidence: campaigns.Evidence{Status: 486, Cause: 17, Text: "User busy"}, Timers: call.Timers{Ringing: 1200}},
		},
	}
}

func TestCallsList(t *testing.T) {
	o := newOffice(t)
	if out := o.does(t, "calls", "list"); !strings.Contains(out, "No calls yet") {
		t.Errorf("an empty list says %q; want what to do", out)
	}
	at := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	o.kept(t, twoCalls(t, at)...)
	clock := at.Local().Format("15:04:05")
	later := at.Add(time.Minute).Local().Format("15:04:05")
	want := "time     id       from          to            disposition talk  ring cause  trunk   direction\n" +
		clock + " aaa-0001 +442079460101 1888          answered    42.0s -    -      carrier inbound\n" +
		later + " bbb-0003 +442079460901 +442079460102 busy        -     1.2s 486/17 carrier outbound\n"
	if diff := cmp.Diff(want, o.does(t, "calls", "list")); diff != "" {
		t.Errorf("calls list (-want +got):\n%s", diff)
	}
	for args, want := range map[string]int{
		"--failed": 1, "--disposition answered": 1, "--number 020.7946.0102": 1, "--number +442079460101": 1,
		"--number 1888": 1, "--since 2h": 2, "--since 30m": 0, "--limit 1": 1, "--number 999": 0,
	} {
		var got []callJSON
		out := o.does(t, append([]string{"calls", "list", "--json"}, strings.Fields(args)...)...)
		if err := json.Unmarshal([]byte(out), &got); err != nil || len(got) != want {
			t.Errorf("calls list %s: %d calls, %v; want %d", args, len(got), err, want)
		}
	}
	if out := o.does(t, "calls", "list", "--number", "999"); !strings.Contains(out, "No call is like that") {
		t.Errorf("nothing found says %q", out)
	}
	for _, args := range []string{"--limit 0", "--disposition great", "--since soon", "--campaign nobody"} {
		if code, _, errs := o.types(t, "", append([]string{"calls", "list"}, strings.Fields(args)...)...); code == exitDone || errs == "" {
			t.Errorf("calls list %s: exit %d, %q; want an error", args, code, errs)
		}
	}
}

func TestCallsShow(t *testing.T) {
	o := newOffice(t)
	at := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	o.kept(t, twoCalls(t, at)...)
	want := "Call 0190aaaa-0001, " + at.Local().Format("2006-01-02 15:04:05 MST") + `
Inbound call from +442079460101 to 1888 by trunk carrier: answered after 1.0s,
  up for 42.0s; the far end hung up (Q.850;cause=16). Sound: 2000 packets sent,
  1990 received, 10 lost (0.5 %), jitter 2.2 ms.
Leg to the phone of lina, who is shown +442079460101: no_answer after 8.5s (SIP
  487, Request Terminated).
SIP Call-ID abc@carrier

         carrier                   careline                  lina
  0.000  |-------- INVITE -------->|                         |
  0.000  |                         |<------ 180 Ringing -----|
  1.000  |<-------- 200 OK --------|                         |
`
	for _, name := range []string{"0190aaaa-0001", "aaa-0001", "AAA-0001", "abc@carrier", "def"} {
		if diff := cmp.Diff(want, o.does(t, "calls", "show", name)); diff != "" {
			t.Errorf("calls show %s (-want +got):\n%s", name, diff)
		}
	}
	out := o.does(t, "calls", "show", "aaa-0001", "--messages")
	if !strings.Contains(out, "carrier 192.0.2.1:5060 <- 198.51.100.7:5060 UDP\nINVITE sip:1888@x SIP/2.0\nCSeq: 1 INVITE\n") || strings.Contains(out, "\x1b") {
		t.Errorf("the messages are not shown whole, or move the cursor:\n%q", out)
	}
	var got struct {
		callJSON
		Legs []callJSON
	}
	if err := json.Unmarshal([]byte(o.does(t, "calls", "show", "aaa-0001", "--json")), &got); err != nil {
		t.Fatal(err)
	}
	if got.ID != "0190aaaa-0001" || len(got.Messages) != 2 || len(got.Legs) != 1 || got.Legs[0].Phone != "lina" {
		t.Errorf("as JSON the call is %+v; want it with two messages and one leg", got)
	}
	for name, want := range map[string]string{"0190": "more than one call", "zzz": "careline calls list"} {
		if code, _, errs := o.types(t, "", "calls", "show", name); code != exitFailed || !strings.Contains(errs, want) {
			t.Errorf("calls show %s: exit %d, %q; want %q", name, code, errs, want)
		}
	}
}

// A call that the service has carried can be looked at afterwards, with the tool
// that everybody has for it too.
func TestCallsOfTheService(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{list: "key,number\nA,020 7946 0302\n"})
	net := h.people(people.Options{Subscribers: []people.Subscriber{
		{Number: "+442079460302", Personas: []people.Persona{people.Busy}},
	}})
	h.open()
	h.campaign()
	if _, err := net.Wait(t.Context(), func(e people.Entry) bool { return e.Who == "+442079460302" }); err != nil {
		t.Fatal("wait for the call:", err)
	}
	o := &office{config: h.config}
	await(t, generous, "the call to be listed", func() bool {
		return strings.Contains(o.does(t, "calls", "list", "--campaign", "quick"), " busy ")
	})
	out := o.does(t, "calls", "show", h.text("SELECT id FROM attempts"), "--pcap", h.path("call.pcap"))
	for _, part := range []string{" to +442079460302 by trunk ", ": busy", "(SIP 486", "------ INVITE ", "------ ACK "} {
		if !strings.Contains(out, part) {
			t.Errorf("calls show says nothing of %q:\n%s", part, out)
		}
	}
	read, err := exec.CommandContext(t.Context(), "tshark", "-r", h.path("call.pcap"), "-Y", "sip", "-T", "fields", "-e", "sip.CSeq", "-e", "sip.Status-Code").Output()
	if err != nil {
		t.Fatal("tshark (install it with .ci/deps):", err)
	}
	if got := strings.Fields(string(read)); len(got) < 6 || strings.Join(got[:2], " ") != "1 INVITE" || !strings.Contains(string(read), "486") {
		t.Errorf("tshark reads\n%s\nwant an INVITE and its 486", read)
	}
}
