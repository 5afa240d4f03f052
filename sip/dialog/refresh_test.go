package dialog_test

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"careline/sip/dialog"
)

// brief has calls refreshed after half a second, or given up after two thirds of
// one.
var brief = dialog.Options{SessionExpires: time.Second, MinSE: time.Second}

func TestSessionTimerIsGranted(t *testing.T) {
	t.Parallel()
	const able = "Supported: timer"
	for _, tt := range []struct {
		name    string
		ours    time.Duration // SessionExpires
		more    []string
		code    int
		want    string // Session-Expires
		require string
	}{
		{"asked for", 0, []string{able, "Session-Expires: 600"}, 200, "600;refresher=uas", "timer"},
		{"in short", 0, []string{"k: timer", "x: 600;refresher=uac"}, 200, "600;refresher=uac", "timer"},
		{"refreshed by us", 0, []string{able, "Session-Expires: 600 ; refresher=UAS"}, 200, "600;refresher=uas", "timer"},
		{"longer than ours", 0, []string{able, "Session-Expires: 7200;refresher=uac"}, 200, "1800;refresher=uac", "timer"},
		{"whose least is above ours", 0, []string{able, "Session-Expires: 7200;refresher=uac", "Min-SE: 3600"}, 200, "3600;refresher=uac", "timer"},
		{"not asked for", 0, []string{able}, 200, "1800;refresher=uas", "timer"},
		{"of a caller without timers", 0, nil, 200, "", ""},
		{"asked for by a proxy", 0, []string{"Session-Expires: 600"}, 200, "600;refresher=uas", ""},
		{"not proposed by us", -1, []string{able}, 200, "", ""},
		{"asked for all the same", -1, []string{able, "Session-Expires: 7200;refresher=uac"}, 200, "7200;refresher=uac", "timer"},
		{"too short", 0, []string{able, "Session-Expires: 89"}, 422, "", ""},
		{"too short of a proxy", 0, []string{"Session-Expires: 89"}, 200, "", ""},
		{"nonsense", 0, []string{able, "Session-Expires: soon"}, 200, "1800;refresher=uas", "timer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ch := make(chan inbound, 1)
			e := start(t, dialog.Options{SessionExpires: tt.ours, OnInvite: answering(ch, dialog.Handlers{})})
			p := newPeer(t, e.Addr())
			s := p.caller("100")
			res := p.final(s.invite(tt.more...))
			if res.code() != tt.code || res.get("Session-Expires") != tt.want || res.get("Require") != tt.require {
				t.Errorf("INVITE got\n%s\nwant %d with Session-Expires %q, Require %q", res.raw, tt.code, tt.want, tt.require)
			}
			if tt.code == 422 && res.get("Min-SE") != "90" {
				t.Errorf("Min-SE is %q; want 90", res.get("Min-SE"))
			}
			s.ack(res)
		})
	}
}

// The side that refreshes does so after half the interval: by UPDATE, or with
// the description that is in force.
func TestSessionIsRefreshedByUs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, allow, method, refuse string }{
		{"by UPDATE", "INVITE, ACK, BYE, UPDATE", "UPDATE", ""},
		{"by re-INVITE", "INVITE, ACK, BYE", "INVITE", ""},
		{"by re-INVITE as UPDATE is not taken after all", "INVITE, UPDATE", "INVITE", "405 Method Not Allowed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			answers := make(chan string, 9)
			h := dialog.Handlers{Answered: func(answer []byte) { answers <- string(answer) }}
			p, _, d := upWith(t, h, brief, "Supported: timer", "Session-Expires: 1;refresher=uas", "Allow: "+tt.allow)
			for n := range 2 {
				if tt.refuse != "" && n == 0 {
					p.reply(p.take("UPDATE"), tt.refuse, "")
				}
				req := p.take(tt.method)
				if req.get("Session-Expires") != "1;refresher=uac" || req.get("Min-SE") != "1" || !strings.Contains(req.get("Supported"), "timer") {
					t.Errorf("refreshed with\n%s", req.raw)
				}
				if tt.method == "UPDATE" {
					if req.body != "" {
						t.Errorf("UPDATE has the body %q", req.body)
					}
					p.reply(req, "200 OK", "", "Session-Expires: 1;refresher=uac", "Require: timer")
					continue
				}
				if req.body != sdp("us") {
					t.Errorf("offered %q; want what was said before", req.body)
				}
				p.ok(req, "", "Session-Expires: 1;refresher=uac")
				p.take("ACK")
			}
			if d.Ending().By != "" {
				t.Errorf("Ending = %+v", d.Ending())
			}
			if len(answers) > 0 {
				t.Error("an answer that changes nothing was passed on")
			}
		})
	}
}

