package dialog_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"careline/sip/dialog"
)

// holds answers offers with "re" and refuses one named "bad".
func holds(offers chan<- string) dialog.Handlers {
	return dialog.Handlers{Offer: func(_ context.Context, offer []byte) ([]byte, error) {
		offers <- string(offer)
		if string(offer) == sdp("bad") {
			return nil, errors.New("no common codec")
		}
		return []byte(sdp("re")), nil
	}}
}

func TestReinviteOfThePeer(t *testing.T) {
	t.Parallel()
	offers := make(chan string, 9)
	p, s, d := up(t, holds(offers))
	inv := s.request("INVITE", "Contact: <sip:moved@"+p.addr()+">", sdpType, "", sdp("hold"))
	p.send(inv.raw)
	res := p.final(inv)
	if res.code() != 200 || res.body != sdp("re") || get(t, "offer", offers) != sdp("hold") {
		t.Errorf("re-INVITE got\n%s", res.raw)
	}
	p.again(res, 3) // until its ACK
	s.ack(res)
	if string(d.RemoteSDP()) != sdp("hold") {
		t.Errorf("RemoteSDP = %q", d.RemoteSDP())
	}
	bad := s.do("INVITE", sdpType, "", sdp("bad"))
	if bad.code() != 488 || string(d.RemoteSDP()) != sdp("hold") {
		t.Errorf("bad offer got %s, session is %q; want 488 and the old one", bad.start, d.RemoteSDP())
	}
	if res := s.do("INVITE", "Require: precondition", sdpType, "", sdp("x")); res.code() != 420 {
		t.Errorf("re-INVITE with Require got %s; want 420", res.start)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.Bye(t.Context(), dialog.Reason{}) }()
	bye := p.take("BYE")
	if want := "BYE sip:moved@" + p.addr() + " SIP/2.0"; bye.start != want {
		t.Errorf("got %s; want %s: the Contact of the re-INVITE", bye.start, want)
	}
	p.reply(bye, "200 OK", "")
	get(t, "Bye", ended)
}

func TestReinviteWithoutAnOffer(t *testing.T) {
	t.Parallel()
	offers, answers := make(chan string, 9), make(chan string, 9)
	h := holds(offers)
	h.Answered = func(answer []byte) { answers <- string(answer) }
	p, s, d := up(t, h)
	res := s.do("INVITE")
	if res.code() != 200 || res.body != sdp("re") || get(t, "offer", offers) != "" {
		t.Errorf("re-INVITE got\n%s", res.raw)
	}
	s.ack(res, sdpType, "", sdp("theirs"))
	if got := get(t, "answer", answers); got != sdp("theirs") || string(d.RemoteSDP()) != sdp("theirs") {
		t.Errorf("Answered got %q, RemoteSDP is %q", got, d.RemoteSDP())
	}
	s.ack(s.do("INVITE")) // without an answer: all is as it was
	if res := s.do("OPTIONS"); res.code() != 200 || string(d.RemoteSDP()) != sdp("theirs") || len(answers) > 0 {
		t.Errorf("OPTIONS got %s, RemoteSDP is %q", res.start, d.RemoteSDP())
	}
	p.none("BYE")
}

func TestReinviteOfThePeerWithoutAck(t *testing.T) {
	t.Parallel()
	p, s, d := up(t, holds(make(chan string, 9)))
	s.do("INVITE", sdpType, "", sdp("hold"))
	p.reply(p.take("BYE"), "200 OK", "")
	get(t, "Done", d.Done())
	if d.Ending().By != dialog.Vanished {
		t.Errorf("Ending = %+v", d.Ending())
	}
}

