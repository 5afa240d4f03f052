package people_test

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"

	"careline/sim/people"
)

// The service's calls are challenged, and the repeat with credentials is no
// call of its own.
func TestChallenge(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	n := network(t, tr, people.Options{
		Behaviour: only(people.Busy), Challenge: &people.Credentials{User: "careline", Password: "s3cret"},
	})
	for _, tt := range []struct {
		password string
		status   int
	}{{"s3cret", 486}, {"wrong", 407}, {"", 407}} {
		tr.account = sipgo.DigestAuth{Username: "careline", Password: tt.password}
		if c := tr.dial(soon(t), n.Addr(), "1001", ""); c.status != tt.status {
			t.Errorf("password %q: status %d; want %d", tt.password, c.status, tt.status)
		}
	}
	in := n.Invites()
	if len(in) != 3 {
		t.Fatalf("%d invites; want 3", len(in))
	}
	if v := in[0]; v.Credentialed != 1 || v.Retransmissions != 0 || v.Duplicates != 0 || v.Status != 486 {
		t.Errorf("the first is %+v", v)
	}
	if v := in[1]; v.Status != 0 || v.Rang {
		t.Errorf("with a wrong password it came through: %+v", v)
	}
}

// Retransmissions are counted apart, also those of a call that was refused, and
// get the same response again.
func TestRetransmissions(t *testing.T) {
	t.Parallel()
	b := only(people.Busy)
	b.RingMin = 400 * time.Millisecond // the repeat comes before that
	n := network(t, nil, people.Options{Behaviour: b})
	r := newRaw(t, n.Addr())
	r.send(r.invite("a", 1, ""))
	r.until("SIP/2.0 100")
	r.send(r.invite("a", 1, ""))
	r.until("SIP/2.0 100")
	busy := r.until("SIP/2.0 486")
	r.send(r.invite("a", 1, ""))
	if again := r.until("SIP/2.0 486"); again != busy {
		t.Errorf("the repeat was answered by\n%s; want\n%s", again, busy)
	}
	in := n.Invites()
	if len(in) != 1 || in[0].Retransmissions != 2 || in[0].Attempt != 1 || in[0].Duplicates != 0 {
		t.Errorf("invites %+v; want one, with 2 retransmissions", in)
	}
}

// Another INVITE for a Call-ID is a fault, while it rings and when it is over.
// Another Call-ID is another call.
func TestDialedTwice(t *testing.T) {
	t.Parallel()
	n := network(t, nil, people.Options{
		Behaviour: quick(nil), Subscribers: []people.Subscriber{{Number: "1001", Personas: []people.Persona{
			people.NoAnswer, people.Busy,
		}, Codecs: []string{"PCMA"}}},
	})
	r := newRaw(t, n.Addr())
	r.send(r.invite("a", 1, ""))
	r.until("SIP/2.0 180")
	r.send(r.invite("a", 2, ""))
	r.until("SIP/2.0 482")
	r.send("CANCEL sip:1001@127.0.0.1 SIP/2.0\r\n" + r.headers("a", "CANCEL", 1) + "Content-Length: 0\r\n\r\n")
	r.until("SIP/2.0 487")
	r.send(r.invite("a", 3, ""))
	r.until("SIP/2.0 482")
	r.send(r.invite("b", 1, ""))
	r.until("SIP/2.0 486")
	in := n.Invites()
	if len(in) != 2 || in[0].Duplicates != 2 || in[1].Duplicates != 0 || in[1].Attempt != 2 {
		t.Errorf("invites %+v; want two, the first with 2 duplicates", in)
	}
	var why []people.Repeat
	for _, e := range n.Diary() {
		if e.Kind == people.KindInvite {
			why = append(why, e.Repeat)
		}
	}
	if want := "[first duplicate duplicate first]"; fmt.Sprint(why) != want {
		t.Errorf("the diary tells of %v; want %s", why, want)
	}
}

// Without ACK the answer is repeated, and in the end taken back by BYE.
func TestAnswerWithoutAck(t *testing.T) {
	t.Parallel()
	n := network(t, nil, people.Options{
		Behaviour: only(people.Complies), T1: 10 * time.Millisecond,
		Subscribers: []people.Subscriber{{Number: "1001", Codecs: []string{"PCMA"}}},
	})
	r := newRaw(t, n.Addr())
	r.send(r.invite("a", 1, ""))
	ok := r.until("SIP/2.0 200")
	if again := r.until("SIP/2.0 200"); again != ok {
		t.Errorf("the repeated answer is another one:\n%s", again)
	}
	if e := waitFor(t, n, "1001", people.KindLost); e.Note != "no ACK" {
		t.Errorf("lost: %s; want no ACK", e.Note)
	}
	r.until("BYE sip:95000@")
	waitFor(t, n, "1001", people.KindEnded)
	if in := n.Invites(); !in[0].Acked.IsZero() || in[0].Answered.IsZero() {
		t.Errorf("invite %+v", in[0])
	}
}

