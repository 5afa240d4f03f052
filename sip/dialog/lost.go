package dialog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/campaigns"
	"careline/sip/wire"
)

// Lost is a call that an earlier process placed.
type Lost struct {
	Leg         campaigns.Leg
	Route       string // as it was in Invite
	Credentials Credentials
}

// lostFor is how long a late response to a lost call is still acted on.
const lostFor = 5 * time.Minute

// CancelLost ends a call that an earlier process placed and did not see
// answered. It sends CANCEL for the INVITE and its repeats with credentials,
// and returns when they are answered, or ctx ends; for minutes afterwards a
// late ringing is cancelled, and a late answer confirmed and hung up.
func (e *Endpoint) CancelLost(ctx context.Context, l Lost) error {
	lc, err := e.calls.lose(l)
	if err != nil {
		return err
	}
	failed := make(chan error, mostTries)
	for n := uint32(1); n <= mostTries; n++ {
		if !e.wire.Go(func() { failed <- e.cancelLost(ctx, lc, n) }) {
			return fmt.Errorf("cancel lost call %s: %w: %w", l.Leg.CallID, ErrNotSent, wire.ErrClosed)
		}
	}
	var all error
	for range mostTries {
		all = errors.Join(all, <-failed)
	}
	return all
}

// Expect has a late answer to a lost call hung up, and sends nothing by itself.
// Called for all lost calls first, none is answered behind our back while the
// others are being ended.
func (e *Endpoint) Expect(l Lost) error {
	_, err := e.calls.lose(l)
	return err
}

// cancelLost cancels the n-th INVITE of a lost call.
func (e *Endpoint) cancelLost(ctx context.Context, lc *lostCall, n uint32) error {
	req := lc.request(e, sipmsg.CANCEL, lc.cseq(n))
	req.RemoveHeader("Via")
	e.via(req, lc.branch(n))
	req.AppendHeader(restarted.header())
	if _, err := e.exchange(ctx, req); err != nil {
		return fmt.Errorf("cancel lost call %s: %w", lc.Leg.CallID, err)
	}
	return nil
}

// byeCSeq is above any CSeq that an earlier process can have used.
const byeCSeq = 1 << 20

// ByeLost ends an answered call of an earlier process: ToTag and Remote of the
// leg must be known. A call that the peer does not know any more is ended.
func (e *Endpoint) ByeLost(ctx context.Context, l Lost) error {
	lc, err := e.calls.lose(l)
	if err != nil {
		return err
	}
	remote, err := parseURI(l.Leg.Remote)
	if err != nil || l.Leg.ToTag == "" {
		return fmt.Errorf("bye to lost call %s: to-tag or contact unknown: %w", l.Leg.CallID, errors.Join(ErrNotSent, err))
	}
	d, err := lc.dialog(e, l.Leg, remote)
	if err != nil {
		return fmt.Errorf("bye to lost call %s: %w: %w", l.Leg.CallID, ErrNotSent, err)
	}
	req := d.build(sipmsg.BYE, byeCSeq)
	req.AppendHeader(restarted.header())
	if len(d.routes) == 0 && lc.Route != "" {
		req.SetDestination(lc.Route)
		e.via(req, "")
	}
	res, err := e.transact(ctx, req, l.Credentials)
	if err == nil && res.StatusCode >= 300 && res.StatusCode != 481 {
		err = refusedBy(res, l.Credentials)
	}
	if err != nil {
		return fmt.Errorf("bye to lost call %s: %w", l.Leg.CallID, err)
	}
	return nil
}

// lostCall is a call that nobody waits for, but that may still be answered.
type lostCall struct {
	Lost
	first  sipmsg.Uri // where the call was meant to go
	target sipmsg.Uri // where it went: elsewhere after a redirect
	until  time.Time

	mu        sync.Mutex
	cancelled map[string]bool    // by branch
	answers   map[string]*Dialog // by To-tag
}

// lose keeps a lost call in mind.
func (c *calls) lose(l Lost) (*lostCall, error) {
	first, err := parseURI(l.Leg.Target)
	if err != nil {
		return nil, fmt.Errorf("lost call %s: %w", l.Leg.CallID, err)
	}
	uri, err := parseURI(targetOf(l.Leg))
	if err != nil {
		return nil, fmt.Errorf("lost call %s: %w", l.Leg.CallID, err)
	}
	l.Route = routeTo(&uri, &first, l.Route)
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, old := range c.lost {
		if now.After(old.until) {
			delete(c.lost, id)
		}
	}
	lc := c.lost[l.Leg.CallID]
	if lc == nil {
		lc = &lostCall{
			Lost: l, first: first, target: uri, until: now.Add(lostFor),
			cancelled: make(map[string]bool), answers: make(map[string]*Dialog),
		}
		c.lost[l.Leg.CallID] = lc
	}
	return lc, nil
}

// lostCall returns the lost call that a response belongs to; nil without.
func (c *calls) lostCall(res *sipmsg.Response) *lostCall {
	c.mu.Lock()
	defer c.mu.Unlock()
	lc := c.lost[res.CallID().Value()]
	if lc == nil || lc.Leg.FromTag != wire.FromTag(res) || time.Now().After(lc.until) {
		return nil
	}
	return lc
}

// branch is what the n-th INVITE bore in Via.
func (lc *lostCall) branch(n uint32) string {
	if n == 1 {
		return lc.Leg.Branch
	}
	return lc.Leg.Branch + "." + strconv.Itoa(int(n))
}

