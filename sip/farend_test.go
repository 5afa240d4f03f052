package sip_test

import (
	"bytes"
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"careline/audio"
)

// farEnd is a carrier or a phone that does what the test says: SIP by sipgo's
// bare transactions, sound by hand. It shares no code with what it judges.
type farEnd struct {
	t      *testing.T
	addr   string
	conn   net.PacketConn
	client *sipgo.Client
	ua     *sipgo.UserAgent
	codec  audio.Codec
	keyPT  uint8
	proto  string                  // of its m= line; empty is RTP/AVP
	secret bool                    // it names keys
	alter  func(sdp []byte) []byte // nil changes nothing
	user   string                  // for digest
	pass   string

	mu      sync.Mutex
	onCall  func(*farCall) // the script of every INVITE
	silent  bool           // answers nothing
	calls   map[string]*farCall
	invites int // first INVITEs of a call, without those that carry credentials
	options int

	notes   chan *sipmsg.Request                   // NOTIFYs that came
	refers  chan *sipmsg.Request                   // REFERs that came
	refuse  int                                    // status of the answer to a REFER; 0 is 202
	answers func(*sipmsg.Request) *sipmsg.Response // to OPTIONS; nil says 200
	lists   func(*sipmsg.Request) *sipmsg.Response // to REGISTER; nil says 405
}

// newFarEnd listens on a port of its own.
func newFarEnd(t *testing.T) *farEnd {
	t.Helper()
	return newFarEndAt(t, net.IPv4(127, 0, 0, 1))
}

func newFarEndAt(t *testing.T, ip net.IP) *farEnd {
	t.Helper()
	conn, err := net.ListenPacket("udp", net.JoinHostPort(ip.String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	f := &farEnd{t: t, addr: conn.LocalAddr().String(), conn: conn, calls: make(map[string]*farCall), keyPT: 101}
	f.notes, f.refers = make(chan *sipmsg.Request, 16), make(chan *sipmsg.Request, 16)
	quiet := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(
		sipgo.WithUserAgentTransportLayerOptions(sipmsg.WithTransportLayerLogger(quiet)),
		sipgo.WithUserAgentTransactionLayerOptions(sipmsg.WithTransactionLayerLogger(quiet), sipmsg.WithTransactionLayerUnhandledResponseHandler(func(*sipmsg.Response) {})),
	)
	if err != nil {
		t.Fatal(err)
	}
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		t.Fatal(err)
	}
	f.ua = ua
	f.client, err = sipgo.NewClient(ua, sipgo.WithClientAddr(f.addr), sipgo.WithClientConnectionAddr(f.addr), sipgo.WithClientNAT(), sipgo.WithClientLogger(quiet))
	if err != nil {
		t.Fatal(err)
	}
	server.OnInvite(f.onInvite)
	server.OnBye(f.onBye)
	server.OnAck(f.onAck)
	server.OnOptions(f.onOptions)
	server.OnNotify(func(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
		tx.Respond(sipmsg.NewResponseFromRequest(req, 200, "OK", nil))
		f.notes <- req
	})
	server.OnRefer(func(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
		f.mu.Lock()
		status := cmp.Or(f.refuse, 202)
		f.mu.Unlock()
		tx.Respond(sipmsg.NewResponseFromRequest(req, status, "As Scripted", nil))
		f.refers <- req
	})
	server.OnRegister(f.onRegister)
	served, listening := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(served)
		server.ServeUDP(&announced{PacketConn: conn, ready: sync.OnceFunc(func() { close(listening) })})
	}()
	<-listening // before that sipgo would send from another port
	t.Cleanup(func() {
		conn.Close()
		ua.Close()
		<-served
	})
	return f
}

// announced tells when it is first read from.
type announced struct {
	net.PacketConn
	ready func()
}

func (a *announced) ReadFrom(b []byte) (int, net.Addr, error) {
	a.ready()
	return a.PacketConn.ReadFrom(b)
}

// speaks sets the m= lines of its calls from now on, in A-law, and whether they
// name keys.
func (f *farEnd) speaks(proto string, secret bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.codec, f.proto, f.secret = audio.PCMA, proto, secret
}

// refuses sets the status of the answers to REFER from now on.
func (f *farEnd) refuses(status int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = status
}

// registers sets who answers REGISTER from now on.
func (f *farEnd) registers(by func(*sipmsg.Request) *sipmsg.Response) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lists = by
}

