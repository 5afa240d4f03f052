package people

import (
	"net/netip"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// clientTx is a request that was sent: it is resent until a response comes
// (RFC 3261 section 17.1).
type clientTx struct {
	req    *sipmsg.Request
	to     netip.AddrPort
	raw    []byte
	ack    []byte // for a refused INVITE; sent again with each repeat of the refusal
	heard  bool   // a provisional response came
	final  bool
	resend time.Time // zero: not any more
	gap    time.Duration
	dies   time.Time
	on     func(*sipmsg.Response, time.Time) // each response but repeated refusals; nil when none came
}

func clientKey(branch string, method sipmsg.RequestMethod) string {
	return branch + "|" + string(method)
}

// send begins a transaction. on gets its responses, and nil if none came.
func (st *station) send(r *sipmsg.Request, to netip.AddrPort, on func(*sipmsg.Response, time.Time)) *clientTx {
	branch := sipmsg.GenerateBranchN(16)
	r.PrependHeader(st.via(branch))
	return st.sendAs(r, branch, to, on)
}

func (st *station) sendAs(r *sipmsg.Request, branch string, to netip.AddrPort, on func(*sipmsg.Response, time.Time)) *clientTx {
	now := time.Now()
	tx := &clientTx{
		req: r, to: to, raw: []byte(r.String()), on: on,
		gap: st.n.o.T1, resend: now.Add(st.n.o.T1), dies: now.Add(64 * st.n.o.T1),
	}
	st.clients[clientKey(branch, r.Method)] = tx
	st.sock.send(tx.raw, to)
	return tx
}

func (st *station) via(branch string) *sipmsg.ViaHeader {
	v := &sipmsg.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: "UDP",
		Host: st.sock.addr.Addr().String(), Port: int(st.sock.addr.Port()),
	}
	v.Params.Add("branch", branch)
	v.Params.Add("rport", "")
	return v
}

// response gives a response to the transaction that it belongs to.
func (st *station) response(res *sipmsg.Response, at time.Time) {
	if res.Via() == nil || res.CSeq() == nil || res.To() == nil {
		return
	}
	branch, _ := res.Via().Params.Get("branch")
	tx := st.clients[clientKey(branch, res.CSeq().MethodName)]
	if tx == nil {
		return
	}
	invite := tx.req.IsInvite()
	switch {
	case res.IsProvisional():
		tx.heard = true
		if invite {
			tx.resend, tx.dies = time.Time{}, at.Add(5*time.Minute)
		}
	case invite && !res.IsSuccess():
		if repeated := tx.refused(st, res); repeated {
			return
		}
	}
	if !res.IsProvisional() {
		if tx.final && !invite {
			return
		}
		tx.final, tx.resend, tx.dies = true, time.Time{}, at.Add(64*st.n.o.T1)
	}
	tx.on(res, at)
}

// refused acknowledges a refusal, and says whether it came before.
func (tx *clientTx) refused(st *station, res *sipmsg.Response) bool {
	repeated := tx.ack != nil
	if !repeated {
		ack := sipmsg.NewRequest(sipmsg.ACK, tx.req.Recipient)
		ack.AppendHeader(sipmsg.HeaderClone(tx.req.Via()))
		ack.AppendHeader(sipmsg.HeaderClone(tx.req.From()))
		ack.AppendHeader(sipmsg.HeaderClone(res.To()))
		ack.AppendHeader(sipmsg.HeaderClone(tx.req.CallID()))
		ack.AppendHeader(&sipmsg.CSeqHeader{SeqNo: tx.req.CSeq().SeqNo, MethodName: sipmsg.ACK})
		sipmsg.CopyHeaders("Route", tx.req, ack)
		ack.AppendHeader(sipmsg.NewHeader("Max-Forwards", strconv.Itoa(70)))
		ack.SetBody(nil)
		tx.ack = []byte(ack.String())
	}
	st.sock.send(tx.ack, tx.to)
	return repeated
}

// tick resends, and says whether the transaction is over.
func (tx *clientTx) tick(st *station, now time.Time) bool {
	if now.After(tx.dies) {
		if !tx.final {
			tx.on(nil, now)
		}
		return true
	}
	if !tx.resend.IsZero() && now.After(tx.resend) {
		st.sock.send(tx.raw, tx.to)
		tx.gap *= 2
		if !tx.req.IsInvite() {
			tx.gap = min(tx.gap, 8*st.n.o.T1)
		}
		tx.resend = now.Add(tx.gap)
	}
	return false
}
