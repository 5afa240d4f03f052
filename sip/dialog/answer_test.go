package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/dialog"
)

// inbound is a call that the endpoint answers at once.
type inbound struct {
	in  *dialog.Incoming
	d   *dialog.Dialog
	err error
}

// answers is an endpoint that answers every call.
func answers(t *testing.T, h dialog.Handlers) (*dialog.Endpoint, <-chan inbound) {
	t.Helper()
	ch := make(chan inbound, 99)
	return start(t, dialog.Options{OnInvite: answering(ch, h)}), ch
}

// answering answers a call, and tells of it.
func answering(ch chan<- inbound, h dialog.Handlers) func(context.Context, *dialog.Incoming) {
	return func(ctx context.Context, in *dialog.Incoming) {
		d, err := in.Answer(ctx, []byte(sdp("us")), h)
		ch <- inbound{in, d, err}
	}
}

// up makes a call of the peer to the endpoint.
func up(t *testing.T, h dialog.Handlers) (p *peer, s *side, d *dialog.Dialog) {
	t.Helper()
	return upWith(t, h, dialog.Options{})
}

// upWith is up with options of the endpoint, and headers of the INVITE.
func upWith(t *testing.T, h dialog.Handlers, o dialog.Options, more ...string) (p *peer, s *side, d *dialog.Dialog) {
	t.Helper()
	calls := make(chan inbound, 99)
	o.OnInvite = answering(calls, h)
	e := start(t, o)
	p = newPeer(t, e.Addr())
	s = p.caller("100")
	s.ack(p.final(s.invite(more...)))
	c := get(t, "call", calls)
	if c.err != nil {
		t.Fatal(c.err)
	}
	return p, s, c.d
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	e, calls := answers(t, dialog.Handlers{})
	p := newPeer(t, e.Addr())
	s := p.caller("%2A9;phone-context=x")
	s.local = `"Zoë \"Z\"" <tel:+441632960001;isub=1>;tag=mine`
	inv := s.invite("X-Id: 7", `P-Asserted-Identity: "A" <sip:192.0.2.7>, <tel:+441632960002>`, "Record-Route: <sip:"+p.addr()+";lr;x=1>", "Record-Route: <sip:192.0.2.1;lr>")
	p.take("SIP/2.0 100")
	res := p.final(inv)
	if res.code() != 200 || res.body != sdp("us") || res.get("Content-Type") != "application/sdp" || toTag(res) == "" {
		t.Errorf("INVITE got\n%s", res.raw)
	}
	if got, want := fmt.Sprint(res.all("Record-Route")), fmt.Sprint(inv.all("Record-Route")); got != want {
		t.Errorf("Record-Route of the answer is %s; want %s", got, want)
	}
	if got, want := addrSpec(res.get("Contact")), "@"+e.Addr().String(); !strings.HasSuffix(got, want) {
		t.Errorf("Contact of the answer is %s; want ...%s", got, want)
	}
	s.ack(res)
	c := get(t, "call", calls)
	if c.err != nil {
		t.Fatal(c.err)
	}
	for _, tt := range []struct{ got, want any }{
		{c.in.From(), dialog.Party{Display: `Zoë "Z"`, User: "+441632960001"}},
		{c.in.Asserted(), dialog.Party{User: "+441632960002"}},
		{c.in.Dialed(), "*9"},
		{c.in.To().User, "*9"},
		{c.in.Header("x-id"), "7"},
		{c.in.Source().String(), p.addr()},
		{c.in.CallID(), s.callID},
		{string(c.in.Offer()), sdp("peer")},
		{string(c.d.RemoteSDP()), sdp("peer")},
		{c.d.Leg().Remote, "sip:caller@" + p.addr()},
	} {
		if tt.got != tt.want {
			t.Errorf("got %#v; want %#v", tt.got, tt.want)
		}
	}
	byeGoesBy(t, c.d, p, []string{"<sip:" + p.addr() + ";lr;x=1>", "<sip:192.0.2.1;lr>"})
}

func byeGoesBy(t *testing.T, d *dialog.Dialog, p *peer, routes []string) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- d.Bye(t.Context(), dialog.Reason{}) }()
	bye := p.take("BYE")
	if bye.start != "BYE sip:caller@"+p.addr()+" SIP/2.0" || fmt.Sprint(bye.all("Route")) != fmt.Sprint(routes) {
		t.Errorf("BYE is\n%s\nwant Route %q", bye.raw, routes)
	}
	p.reply(bye, "200 OK", "")
	if err := get(t, "Bye", ended); err != nil {
		t.Error(err)
	}
}

