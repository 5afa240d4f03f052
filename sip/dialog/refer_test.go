package dialog_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"careline/sip/dialog"
)

// refers takes transfers and has the test decide.
func refers(referrals chan<- *dialog.Referral, over <-chan bool) dialog.Handlers {
	return dialog.Handlers{Refer: func(_ context.Context, r *dialog.Referral) {
		referrals <- r
		<-over
	}}
}

func TestTransferThatThePeerAsksFor(t *testing.T) {
	t.Parallel()
	referrals, over := make(chan *dialog.Referral, 1), make(chan bool)
	p, s, d := up(t, refers(referrals, over))
	refer := s.request("REFER", "Refer-To: \"Wang\" <sip:1002@example.com?X=1>", "Referred-By: <sip:lina@example.com>")
	p.send(refer.raw)
	r := get(t, "referral", referrals)
	if r.To.User != "1002" || r.Target != "sip:1002@example.com" || r.Replaces != nil || r.By.User != "lina" {
		t.Errorf("referral = %+v", r)
	}
	second := s.do("REFER", "Refer-To: <sip:1003@example.com>")
	if second.code() != 491 {
		t.Errorf("second transfer got %s; want 491", second.start)
	}
	told := make(chan bool)
	go func() {
		defer close(told)
		r.Accept(t.Context())
		r.Tell(t.Context(), 180, "Ringing")
		r.Tell(t.Context(), 200, "OK")
		r.Tell(t.Context(), 486, "never said")
		r.Refuse(603, "never said")
	}()
	if res := p.final(refer); res.code() != 202 {
		t.Errorf("REFER got %s; want 202", res.start)
	}
	for _, want := range []struct{ frag, state string }{
		{"SIP/2.0 100 Trying\r\n", "active;expires=180"},
		{"SIP/2.0 180 Ringing\r\n", "active;expires=180"},
		{"SIP/2.0 200 OK\r\n", "terminated;reason=noresource"},
	} {
		n := p.take("NOTIFY")
		if n.body != want.frag || n.get("Subscription-State") != want.state {
			t.Errorf("NOTIFY says %q, %q; want %q, %q", n.body, n.get("Subscription-State"), want.frag, want.state)
		}
		if cseq := strings.Fields(refer.get("CSeq"))[0]; n.get("Event") != "refer;id="+cseq {
			t.Errorf("Event = %q", n.get("Event"))
		}
		p.reply(n, "200 OK", "")
	}
	get(t, "end of Tell", told)
	close(over)
	if d.Ending().By != "" {
		t.Error("the transfer has ended the call; its peer does that")
	}
}

func TestTransferToldAfterTheHangUp(t *testing.T) {
	t.Parallel()
	referrals, over := make(chan *dialog.Referral, 1), make(chan bool)
	p, s, d := up(t, refers(referrals, over))
	p.send(s.request("REFER", "r: sip:1002@example.com").raw)
	r := get(t, "referral", referrals)
	go r.Accept(t.Context())
	p.reply(p.take("NOTIFY"), "200 OK", "")
	if res := s.do("BYE"); res.code() != 200 {
		t.Errorf("BYE got %s", res.start)
	}
	get(t, "Done", d.Done())
	close(over) // the handler forgets to tell the end
	if n := p.take("NOTIFY"); n.body != "SIP/2.0 500 Server Internal Error\r\n" {
		t.Errorf("NOTIFY says %q", n.body)
	} else {
		p.reply(n, "200 OK", "")
	}
}

func TestTransferRefused(t *testing.T) {
	t.Parallel()
	p, s, _ := up(t, dialog.Handlers{Refer: func(_ context.Context, r *dialog.Referral) { r.Refuse(403, "Forbidden") }})
	for _, tc := range []struct {
		headers []string
		want    int
	}{
		{[]string{"Refer-To: <sip:1002@example.com>"}, 403},
		{nil, 400},
		{[]string{"Refer-To: <sip:1@example.com>", "Refer-To: <sip:2@example.com>"}, 400},
		{[]string{"Refer-To: <mailto:x@example.com>"}, 400},
		{[]string{"Refer-To: <sip:1@example.com?Replaces=nothing>"}, 400},
	} {
		if res := s.do("REFER", tc.headers...); res.code() != tc.want {
			t.Errorf("REFER with %v got %s; want %d", tc.headers, res.start, tc.want)
		}
	}
	p.none("NOTIFY")
	stranger := p.caller("x")
	if res := stranger.do("REFER", "Refer-To: <sip:1002@example.com>"); res.code() != 403 {
		t.Errorf("REFER outside a call got %s; want 403", res.start)
	}
}

