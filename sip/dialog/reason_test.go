package dialog_test

import (
	"errors"
	"testing"
	"time"

	"careline/sip/dialog"
	"careline/sip/wire"
)

// A call that is taken back says why, so that the callee's phone does not show
// a missed call that another one has taken, and the carrier counts it right.
func TestReasonOfACancel(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, status, want string }{
		{"rang", "180 Ringing", `Q.850;cause=19;text="No answer"`},
		{"silent", "100 Trying", `Q.850;cause=18;text="No user responding"`},
		{"given up", "182 Queued", `Q.850;cause=16;text="Call was given up"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := start(t, dialog.Options{})
			p := newPeer(t, e.Addr())
			inv := to(p)
			ctx, stop := cancellable(t)
			if tt.name != "given up" {
				inv.Ring = time.Millisecond
			}
			done := call(ctx, e, inv)
			req := p.take("INVITE")
			if tt.name == "given up" {
				stop()
			}
			p.reply(req, tt.status, "a")
			cancel := p.take("CANCEL")
			if got := cancel.get("Reason"); got != tt.want {
				t.Errorf("Reason: %s; want %s", got, tt.want)
			}
			p.ok(req, "a") // crosses it
			bye := p.take("BYE")
			if got := bye.get("Reason"); got != tt.want {
				t.Errorf("BYE has Reason: %s; want %s", got, tt.want)
			}
			p.reply(bye, "200 OK", "")
			p.reply(cancel, "200 OK", "a")
			refused(t, done)
		})
	}
}

func TestReasonOfALosingFork(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	done := call(t.Context(), e, to(p))
	req := p.take("INVITE")
	p.ok(req, "a")
	p.ok(req, "b")
	bye := p.take("BYE")
	if got, want := bye.get("Reason"), `SIP;cause=200;text="Call completed elsewhere"`; got != want {
		t.Errorf("Reason: %s; want %s", got, want)
	}
	p.reply(bye, "200 OK", "")
	answered(t, done)
}

// reasons are Reason headers, and what they mean.
var reasons = []struct {
	lines []string
	want  dialog.Reason
}{
	{nil, dialog.Reason{}},
	{[]string{`Reason: SIP ;cause=200 ;text="Call completed elsewhere"`}, dialog.Reason{SIP: 200, Text: "Call completed elsewhere"}},
	{[]string{`Reason: SIP;cause=480;text="x", Q.850;cause=20;text="absent, \"sub\""`}, dialog.Reason{Q850: 20, SIP: 480, Text: `absent, "sub"`}},
	{[]string{`Reason: q.850;cause=17`, `Reason: Q.850;cause=16;text="late"`}, dialog.Reason{Q850: 17}},
	{[]string{`Reason: Preemption;cause=1;text="UA Preemption"`, `Reason: SIP`}, dialog.Reason{Text: "UA Preemption"}},
	{[]string{`Reason: Q.850;cause=none`, `Reason: ;;;,,`}, dialog.Reason{}},
}

func TestReasonOfTheCaller(t *testing.T) {
	t.Parallel()
	for _, tt := range reasons {
		e, calls := takes(t)
		p := newPeer(t, e.Addr())
		s := p.caller("x")
		req := s.invite()
		in := get(t, "call", calls)
		p.send(s.with("CANCEL", branchOf(req), s.cseq, tt.lines...).raw)
		select {
		case <-in.Done():
		case <-time.After(patience):
			t.Fatal("the call has not ended")
		}
		if got := in.Reason(); got != tt.want {
			t.Errorf("CANCEL with %q: Reason = %+v; want %+v", tt.lines, got, tt.want)
		}
		p.take("SIP/2.0 487")
	}
}

func TestReasonOfAByeAndOfARefusal(t *testing.T) {
	t.Parallel()
	for _, tt := range reasons {
		p, s, d := placed(t, nil)
		if res := s.do("BYE", tt.lines...); res.code() != 200 {
			t.Errorf("BYE got %s", res.start)
		}
		if got := d.Ending().Reason; got != tt.want {
			t.Errorf("BYE with %q: Reason = %+v; want %+v", tt.lines, got, tt.want)
		}
		e := start(t, dialog.Options{})
		p.to = e.Addr()
		done := call(t.Context(), e, to(p))
		p.reply(p.take("INVITE"), "500 Oops", "a", tt.lines...)
		if r := refused(t, done); r.Q850 != tt.want.Q850 || r.Text != tt.want.Text {
			t.Errorf("500 with %q: %+v; want %+v", tt.lines, r, tt.want)
		}
	}
}

// After a restart an answered call is hung up by the proxies that it was set up
// by, in their order: they alone reach the callee.
func TestByeLostGoesByTheRouteSet(t *testing.T) {
	t.Parallel()
	before, stop := process(t)
	p := newPeer(t, before.Addr())
	inv := to(p)
	inv.Leg.Target, inv.Route = "sip:callee@carrier.invalid", p.addr()
	done := call(t.Context(), before, inv)
	near, far := "<sip:"+p.addr()+";lr>", "<sip:192.0.2.8;lr;x=y>"
	p.reply(p.take("INVITE"), "200 OK", "a", "Record-Route: "+far+", "+near, "Contact: <sip:callee@192.0.2.9>", sdpType, "", sdp("x"))
	p.take("ACK")
	leg := answered(t, done).Leg()
	stop()
	e := start(t, dialog.Options{Wire: wire.Options{UDP: before.Addr().String()}})
	ended := make(chan error, 1)
	go func() { ended <- e.ByeLost(t.Context(), dialog.Lost{Leg: leg, Route: "192.0.2.1:5060"}) }()
	bye := p.take("BYE")
	if bye.start != "BYE sip:callee@192.0.2.9 SIP/2.0" || len(bye.all("Route")) != 2 || bye.all("Route")[0] != near || bye.all("Route")[1] != far ||
		toTag(bye) != "a" || bye.get("Reason") != `Q.850;cause=41;text="Caller has restarted"` {
		t.Errorf("BYE is\n%s", bye.raw)
	}
	p.reply(bye, "200 OK", "")
	if err := get(t, "ByeLost", ended); err != nil {
		t.Error(err)
	}
	leg.Routes = []string{"nonsense"}
	if err := e.ByeLost(t.Context(), dialog.Lost{Leg: leg}); !errors.Is(err, dialog.ErrNotSent) {
		t.Errorf("ByeLost by no route = %v; want ErrNotSent", err)
	}
}