func TestSessionIsRefreshedByThePeer(t *testing.T) {
	t.Parallel()
	offers := make(chan string, 9)
	p, s, d := upWith(t, holds(offers), brief, "Supported: timer", "Session-Expires: 1;refresher=uac")
	for _, method := range []string{"UPDATE", "INVITE"} {
		begin := time.Now()
		if res := s.do(method, "Supported: timer", "Session-Expires: 3;refresher=uac"); res.get("Session-Expires") != "1;refresher=uac" {
			t.Errorf("%s got\n%s", method, res.raw)
		} else if method == "INVITE" {
			s.ack(res, sdpType, "", sdp("theirs"))
		}
		if method == "INVITE" {
			bye := p.take("BYE")
			if took := time.Since(begin); took < 600*time.Millisecond {
				t.Errorf("BYE %v after a refresh", took)
			}
			if bye.get("Reason") != `Q.850;cause=102;text="Session expired"` {
				t.Errorf("BYE is\n%s", bye.raw)
			}
			p.reply(bye, "200 OK", "")
		}
	}
	get(t, "Done", d.Done())
	if got := d.Ending(); got.By != dialog.Expired || got.Reason.Text == "" {
		t.Errorf("Ending = %+v; want %s with a reason", got, dialog.Expired)
	}
	if res := s.do("UPDATE", "Supported: timer", "Session-Expires: 0;refresher=uac"); res.code() != 481 {
		t.Errorf("UPDATE of the expired call got %s", res.start)
	}
}

func TestSessionIntervalOfARefreshIsTooShort(t *testing.T) {
	t.Parallel()
	p, s, _ := upWith(t, holds(make(chan string, 9)), dialog.Options{}, "Supported: timer")
	for _, method := range []string{"UPDATE", "INVITE"} {
		if res := s.do(method, "Supported: timer", "Session-Expires: 89"); res.code() != 422 || res.get("Min-SE") != "90" {
			t.Errorf("%s got\n%s\nwant 422", method, res.raw)
		}
	}
	if res := s.do("UPDATE", "Require: x"); res.code() != 420 {
		t.Errorf("UPDATE with Require got %s; want 420", res.start)
	}
	p.none("BYE")
}

// A peer that does not know the call any more is hung up on; one that refuses
// is there, and asked again.
func TestRefreshIsNotTaken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status string
		over   bool
	}{{"481 Gone", true}, {"408 Timeout", true}, {"", true}, {"500 Oops", false}, {"488 No", false}, {"403 Forbidden", false}} {
		for _, method := range []string{"UPDATE", "INVITE"} {
			t.Run(method+" "+cmp.Or(tt.status, "silence"), func(t *testing.T) {
				t.Parallel()
				p, s, d := upWith(t, dialog.Handlers{}, brief, "Supported: timer", "Session-Expires: 1;refresher=uas", "Allow: BYE, "+method)
				if req := p.take(method); tt.status != "" {
					p.reply(req, tt.status, "")
				}
				if !tt.over {
					p.reply(p.take(method), "488 No", "")
					if res := s.do("BYE"); res.code() != 200 {
						t.Errorf("BYE got %s; want 200: the call is up", res.start)
					}
					return
				}
				p.reply(p.take("BYE"), "481 Gone", "")
				get(t, "Done", d.Done())
				if got := d.Ending(); got.By != dialog.Vanished || got.Reason.Text == "" {
					t.Errorf("Ending = %+v; want %s with a reason", got, dialog.Vanished)
				}
			})
		}
	}
}

