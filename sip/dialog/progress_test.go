package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"careline/sip/dialog"
)

// earlyCall is a call with the lines given that has not been answered.
func earlyCall(t *testing.T, body string, more ...string) (p *peer, s *side, in *dialog.Incoming, inv msg) {
	t.Helper()
	calls := make(chan *dialog.Incoming, 1)
	e := start(t, dialog.Options{OnInvite: func(ctx context.Context, in *dialog.Incoming) {
		calls <- in
		<-ctx.Done()
	}})
	p = newPeer(t, e.Addr())
	s = p.caller("100")
	if body != "" {
		more = append(more, sdpType, "", body)
	}
	inv = s.request("INVITE", more...)
	p.send(inv.raw)
	return p, s, get(t, "call", calls), inv
}

// says begins a provisional response.
func says(t *testing.T, in *dialog.Incoming, code int, body string, h dialog.Handlers) <-chan error {
	t.Helper()
	ch := make(chan error, 1)
	var sdp []byte
	if body != "" {
		sdp = []byte(body)
	}
	go func() { ch <- in.Progress(t.Context(), code, sdp, h) }()
	return ch
}

// takesUp answers a call in the background.
func takesUp(t *testing.T, in *dialog.Incoming) <-chan result {
	t.Helper()
	ch := make(chan result, 1)
	go func() {
		d, err := in.Answer(t.Context(), []byte(sdp("us")), dialog.Handlers{})
		ch <- result{d, err}
	}()
	return ch
}

// confirm sends the PRACK of an 18x, and returns what it got.
func (s *side) confirm(ring msg, more ...string) msg {
	s.p.t.Helper()
	s.other, s.uri = ring.get("To"), addrSpec(ring.get("Contact"))
	return s.do("PRACK", append([]string{"RAck: " + ring.get("RSeq") + " 1 INVITE"}, more...)...)
}

// Early media that is the answer is confirmed, and until it is there is no 200,
// which says it no second time.
func TestProgressIsConfirmed(t *testing.T) {
	t.Parallel()
	p, s, in, inv := earlyCall(t, sdp("peer"), "Supported: 100rel")
	said := says(t, in, 183, sdp("early"), dialog.Handlers{})
	ring := p.take("SIP/2.0 183")
	if ring.get("Require") != "100rel" || ring.body != sdp("early") || toTag(ring) == "" {
		t.Errorf("183 is\n%s", ring.raw)
	}
	up := takesUp(t, in)
	p.again(ring, 4)
	p.none("SIP/2.0 200", "INVITE")
	if res := s.confirm(ring); res.code() != 200 || res.body != "" {
		t.Errorf("PRACK got\n%s", res.raw)
	}
	if err := get(t, "Progress", said); err != nil {
		t.Error(err)
	}
	res := p.final(inv)
	if res.code() != 200 || res.body != "" {
		t.Errorf("INVITE got\n%s", res.raw)
	}
	s.ack(res)
	if d := answered(t, up); string(d.RemoteSDP()) != sdp("peer") {
		t.Errorf("RemoteSDP = %q", d.RemoteSDP())
	}
}

// One at a time, each with the next number.
func TestProgressInOrder(t *testing.T) {
	t.Parallel()
	p, s, in, inv := earlyCall(t, sdp("peer"), "Require: 100rel")
	first, second := says(t, in, 183, sdp("early"), dialog.Handlers{}), (<-chan error)(nil)
	ring := p.take("SIP/2.0 183")
	second = says(t, in, 180, "", dialog.Handlers{})
	p.again(ring, 3)
	p.none("SIP/2.0 180")
	s.confirm(ring)
	next := p.take("SIP/2.0 180")
	n, _ := strconv.Atoi(ring.get("RSeq"))
	if next.get("RSeq") != fmt.Sprint(n+1) || next.body != "" {
		t.Errorf("180 is\n%s", next.raw)
	}
	if res := s.confirm(ring); res.code() != 481 {
		t.Errorf("PRACK of the 183 again got %s; want 481", res.start)
	}
	s.confirm(next)
	for _, said := range []<-chan error{first, second} {
		if err := get(t, "Progress", said); err != nil {
			t.Error(err)
		}
	}
	if err := in.Refuse(486, "Busy Here"); err != nil {
		t.Error(err)
	}
	if err := in.Progress(t.Context(), 180, nil, dialog.Handlers{}); !errors.Is(err, dialog.ErrGone) {
		t.Errorf("Progress after the end = %v; want ErrGone", err)
	}
	p.final(inv)
}

// To a caller without RFC 3262 early media is said once, and again in the 200.
func TestProgressToACallerThatConfirmsNothing(t *testing.T) {
	t.Parallel()
	for _, offer := range []string{sdp("peer"), ""} {
		p, s, in, inv := earlyCall(t, offer)
		if err := get(t, "Progress", says(t, in, 183, sdp("us"), dialog.Handlers{})); err != nil {
			t.Error(err)
		}
		ring := p.take("SIP/2.0 183")
		want := sdp("us")
		if offer == "" {
			want = "" // an offer would have to be confirmed
		}
		if ring.get("RSeq") != "" || ring.body != want {
			t.Errorf("183 is\n%s", ring.raw)
		}
		up := takesUp(t, in)
		res := p.final(inv)
		if res.body != sdp("us") {
			t.Errorf("200 is\n%s", res.raw)
		}
		s.ack(res, sdpType, "", sdp("peer"))
		answered(t, up)
	}
}

