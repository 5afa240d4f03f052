package people_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
	"github.com/pion/rtp"

	"careline/audio"
	"careline/sim/people"
)

// trunk is a small service on sipgo's transactions and raw RTP, to try the
// people on: it dials, plays, reads keys, takes calls and registrations.
type trunk struct {
	t        *testing.T
	addr     string
	client   *sipgo.Client
	incoming chan *call
	account  sipgo.DigestAuth // for 407
	onRing   func()           // when a call that we placed rings; nil does nothing
	password string           // of all phones
	expires  string           // granted to phones

	mu    sync.Mutex
	calls map[string]*call
	bound map[string]string // contact by name
}

// call is the trunk's side of one call.
type call struct {
	trunk   *trunk
	id      string
	status  int
	rang    int // the last 18x
	from    string
	keys    chan byte
	bye     chan struct{}
	conn    *net.UDPConn
	peer    *net.UDPAddr
	codec   audio.Codec
	request *sipmsg.Request // INVITE as it was sent or received
	answer  *sipmsg.Response
	packet  rtp.Header
	mu      sync.Mutex
	forward *call
	heard   []int16
}

// TestMain keeps sipgo's own log out of the results.
func TestMain(m *testing.M) {
	sipmsg.SetDefaultLogger(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

func newTrunk(t *testing.T) *trunk {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	ua, err := sipgo.NewUA(sipgo.WithUserAgent("trunk"))
	if err != nil {
		t.Fatal(err)
	}
	tr := &trunk{
		t: t, addr: conn.LocalAddr().String(), incoming: make(chan *call, 8), password: "secret", expires: "60",
		calls: map[string]*call{}, bound: map[string]string{},
	}
	server, err := sipgo.NewServer(ua)
	if err != nil {
		t.Fatal(err)
	}
	server.OnBye(tr.onBye)
	server.OnInvite(tr.onInvite)
	server.OnRegister(tr.onRegister)
	server.OnAck(func(*sipmsg.Request, sipmsg.ServerTransaction) {})
	server.OnOptions(func(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
		_ = tx.Respond(sipmsg.NewResponseFromRequest(r, 200, "OK", nil))
	})
	if tr.client, err = sipgo.NewClient(ua, sipgo.WithClientConnectionAddr(tr.addr), sipgo.WithClientAddr(tr.addr)); err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = server.ServeUDP(conn) }()
	t.Cleanup(func() { conn.Close(); ua.Close(); <-served })
	awaitServer(t, tr.addr)
	return tr
}

// awaitServer returns when SIP is answered at addr.
func awaitServer(t *testing.T, addr string) {
	t.Helper()
	s := newRaw(t, addr)
	s.send("OPTIONS sip:" + addr + " SIP/2.0\r\n" + s.headers("ready", "OPTIONS", 1) + "Content-Length: 0\r\n\r\n")
	s.receive()
}

func (tr *trunk) newCall(id string) *call {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		tr.t.Error(err)
		return nil
	}
	c := &call{trunk: tr, id: id, keys: make(chan byte, 64), bye: make(chan struct{}), conn: conn}
	c.packet = rtp.Header{Version: 2, SSRC: 7, Timestamp: 1000, SequenceNumber: 65500, Marker: true}
	tr.mu.Lock()
	tr.calls[id] = c
	tr.mu.Unlock()
	tr.t.Cleanup(func() { conn.Close() })
	go c.read()
	return c
}

func (c *call) sdp(events int) []byte {
	port := c.conn.LocalAddr().(*net.UDPAddr).Port
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 0 8 %d\r\na=rtpmap:%d telephone-event/8000\r\n", port, events, events)
}

var (
	portLine = regexp.MustCompile(`m=audio (\d+) RTP/AVP (\d+)`)
	eventPT  = uint8(109) // what the trunk calls telephone-event
)

