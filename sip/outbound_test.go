package sip_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"careline/audio"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/sip"
)

// onePort is a range of a single pair of ports that were free a moment ago.
func onePort(t *testing.T) sip.Ports {
	t.Helper()
	for {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		port := conn.LocalAddr().(*net.UDPAddr).Port
		mate, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port ^ 1})
		conn.Close()
		if err != nil {
			continue
		}
		mate.Close()
		return sip.Ports{First: uint16(port &^ 1), Last: uint16(port | 1)}
	}
}

// diary notes the stages of an order.
type diary struct {
	mu     sync.Mutex
	stages []call.Progress
	rings  chan struct{} // closed once it rings
}

func (d *diary) note(_ context.Context, p call.Progress) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stages = append(d.stages, p)
	if p.Stage == call.Ringing {
		close(d.rings)
	}
	return nil
}

func (d *diary) list() []call.Progress {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.stages)
}

const somebody = "+8613800138000"

// order asks for a call to somebody by the only trunk.
func (h *house) order() (call.Order, *diary) {
	h.t.Helper()
	leg, err := h.Leg("east", somebody)
	if err != nil {
		h.t.Fatal(err)
	}
	d := &diary{rings: make(chan struct{})}
	return call.Order{
		ID: "attempt-1", Number: somebody, Trunk: "east", CallerID: "10086", Leg: leg,
		Ring: 10 * time.Second, Progress: d.note, Info: call.Info{To: somebody, Trunk: "east"},
	}, d
}

// answers rings, and picks up.
func answers(c *farCall) {
	c.say(180, "Ringing", nil)
	c.pickUp()
}

func TestPlace(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.Trunks[0].Codecs = []audio.Codec{audio.PCMU, audio.PCMA} })
	calls := make(chan *farCall, 1)
	o, d := h.order()
	h.carrier.script(func(c *farCall) {
		calls <- c
		c.say(180, "Ringing", nil)
		c.wait("our noticing that it rings", d.rings)
		c.pickUp()
	})
	line, err := h.Place(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	c := next(t, "INVITE", calls)
	checkInvite(t, c, o)
	checkStages(t, d.list(), o.Leg, c)
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}), ivr.Played, "")
	c.sound.hears(t, "the welcome", h.voice["welcome"])
	start(t, line, gather(menu, "menu"))
	c.sound.hearsBegin(t, "the menu", h.voice["menu"])
	c.sound.press('1')
	want(t, event(t, line), ivr.Keys, "1")
	if s := h.Trunks()[0]; s.Calls != 1 {
		t.Errorf("the trunk carries %d calls; want 1", s.Calls)
	}
	c.hangUp()
	want(t, event(t, line), ivr.HungUp, "")
	if s := h.Trunks()[0]; s.Calls != 0 {
		t.Errorf("the trunk carries %d calls after the only one; want 0", s.Calls)
	}
	if s := h.Stats(); s.Sent == 0 || s.Received == 0 {
		t.Errorf("Stats = %+v; want packets both ways", s)
	}
}

func checkInvite(t *testing.T, c *farCall, o call.Order) {
	t.Helper()
	req := c.invite
	tag, _ := req.From().Params.Get("tag")
	if req.CallID().Value() != o.Leg.CallID || tag != o.Leg.FromTag || req.Recipient.String() != o.Leg.Target {
		t.Errorf("INVITE %s with tag %s to %s; want the leg %+v", req.CallID().Value(), tag, req.Recipient.String(), o.Leg)
	}
	if req.Recipient.User != string(o.Number) || req.From().Address.User != string(o.CallerID) {
		t.Errorf("INVITE from %s to %s; want %s to %s", req.From().Address.User, req.Recipient.User, o.CallerID, o.Number)
	}
	if sdp := string(req.Body()); !strings.Contains(sdp, "RTP/AVP 0 8 101\r\n") || !strings.Contains(sdp, "telephone-event/8000") {
		t.Errorf("the offer is not PCMU, PCMA and keys in this order:\n%s", sdp)
	}
}

func checkStages(t *testing.T, got []call.Progress, leg campaigns.Leg, c *farCall) {
	t.Helper()
	wantStages := []call.Stage{call.Sent, call.Ringing, call.Up}
	if len(got) != len(wantStages) {
		t.Fatalf("stages %+v; want %v", got, wantStages)
	}
	for i, p := range got {
		if p.Stage != wantStages[i] || p.Leg.CallID != leg.CallID || p.Leg.Branch != leg.Branch || p.At.IsZero() {
			t.Errorf("stage %d is %+v; want %s of %+v", i, p, wantStages[i], leg)
		}
	}
	if up := got[2].Leg; up.ToTag != c.tag || !strings.Contains(up.Remote, c.f.addr) {
		t.Errorf("the leg that is up is %+v; want To-tag %s and the far end's Contact", up, c.tag)
	}
}

