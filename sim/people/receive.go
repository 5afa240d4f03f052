package people

import (
	"net/netip"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

const allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"

// request takes a request: a repeat gets the last response again.
func (st *station) request(r *sipmsg.Request, from netip.AddrPort, at time.Time) {
	if r.IsAck() {
		st.acknowledge(r, at)
		return
	}
	if tx := st.servers[serverKey(r, r.Method)]; tx != nil {
		if r.IsInvite() {
			st.repeated(r, at)
		}
		tx.again(st)
		return
	}
	tx := st.open(r, from)
	switch r.Method {
	case sipmsg.INVITE:
		st.invited(r, tx, at)
	case sipmsg.CANCEL:
		st.cancelled(r, tx, at)
	case sipmsg.BYE:
		st.bye(r, tx, at)
	case sipmsg.OPTIONS:
		tx.respond(st, 200, nil, sipmsg.NewHeader("Allow", allowed))
	case sipmsg.INFO, sipmsg.UPDATE:
		st.inside(r, tx)
	default:
		tx.respond(st, 405, nil, sipmsg.NewHeader("Allow", allowed))
	}
}

// find is the leg to which a request within a call belongs.
func (st *station) find(r *sipmsg.Request) *leg {
	l := st.legs[r.CallID().Value()]
	if l == nil {
		return nil
	}
	if tag, _ := r.From().Params.Get("tag"); tag != l.remoteTag {
		return nil
	}
	return l
}

func (st *station) acknowledge(r *sipmsg.Request, at time.Time) {
	if tx := st.servers[serverKey(r, sipmsg.INVITE)]; tx != nil && tx.status >= 300 {
		tx.acknowledged()
		return
	}
	l := st.find(r)
	if l == nil || l.invite == nil || l.invite.acked || l.invite.status != 200 {
		return
	}
	l.invite.acknowledged()
	if l.rec.leg.Inbound || l.rec.invite == nil || !l.rec.invite.Acked.IsZero() {
		return // for a change of the call
	}
	l.change(func(rec *record) { rec.invite.Acked = at })
	l.write(Entry{At: at, Kind: KindAck, CSeq: r.CSeq().SeqNo})
	if len(l.invite.req.Body()) == 0 {
		l.lateAnswer(r)
	}
}

// lateAnswer takes the description that came with ACK, as the INVITE had none.
func (l *leg) lateAnswer(r *sipmsg.Request) {
	s, err := parseSession(r.Body())
	if codec, ok := s.common(l.m.codecs); ok && err == nil {
		l.connect(s, codec)
	}
}

// cancelled ends the ringing that a CANCEL is for.
func (st *station) cancelled(r *sipmsg.Request, tx *serverTx, at time.Time) {
	invite := st.servers[serverKey(r, sipmsg.INVITE)]
	if invite == nil {
		st.stray(r, at)
		tx.respond(st, 481, nil)
		return
	}
	tx.respond(st, 200, nil)
	l := st.find(r)
	if l == nil || l.phase != ringing || l.invite != invite {
		return // too late: it has its final response
	}
	l.change(func(rec *record) { rec.invite.Cancelled = at })
	l.write(Entry{At: at, Kind: KindCancel})
	l.refuse(487, Service, at)
}

func (st *station) bye(r *sipmsg.Request, tx *serverTx, at time.Time) {
	l := st.find(r)
	if l == nil || l.phase != up {
		st.stray(r, at)
		tx.respond(st, 481, nil)
		return
	}
	l.change(func(rec *record) { rec.leg.Bye, rec.leg.ByeBy = at, Service })
	note := ""
	if h := r.GetHeader("Reason"); h != nil {
		note = h.Value()
	}
	l.write(Entry{At: at, Kind: KindBye, By: Service, CSeq: r.CSeq().SeqNo, Note: note})
	tx.respond(st, 200, nil)
	if l.invite != nil {
		l.invite.acknowledged() // they have our 200, whether their ACK came or not
	}
	l.end(at, "they hung up")
}

// inside answers a request that changes nothing for us.
func (st *station) inside(r *sipmsg.Request, tx *serverTx) {
	l := st.find(r)
	switch {
	case l == nil:
		tx.respond(st, 481, nil)
	case r.Method == sipmsg.UPDATE && len(r.Body()) > 0:
		l.changed(r, tx)
	default:
		tx.respond(st, 200, nil)
	}
}

// stray notes a request for a call that is not there.
func (st *station) stray(r *sipmsg.Request, at time.Time) {
	st.n.diary.Write(Entry{
		At: at, Kind: KindStray, Who: st.who(), CallID: r.CallID().Value(), To: r.Recipient.User,
		From: r.From().Address.User, CSeq: r.CSeq().SeqNo, Note: string(r.Method),
	})
}