// says sets who answers OPTIONS from now on.
func (f *farEnd) says(by func(*sipmsg.Request) *sipmsg.Response) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers = by
}

// script sets what becomes of every INVITE from now on.
func (f *farEnd) script(s func(*farCall)) *farEnd {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.onCall = s
	return f
}

// die stops answering anything.
func (f *farEnd) die() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.silent = true
}

// vanish takes the far end off the network: not even sipgo answers any more.
func (f *farEnd) vanish() {
	f.die()
	f.conn.Close()
}

// unplug closes its connections.
func (f *farEnd) unplug() {
	f.die()
	f.ua.Close()
}

func (f *farEnd) dead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.silent
}

func (f *farEnd) rang() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.invites
}

func (f *farEnd) onInvite(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	c := f.newCall(req.CallID().Value())
	c.invite, c.tx = req, tx
	c.sound.heed(req.Body())
	f.mu.Lock()
	f.invites++
	script := f.onCall
	f.mu.Unlock()
	tx.OnCancel(func(r *sipmsg.Request) {
		c.cancel = r
		close(c.cancelled)
	})
	if f.dead() || script == nil {
		<-f.t.Context().Done()
		return
	}
	script(c)
}

func (f *farEnd) onBye(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	if f.dead() {
		return
	}
	c := f.find(req.CallID().Value())
	if c == nil {
		tx.Respond(sipmsg.NewResponseFromRequest(req, 481, "No such call", nil))
		return
	}
	c.end(req)
	tx.Respond(sipmsg.NewResponseFromRequest(req, 200, "OK", nil))
}

func (f *farEnd) onAck(req *sipmsg.Request, _ sipmsg.ServerTransaction) {
	if c := f.find(req.CallID().Value()); c != nil {
		c.once.acked.Do(func() { close(c.acked) })
	}
}

func (f *farEnd) onOptions(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	if f.dead() {
		return
	}
	f.mu.Lock()
	f.options++
	answers := f.answers
	f.mu.Unlock()
	if answers != nil {
		tx.Respond(answers(req))
		return
	}
	tx.Respond(sipmsg.NewResponseFromRequest(req, 200, "OK", nil))
}

func (f *farEnd) onRegister(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	f.mu.Lock()
	lists := f.lists
	f.mu.Unlock()
	if lists == nil {
		tx.Respond(sipmsg.NewResponseFromRequest(req, 405, "Method Not Allowed", nil))
		return
	}
	tx.Respond(lists(req))
}

func (f *farEnd) find(id string) *farCall {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[id]
}

func (f *farEnd) newCall(id string) *farCall {
	var secret *farSecret
	f.mu.Lock()
	if f.secret {
		secret = newFarSecret(f.t)
	}
	proto := f.proto
	f.mu.Unlock()
	c := &farCall{
		f: f, id: id, tag: sipmsg.GenerateTagN(10), sound: newFarSoundAt(f.t, f.conn.LocalAddr().(*net.UDPAddr).IP, secret), proto: proto,
		acked: make(chan struct{}), ended: make(chan struct{}), cancelled: make(chan struct{}),
	}
	c.sound.codec, c.sound.keyPT = f.codec, f.keyPT
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[id] = c
	return c
}

// farCall is one call as the far end sees it.
type farCall struct {
	f      *farEnd
	id     string
	tag    string // its own
	invite *sipmsg.Request
	tx     sipmsg.ServerTransaction // of an INVITE that it received
	answer *sipmsg.Response         // to an INVITE that it sent
	sound  *farSound
	proto  string // of its m= line; empty is RTP/AVP
	cseq   uint32

	acked     chan struct{}
	ended     chan struct{} // by a BYE from the other side
	cancelled chan struct{}
	bye       *sipmsg.Request
	cancel    *sipmsg.Request
	once      struct{ acked, ended sync.Once }
}

func (c *farCall) end(bye *sipmsg.Request) {
	c.once.ended.Do(func() {
		c.bye = bye
		close(c.ended)
	})
}

// wait waits for one of the call's channels.
func (c *farCall) wait(what string, ch <-chan struct{}) {
	c.f.t.Helper()
	select {
	case <-ch:
	case <-time.After(10 * time.Second):
		c.f.t.Fatalf("the far end waited in vain for %s", what)
	}
}