func TestDispositions(t *testing.T) {
	final := func(status int, reason string, headers ...string) func(*farCall) {
		return func(c *farCall) { c.say(status, reason, nil, headers...) }
	}
	for _, tt := range []struct {
		name   string
		script func(*farCall)
		want   call.Failure
	}{
		{"busy", final(486, "Busy Here"), failureOf(campaigns.Busy, 486, 0, "Busy Here")},
		{"no such number", final(404, "Not Found"), failureOf(campaigns.InvalidNumber, 404, 0, "Not Found")},
		{"declined", final(603, "Decline"), failureOf(campaigns.Refused, 603, 0, "Decline")},
		{"not there", final(480, "Temporarily Unavailable"), failureOf(campaigns.NoAnswer, 480, 0, "Temporarily Unavailable")},
		{"switched off", final(480, "Temporarily Unavailable", `Reason: Q.850;cause=20;text="Subscriber absent"`), failureOf(campaigns.Unreachable, 480, 20, "Subscriber absent")},
		{"congested", final(503, "Service Unavailable"), failureOf(campaigns.Congestion, 503, 0, "Service Unavailable")},
		{"rang, then busy", func(c *farCall) {
			c.say(180, "Ringing", nil)
			c.say(486, "Busy Here", nil)
		}, call.Failure{Disposition: campaigns.Busy, Evidence: campaigns.Evidence{Status: 486, Text: "Busy Here", Rule: campaigns.ByStatus}, Rang: true, Sent: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil)
			h.carrier.script(tt.script)
			o, _ := h.order()
			_, err := h.Place(t.Context(), o)
			if f := failed(t, err); *f != tt.want {
				t.Errorf("Place = %+v; want %+v", *f, tt.want)
			}
			if s := h.Trunks()[0]; s.Calls != 0 {
				t.Errorf("the trunk still carries %d calls", s.Calls)
			}
		})
	}
}

func failureOf(d campaigns.Disposition, status, cause int, text string) call.Failure {
	e := campaigns.Evidence{Status: status, Cause: cause, Text: text, Rule: campaigns.ByStatus}
	if cause != 0 {
		e.Rule, e.Reason = campaigns.ByCause, fmt.Sprintf("Q.850;cause=%d;text=%q", cause, text)
	}
	return call.Failure{Disposition: d, Evidence: e, Sent: true}
}

func TestNoResponseAtAll(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.carrier.die()
	o, d := h.order()
	_, err := h.Place(t.Context(), o)
	if f := failed(t, err); f.Disposition != campaigns.NotKnown || !f.Sent || f.Rang || f.Evidence.Status != 0 {
		t.Errorf("Place = %+v; want unknown, sent", f)
	}
	if got := d.list(); len(got) != 1 || got[0].Stage != call.Sent {
		t.Errorf("stages %+v; want sent alone", got)
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cancelled := make(chan *farCall, 1)
	h.carrier.script(func(c *farCall) {
		c.say(183, "Session Progress", c.sdp()) // early media is no answer
		c.wait("our CANCEL", c.cancelled)
		cancelled <- c
	})
	o, d := h.order()
	o.Ring = 300 * time.Millisecond
	_, err := h.Place(t.Context(), o)
	if f := failed(t, err); f.Disposition != campaigns.NoAnswer || !f.Rang || !f.Sent {
		t.Errorf("Place = %+v; want no_answer", f)
	}
	next(t, "CANCEL", cancelled)
	for _, p := range d.list() {
		if p.Stage == call.Up {
			t.Error("183 was taken for an answer")
		}
	}
}

func TestTakenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	h.carrier.script(func(c *farCall) {
		c.say(180, "Ringing", nil)
		cancel()
		c.wait("our CANCEL", c.cancelled)
	})
	o, _ := h.order()
	_, err := h.Place(ctx, o)
	if f := failed(t, err); f.Disposition != campaigns.Cancelled || !f.Rang {
		t.Errorf("Place = %+v; want cancelled", f)
	}
}

func TestProgressGivesUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	calls := make(chan *farCall, 1)
	h.carrier.script(func(c *farCall) {
		calls <- c
		answers(c)
	})
	o, _ := h.order()
	o.Progress = func(_ context.Context, p call.Progress) error {
		if p.Stage == call.Up {
			return errors.New("disk full")
		}
		return nil
	}
	_, err := h.Place(t.Context(), o)
	if f := failed(t, err); f.Disposition != campaigns.Cancelled || f.Evidence.Text != "disk full" {
		t.Errorf("Place = %+v; want cancelled: disk full", f)
	}
	c := next(t, "call", calls)
	c.wait("our BYE", c.ended)
}

