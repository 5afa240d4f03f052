package people

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// ErrOnTheLine says that a person or phone cannot call, being in a call.
var ErrOnTheLine = errors.New("on the line already")

// place calls the service.
func (st *station) place(m manner, who, to, service string) (*leg, error) {
	dest, ok := resolve(service)
	if !ok {
		return nil, fmt.Errorf("call %s from %s: service address %q is not host:port", to, who, service)
	}
	now := time.Now()
	l := st.n.begin(st, m, Leg{
		Who: who, CallID: sipmsg.GenerateTagN(20) + "@" + st.sock.addr.Addr().String(),
		Began: now, Inbound: true, From: who, To: to, Attempt: 0,
	})
	l.phase = calling
	if err := l.openMedia(); err != nil {
		l.end(now, "no socket for sound")
		return nil, fmt.Errorf("call %s from %s: %w", to, who, err)
	}
	l.addressed(to, dest)
	l.write(Entry{At: now, Kind: KindPlaced})
	l.dial(nil)
	return l, nil
}

// addressed fills in the dialog of a call to the service.
func (l *leg) addressed(to string, dest netip.AddrPort) {
	about := l.rec.leg
	host, port := dest.Addr().String(), int(dest.Port())
	home := l.st.sock.addr
	from := &sipmsg.FromHeader{Address: sipmsg.Uri{Scheme: "sip", User: about.Who, Host: home.Addr().String(), Port: int(home.Port())}}
	if l.st.phone != nil { // a phone calls as its account
		from.Address.Host, from.Address.Port = host, port
	}
	from.Params.Add("tag", sipmsg.GenerateTagN(12))
	l.callID, l.local, l.peer = about.CallID, from, dest
	l.target = sipmsg.Uri{Scheme: "sip", User: to, Host: host, Port: port}
	l.remote = &sipmsg.ToHeader{Address: l.target}
}

// dial sends the INVITE, with credentials if challenge asks for them.
func (l *leg) dial(challenge *sipmsg.Response) {
	r := l.request(sipmsg.INVITE)
	if challenge != nil && !answerTo(challenge, r, l.st.phone.credentials()) {
		l.unanswered(challenge.StatusCode, time.Now())
		return
	}
	r.AppendHeader(l.st.contact(l.rec.leg.Who))
	r.AppendHeader(sipmsg.NewHeader("Allow", allowed))
	r.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	l.version++
	r.SetBody(describe(l.media.sock.addr, l.version, l.m.codecs, l.m.events, "sendrecv"))
	seq := l.cseq
	l.outgoing = l.st.send(r, l.peer, func(res *sipmsg.Response, at time.Time) { l.responded(res, seq, at) })
}

// responded takes a response to our INVITE of that CSeq.
func (l *leg) responded(res *sipmsg.Response, seq uint32, at time.Time) {
	switch {
	case res == nil:
		if l.phase == calling {
			l.write(Entry{At: at, Kind: KindLost, Note: "INVITE"})
			l.end(at, "no response")
		}
	case res.IsProvisional():
		l.progress(res, at)
	case res.IsSuccess():
		l.accepted(res, seq, at)
	case challenges(res) && !l.authed && l.st.phone != nil:
		l.authed = true
		l.dial(res)
	default:
		l.unanswered(res.StatusCode, at)
	}
}

func (l *leg) progress(res *sipmsg.Response, at time.Time) {
	if l.phase != calling || res.StatusCode == sipmsg.StatusTrying {
		return
	}
	if s, err := parseSession(res.Body()); err == nil {
		if codec, ok := s.common(l.m.codecs); ok {
			l.connect(s, codec)
		}
	}
	l.write(Entry{At: at, Kind: KindProgress, Status: res.StatusCode})
}

// accepted acknowledges a 200, each time it comes. One that comes after we gave
// up is ended at once.
func (l *leg) accepted(res *sipmsg.Response, seq uint32, at time.Time) {
	if l.ack != nil {
		l.st.sock.send(l.ack, l.to())
		return
	}
	l.remote = sipmsg.HeaderClone(res.To())
	l.remoteTag, _ = res.To().Params.Get("tag")
	l.learnTarget(res.Contact(), l.target)
	routes := res.GetHeaders("Record-Route")
	for i := len(routes) - 1; i >= 0; i-- {
		l.routes = append(l.routes, sipmsg.NewHeader("Route", routes[i].Value()))
	}
	ack := l.make(sipmsg.ACK, seq)
	ack.PrependHeader(l.st.via(sipmsg.GenerateBranchN(16)))
	l.ack = []byte(ack.String())
	l.st.sock.send(l.ack, l.to())
	if l.phase != calling {
		return
	}
	l.rise(at)
	l.write(Entry{At: at, Kind: KindAnswered, By: Service, Status: res.StatusCode})
	l.write(Entry{At: at, Kind: KindAck, CSeq: seq})
	s, err := parseSession(res.Body())
	codec, ok := s.common(l.m.codecs)
	switch {
	case l.giveUp:
		l.hangUp(at, "answered after all")
	case err != nil || !ok:
		l.hangUp(at, "no usable description in 200")
	default:
		l.connect(s, codec)
	}
}

// unanswered ends a call that was refused.
func (l *leg) unanswered(status int, at time.Time) {
	if l.phase != calling {
		return
	}
	l.change(func(r *record) { r.leg.Status = status })
	l.write(Entry{At: at, Kind: KindRefused, Status: status, By: Service})
	l.end(at, reason(status))
}

// leave ends the call in whichever state it is.
func (l *leg) leave(now time.Time, note string) {
	switch l.phase {
	case up:
		l.hangUp(now, note)
	case calling:
		l.giveUp = true
		l.waitForAnswer(now)
	case ringing:
		l.refuse(480, Person, now)
	case challenged, over:
	}
}

// waitForAnswer gives up ringing the service when that was asked for, and after
// the longest call.
func (l *leg) waitForAnswer(now time.Time) {
	if now.Sub(l.rec.leg.Began) > l.m.longest {
		l.giveUp = true
	}
	if !l.giveUp || l.outgoing == nil || !l.outgoing.heard || l.outgoing.final || l.cancelling {
		return
	}
	l.cancelling = true
	invite := l.outgoing.req
	r := sipmsg.NewRequest(sipmsg.CANCEL, invite.Recipient)
	r.AppendHeader(sipmsg.HeaderClone(invite.Via()))
	sipmsg.CopyHeaders("Route", invite, r)
	r.AppendHeader(sipmsg.HeaderClone(invite.From()))
	r.AppendHeader(sipmsg.HeaderClone(invite.To()))
	r.AppendHeader(sipmsg.HeaderClone(invite.CallID()))
	r.AppendHeader(&sipmsg.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sipmsg.CANCEL})
	r.AppendHeader(sipmsg.NewHeader("Max-Forwards", "70"))
	r.SetBody(nil)
	branch, _ := invite.Via().Params.Get("branch")
	l.st.sendAs(r, branch, l.outgoing.to, func(*sipmsg.Response, time.Time) {})
	l.outgoing.dies = now.Add(64 * l.n.o.T1)
}