// A refusal is repeated until its ACK.
func TestRefusalUntilAck(t *testing.T) {
	t.Parallel()
	n := network(t, nil, people.Options{Behaviour: only(people.Busy), T1: 20 * time.Millisecond})
	r := newRaw(t, n.Addr())
	r.send(r.invite("a", 1, ""))
	r.until("SIP/2.0 486")
	busy := r.until("SIP/2.0 486")
	ack := strings.Replace(r.headers("a", "ACK", 1), "To: <sip:1001@127.0.0.1>", "To: <sip:1001@127.0.0.1>;tag="+tag(busy), 1)
	r.send("ACK sip:1001@127.0.0.1 SIP/2.0\r\n" + ack + "Content-Length: 0\r\n\r\n")
	r.send("OPTIONS sip:" + n.Addr() + " SIP/2.0\r\n" + r.headers("o", "OPTIONS", 1) + "Content-Length: 0\r\n\r\n")
	r.until("SIP/2.0 200")
}

// A CANCEL that crosses the answer changes nothing; BYE ends the call, and a
// second BYE finds none.
func TestCancelTooLate(t *testing.T) {
	t.Parallel()
	n := network(t, nil, people.Options{
		Behaviour: only(people.Complies), Subscribers: []people.Subscriber{{Number: "1001", Codecs: []string{"PCMA"}}},
	})
	r := newRaw(t, n.Addr())
	r.send(r.invite("a", 1, ""))
	to := tag(r.until("SIP/2.0 200"))
	inDialog := func(method string, cseq int) string {
		return method + " sip:1001@127.0.0.1 SIP/2.0\r\n" + strings.Replace(r.headers("a", method, cseq),
			"To: <sip:1001@127.0.0.1>", "To: <sip:1001@127.0.0.1>;tag="+to, 1) + "Content-Length: 0\r\n\r\n"
	}
	r.send("CANCEL sip:1001@127.0.0.1 SIP/2.0\r\n" + r.headers("a", "CANCEL", 1) + "Content-Length: 0\r\n\r\n")
	r.until("SIP/2.0 200")
	r.send(inDialog("ACK", 1))
	waitFor(t, n, "1001", people.KindAck)
	if up := n.Up(); up != 1 {
		t.Errorf("%d up; want 1", up)
	}
	r.send(inDialog("BYE", 2))
	r.until("SIP/2.0 200")
	r.send(inDialog("BYE", 3))
	r.until("SIP/2.0 481")
	if e := waitFor(t, n, "", people.KindStray); e.Note != "BYE" || e.CallID != "a" {
		t.Errorf("stray %+v", e)
	}
}

// A phone without a common codec refuses.
func TestNoCodecInCommon(t *testing.T) {
	t.Parallel()
	n := network(t, nil, people.Options{
		Behaviour: only(people.Complies), Subscribers: []people.Subscriber{{Number: "1001", Codecs: []string{"PCMU"}}},
	})
	r := newRaw(t, n.Addr())
	r.send(strings.Replace(r.invite("a", 1, ""), "AVP 0 8", "AVP 9 8", 1))
	r.until("SIP/2.0 488")
	r.send("rubbish")
	r.send("INVITE sip:1001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP x\r\n\r\n")
	r.send(strings.Replace(r.invite("b", 1, ""), "m=audio", "m=video", 1))
	r.until("SIP/2.0 488")
}

// Notify is told everything, in order, before anything that follows from it.
func TestNotify(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []people.Entry
	tr := newTrunk(t)
	n := network(t, tr, people.Options{Behaviour: only(people.Busy), Notify: func(e people.Entry) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, e)
	}})
	tr.dial(soon(t), n.Addr(), "1001", "")
	waitFor(t, n, "1001", people.KindEnded)
	mu.Lock()
	defer mu.Unlock()
	if fmt.Sprint(told) != fmt.Sprint(n.Diary()) {
		t.Errorf("told of\n%v\nwrote\n%v", told, n.Diary())
	}
}

// Old entries and legs go first.
func TestBounds(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	n := network(t, tr, people.Options{Behaviour: only(people.Nonexistent), DiaryLimit: 8, LegLimit: 3})
	for i := range 6 {
		tr.dial(soon(t), n.Addr(), fmt.Sprint(2000+i), "")
	}
	waitFor(t, n, "2005", people.KindEnded)
	if got := len(n.Diary()); got > 10 {
		t.Errorf("%d entries kept; want 10 at most", got)
	}
	in := n.Invites()
	if len(in) > 4 || in[len(in)-1].Who != "2005" {
		t.Errorf("kept %+v", in)
	}
}