func (c *call) learn(body []byte) {
	m := portLine.FindStringSubmatch(string(body))
	if m == nil {
		return
	}
	port, _ := strconv.Atoi(m[1])
	pt, _ := strconv.Atoi(m[2])
	c.mu.Lock()
	defer c.mu.Unlock()
	c.peer, c.codec = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}, audio.Codec(pt)
}

// dial calls a number and returns after the final response.
func (tr *trunk) dial(ctx context.Context, addr, number, display string) *call {
	tr.t.Helper()
	host, portText, _ := net.SplitHostPort(addr)
	port, _ := strconv.Atoi(portText)
	r := sipmsg.NewRequest(sipmsg.INVITE, sipmsg.Uri{Scheme: "sip", User: number, Host: host, Port: port})
	from := &sipmsg.FromHeader{DisplayName: display, Address: sipmsg.Uri{Scheme: "sip", User: "95000", Host: "127.0.0.1"}}
	from.Params.Add("tag", sipmsg.GenerateTagN(8))
	id := sipmsg.CallIDHeader(sipmsg.GenerateTagN(16))
	c := tr.newCall(id.Value())
	r.AppendHeader(from)
	r.AppendHeader(&id)
	ours, oursPort, _ := net.SplitHostPort(tr.addr)
	p, _ := strconv.Atoi(oursPort)
	r.AppendHeader(&sipmsg.ContactHeader{Address: sipmsg.Uri{Scheme: "sip", User: "95000", Host: ours, Port: p}})
	r.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	r.SetBody(c.sdp(int(eventPT)))
	tx, err := tr.client.TransactionRequest(ctx, r)
	if err != nil {
		tr.t.Fatal(err)
	}
	c.request = r
	c.await(ctx, tx)
	return c
}

func (c *call) await(ctx context.Context, tx sipmsg.ClientTransaction) {
	defer tx.Terminate()
	for {
		select {
		case <-ctx.Done():
			ctx = context.WithoutCancel(ctx)
			c.cancel(ctx)
		case <-tx.Done():
			return
		case res := <-tx.Responses():
			if c.final(ctx, res) {
				return
			}
		}
	}
}

// final takes a response and says whether it ends the dialing.
func (c *call) final(ctx context.Context, res *sipmsg.Response) bool {
	tr := c.trunk
	switch {
	case res.IsProvisional():
		if res.StatusCode > 100 {
			c.rang = res.StatusCode
			if tr.onRing != nil {
				tr.onRing()
			}
		}
		return false
	case res.StatusCode == sipmsg.StatusProxyAuthRequired && tr.account.Username != "":
		tx, err := tr.client.TransactionDigestAuth(ctx, c.request, res, tr.account)
		if err != nil {
			tr.t.Error(err)
			return true
		}
		account := tr.account
		tr.account = sipgo.DigestAuth{}
		c.await(ctx, tx)
		tr.account = account
		return true
	}
	c.status, c.answer = res.StatusCode, res
	if res.IsSuccess() {
		c.learn(res.Body())
		if err := tr.client.WriteRequest(c.within(sipmsg.ACK)); err != nil {
			tr.t.Error(err)
		}
	}
	return true
}

// within is a request of the dialog that we began.
func (c *call) within(method sipmsg.RequestMethod) *sipmsg.Request {
	r := sipmsg.NewRequest(method, c.answer.Contact().Address)
	r.AppendHeader(sipmsg.HeaderClone(c.request.From()))
	r.AppendHeader(sipmsg.HeaderClone(c.answer.To()))
	r.AppendHeader(sipmsg.HeaderClone(c.request.CallID()))
	seq := c.request.CSeq().SeqNo
	if method != sipmsg.ACK {
		seq++
	}
	r.AppendHeader(&sipmsg.CSeqHeader{SeqNo: seq, MethodName: method})
	return r
}