// Where the caller made no offer the 183 makes one, and its PRACK has the answer.
func TestProgressWithOurOffer(t *testing.T) {
	t.Parallel()
	p, s, in, inv := earlyCall(t, "", "Supported: 100rel")
	said := says(t, in, 183, sdp("early"), dialog.Handlers{})
	ring := p.take("SIP/2.0 183")
	if res := s.confirm(ring, sdpType, "", sdp("theirs")); res.code() != 200 || res.body != "" {
		t.Errorf("PRACK got\n%s", res.raw)
	}
	if err := get(t, "Progress", said); err != nil {
		t.Error(err)
	}
	up := takesUp(t, in)
	res := p.final(inv)
	if res.body != "" {
		t.Errorf("200 is\n%s", res.raw)
	}
	s.ack(res)
	if d := answered(t, up); string(d.RemoteSDP()) != sdp("theirs") {
		t.Errorf("RemoteSDP = %q; want the PRACK's", d.RemoteSDP())
	}
}

// A PRACK may make an offer itself, once the first one is answered.
func TestPrackWithAnOffer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		early, offer string
		code         int
		body, remote string
	}{
		{sdp("early"), sdp("hold"), 200, sdp("re"), sdp("hold")},
		{sdp("early"), sdp("bad"), 488, "", sdp("peer")},
		{"", sdp("hold"), 488, "", sdp("peer")}, // ours to the first one is still to come
	} {
		offers := make(chan string, 9)
		p, s, in, inv := earlyCall(t, sdp("peer"), "Require: 100rel")
		said := says(t, in, 183, tt.early, holds(offers))
		ring := p.take("SIP/2.0 183")
		if res := s.confirm(ring, sdpType, "", tt.offer); res.code() != tt.code || res.body != tt.body {
			t.Errorf("PRACK got\n%s\nwant %d with %q", res.raw, tt.code, tt.body)
		}
		if err := get(t, "Progress", said); err != nil {
			t.Error(err)
		}
		up := takesUp(t, in)
		s.ack(p.final(inv))
		if d := answered(t, up); string(d.RemoteSDP()) != tt.remote {
			t.Errorf("RemoteSDP = %q; want %q", d.RemoteSDP(), tt.remote)
		}
	}
}

func TestProgressIsNeverConfirmed(t *testing.T) {
	t.Parallel()
	p, _, in, inv := earlyCall(t, sdp("peer"), "Supported: 100rel")
	said := says(t, in, 183, sdp("early"), dialog.Handlers{})
	p.take("SIP/2.0 183")
	up := takesUp(t, in)
	if res := p.final(inv); res.code() != 504 {
		t.Errorf("INVITE got %s; want 504", res.start)
	}
	if err := get(t, "Progress", said); !errors.Is(err, dialog.ErrUnconfirmed) {
		t.Errorf("Progress = %v; want ErrUnconfirmed", err)
	}
	if r := get(t, "Answer", up); r.err == nil {
		t.Error("Answer has taken a call whose session was not confirmed")
	}
}

func TestProgressOfACallThatIsGivenUp(t *testing.T) {
	t.Parallel()
	p, s, in, inv := earlyCall(t, sdp("peer"), "Supported: 100rel")
	said := says(t, in, 183, sdp("early"), dialog.Handlers{})
	p.take("SIP/2.0 183")
	p.send(s.with("CANCEL", branchOf(inv), 1, `Reason: SIP;cause=200;text="Call completed elsewhere"`).raw)
	if err := get(t, "Progress", said); !errors.Is(err, dialog.ErrGone) {
		t.Errorf("Progress = %v; want ErrGone", err)
	}
	if got := in.Reason(); got.SIP != 200 {
		t.Errorf("Reason = %+v; want that another has answered", got)
	}
	if err := in.Progress(t.Context(), 200, nil, dialog.Handlers{}); err == nil || errors.Is(err, dialog.ErrGone) {
		t.Errorf("Progress of 200 = %v; want that it is none", err)
	}
}

// Once a session is agreed on the caller may change it before the answer, which
// then stands for the call.
func TestUpdateOfTheCallerBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	offers := make(chan string, 9)
	p, s, in, inv := earlyCall(t, sdp("peer"), "Supported: 100rel")
	said := says(t, in, 183, sdp("early"), holds(offers))
	ring := p.take("SIP/2.0 183")
	s.other = ring.get("To")
	if res := s.do("UPDATE", sdpType, "", sdp("hold")); res.code() != 500 || res.get("Retry-After") == "" {
		t.Errorf("UPDATE before the confirmation got\n%s", res.raw)
	}
	s.confirm(ring)
	if err := get(t, "Progress", said); err != nil {
		t.Error(err)
	}
	for _, tt := range []struct {
		offer, answer string
		code          int
	}{{sdp("bad"), "", 488}, {"", "", 200}, {sdp("hold"), sdp("re"), 200}} {
		more := []string{sdpType, "", tt.offer}
		if tt.offer == "" {
			more = nil
		}
		if res := s.do("UPDATE", more...); res.code() != tt.code || res.body != tt.answer {
			t.Errorf("UPDATE with %q got\n%s\nwant %d", tt.offer, res.raw, tt.code)
		}
	}
	up := takesUp(t, in)
	s.ack(p.final(inv))
	if d := answered(t, up); string(d.RemoteSDP()) != sdp("hold") {
		t.Errorf("RemoteSDP = %q; want the UPDATE's", d.RemoteSDP())
	}
}
