package dialog_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/dialog"
)

func cancellable(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	return ctx, stop
}

// asking is a call with the headers given, and its first INVITE.
func asking(t *testing.T, headers ...string) (p *peer, inv dialog.Invite, req msg, done <-chan result) {
	t.Helper()
	e := start(t, dialog.Options{SessionExpires: -1})
	p = newPeer(t, e.Addr())
	inv = to(p)
	inv.Reliable = dialog.NeverReliable
	for i := 0; i < len(headers); i += 2 {
		inv.Headers = append(inv.Headers, sipmsg.NewHeader(headers[i], headers[i+1]))
	}
	done = call(t.Context(), e, inv)
	return p, inv, p.take("INVITE"), done
}

func TestInviteRaisesTheSessionInterval(t *testing.T) {
	t.Parallel()
	p, inv, req, done := asking(t, "Supported", "timer", "Session-Expires", "90;refresher=uac")
	p.reply(req, "422 Session Interval Too Small", "x", "Min-SE: 600")
	again := p.take("INVITE", "2 INVITE")
	if again.get("Session-Expires") != "600;refresher=uac" || again.get("Min-SE") != "600" || len(again.all("Session-Expires")) != 1 ||
		branchOf(again) != inv.Leg.Branch+".2" || again.body != req.body {
		t.Errorf("the repeated INVITE is\n%s", again.raw)
	}
	p.reply(again, "422 Session Interval Too Small", "x", "Min-SE: 600") // as it is already
	if r := refused(t, done); r.Code != 422 {
		t.Errorf("Invite = %+v; want 422", r)
	}
	p.none("INVITE")
}

// A 422 that asks for no more than there was is not worth a repeat.
func TestInviteIsTooShortForNoReason(t *testing.T) {
	t.Parallel()
	for _, more := range []string{"Min-SE: 90", "Min-SE: nonsense", "X: y"} {
		p, _, req, done := asking(t, "Session-Expires", "90")
		p.reply(req, "422 Session Interval Too Small", "x", more)
		if r := refused(t, done); r.Code != 422 {
			t.Errorf("Invite = %+v; want 422", r)
		}
		p.none("INVITE")
	}
}

func TestInviteDropsAnOption(t *testing.T) {
	t.Parallel()
	p, _, req, done := asking(t, "Require", "timer, resource-priority", "Supported", "norefersub", "Session-Expires", "1800", "Min-SE", "90")
	p.reply(req, "420 Bad Extension", "x", "Unsupported: timer, other")
	again := p.take("INVITE", "2 INVITE")
	if fmt.Sprint(again.all("Require"), again.all("Supported"), again.all("Session-Expires"), again.all("Min-SE")) != "[resource-priority] [replaces, norefersub] [] []" {
		t.Errorf("the repeated INVITE is\n%s", again.raw)
	}
	p.reply(again, "420 Bad Extension", "x", "Unsupported: resource-priority")
	third := p.take("INVITE", "3 INVITE")
	if len(third.all("Require")) > 0 {
		t.Errorf("the third INVITE is\n%s", third.raw)
	}
	p.reply(third, "420 Bad Extension", "x", "Unsupported: resource-priority")
	if r := refused(t, done); r.Code != 420 {
		t.Errorf("Invite = %+v; want 420", r)
	}
	p.none("INVITE")
}

// An overloaded server says when it may be asked again; whoever places calls
// can leave its trunk alone until then.
func TestInviteIsPutOff(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]time.Duration{"503 Overload": 17 * time.Second, "500 Oops": 17 * time.Second, "486 Busy": 17 * time.Second} {
		p, _, req, done := asking(t)
		p.reply(req, status, "x", "Retry-After: 17;duration=60")
		if r := refused(t, done); r.RetryAfter != want || r.Rang {
			t.Errorf("Invite = %+v; want RetryAfter %v", r, want)
		}
	}
}