func TestReinviteWhileOneIsPending(t *testing.T) {
	t.Parallel()
	asked, free := make(chan bool, 1), make(chan bool)
	p, s, _ := up(t, dialog.Handlers{Offer: func(context.Context, []byte) ([]byte, error) {
		asked <- true
		<-free
		return []byte(sdp("re")), nil
	}})
	first := s.request("INVITE", sdpType, "", sdp("1"))
	p.send(first.raw)
	get(t, "offer", asked)
	for _, method := range []string{"INVITE", "UPDATE"} {
		if res := s.do(method, sdpType, "", sdp("2")); res.code() != 500 || res.get("Retry-After") == "" {
			t.Errorf("second offer got\n%s\nwant 500 with Retry-After", res.raw)
		}
	}
	close(free)
	s.ack(p.final(first))
}

func TestReinviteOfAnUnknownCall(t *testing.T) {
	t.Parallel()
	e, calls := takes(t)
	p := newPeer(t, e.Addr())
	s := p.caller("x")
	s.other += ";tag=unknown"
	if res := s.do("INVITE", sdpType, "", sdp("1")); res.code() != 481 {
		t.Errorf("re-INVITE got %s; want 481", res.start)
	}
	s = p.caller("x")
	s.invite()
	in := get(t, "call", calls)
	if err := in.Ring(); err != nil {
		t.Fatal(err)
	}
	s.other = p.take("SIP/2.0 180").get("To")
	for _, method := range []string{"INVITE", "UPDATE"} {
		if res := s.do(method, sdpType, "", sdp("1")); res.code() != 500 || res.get("Retry-After") == "" {
			t.Errorf("%s before the answer got\n%s", method, res.raw)
		}
	}
	if err := in.Refuse(480, "Temporarily Unavailable"); err != nil {
		t.Error(err)
	}
}

// offer begins a re-INVITE of the endpoint.
func offer(ctx context.Context, d *dialog.Dialog, name string) <-chan result {
	ch := make(chan result, 1)
	go func() {
		answer, err := d.ReInvite(ctx, []byte(sdp(name)))
		if err == nil && string(answer) != sdp("peer") {
			err = errors.New("answer is " + string(answer))
		}
		ch <- result{err: err}
	}()
	return ch
}

func TestReinviteOfOurs(t *testing.T) {
	t.Parallel()
	p, _, d := placed(t, func(i *dialog.Invite) { i.Credentials = dialog.Credentials{User: "u", Password: "p"} })
	done := offer(t.Context(), d, "new")
	req := p.take("INVITE")
	if req.get("CSeq") != "2 INVITE" || req.body != sdp("new") || toTag(req) != "a" || req.get("Contact") == "" {
		t.Errorf("re-INVITE is\n%s", req.raw)
	}
	p.reply(req, "407 Proxy Authentication Required", "", `Proxy-Authenticate: Digest realm="r", nonce="n"`)
	req = p.take("INVITE")
	if req.get("CSeq") != "3 INVITE" || req.get("Proxy-Authorization") == "" {
		t.Errorf("repeated re-INVITE is\n%s", req.raw)
	}
	p.reply(req, "100 Trying", "")
	p.ok(req, "")
	ack := p.take("ACK", "3 ACK")
	if r := get(t, "ReInvite", done); r.err != nil {
		t.Error(r.err)
	}
	p.ok(req, "")
	p.again(ack, 2)
	done = offer(t.Context(), d, "worse")
	p.reply(p.take("INVITE"), "488 Not Acceptable Here", "")
	var ref *dialog.RefusedError
	if r := get(t, "ReInvite", done); !errors.As(r.err, &ref) || ref.Code != 488 {
		t.Errorf("ReInvite = %v; want 488", r.err)
	}
	select {
	case <-d.Done():
		t.Error("a refused re-INVITE has ended the call")
	default:
	}
}

func TestReinviteEndsACallThatThePeerForgot(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"481 Gone", "408 Timeout", ""} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			p, _, d := placed(t, nil)
			done := offer(t.Context(), d, "new")
			if req := p.take("INVITE"); status != "" {
				p.reply(req, status, "")
			}
			if r := get(t, "ReInvite", done); r.err == nil {
				t.Error("ReInvite succeeded")
			}
			get(t, "Done", d.Done())
			p.reply(p.take("BYE"), "481 Gone", "")
			if _, err := d.ReInvite(t.Context(), nil); !errors.Is(err, dialog.ErrOver) {
				t.Errorf("ReInvite = %v; want ErrOver", err)
			}
		})
	}
}

