package sip_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"
	"github.com/icholy/digest"

	"careline/call"
	"careline/campaigns"
	"careline/sip"
	"careline/sip/trace"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// shelf takes traces.
type shelf struct {
	kept chan call.Trace
	err  error
}

func newShelf() *shelf { return &shelf{kept: make(chan call.Trace, 64)} }

func (s *shelf) KeepTraces(_ context.Context, list []call.Trace) error {
	if s.err == nil {
		for _, t := range list {
			s.kept <- t
		}
	}
	return s.err
}

// seenBy is a house whose calls' messages are kept.
func seenBy(t *testing.T, s *shelf, change func(*sip.Options)) *house {
	t.Helper()
	return newHouse(t, func(o *sip.Options) {
		o.Traces = s
		if change != nil {
			change(o)
		}
	})
}

// log unpacks the messages of a trace.
func logOf(t *testing.T, got call.Trace) trace.Log {
	t.Helper()
	l, err := trace.Decode(got.Messages)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func titles(l trace.Log) []string {
	var list []string
	for _, m := range l.Messages {
		way := "< "
		if m.Sent {
			way = "> "
		}
		list = append(list, way+m.Title())
	}
	return list
}

// The messages of a call are kept from its INVITE to the end of its BYE, with
// neither the password's proof nor the key that was pressed.
func TestSightOfAnOutboundCall(t *testing.T) {
	t.Parallel()
	s := newShelf()
	h := seenBy(t, s, func(o *sip.Options) { o.Trunks[0].Username, o.Trunks[0].Password = "account", "open sesame" })
	nonce, pressed := "n0nce-of-the-carrier", make(chan struct{})
	h.carrier.script(func(c *farCall) {
		if c.invite.GetHeader("Proxy-Authorization") == nil {
			c.say(407, "Proxy Authentication Required", nil, `Proxy-Authenticate: Digest realm="east", nonce="`+nonce+`", qop="auth", algorithm=MD5`)
			return
		}
		c.say(100, "Trying", nil)
		c.say(183, "Session Progress", c.sdp())
		c.pickUp()
		info := c.request(sipmsg.INFO)
		info.AppendHeader(sipmsg.NewHeader("Content-Type", "application/dtmf-relay"))
		info.SetBody([]byte("Signal=7\r\nDuration=160\r\n"))
		c.f.do(info)
		close(pressed)
	})
	o, _ := h.order()
	o.Info.Campaign, o.Info.Contact = "renewal", "contact-1"
	line, err := h.Place(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	<-pressed
	line.Hangup(t.Context())
	got := next(t, "trace", s.kept)
	l := logOf(t, got)
	want := []string{
		"> INVITE", "< 407 Proxy Authentication Required", "> ACK", "> INVITE", "< 100 Trying", "< 183 Session Progress",
		"< 200 OK", "> ACK", "< INFO", "> 200 OK (INFO)", "> BYE", "< 200 OK (BYE)",
	}
	if diff := cmp.Diff(want, titles(l)); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	var all bytes.Buffer
	for _, m := range l.Messages {
		all.Write(m.Data)
	}
	response := h.carrier.find(o.Leg.CallID).invite.GetHeader("Proxy-Authorization").Value()
	cred, err := digest.ParseCredentials(response)
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{"nonce": nonce, "response": cred.Response, "cnonce": cred.Cnonce, "key": "Signal=7"} {
		if strings.Contains(all.String(), secret) {
			t.Errorf("the %s is kept", name)
		}
	}
	checkTrace(t, got, o)
	drawn(t, l, "sight-outbound.ladder")
}

func checkTrace(t *testing.T, got call.Trace, o call.Order) {
	t.Helper()
	if got.BegunAt.After(got.RingingAt) || got.RingingAt.After(got.AnsweredAt) || got.AnsweredAt.After(got.EndedAt) {
		t.Errorf("begun %v, rang %v, answered %v, ended %v; want this order", got.BegunAt, got.RingingAt, got.AnsweredAt, got.EndedAt)
	}
	if got.Detail.Sound == nil {
		t.Error("no figures of the sound")
	}
	if tm := got.Detail.Timers; tm.Trying > tm.Ringing || tm.Ringing > tm.Final || tm.Final > tm.Ack || tm.Ack > tm.Bye || tm.Bye > tm.Over {
		t.Errorf("timers %+v; want them in this order", tm)
	}
	got.BegunAt, got.RingingAt, got.AnsweredAt, got.EndedAt, got.Messages = time.Time{}, time.Time{}, time.Time{}, time.Time{}, nil
	got.Detail.Sound, got.Detail.Timers = nil, call.Timers{}
	want := call.Trace{
		ID: o.ID, SIPCallID: o.Leg.CallID, Direction: call.Outbound, From: "10086", To: somebody, Trunk: "east",
		Campaign: "renewal", Contact: "contact-1", Disposition: campaigns.Answered,
		Detail: call.TraceDetail{Evidence: campaigns.Evidence{Status: 200}, Ending: call.ByFlow, Why: "we hung up"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
}

var (
	offset = regexp.MustCompile(`(?m)^ *\d+\.\d{3}`)
	socket = regexp.MustCompile(`127\.0\.0\.1:\d+`)
)

// drawn compares a ladder with a golden file, apart from times and ports.
func drawn(t *testing.T, l trace.Log, name string) {
	t.Helper()
	var b strings.Builder
	if err := trace.WriteLadder(&b, []trace.Leg{{Party: "east", Log: l}}, 80); err != nil {
		t.Fatal(err)
	}
	got := socket.ReplaceAllString(offset.ReplaceAllString(b.String(), "  0.000"), "127.0.0.1:n")
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", name), []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("ladder (-want +got):\n%s", diff)
	}
}

func TestSightOfARefusedCall(t *testing.T) {
	t.Parallel()
	s := newShelf()
	h := seenBy(t, s, nil)
	h.carrier.script(func(c *farCall) {
		c.say(180, "Ringing", nil)
		c.say(486, "Busy Here", nil, `Reason: Q.850;cause=17;text="User busy"`)
	})
	o, _ := h.order()
	_, err := h.Place(t.Context(), o)
	f := failed(t, err)
	got := next(t, "trace", s.kept)
	if got.Disposition != campaigns.Busy || got.Detail.Evidence != f.Evidence || got.Detail.Reason != `Q.850;cause=17;text="User busy"` || got.RingingAt.IsZero() {
		t.Errorf("trace %+v; want busy, with its cause", got)
	}
	if diff := cmp.Diff([]string{"> INVITE", "< 180 Ringing", "< 486 Busy Here", "> ACK"}, titles(logOf(t, got))); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// A call that could not be placed is seen too, with the reason.
func TestSightOfNoCall(t *testing.T) {
	t.Parallel()
	s := newShelf()
	h := seenBy(t, s, nil)
	if _, err := h.Place(t.Context(), call.Order{ID: "attempt-9", Trunk: "east", Number: "+4420"}); err == nil {
		t.Fatal("a call to a destination outside the list was placed")
	}
	got := next(t, "trace", s.kept)
	if got.ID != "attempt-9" || got.Disposition != campaigns.NotPlaced || !strings.Contains(got.Detail.Why, "does not permit") {
		t.Errorf("trace %+v; want not_placed, and why", got)
	}
}

func TestSightOfInboundCalls(t *testing.T) {
	t.Parallel()
	s := newShelf()
	h := seenBy(t, s, nil)
	c, _ := h.answered(t)
	bye := c.request(sipmsg.BYE)
	bye.AppendHeader(sipmsg.NewHeader("Reason", "Q.850;cause=31"))
	h.carrier.do(bye)
	got := next(t, "trace", s.kept)
	if got.Direction != call.Inbound || got.Disposition != campaigns.Answered || got.Detail.Ending != call.ByCaller || got.Detail.Reason != "Q.850;cause=31" {
		t.Errorf("trace %+v; want an answered inbound call that the far end ended with cause 31", got)
	}
	if got.From != somebody || got.To != "10086" || got.SIPCallID != c.id || got.BegunAt.IsZero() || got.AnsweredAt.Before(got.BegunAt) {
		t.Errorf("trace %+v; want from, to, Call-ID and times", got)
	}
	go func() {
		in := <-h.calls
		in.Reject(t.Context(), call.UnknownNumber)
		in.finish()
	}()
	if _, status := h.carrier.dial(t, h.addr, "99", somebody); status != 404 {
		t.Errorf("INVITE answered %d; want 404", status)
	}
	got = next(t, "trace", s.kept)
	if got.Disposition != campaigns.InvalidNumber || got.Detail.Evidence.Status != 404 || got.EndedAt.IsZero() {
		t.Errorf("trace %+v; want a refused call with its status", got)
	}
}

// The leg to an agent's phone names the call that it is for.
func TestSightOfAPhone(t *testing.T) {
	t.Parallel()
	s := newShelf()
	h := seenBy(t, s, nil)
	phone := newFarEnd(t)
	phone.user, phone.pass = "li", "secret"
	phone.script(answers)
	phone.register(h.addr, "li", 60)
	line, err := h.Place(t.Context(), call.Order{ID: "leg-1", Serves: "call-1", Phone: "li", CallerID: somebody, Ring: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	line.Hangup(t.Context())
	got := next(t, "trace", s.kept)
	if got.ID != "leg-1" || got.Serves != "call-1" || got.Phone != "li" || got.To != "li" || len(logOf(t, got).Messages) < 6 {
		t.Errorf("trace %+v; want the leg of call-1", got)
	}
}

// A database that is behind costs messages, not calls.
func TestSightLost(t *testing.T) {
	t.Parallel()
	s := &shelf{err: errors.New("the database is behind")}
	h := seenBy(t, s, nil)
	h.carrier.script(func(c *farCall) { c.say(486, "Busy Here", nil) })
	for range 3 {
		o, _ := h.order()
		if _, err := h.Place(t.Context(), o); failed(t, err).Disposition != campaigns.Busy {
			t.Error(err)
		}
	}
	h.end()
	if n := h.Stats().Untold; n != 3 {
		t.Errorf("%d calls counted as not stored; want 3", n)
	}
}