// sipgo repeats our 200 once after T1 and then every T2, and never gives up.
func TestAnswerIsRepeatedUntilItsAck(t *testing.T) {
	t.Parallel()
	e, calls := answers(t, dialog.Handlers{})
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	inv := s.invite()
	res := p.final(inv)
	p.again(res, 4)
	p.send(inv.raw) // a late repetition is absorbed
	p.again(res, 5)
	s.ack(res)
	if c := get(t, "call", calls); c.err != nil {
		t.Error(c.err)
	}
	if len(calls) > 0 {
		t.Error("a repeated INVITE made a second call")
	}
}

// An answer that is never confirmed ends with BYE at 64*T1.
func TestAnswerWithoutAck(t *testing.T) {
	t.Parallel()
	e, calls := answers(t, dialog.Handlers{})
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	begin := time.Now()
	res := p.final(s.invite())
	bye := p.take("BYE")
	if took := time.Since(begin); took < 60*t1 {
		t.Errorf("BYE after %v; want 64*T1 = %v", took, 64*t1)
	}
	if toTag(bye) != param(after(s.local, ">"), "tag") || bye.get("Call-ID") != s.callID {
		t.Errorf("BYE is\n%s", bye.raw)
	}
	p.reply(bye, "200 OK", "")
	if c := get(t, "call", calls); !errors.Is(c.err, dialog.ErrNoAck) {
		t.Errorf("Answer = %v; want ErrNoAck", c.err)
	}
	s.ack(res) // too late
	if res := s.do("OPTIONS"); res.code() != 481 {
		t.Errorf("OPTIONS in the ended call got %s; want 481", res.start)
	}
}

// Some reuse the branch of their INVITE in the ACK of its 2xx.
func TestAnswerConfirmedOnTheBranchOfItsInvite(t *testing.T) {
	t.Parallel()
	e, calls := answers(t, dialog.Handlers{})
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	inv := s.invite()
	s.other = p.final(inv).get("To")
	p.send(s.with("ACK", branchOf(inv), 1).raw)
	c := get(t, "call", calls)
	if c.err != nil {
		t.Fatal(c.err)
	}
	done := offer(t.Context(), c.d, "new") // which waits for no other ACK
	p.ok(p.take("INVITE"), "")
	if r := get(t, "ReInvite", done); r.err != nil {
		t.Error(r.err)
	}
}

// INVITE without an offer: ours is in the 200, the answer in the ACK.
func TestAnswerWithOurOffer(t *testing.T) {
	t.Parallel()
	e, calls := answers(t, dialog.Handlers{})
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	inv := s.request("INVITE")
	p.send(inv.raw)
	res := p.final(inv)
	if res.body != sdp("us") {
		t.Errorf("200 has the body %q", res.body)
	}
	s.ack(res, sdpType, "", sdp("late"))
	c := get(t, "call", calls)
	if c.err != nil || c.in.Offer() != nil || string(c.d.RemoteSDP()) != sdp("late") {
		t.Errorf("Answer = %v, offer %q, remote %q", c.err, c.in.Offer(), c.d.RemoteSDP())
	}
}

func TestAnswerOfACallerWhoHangsUpBeforeTheAck(t *testing.T) {
	t.Parallel()
	e, calls := answers(t, dialog.Handlers{})
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	s.other = p.final(s.invite()).get("To")
	if res := s.do("BYE"); res.code() != 200 {
		t.Errorf("BYE got %s", res.start)
	}
	c := get(t, "call", calls)
	if c.err != nil {
		t.Fatal(c.err)
	}
	get(t, "Done", c.d.Done())
}

func TestAnswerInAMultipartBody(t *testing.T) {
	t.Parallel()
	e, calls := answers(t, dialog.Handlers{})
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	inv := s.request("INVITE", `Content-Type: multipart/mixed; boundary="xx"`, "",
		"--xx\r\nContent-Type: application/isup\r\n\r\n123\r\n--xx\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--xx--\r\n")
	p.send(inv.raw)
	s.ack(p.final(inv))
	if c := get(t, "call", calls); string(c.in.Offer()) != "v=0" {
		t.Errorf("Offer = %q; want the part that is SDP", c.in.Offer())
	}
}