// Both sides offer at once: each refuses the other's with 491 and ours is sent
// again after a while.
func TestReinviteGlare(t *testing.T) {
	t.Parallel()
	offers := make(chan string, 9)
	p, s, d := up(t, holds(offers))
	done := offer(t.Context(), d, "new")
	req := p.take("INVITE")
	if res := s.do("INVITE", sdpType, "", sdp("hold")); res.code() != 491 {
		t.Errorf("crossing re-INVITE got %s; want 491", res.start)
	}
	if res := s.do("UPDATE", sdpType, "", sdp("hold")); res.code() != 491 {
		t.Errorf("crossing UPDATE got %s; want 491", res.start)
	}
	p.reply(req, "491 Request Pending", "")
	req = p.take("INVITE")
	if req.get("CSeq") != "2 INVITE" {
		t.Errorf("second try has CSeq %s", req.get("CSeq"))
	}
	p.ok(req, "")
	p.take("ACK", "2 ACK")
	if r := get(t, "ReInvite", done); r.err != nil {
		t.Error(r.err)
	}
	if len(offers) > 0 {
		t.Error("a crossing offer was taken")
	}
}

func TestReinviteWaitsForTheAckOfThePeers(t *testing.T) {
	t.Parallel()
	p, s, d := up(t, holds(make(chan string, 9)))
	res := s.do("INVITE", sdpType, "", sdp("hold"))
	done := offer(t.Context(), d, "new")
	p.again(res, 3)
	p.none("INVITE")
	s.ack(res)
	req := p.take("INVITE")
	p.ok(req, "")
	if r := get(t, "ReInvite", done); r.err != nil {
		t.Error(r.err)
	}
}

func TestReinviteIsCancelled(t *testing.T) {
	t.Parallel()
	p, _, d := placed(t, nil)
	ctx, stop := context.WithCancel(t.Context())
	done := offer(ctx, d, "new")
	req := p.take("INVITE")
	stop()
	p.again(req, 3)
	p.none("CANCEL")
	p.reply(req, "180 Ringing", "")
	cancel := p.take("CANCEL")
	p.reply(cancel, "200 OK", "")
	p.reply(req, "487 Request Terminated", "")
	var ref *dialog.RefusedError
	if r := get(t, "ReInvite", done); !errors.As(r.err, &ref) || ref.Code != 487 {
		t.Errorf("ReInvite = %v; want 487", r.err)
	}
	select {
	case <-d.Done():
		t.Error("a cancelled re-INVITE has ended the call")
	default:
	}
}