// request builds a request of the lost call outside of its dialog. From had a
// user that we do not know any more; what counts is the tag.
func (lc *lostCall) request(e *Endpoint, method sipmsg.RequestMethod, cseq uint32) *sipmsg.Request {
	dest := lc.Route
	if dest == "" {
		dest = wire.HeadingOf(&lc.target).String()
	}
	return e.request(outline{
		method: method, uri: lc.target, callID: lc.Leg.CallID, cseq: cseq, dest: dest,
		from: e.from(Party{}, lc.Leg.FromTag, dest), to: to(Party{}, &lc.first, ""),
	})
}

// cseq is that of the n-th INVITE.
func (lc *lostCall) cseq(n uint32) uint32 { return max(lc.Leg.CSeq, 1) + n - 1 }

// dialog is what is left of an answered call: enough to hang up.
func (lc *lostCall) dialog(e *Endpoint, leg campaigns.Leg, remote sipmsg.Uri) (*Dialog, error) {
	d := &Dialog{
		e: e, id: whole{half{leg.CallID, leg.FromTag}, leg.ToTag}, leg: leg, cred: lc.Credentials, caller: true,
		local: e.from(Party{}, leg.FromTag, wire.HeadingOf(&remote).String()), remote: to(Party{}, &lc.first, leg.ToTag),
		via: wire.TransportOf(&lc.target, "UDP"), target: remote, done: make(chan struct{}),
	}
	for _, s := range leg.Routes {
		var route sipmsg.Uri
		if err := sipmsg.ParseUri(s, &route); err != nil || route.Host == "" {
			return nil, errors.Join(errors.New("route set is not of uris"), err)
		}
		d.routes = append(d.routes, route)
	}
	return d, nil
}

// stray is given each response that no transaction waits for, in a goroutine of
// sipgo.
func (e *Endpoint) stray(res *sipmsg.Response) {
	select {
	case e.strays <- res:
	default:
		e.log.Warn("sip response dropped", "status", res.StatusCode)
	}
}

// meet acts on a response to an INVITE that no transaction waits for.
func (e *Endpoint) meet(ctx context.Context, res *sipmsg.Response) {
	defer e.wire.Rescue("stray response")
	if wire.Check(res) != nil || res.CSeq().MethodName != sipmsg.INVITE {
		return
	}
	if d := e.calls.dialog(res); d != nil && res.IsSuccess() {
		d.reconfirm(ctx, res)
		return
	}
	if o := e.calls.placed(res); o != nil && res.IsSuccess() {
		o.accept(context.WithoutCancel(ctx), res)
		return
	}
	if lc := e.calls.lostCall(res); lc != nil {
		e.meetLost(ctx, lc, res)
	}
}

// meetLost ends what is left of a lost call.
func (e *Endpoint) meetLost(ctx context.Context, lc *lostCall, res *sipmsg.Response) {
	switch {
	case res.IsProvisional():
		if n := lc.try(res); n > 0 && lc.cancelOnce(n) {
			e.wire.Go(func() {
				if err := e.cancelLost(ctx, lc, n); err != nil {
					e.log.WarnContext(ctx, "lost call not cancelled", "call_id", lc.Leg.CallID, "err", err)
				}
			})
		}
	case res.IsSuccess():
		d, first := lc.answer(e, res)
		if !first {
			d.reconfirm(ctx, res)
			return
		}
		e.log.InfoContext(ctx, "lost call answered late", "call_id", lc.Leg.CallID)
		e.wire.Go(func() { d.turnAway(ctx, res, restarted) })
	default:
		e.wire.Send(ctx, lc.ackRefusal(e, res))
	}
}

// try says which INVITE of the lost call a response is for; 0 for none.
func (lc *lostCall) try(res *sipmsg.Response) uint32 {
	branch, _ := res.Via().Params.Get("branch")
	n := uint32(1)
	if rest, ok := strings.CutPrefix(branch, lc.Leg.Branch+"."); ok {
		k, err := strconv.ParseUint(rest, 10, 8)
		if err != nil {
			return 0
		}
		n = uint32(k)
	} else if branch != lc.Leg.Branch {
		return 0
	}
	return n
}

// cancelOnce reports whether the n-th INVITE has not been cancelled for a late
// response before.
func (lc *lostCall) cancelOnce(n uint32) bool {
	lc.mu.Lock()
	defer lc.mu.Unlock()
	branch := lc.branch(n)
	done := lc.cancelled[branch]
	lc.cancelled[branch] = true
	return !done
}

// answer returns the dialog of a late answer, and whether it is new.
func (lc *lostCall) answer(e *Endpoint, res *sipmsg.Response) (d *Dialog, first bool) {
	lc.mu.Lock()
	defer lc.mu.Unlock()
	if known := lc.answers[wire.ToTag(res)]; known != nil {
		return known, false
	}
	d = newLate(e, lc, res)
	lc.answers[wire.ToTag(res)] = d
	return d, true
}

// ackRefusal builds the ACK of a refusal whose INVITE transaction is gone
// (RFC 3261 section 17.1.1.3).
func (lc *lostCall) ackRefusal(e *Endpoint, res *sipmsg.Response) *sipmsg.Request {
	req := lc.request(e, sipmsg.ACK, res.CSeq().SeqNo)
	branch, _ := res.Via().Params.Get("branch")
	e.via(req, branch)
	if tag := wire.ToTag(res); tag != "" {
		req.To().Params.Add("tag", tag)
	}
	return req
}