func TestNotPlaced(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) {
		o.Trunks = append(o.Trunks, sip.Trunk{Name: "closed", Address: "127.0.0.1:9", MaxCalls: 1, Options: -1})
		o.Trunks[0].MaxCalls = 0
	})
	other, err := h.Leg("east", "+8613900139000")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		order call.Order
		text  string
	}{
		{"unknown trunk", call.Order{Trunk: "west", Number: somebody}, "not configured"},
		{"destination outside the list", call.Order{Trunk: "east", Number: "+4420"}, "does not permit"},
		{"empty list", call.Order{Trunk: "closed", Number: somebody}, "does not permit"},
		{"leg to somebody else", call.Order{Trunk: "east", Number: somebody, Leg: other}, "another destination"},
		{"no call permitted", call.Order{Trunk: "east", Number: somebody}, "0 calls"},
		{"phone not registered", call.Order{Phone: "li"}, "no phone of li"},
	} {
		_, err := h.Place(t.Context(), tt.order)
		f := failed(t, err)
		if f.Disposition != campaigns.NotPlaced || f.Sent || !strings.Contains(f.Evidence.Text, tt.text) {
			t.Errorf("%s: %+v; want not_placed, %q", tt.name, f, tt.text)
		}
	}
	if n := h.carrier.rang(); n != 0 {
		t.Errorf("%d INVITEs reached the carrier", n)
	}
}

func TestMostCallsOfATrunk(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.Trunks[0].MaxCalls = 1 })
	h.carrier.script(answers)
	o, _ := h.order()
	line, err := h.Place(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := h.order()
	_, err = h.Place(t.Context(), again)
	if f := failed(t, err); f.Disposition != campaigns.NotPlaced {
		t.Errorf("a second call = %+v; want not_placed", f)
	}
	line.Hangup(t.Context())
	if line, err = h.Place(t.Context(), again); err != nil {
		t.Errorf("after the first has ended: %v", err)
	} else {
		line.Hangup(t.Context())
	}
}

func TestDigestTrunk(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.Trunks[0].Username, o.Trunks[0].Password = "acme", "letmein" })
	branches := make(chan string, 2)
	h.carrier.script(func(c *farCall) {
		branch, _ := c.invite.Via().Params.Get("branch")
		branches <- branch
		auth := c.invite.GetHeader("Proxy-Authorization")
		if auth == nil {
			c.say(407, "Proxy Authentication Required", nil, `Proxy-Authenticate: Digest realm="carrier", nonce="n1", algorithm=MD5, qop="auth"`)
			return
		}
		if !proves(auth.Value(), "letmein") {
			c.say(403, "Forbidden", nil)
			return
		}
		answers(c)
	})
	o, _ := h.order()
	line, err := h.Place(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if first, second := <-branches, <-branches; first != o.Leg.Branch || second != o.Leg.Branch+".2" {
		t.Errorf("branches %s and %s; want %[3]s and %[3]s.2", first, second, o.Leg.Branch)
	}
	line.Hangup(t.Context())
}

// proves checks the response of an INVITE's digest.
func proves(header, password string) bool { return provesBy(header, "INVITE", password) }

// provesBy checks the response of a digest to a request of that method.
func provesBy(header, method, password string) bool {
	got, err := digest.ParseCredentials(header)
	if err != nil {
		return false
	}
	again, err := digest.Digest(
		&digest.Challenge{Realm: got.Realm, Nonce: got.Nonce, Algorithm: got.Algorithm, QOP: []string{got.QOP}},
		digest.Options{Method: method, URI: got.URI, Username: got.Username, Password: password, Cnonce: got.Cnonce, Count: got.Nc},
	)
	return err == nil && again.Response == got.Response
}

func TestTrunkState(t *testing.T) {
	t.Parallel()
	states := make(chan sip.TrunkState, 8)
	h := newHouse(t, func(o *sip.Options) {
		o.Trunks[0].Options = 100 * time.Millisecond
		o.ProbeWait = 100 * time.Millisecond
		o.OnTrunk = func(_ context.Context, s sip.TrunkState) { states <- s }
	})
	if s := next(t, "state", states); !s.Up || s.Name != "east" {
		t.Errorf("at first the trunk is %+v; want up", s)
	}
	h.carrier.die()
	if s := next(t, "state", states); s.Up || s.Why == "" {
		t.Errorf("after it died the trunk is %+v; want down", s)
	}
	if s := h.Trunks()[0]; s.Up {
		t.Errorf("Trunks = %+v; want it down", s)
	}
}