func TestReinviteWhileThePeerHangsUp(t *testing.T) {
	t.Parallel()
	p, s, d := placed(t, nil)
	done := offer(t.Context(), d, "new")
	p.reply(p.take("INVITE"), "100 Trying", "")
	s.do("BYE")
	if r := get(t, "ReInvite", done); !errors.Is(r.err, dialog.ErrOver) {
		t.Errorf("ReInvite = %v; want ErrOver", r.err)
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	offers := make(chan string, 9)
	p, s, d := up(t, holds(offers))
	if res := s.do("UPDATE", "Contact: <sip:moved@"+p.addr()+">"); res.code() != 200 || res.get("Contact") == "" || res.body != "" {
		t.Errorf("UPDATE got\n%s", res.raw)
	}
	if res := s.do("UPDATE", sdpType, "", sdp("hold")); res.code() != 200 || res.body != sdp("re") {
		t.Errorf("UPDATE with an offer got\n%s", res.raw)
	}
	if got := get(t, "offer", offers); got != sdp("hold") || string(d.RemoteSDP()) != sdp("hold") {
		t.Errorf("offer %q, RemoteSDP %q", got, d.RemoteSDP())
	}
	if res := s.do("UPDATE", sdpType, "", sdp("bad")); res.code() != 488 {
		t.Errorf("UPDATE with a bad offer got %s", res.start)
	}
	if res := p.caller("x").do("UPDATE"); res.code() != 481 {
		t.Errorf("UPDATE out of the blue got %s; want 481", res.start)
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	type press struct {
		key  byte
		held time.Duration
	}
	keys := make(chan press, 9)
	p, s, _ := up(t, dialog.Handlers{Key: func(key byte, held time.Duration) { keys <- press{key, held} }})
	for _, tt := range []struct {
		kind, body string
		code       int
		want       press
	}{
		{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", 200, press{'5', 160 * time.Millisecond}},
		{"application/dtmf-relay", "Signal= *\r\nDuration= 99999999\r\n", 200, press{'*', 0}},
		{"application/dtmf-relay", "signal=11\r\n", 200, press{'#', 0}},
		{"Application/DTMF", "d", 200, press{'D', 0}},
		{"application/dtmf-relay", "Duration=160\r\n", 400, press{}},
		{"application/dtmf", "flash", 400, press{}},
		{"text/plain", "hello", 415, press{}},
		{"text/plain", "", 200, press{}},
	} {
		res := s.do("INFO", "Content-Type: "+tt.kind, "", tt.body)
		if res.code() != tt.code {
			t.Errorf("INFO %s %q got %s; want %d", tt.kind, tt.body, res.start, tt.code)
		}
		if tt.want != (press{}) {
			if got := get(t, "key", keys); got != tt.want {
				t.Errorf("INFO %s %q pressed %v; want %v", tt.kind, tt.body, got, tt.want)
			}
		}
	}
	if len(keys) > 0 {
		t.Errorf("more was pressed: %v", <-keys)
	}
	p.none("BYE")
}

func TestOptionsAndUnknownMethods(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	res := p.caller("x").do("OPTIONS")
	const allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY"
	if res.code() != 200 || res.get("Allow") != allow || res.get("Accept") != "application/sdp" {
		t.Errorf("OPTIONS got\n%s", res.raw)
	}
	for _, method := range []string{"SUBSCRIBE", "MESSAGE", "REGISTER", "NONSENSE"} {
		if res := p.caller("x").do(method); res.code() != 405 || res.get("Allow") != allow {
			t.Errorf("%s got\n%s\nwant 405", method, res.raw)
		}
	}
	s := p.caller("x")
	s.other += ";tag=x"
	for _, method := range []string{"OPTIONS", "INFO", "BYE", "REFER", "NOTIFY"} {
		if res := s.do(method); res.code() != 481 {
			t.Errorf("%s in no call got %s; want 481", method, res.start)
		}
	}
	s.cseq = 1
	p.send(s.with("ACK", "z9hG4bK-bare", 1).raw) // is ignored
	if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
		t.Errorf("OPTIONS got %s", res.start)
	}
}

func TestOptionsOfOurs(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	type answer struct {
		code int
		err  error
	}
	ask := func(target, route string) <-chan answer {
		ch := make(chan answer, 1)
		go func() {
			code, err := e.Options(t.Context(), target, route)
			ch <- answer{code, err}
		}()
		return ch
	}
	done := ask("sip:example.invalid", p.addr())
	req := p.take("OPTIONS")
	if req.start != "OPTIONS sip:example.invalid SIP/2.0" {
		t.Errorf("got %s", req.start)
	}
	p.reply(req, "404 Not Found", "x")
	if a := get(t, "Options", done); a.code != 404 || a.err != nil {
		t.Errorf("Options = %+v; want 404", a)
	}
	if a := get(t, "Options", ask(p.target("x"), "")); !errors.Is(a.err, dialog.ErrNoResponse) {
		t.Errorf("Options to a silent peer = %+v", a)
	}
	if a := get(t, "Options", ask("mailto:x", "")); a.err == nil {
		t.Error("Options to a mail address succeeded")
	}
}
