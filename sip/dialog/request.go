package dialog

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
	"careline/sip/wire"
)

// methods are what Allow says of us; REGISTER is added where it is served.
const methods = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY"

func (e *Endpoint) allow() sipmsg.Header {
	if e.opt.OnRegister != nil {
		return sipmsg.NewHeader("Allow", methods+", REGISTER")
	}
	return sipmsg.NewHeader("Allow", methods)
}

// outline is what a request says of its call.
type outline struct {
	method    sipmsg.RequestMethod
	uri       sipmsg.Uri
	from, to  sipmsg.Header
	callID    string
	cseq      uint32
	branch    string // empty makes one
	dest      string // a heading; empty is where uri points
	transport string // where dest names none; empty is what uri asks for
}

// request builds a request with all that every request has, Contact included.
func (e *Endpoint) request(o outline) *sipmsg.Request {
	req := sipmsg.NewRequest(o.method, o.uri)
	dest, transport := o.dest, o.transport
	if dest == "" {
		dest = wire.HeadingOf(&o.uri).String()
	}
	if h, err := wire.ReadHeading(dest); err == nil && h.Transport != "" {
		transport = h.Transport
	}
	req.SetDestination(dest)
	req.SetTransport(cmp.Or(transport, wire.TransportOf(&o.uri, "UDP")))
	e.via(req, o.branch)
	hops := sipmsg.MaxForwardsHeader(70)
	id := sipmsg.CallIDHeader(o.callID)
	for _, h := range []sipmsg.Header{
		&hops, o.from, o.to, &id,
		&sipmsg.CSeqHeader{SeqNo: o.cseq, MethodName: o.method},
		sipmsg.NewHeader("User-Agent", e.opt.UserAgent),
	} {
		req.AppendHeader(h)
	}
	req.SetBody(nil)
	return req
}

// via gives a request its Via header, with rport always (RFC 3581).
func (e *Endpoint) via(req *sipmsg.Request, branch string) {
	if branch == "" {
		branch = newBranch()
	}
	host, port := e.wire.Facing(req.Transport(), wire.IPOf(req.Destination()))
	via := &sipmsg.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: req.Transport(), Host: host, Port: port}
	via.Params.Add("branch", branch)
	via.Params.Add("rport", "")
	if old := req.Via(); old != nil && old.Params.Has("keep") {
		via.Params.Add("keep", "")
	}
	req.RemoveHeader("Via")
	req.PrependHeader(via)
}

// newBranch returns a fresh Via branch.
func newBranch() string { return sipmsg.RFC3261BranchMagicCookie + rand.Text() }

// from names us, with our tag.
func (e *Endpoint) from(p Party, tag, dest string) *sipmsg.FromHeader {
	host := p.Host
	if host == "" {
		host = e.wire.Seen(wire.IPOf(dest))
	}
	h := &sipmsg.FromHeader{
		DisplayName: grammar.Escaped(p.Display),
		Address:     sipmsg.Uri{Scheme: "sip", User: grammar.UserPart(p.User), Host: host},
	}
	h.Params.Add("tag", tag)
	return h
}

// to names the peer: p, or where target points.
func to(p Party, target *sipmsg.Uri, tag string) *sipmsg.ToHeader {
	u := sipmsg.Uri{Scheme: target.Scheme, User: target.User, Host: target.Host, Port: target.Port}
	if p.User != "" {
		u.User = grammar.UserPart(p.User)
	}
	if p.Host != "" {
		u.Host, u.Port = p.Host, 0
	}
	h := &sipmsg.ToHeader{DisplayName: grammar.Escaped(p.Display), Address: u}
	if tag != "" {
		h.Params.Add("tag", tag)
	}
	return h
}

// cancelOf builds the CANCEL of an INVITE (RFC 3261 section 9.1).
func cancelOf(invite *sipmsg.Request) *sipmsg.Request {
	req := sipmsg.NewRequest(sipmsg.CANCEL, *invite.Recipient.Clone())
	req.AppendHeader(invite.Via().Clone())
	sipmsg.CopyHeaders("Route", invite, req)
	hops := sipmsg.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	for _, name := range []string{"From", "To", "Call-ID"} {
		sipmsg.CopyHeaders(name, invite, req)
	}
	req.AppendHeader(&sipmsg.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sipmsg.CANCEL})
	req.SetBody(nil)
	req.SetTransport(invite.Transport())
	req.SetDestination(invite.Destination())
	req.Laddr = invite.Laddr
	return req
}

// checkHeaders refuses values that would run into the next line.
func checkHeaders(headers []sipmsg.Header) error {
	for _, h := range headers {
		if !grammar.IsToken(h.Name()) || strings.ContainsAny(h.Value(), "\r\n") {
			return fmt.Errorf("header %q: not on one line", grammar.Plain(h.Name(), 32))
		}
	}
	return nil
}