func TestJoinedLinesHearEachOther(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.carrier.codec = audio.PCMA
	a, caller := h.answered(t)
	h.carrier.codec, h.carrier.keyPT = audio.PCMU, 97
	b, agent := h.answered(t)
	caller.Music("hold")
	a.sound.hears(t, "the music", h.voice["hold"])
	joined := make(chan error, 1)
	go func() { joined <- caller.Join(t.Context(), agent) }()
	a.sound.talk(t, 600)
	b.sound.talk(t, 1000)
	a.sound.hearsTone(t, 1000)
	b.sound.hearsTone(t, 600)
	a.sound.press('9')
	b.sound.await(t, "the caller's key", func(heard []heardPacket) bool { return keysOf(heard, 97) == "9" })
	b.hangUp()
	if err := next(t, "end of the join", joined); err != nil {
		t.Errorf("Join = %v; want nil once a leg is over", err)
	}
	want(t, do(t, caller, ivr.Action{Kind: ivr.Play, Prompt: say("sorry")}), ivr.Played, "")
	a.sound.hears(t, "what follows the talk", h.voice["sorry"])
}

// desk is a queue that keeps every caller, or answers kind.
type desk struct {
	kind ivr.EventKind
	seen chan call.Waiting
}

func (d *desk) Serve(ctx context.Context, w call.Waiting, _ ivr.EnqueueSpec) ivr.EventKind {
	d.seen <- w
	if d.kind != "" {
		return d.kind
	}
	<-ctx.Done()
	return ivr.HungUp
}

func (d *desk) Dial(ctx context.Context, w call.Waiting, _ ivr.DialSpec) ivr.EventKind {
	return d.Serve(ctx, w, ivr.EnqueueSpec{})
}

func TestEnqueue(t *testing.T) {
	t.Parallel()
	q := &desk{seen: make(chan call.Waiting, 1), kind: ivr.Full}
	h := newHouse(t, func(o *sip.Options) { o.Queue = q })
	c, line := h.answered(t)
	enqueue := ivr.Action{Kind: ivr.Enqueue, Enqueue: &ivr.EnqueueSpec{Queue: "care", Music: "hold"}}
	want(t, do(t, line, enqueue), ivr.Full, "")
	if w := <-q.seen; w.ID != line.ID() || w.Number != "+8613800138000" {
		t.Errorf("Waiting = %+v", w)
	}
	q.kind = ""
	start(t, line, enqueue)
	<-q.seen
	c.sound.hears(t, "the music", h.voice["hold"])
	c.hangUp()
	want(t, event(t, line), ivr.HungUp, "")
}

func TestRunEndsCallsWithBye(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	h.Drain()
	if _, status := h.carrier.dial(t, h.addr, "10086", "+8613800138001"); status != 503 {
		t.Errorf("a call while the service drains: %d; want 503", status)
	}
	_, err := h.Place(t.Context(), call.Order{Trunk: "east", Number: somebody})
	if f := failed(t, err); f.Disposition != campaigns.NotPlaced {
		t.Errorf("Place while the service drains = %+v", f)
	}
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("sorry")}), ivr.Played, "")
	h.end()
	c.wait("our BYE", c.ended)
}

func TestEndLost(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	calls := make(chan *farCall, 2)
	h.carrier.script(func(c *farCall) {
		calls <- c
		answers(c)
	})
	o, d := h.order()
	if _, err := h.Place(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	c := next(t, "call", calls)
	stages := d.list()
	up := stages[len(stages)-1]
	later := newHouse(t, func(opt *sip.Options) { opt.Trunks[0].Address = h.carrier.addr })
	err := later.EndLost(t.Context(), []campaigns.Attempt{{
		ID: "attempt-1", Number: somebody, Trunk: "east", Leg: up.Leg, AnsweredAt: up.At,
	}})
	if err != nil {
		t.Errorf("EndLost = %v", err)
	}
	c.wait("a BYE from the next run", c.ended)
	if c.bye.Method != sipmsg.BYE {
		t.Errorf("ended by %s", c.bye.Method)
	}
	err = later.EndLost(t.Context(), []campaigns.Attempt{{
		ID: "attempt-2", Number: somebody, Trunk: "cloud", Leg: campaigns.Leg{Carrier: "cloud", CallID: "CA1", Target: string(somebody)},
	}})
	if err != nil {
		t.Errorf("EndLost of a call that lives at a carrier = %v; want it left alone", err)
	}
}