func TestInviteThatIsNotTaken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		opt    dialog.Options
		more   []string
		code   int
		header string // that the refusal must have
	}{
		{name: "nobody", code: 403},
		{name: "refused", code: 486, header: "X-Why: busy", opt: dialog.Options{OnInvite: func(_ context.Context, in *dialog.Incoming) {
			_ = in.Refuse(486, "Busy Here", sipmsg.NewHeader("X-Why", "busy"))
		}}},
		{name: "forgotten", code: 500, opt: dialog.Options{OnInvite: func(context.Context, *dialog.Incoming) {}}},
		{name: "require", code: 420, header: "Unsupported: x", more: []string{"Require: 100rel,Timer, x"}},
		{name: "body", code: 415, header: "Accept: application/sdp", more: []string{"Content-Type: text/plain", "", "hi"}},
		{name: "overload", code: 503, header: "Retry-After: 4", opt: dialog.Options{Busy: func(string, netip.AddrPort) time.Duration { return 3100 * time.Millisecond }}},
		{name: "contact", code: 400, more: []string{"Contact: <sip:@>"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := start(t, tt.opt)
			p := newPeer(t, e.Addr())
			s := p.caller("100")
			inv := s.request("INVITE", tt.more...)
			if tt.name == "contact" {
				inv.raw = strings.Replace(inv.raw, "Contact: <sip:caller@"+p.addr()+">\r\n", "", 1)
				inv.raw = strings.Replace(inv.raw, "Contact: <sip:@>\r\n", "", 1)
			}
			p.send(inv.raw)
			res := p.final(inv)
			name, value, _ := strings.Cut(tt.header, ": ")
			if res.code() != tt.code || tt.header != "" && res.get(name) != value {
				t.Errorf("INVITE got\n%s\nwant %d with %q", res.raw, tt.code, tt.header)
			}
			p.again(res, 2)
			s.other = res.get("To")
			p.send(s.with("ACK", branchOf(inv), 1).raw)
		})
	}
}

// An INVITE that reaches us by two ways is one call.
func TestMergedInvite(t *testing.T) {
	t.Parallel()
	e, calls := answers(t, dialog.Handlers{})
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	inv := s.invite()
	fork := s.with("INVITE", "z9hG4bK-fork", 1, sdpType, "", sdp("peer"))
	res := p.final(inv)
	p.send(fork.raw)
	if second := p.final(fork); second.code() != 482 {
		t.Errorf("the second fork got %s; want 482", second.start)
	}
	s.ack(res)
	if c := get(t, "call", calls); c.err != nil {
		t.Error(c.err)
	}
}

// A panic in a handler costs one call, and no more: sipgo lets it end the
// process.
func TestPanicInAHandler(t *testing.T) {
	t.Parallel()
	dialogs := make(chan *dialog.Dialog, 1)
	e := start(t, dialog.Options{
		OnInvite: func(ctx context.Context, in *dialog.Incoming) {
			if in.Dialed() == "early" {
				panic("early")
			}
			d, err := in.Answer(ctx, nil, dialog.Handlers{
				Offer: func(context.Context, []byte) ([]byte, error) { panic("offer") },
				Key:   func(byte, time.Duration) { panic("key") },
			})
			if err != nil {
				t.Error(err)
			}
			dialogs <- d
			if in.Dialed() == "late" {
				panic("late")
			}
		},
		OnRegister: func(context.Context, *sipmsg.Request, dialog.Respond) { panic("register") },
	})
	p := newPeer(t, e.Addr())
	if inv := p.caller("early").invite(); p.final(inv).code() != 500 {
		t.Error("a call whose handler panics is not answered with 500")
	}
	s := p.caller("late")
	s.ack(p.final(s.invite()))
	p.reply(p.take("BYE"), "200 OK", "") // not left up
	get(t, "Done", get(t, "dialog", dialogs).Done())
	if res := p.caller("x").do("REGISTER"); res.code() != 500 {
		t.Errorf("REGISTER got %s; want 500", res.start)
	}
	s = p.caller("good")
	s.ack(p.final(s.invite()))
	d := get(t, "dialog", dialogs)
	if res := s.do("INVITE", sdpType, "", sdp("new")); res.code() != 488 {
		t.Errorf("re-INVITE got %s; want 488", res.start)
	}
	s.do("INFO", "Content-Type: application/dtmf", "", "1")
	if res := s.do("BYE"); res.code() != 200 {
		t.Errorf("BYE got %s; want 200", res.start)
	}
	get(t, "Done", d.Done())
	if n := e.Stats().Panics; n != 5 {
		t.Errorf("Panics = %d; want 5", n)
	}
}