func (c *call) cancel(ctx context.Context) {
	r := sipmsg.NewRequest(sipmsg.CANCEL, c.request.Recipient)
	r.AppendHeader(sipmsg.HeaderClone(c.request.Via()))
	r.AppendHeader(sipmsg.HeaderClone(c.request.From()))
	r.AppendHeader(sipmsg.HeaderClone(c.request.To()))
	r.AppendHeader(sipmsg.HeaderClone(c.request.CallID()))
	r.AppendHeader(&sipmsg.CSeqHeader{SeqNo: c.request.CSeq().SeqNo, MethodName: sipmsg.CANCEL})
	if _, err := c.trunk.client.TransactionRequest(ctx, r, func(*sipgo.Client, *sipmsg.Request) error { return nil }); err != nil {
		c.trunk.t.Error(err)
	}
}

// hangUp ends a call that the trunk placed.
func (c *call) hangUp() {
	c.trunk.t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	res, err := c.trunk.client.Do(ctx, c.within(sipmsg.BYE))
	if err != nil || !res.IsSuccess() {
		c.trunk.t.Errorf("BYE: %v, %v; want 200", res, err)
	}
}

func (tr *trunk) onBye(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
	tr.mu.Lock()
	c := tr.calls[r.CallID().Value()]
	delete(tr.calls, r.CallID().Value())
	tr.mu.Unlock()
	status := 481
	if c != nil {
		status = 200
		close(c.bye)
	}
	_ = tx.Respond(sipmsg.NewResponseFromRequest(r, status, "done", nil))
}

// onInvite answers any call at once; numbers that begin with 4 to 6 are refused
// with that status.
func (tr *trunk) onInvite(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
	if status, err := strconv.Atoi(r.Recipient.User); err == nil && status >= 400 && status < 700 {
		_ = tx.Respond(sipmsg.NewResponseFromRequest(r, status, "no", nil))
		return
	}
	c := tr.newCall(r.CallID().Value())
	c.learn(r.Body())
	c.from = r.From().Address.User
	c.request = r
	res := sipmsg.NewResponseFromRequest(r, 200, "OK", nil)
	host, portText, _ := net.SplitHostPort(tr.addr)
	port, _ := strconv.Atoi(portText)
	res.AppendHeader(&sipmsg.ContactHeader{Address: sipmsg.Uri{Scheme: "sip", Host: host, Port: port}})
	res.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	res.SetBody(c.sdp(int(eventPT)))
	_ = tx.Respond(res)
	tr.incoming <- c
	<-tx.Done()
}

// onRegister is a registrar with digest.
func (tr *trunk) onRegister(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
	ch := digest.Challenge{Realm: "agents", Nonce: "n1", Algorithm: "MD5", QOP: []string{"auth"}}
	h := r.GetHeader("Authorization")
	if h == nil {
		res := sipmsg.NewResponseFromRequest(r, 401, "Unauthorized", nil)
		res.AppendHeader(sipmsg.NewHeader("WWW-Authenticate", ch.String()))
		_ = tx.Respond(res)
		return
	}
	got, err := digest.ParseCredentials(h.Value())
	if err != nil {
		tr.t.Error(err)
		return
	}
	want, _ := digest.Digest(&ch, digest.Options{
		Method: "REGISTER", URI: got.URI, Username: got.Username, Password: tr.password, Cnonce: got.Cnonce, Count: got.Nc,
	})
	if want.Response != got.Response {
		_ = tx.Respond(sipmsg.NewResponseFromRequest(r, 403, "Forbidden", nil))
		return
	}
	tr.mu.Lock()
	tr.bound[got.Username] = r.Contact().Address.HostPort()
	if r.GetHeader("Expires").Value() == "0" {
		delete(tr.bound, got.Username)
	}
	tr.mu.Unlock()
	res := sipmsg.NewResponseFromRequest(r, 200, "OK", nil)
	res.AppendHeader(sipmsg.NewHeader("Expires", tr.expires))
	_ = tx.Respond(res)
}

func (tr *trunk) where(name string) string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.bound[name]
}