// say answers the INVITE with a response. Every header is "Name: value".
func (c *farCall) say(status int, reason string, body []byte, headers ...string) {
	res := sipmsg.NewResponseFromRequest(c.invite, status, reason, body)
	if status > 100 {
		res.To().Params.Add("tag", c.tag)
	}
	if body != nil {
		res.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	}
	res.AppendHeader(c.contact())
	for _, h := range headers {
		name, value := cutHeader(h)
		res.AppendHeader(sipmsg.NewHeader(name, value))
	}
	c.tx.Respond(res)
}

func cutHeader(h string) (name, value string) {
	m := regexp.MustCompile(`^([^:]+): (.*)$`).FindStringSubmatch(h)
	return m[1], m[2]
}

// pickUp answers the call and waits for the ACK.
func (c *farCall) pickUp() {
	c.say(200, "OK", c.sdp())
	select {
	case <-c.acked:
	case <-c.f.t.Context().Done():
	}
}

func (c *farCall) contact() sipmsg.Header {
	return sipmsg.NewHeader("Contact", "<sip:far@"+c.f.addr+">")
}

// sdp offers, or answers with, the far end's codec and key events.
func (c *farCall) sdp() []byte {
	b := fmt.Appendf(nil, "v=0\r\no=far 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP %d %d\r\na=rtpmap:%[2]d %[4]s/8000\r\na=rtpmap:%[3]d telephone-event/8000\r\na=fmtp:%[3]d 0-15\r\na=ptime:20\r\na=sendrecv\r\n",
		c.sound.port(), c.f.codec, c.f.keyPT, c.f.codec.String())
	if c.proto != "" {
		b = bytes.Replace(b, []byte("RTP/AVP"), []byte(c.proto), 1)
	}
	if ip := c.sound.conn.LocalAddr().(*net.UDPAddr).IP; ip.To4() != nil {
		b = bytes.ReplaceAll(b, []byte("127.0.0.1"), []byte(ip.String()))
	} else {
		b = bytes.ReplaceAll(b, []byte("IN IP4 127.0.0.1"), []byte("IN IP6 "+ip.String()))
	}
	if c.sound.secret != nil {
		b = append(b, c.sound.secret.line()...)
	}
	if c.f.alter != nil {
		b = c.f.alter(b)
	}
	return b
}

var (
	mediaPort = regexp.MustCompile(`(?m)^m=audio (\d+) `)
	keyEvents = regexp.MustCompile(`(?m)^a=rtpmap:(\d+) telephone-event/8000`)
)

// heed learns from the other side's SDP where to send to.
func (s *farSound) heed(sdp []byte) {
	m := mediaPort.FindSubmatch(sdp)
	if m == nil {
		return
	}
	port, _ := strconv.Atoi(string(m[1]))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = &net.UDPAddr{IP: s.conn.LocalAddr().(*net.UDPAddr).IP, Port: port}
	if s.to.IP.To4() != nil {
		s.to.IP = net.IPv4(127, 0, 0, 1)
	}
	if s.secret != nil {
		s.secret.heed(sdp)
	}
	if m := keyEvents.FindSubmatch(sdp); m != nil {
		pt, _ := strconv.Atoi(string(m[1]))
		s.keyPT = uint8(pt)
	}
}

// hangUp sends BYE.
func (c *farCall) hangUp() {
	c.f.t.Helper()
	if res := c.f.do(c.request(sipmsg.BYE)); res == nil || res.StatusCode != sipmsg.StatusOK {
		c.f.t.Errorf("BYE answered %v", res)
	}
}

// request builds a request within the call's dialog.
func (c *farCall) request(method sipmsg.RequestMethod) *sipmsg.Request {
	c.cseq++
	var target sipmsg.Uri
	var from, to sipmsg.Header
	if c.tx != nil {
		target = c.invite.Contact().Address
		f := c.invite.To().AsFrom()
		f.Params.Add("tag", c.tag)
		t := c.invite.From().AsTo()
		from, to = &f, &t
	} else {
		target = c.answer.Contact().Address
		from, to = c.invite.From(), c.answer.To()
	}
	req := sipmsg.NewRequest(method, target)
	id := sipmsg.CallIDHeader(c.id)
	req.AppendHeader(from)
	req.AppendHeader(to)
	req.AppendHeader(&id)
	req.AppendHeader(&sipmsg.CSeqHeader{SeqNo: c.cseq + 100, MethodName: method})
	return req
}