func TestRefreshIsChallengedAndRaised(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"UPDATE", "INVITE"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			e := start(t, brief)
			p := newPeer(t, e.Addr())
			inv := to(p)
			inv.Credentials = dialog.Credentials{User: "u", Password: "p"}
			done := call(t.Context(), e, inv)
			req := p.take("INVITE")
			if req.get("Session-Expires") != "1" || req.get("Min-SE") != "1" || !strings.Contains(req.get("Supported"), "timer") {
				t.Errorf("INVITE is\n%s", req.raw)
			}
			p.ok(req, "a", "Allow: BYE, "+method, "Session-Expires: 1;refresher=uac", "Require: timer")
			answered(t, done)
			req = p.take(method)
			p.reply(req, "401 Unauthorized", "", `WWW-Authenticate: Digest realm="r", nonce="n"`)
			req = p.take(method)
			if req.get("Authorization") == "" || req.get("CSeq") != "3 "+method {
				t.Errorf("challenged %s is\n%s", method, req.raw)
			}
			p.reply(req, "422 Session Interval Too Small", "", "Min-SE: 3")
			req = p.take(method)
			if req.get("Session-Expires") != "3;refresher=uac" || req.get("Min-SE") != "3" || req.get("CSeq") != "4 "+method {
				t.Errorf("raised %s is\n%s", method, req.raw)
			}
			p.ok(req, "", "Session-Expires: 3;refresher=uac")
			if method == "INVITE" {
				p.take("ACK", "4 ACK")
			}
			p.none("BYE")
		})
	}
}

// A callee that has no session timers is refreshed by us; one that refreshes
// itself is waited for.
func TestSessionTimerOfACallee(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, expires, method string }{
		{"without timers", "", "INVITE"},
		{"that leaves it to us", "Session-Expires: 1;refresher=uac", "INVITE"},
		{"that refreshes", "Session-Expires: 1;refresher=uas", "BYE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := start(t, brief)
			p := newPeer(t, e.Addr())
			done := call(t.Context(), e, to(p))
			var more []string
			if tt.expires != "" {
				more = []string{tt.expires, "Require: timer"}
			}
			p.ok(p.take("INVITE"), "a", more...)
			d := answered(t, done)
			p.take("ACK")
			req := p.take(tt.method)
			if tt.method == "BYE" {
				p.reply(req, "200 OK", "")
				get(t, "Done", d.Done())
				if d.Ending().By != dialog.Expired {
					t.Errorf("Ending = %+v", d.Ending())
				}
				return
			}
			p.ok(req, "")
			p.take("ACK")
			p.ok(p.take("INVITE"), "") // and again
		})
	}
}

func TestNewWithSessionTimersThatContradict(t *testing.T) {
	t.Parallel()
	_, err := dialog.New(dialog.Options{SessionExpires: time.Minute})
	if err == nil || !strings.Contains(err.Error(), "session expires after 1m0s") {
		t.Errorf("New = %v; want that a minute is too short", err)
	}
}

// The alarm may go off just as the call ends: nothing is sent any more.
func TestRefreshMeetsTheEnd(t *testing.T) {
	t.Parallel()
	p, s, d := upWith(t, dialog.Handlers{}, dialog.Options{}, "Supported: timer", "Session-Expires: 1800;refresher=uas", "Allow: INVITE, ACK, BYE, UPDATE")
	if res := s.do("BYE"); res.code() != 200 {
		t.Errorf("BYE got %s", res.start)
	}
	get(t, "Done", d.Done())
	d.Due(t.Context())
	p.none("UPDATE")
}
