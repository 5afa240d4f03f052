package people

import (
	"net/netip"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// serverTx is a request that was received: its retransmissions get the last
// response again, and final responses to INVITE are resent until their ACK
// (RFC 3261 section 17.2, for 2xx 13.3.1.4).
type serverTx struct {
	req    *sipmsg.Request
	to     netip.AddrPort
	last   []byte // the response that was sent last
	status int    // of it
	tag    string // ours, in To
	acked  bool
	resend time.Time // when last is sent again; zero: never
	gap    time.Duration
	dies   time.Time // zero: not before a final response
	onLost func()    // no ACK came
}

// serverKey names the transaction of a request. ACK for a refusal belongs to
// the INVITE, CANCEL is a transaction of its own.
func serverKey(r *sipmsg.Request, method sipmsg.RequestMethod) string {
	branch, _ := r.Via().Params.Get("branch")
	return branch + "|" + r.Via().SentBy() + "|" + string(method)
}

// open begins a transaction for a request that is not known yet.
func (st *station) open(r *sipmsg.Request, from netip.AddrPort) *serverTx {
	tx := &serverTx{req: r, to: from, tag: sipmsg.GenerateTagN(12), gap: st.n.o.T1}
	if !r.Via().Params.Has("rport") {
		port := r.Via().Port
		if port == 0 {
			port = 5060
		}
		tx.to = netip.AddrPortFrom(from.Addr(), uint16(port))
	}
	st.servers[serverKey(r, r.Method)] = tx
	return tx
}

// respond sends a response; extra are headers of it.
func (tx *serverTx) respond(st *station, status int, body []byte, extra ...sipmsg.Header) {
	res := sipmsg.NewResponseFromRequest(tx.req, status, reason(status), nil)
	if to := res.To(); status > 100 && !tx.req.To().Params.Has("tag") {
		to.Params.Add("tag", tx.tag)
	}
	for _, h := range extra {
		res.AppendHeader(h)
	}
	if body != nil {
		res.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	}
	res.SetBody(body)
	tx.last, tx.status = []byte(res.String()), status
	st.sock.send(tx.last, tx.to)
	if status < 200 {
		return
	}
	now := time.Now()
	tx.dies = now.Add(64 * st.n.o.T1)
	if tx.req.IsInvite() {
		tx.resend = now.Add(tx.gap)
	}
}

// again answers a retransmission of the request.
func (tx *serverTx) again(st *station) {
	if tx.last != nil && !tx.acked {
		st.sock.send(tx.last, tx.to)
	}
}

// acknowledged stops resending: the ACK is there.
func (tx *serverTx) acknowledged() { tx.acked, tx.resend = true, time.Time{} }

// tick resends, and says whether the transaction is over.
func (tx *serverTx) tick(st *station, now time.Time) bool {
	if !tx.dies.IsZero() && now.After(tx.dies) {
		if tx.req.IsInvite() && !tx.acked && tx.onLost != nil {
			tx.onLost()
		}
		return true
	}
	if !tx.resend.IsZero() && now.After(tx.resend) {
		st.sock.send(tx.last, tx.to)
		tx.gap = min(2*tx.gap, 8*st.n.o.T1)
		tx.resend = now.Add(tx.gap)
	}
	return false
}

// reason is the phrase that goes with a status.
func reason(status int) string {
	switch status {
	case 100:
		return "Trying"
	case 180:
		return "Ringing"
	case 183:
		return "Session Progress"
	case 200:
		return "OK"
	case 404:
		return "Not Found"
	case 407:
		return "Proxy Authentication Required"
	case 480:
		return "Temporarily Unavailable"
	case 481:
		return "Call/Transaction Does Not Exist"
	case 486:
		return "Busy Here"
	case 487:
		return "Request Terminated"
	case 488:
		return "Not Acceptable Here"
	case 603:
		return "Decline"
	default:
		return "Status " + strconv.Itoa(status)
	}
}