// read takes packets: keys are told once, at their first end packet; sound goes
// to the call that this one is joined with.
func (c *call) read() {
	buf := make([]byte, 2048)
	told := map[uint32]bool{}
	for {
		n, err := c.conn.Read(buf)
		if err != nil {
			return
		}
		var p rtp.Packet
		if p.Unmarshal(buf[:n]) != nil {
			continue
		}
		if p.PayloadType == eventPT && p.Payload[1]&0x80 != 0 && !told[p.Timestamp] {
			told[p.Timestamp] = true
			c.keys <- "0123456789*#"[p.Payload[0]]
		}
		c.mu.Lock()
		other := c.forward
		if p.PayloadType != eventPT {
			pcm := make([]int16, len(p.Payload))
			audio.Codec(p.PayloadType).Decode(pcm, p.Payload)
			c.heard = append(c.heard, pcm...)
		}
		c.mu.Unlock()
		if other != nil && p.PayloadType != eventPT {
			other.relay(audio.Codec(p.PayloadType), p.Payload)
		}
	}
}

// join2 lets two calls hear each other.
func join2(a, b *call) {
	for _, p := range [][2]*call{{a, b}, {b, a}} {
		p[0].mu.Lock()
		p[0].forward = p[1]
		p[0].mu.Unlock()
	}
}

func (c *call) relay(from audio.Codec, payload []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	audio.Transcode(payload, payload, from, c.codec)
	c.sendLocked(payload)
}

func (c *call) sendLocked(payload []byte) {
	c.packet.PayloadType = uint8(c.codec)
	b, err := (&rtp.Packet{Header: c.packet, Payload: payload}).Marshal()
	if err != nil {
		c.trunk.t.Error(err)
	}
	_, _ = c.conn.WriteToUDP(b, c.peer)
	c.packet.SequenceNumber++
	c.packet.Timestamp += uint32(len(payload))
	c.packet.Marker = false
}

// play sends sound, each frame after a pause: 20 ms is as it should be, less is
// quicker to test.
func (c *call) play(pcm []int16, pause time.Duration) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for at := 0; at < len(pcm); at += audio.FrameSamples {
		<-tick.C
		part := pcm[at:min(at+audio.FrameSamples, len(pcm))]
		c.mu.Lock()
		b := make([]byte, len(part))
		c.codec.Encode(b, part)
		c.sendLocked(b)
		c.mu.Unlock()
	}
}

// network is a network that runs until the test ends.
func network(t *testing.T, tr *trunk, o people.Options) *people.Network {
	t.Helper()
	if tr != nil {
		o.Service = tr.addr
	}
	n, err := people.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return n
}

// soon is enough time for anything a test waits for.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(stop)
	return ctx
}

// waitFor returns the first entry of that kind on that leg.
func waitFor(t *testing.T, n *people.Network, who string, k people.Kind) people.Entry {
	t.Helper()
	e, err := n.Wait(soon(t), func(e people.Entry) bool { return e.Who == who && e.Kind == k })
	if err != nil {
		t.Fatalf("%s of %s: %v; diary:\n%s", k, who, err, text(n))
	}
	return e
}

func text(n *people.Network) string {
	out := ""
	for _, e := range n.Diary() {
		out += fmt.Sprintf("%s %s leg %d %s %s label=%s key=%s status=%d by=%s %s\n",
			e.At.Format("05.000"), e.Who, e.Leg, e.Kind, e.Repeat, e.Label, e.Key, e.Status, e.By, e.Note)
	}
	return out
}

// quick is behaviour that does not keep a test waiting.
func quick(mix map[people.Persona]float64) people.Behaviour {
	return people.Behaviour{
		Mix: mix, RingMin: 20 * time.Millisecond, ThinkMin: 50 * time.Millisecond,
		ListenMin: 150 * time.Millisecond, TalkMin: 700 * time.Millisecond, EarlyMedia: -1,
	}
}

func only(p people.Persona) people.Behaviour { return quick(map[people.Persona]float64{p: 1}) }

// leave hangs up, if the person has not done so already.
func (c *call) leave() {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	if _, err := c.trunk.client.Do(ctx, c.within(sipmsg.BYE)); err != nil {
		c.trunk.t.Error(err)
	}
}