// The default mix reaches about 73 % within three attempts, and is the same
// each time.
func TestDefaultMix(t *testing.T) {
	reached, total := 0, 5000
	for i := range total {
		number := fmt.Sprintf("+86138%08d", i)
		for attempt := 1; attempt <= 3; attempt++ {
			p := people.DrawPersona(people.Options{Seed: 7}, number, attempt)
			if again := people.DrawPersona(people.Options{Seed: 7}, number, attempt); again != p {
				t.Fatalf("%s is %s, then %s", number, p, again)
			}
			switch p {
			case people.Busy, people.NoAnswer, people.Unavailable:
				continue
			case people.Nonexistent, people.Refuses:
			default:
				reached++
			}
			break
		}
	}
	if share := 100 * float64(reached) / float64(total); share < 71 || share > 76 {
		t.Errorf("reached %.1f %%; want about 73", share)
	}
}

// A running call may be put on hold and taken back; the person follows. An
// INVITE without a description is answered by an offer.
func TestReinvite(t *testing.T) {
	t.Parallel()
	n := network(t, nil, people.Options{
		Behaviour: only(people.Complies), Subscribers: []people.Subscriber{{Number: "1001", Codecs: []string{"PCMA"}}},
	})
	r := newRaw(t, n.Addr())
	r.send("INVITE sip:1001@127.0.0.1 SIP/2.0\r\n" + r.headers("a", "INVITE", 1) + "Content-Length: 0\r\n\r\n")
	ok := r.until("SIP/2.0 200")
	if !strings.Contains(ok, "a=rtpmap:8 PCMA/8000") || !strings.Contains(ok, "telephone-event/8000") {
		t.Errorf("no offer in\n%s", ok)
	}
	within := func(method string, cseq int, body string) string {
		headers := strings.Replace(r.headers("a", method, cseq), "To: <sip:1001@127.0.0.1>", "To: <sip:1001@127.0.0.1>;tag="+tag(ok), 1)
		return fmt.Sprintf("%s sip:1001@127.0.0.1 SIP/2.0\r\n%sContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
			method, headers, len(body), body)
	}
	sound, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer sound.Close()
	_, port, _ := net.SplitHostPort(sound.LocalAddr().String())
	ours := strings.Replace(rawSDP, "audio 9", "audio "+port, 1)
	r.send(within("ACK", 1, ours))
	receiveSound(t, sound)
	r.send(within("INVITE", 2, ours+"a=sendonly\r\n"))
	if held := r.until("SIP/2.0 200"); !strings.Contains(held, "a=recvonly") {
		t.Errorf("held by\n%s", held)
	}
	r.send(within("ACK", 2, ""))
	r.send(within("INFO", 3, ""))
	r.until("SIP/2.0 200")
	r.send(within("SUBSCRIBE", 4, ""))
	r.until("SIP/2.0 405")
	r.send(within("BYE", 5, ""))
	r.until("SIP/2.0 200")
	e := waitFor(t, n, "1001", people.KindReinvite)
	if in := n.Invites(); e.CSeq != 2 || len(in) != 1 || in[0].Duplicates != 0 || in[0].Acked.IsZero() {
		t.Errorf("invites %+v", in)
	}
}

func receiveSound(t *testing.T, conn net.PacketConn) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.ReadFrom(make([]byte, 2048)); err != nil {
		t.Fatal(err)
	}
}

// The same seed makes the same people, another seed others.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	tr := newTrunk(t)
	var runs []string
	for _, seed := range []uint64{1, 1, 2} {
		n := network(t, tr, people.Options{Seed: seed, Behaviour: quick(map[people.Persona]float64{
			people.Complies: 1, people.Nonexistent: 1, people.Silent: 1, people.HangsUp: 1, people.BargesIn: 1, people.OptsOut: 1,
		})})
		out := ""
		for i := range 10 {
			c := tr.dial(soon(t), n.Addr(), fmt.Sprint(4000+i), "")
			in := n.Invites()[i]
			out += fmt.Sprintf("%s %d %v ", in.Persona, c.status, c.codec)
			if c.status == 200 {
				c.leave()
			}
		}
		runs = append(runs, out)
	}
	if runs[0] != runs[1] || runs[0] == runs[2] {
		t.Errorf("three runs:\n%s", strings.Join(runs, "\n"))
	}
}