func TestTransferNotTaken(t *testing.T) {
	t.Parallel()
	p, s, _ := up(t, dialog.Handlers{})
	if res := s.do("REFER", "Refer-To: <sip:1002@example.com>"); res.code() != 603 {
		t.Errorf("REFER got %s; want 603", res.start)
	}
	p.none("NOTIFY")
}

func TestTransferWithoutNews(t *testing.T) {
	t.Parallel()
	done := make(chan bool)
	p, s, _ := up(t, dialog.Handlers{Refer: func(ctx context.Context, r *dialog.Referral) {
		r.Accept(ctx)
		r.Tell(ctx, 200, "OK")
		close(done)
	}})
	res := s.do("REFER", "Refer-To: <sip:1002@example.com>", "Refer-Sub: false")
	if res.code() != 200 || res.get("Refer-Sub") != "false" {
		t.Errorf("REFER got\n%s\nwant 200 with Refer-Sub: false", res.raw)
	}
	get(t, "end of the handler", done)
	p.none("NOTIFY")
}

func TestAttendedTransferNamesTheOtherCall(t *testing.T) {
	t.Parallel()
	referrals, over := make(chan *dialog.Referral, 1), make(chan bool)
	p, s, _ := up(t, refers(referrals, over))
	defer close(over)
	p.send(s.request("REFER", "Refer-To: <sip:x@example.com?Replaces=abc%40host%3Bto-tag%3Dt1%3Bfrom-tag%3Df1>").raw)
	r := get(t, "referral", referrals)
	if r.Replaces == nil || *r.Replaces != (dialog.Replaces{CallID: "abc@host", ToTag: "t1", FromTag: "f1"}) {
		t.Errorf("Replaces = %+v", r.Replaces)
	}
	r.Refuse(481, "Call Does Not Exist")
}

// handed begins a transfer of ours and returns the REFER that the peer gets.
func handed(t *testing.T, p *peer, d *dialog.Dialog, r dialog.Refer) (msg, <-chan error) {
	t.Helper()
	result := make(chan error, 1)
	go func() { result <- d.Refer(t.Context(), r) }()
	return p.take("REFER"), result
}

func TestTransferThatWeAskFor(t *testing.T) {
	t.Parallel()
	p, s, d := up(t, dialog.Handlers{})
	codes := make(chan int, 9)
	refer, result := handed(t, p, d, dialog.Refer{
		Target: "sip:+442079460000@example.com", Told: func(code int, _ string) { codes <- code },
		Replaces: &dialog.Replaces{CallID: "a@b", ToTag: "t", FromTag: "f"},
	})
	want := "<sip:+442079460000@example.com?Replaces=a%40b%3Bto-tag%3Dt%3Bfrom-tag%3Df>"
	if refer.get("Refer-To") != want || refer.get("Referred-By") == "" {
		t.Errorf("Refer-To = %s; want %s; Referred-By = %s", refer.get("Refer-To"), want, refer.get("Referred-By"))
	}
	p.reply(refer, "202 Accepted", "")
	frag := "Content-Type: message/sipfrag;version=2.0"
	for _, n := range []struct{ state, line string }{{"active;expires=60", "SIP/2.0 180 Ringing\n"}, {"terminated;reason=noresource", "SIP/2.0 200 OK\n"}} {
		if res := s.do("NOTIFY", "Event: refer", "Subscription-State: "+n.state, frag, "", n.line); res.code() != 200 {
			t.Errorf("NOTIFY got %s", res.start)
		}
	}
	if err := get(t, "Refer", result); err != nil {
		t.Errorf("Refer: %v", err)
	}
	if a, b := get(t, "code", codes), get(t, "code", codes); a != 180 || b != 200 {
		t.Errorf("Told %d, %d; want 180, 200", a, b)
	}
	if res := s.do("NOTIFY", "Event: refer", "Subscription-State: active", frag, "", "SIP/2.0 100 Trying\n"); res.code() != 489 {
		t.Errorf("NOTIFY of no transfer got %s; want 489", res.start)
	}
}

