package people

import (
	"net/netip"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// dialog is what requests within a call are made of (RFC 3261 section 12).
type dialog struct {
	callID    string
	local     sipmsg.Header // our From
	remote    sipmsg.Header // our To
	remoteTag string
	target    sipmsg.Uri // where they want requests
	routes    []sipmsg.Header
	peer      netip.AddrPort // where their last message came from
	cseq      uint32         // of our last request
	ack       []byte         // our ACK, for repeats of their 200
}

// contact is where we want requests within a call.
func (st *station) contact(user string) sipmsg.Header {
	return &sipmsg.ContactHeader{Address: sipmsg.Uri{
		Scheme: "sip", User: user,
		Host: st.sock.addr.Addr().String(), Port: int(st.sock.addr.Port()),
	}}
}

// receivedFrom learns the dialog from their INVITE; tag is ours.
func (d *dialog) receivedFrom(r *sipmsg.Request, tag string, from netip.AddrPort) {
	local := &sipmsg.FromHeader{Address: *r.To().Address.Clone(), DisplayName: r.To().DisplayName}
	local.Params.Add("tag", tag)
	remote := &sipmsg.ToHeader{
		Address: *r.From().Address.Clone(), DisplayName: r.From().DisplayName, Params: r.From().Params.Clone(),
	}
	d.callID, d.local, d.remote, d.peer = r.CallID().Value(), local, remote, from
	d.remoteTag, _ = r.From().Params.Get("tag")
	d.learnTarget(r.Contact(), r.From().Address)
	for _, h := range r.GetHeaders("Record-Route") {
		d.routes = append(d.routes, sipmsg.NewHeader("Route", h.Value()))
	}
}

func (d *dialog) learnTarget(c *sipmsg.ContactHeader, otherwise sipmsg.Uri) {
	if c != nil {
		d.target = *c.Address.Clone()
	} else if d.target.Host == "" {
		d.target = *otherwise.Clone()
	}
}

// request makes the next request of the dialog.
func (d *dialog) request(method sipmsg.RequestMethod) *sipmsg.Request {
	if method != sipmsg.ACK {
		d.cseq++
	}
	return d.make(method, d.cseq)
}

func (d *dialog) make(method sipmsg.RequestMethod, cseq uint32) *sipmsg.Request {
	r := sipmsg.NewRequest(method, d.target)
	for _, h := range d.routes {
		r.AppendHeader(sipmsg.HeaderClone(h))
	}
	r.AppendHeader(sipmsg.HeaderClone(d.local))
	r.AppendHeader(sipmsg.HeaderClone(d.remote))
	callID := sipmsg.CallIDHeader(d.callID)
	r.AppendHeader(&callID)
	r.AppendHeader(&sipmsg.CSeqHeader{SeqNo: cseq, MethodName: method})
	r.AppendHeader(sipmsg.NewHeader("Max-Forwards", strconv.Itoa(70)))
	r.SetBody(nil)
	return r
}

// to is where requests of the dialog go.
func (d *dialog) to() netip.AddrPort {
	next := d.target
	if len(d.routes) > 0 {
		var hop sipmsg.Uri
		var params sipmsg.HeaderParams
		if _, err := sipmsg.ParseAddressValue(d.routes[0].Value(), &hop, &params); err == nil {
			next = hop
		}
	}
	if at, ok := route(next); ok {
		return at
	}
	return d.peer
}

// hangUp ends a call that is up by BYE.
func (l *leg) hangUp(now time.Time, note string) {
	if l.phase != up {
		return
	}
	st := l.st
	l.change(func(r *record) { r.leg.Bye, r.leg.ByeBy = now, Person })
	l.write(Entry{At: now, Kind: KindBye, By: Person, Note: note})
	lost := *l.rec
	st.send(l.request(sipmsg.BYE), l.to(), func(res *sipmsg.Response, at time.Time) {
		if res == nil {
			st.n.diary.Write(Entry{
				At: at, Kind: KindLost, Who: lost.leg.Who, Leg: lost.leg.Leg, CallID: lost.leg.CallID, Note: "BYE",
			})
		}
	})
	l.end(now, note)
}