func TestTransferOfOursFails(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status string // of the REFER
		notify string // first line of the body
		want   int    // code of the error
		is     error
	}{
		"not taken":    {"405 Method Not Allowed", "", 405, nil},
		"busy":         {"202 Accepted", "SIP/2.0 486 Busy Here\n", 486, nil},
		"without news": {"202 Accepted", "SIP/2.0 100 Trying\n", 0, dialog.ErrNoNews},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, s, d := up(t, dialog.Handlers{})
			refer, result := handed(t, p, d, dialog.Refer{Target: "sip:1@example.com"})
			p.reply(refer, tc.status, "")
			if tc.notify != "" {
				s.do("NOTIFY", "Event: refer", "Subscription-State: terminated", "Content-Type: message/sipfrag", "", tc.notify)
			}
			err := get(t, "Refer", result)
			var refused *dialog.RefusedError
			if tc.want != 0 && (!errors.As(err, &refused) || refused.Code != tc.want) {
				t.Errorf("Refer: %v; want code %d", err, tc.want)
			}
			if tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("Refer: %v; want %v", err, tc.is)
			}
			if d.Ending().By != "" {
				t.Error("a transfer that failed has ended the call")
			}
		})
	}
}

func TestTransferOfOursIsTakenByHangUp(t *testing.T) {
	t.Parallel()
	p, s, d := up(t, dialog.Handlers{})
	refer, result := handed(t, p, d, dialog.Refer{Target: "sip:1@example.com"})
	p.reply(refer, "202 Accepted", "")
	s.do("BYE")
	if err := get(t, "Refer", result); err != nil {
		t.Errorf("Refer: %v", err)
	}
	if err := d.Refer(t.Context(), dialog.Refer{Target: "sip:1@example.com"}); !errors.Is(err, dialog.ErrOver) {
		t.Errorf("Refer of a call that is over: %v; want ErrOver", err)
	}
}

func TestInviteThatReplaces(t *testing.T) {
	t.Parallel()
	replacing := make(chan *dialog.Dialog, 1)
	e := start(t, dialog.Options{OnInvite: func(ctx context.Context, in *dialog.Incoming) {
		if in.Replaces() != nil {
			replacing <- in.Replaces()
			_ = in.Refuse(486, "Busy Here")
			return
		}
		if d, err := in.Answer(ctx, []byte(sdp("ours")), dialog.Handlers{}); err == nil {
			<-d.Done()
		}
	}})
	p := newPeer(t, e.Addr())
	old := p.caller("x")
	inv := old.invite()
	res := p.final(inv)
	old.ack(res)
	named := inv.get("Call-ID") + ";to-tag=" + toTag(res) + ";from-tag=" + param(after(inv.get("From"), ">"), "tag")
	for header, want := range map[string]int{
		"Replaces: unknown;to-tag=a;from-tag=b": 481,
		"Replaces: " + named + ";early-only":    486,
		"Replaces: nonsense":                    400,
	} {
		s := p.caller("x")
		if res := p.final(s.invite(header)); res.code() != want {
			t.Errorf("INVITE with %s got %s; want %d", header, res.start, want)
		}
	}
	next := p.caller("x")
	next.invite("Require: replaces", "Replaces: "+named)
	d := get(t, "call", replacing)
	if d.Leg().CallID != old.callID {
		t.Errorf("Replaces names call %s; want %s", d.Leg().CallID, old.callID)
	}
	if e.Find(dialog.ReplacesOf(d)) != nil {
		t.Error("Find took the peer's view of a call for ours")
	}
	if res := old.do("BYE"); res.code() != 200 {
		t.Errorf("BYE got %s", res.start)
	}
	over := p.caller("x")
	if res := p.final(over.invite("Replaces: " + named)); res.code() != 603 {
		t.Errorf("INVITE that replaces a call that is over got %s; want 603", res.start)
	}
}
