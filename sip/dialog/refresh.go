package dialog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// sessionTimer ends a call whose peer is gone without a word (RFC 4028): one side
// refreshes the session, the other waits for it.
type sessionTimer struct {
	interval time.Duration // 0: the call has none
	ours     bool          // we refresh
	update   bool          // the peer takes UPDATE
	alarm    *time.Timer
	round    int // counts the alarms that were set
}

// expiry is how long before its end a session that was not refreshed is given
// up, at most.
const expiry = 32 * time.Second

// grant decides on the session timer as we accept a request of the peer, and
// says so in the response (RFC 4028 section 9).
func (d *Dialog) grant(req *sipmsg.Request, res *sipmsg.Response) {
	asked, able := intervalOf(req), supports(req, "timer")
	usual := max(d.e.opt.SessionExpires, 0)
	d.mu.Lock()
	defer d.mu.Unlock()
	t := &d.timer
	t.learn(req)
	had := t.interval > 0
	switch {
	case asked.length >= d.e.opt.MinSE:
		t.interval = min(asked.length, max(cmp.Or(usual, asked.length), asked.least))
	case able && (had || usual > 0):
		t.interval = max(cmp.Or(t.interval, usual), asked.least)
	default:
		return // as it was: a peer without timers is refreshed by us, or has none
	}
	t.ours = !able || asked.refresher == "uas" || asked.refresher == "" && (t.ours || !had)
	interval{length: t.interval, refresher: side(!t.ours)}.put(res)
	if able {
		res.AppendHeader(sipmsg.NewHeader("Require", "timer"))
	}
}

// side names a side of a transaction.
func side(client bool) string {
	if client {
		return "uac"
	}
	return "uas"
}

// renew asks for the session timer of the call in a request of ours, with the
// roles as they are.
func (d *Dialog) renew(req *sipmsg.Request) {
	req.AppendHeader(supported())
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer.interval == 0 {
		d.e.demand(req)
		return
	}
	interval{length: d.timer.interval, least: d.e.opt.MinSE, refresher: side(d.timer.ours)}.put(req)
}

// agree takes over what a 2xx to a request of ours says of the session timer. A
// peer that has none is refreshed by us (RFC 4028 section 7.2). The caller holds
// d.mu, or is alone with d.
func (d *Dialog) agree(req *sipmsg.Request, res *sipmsg.Response) {
	asked, got := intervalOf(req), intervalOf(res)
	t := &d.timer
	t.learn(res)
	switch {
	case got.length > 0:
		t.interval, t.ours = max(got.length, d.e.opt.MinSE), got.refresher != "uas"
	case asked.length > 0:
		t.interval, t.ours = asked.length, true
	}
}

// learn notes what the peer allows.
func (t *sessionTimer) learn(m sipmsg.Message) {
	if allow := listed(m, "Allow"); allow != "" {
		t.update = lists(allow, string(sipmsg.UPDATE))
	}
}

// arm begins a new interval.
func (d *Dialog) arm(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	wait := d.timer.interval / 2
	if !d.timer.ours {
		wait = d.timer.interval - min(expiry, d.timer.interval/3)
	}
	d.wake(ctx, wait)
}

// wake sets the alarm. d.mu is held.
func (d *Dialog) wake(ctx context.Context, wait time.Duration) {
	t := &d.timer
	t.stop()
	if t.interval == 0 || d.ending.By != "" {
		return
	}
	t.round++
	round, bg := t.round, context.WithoutCancel(ctx)
	t.alarm = time.AfterFunc(wait, func() { d.e.wire.Go(func() { d.due(bg, round) }) })
}

func (t *sessionTimer) stop() {
	if t.alarm != nil {
		t.alarm.Stop()
	}
}

// due refreshes the session, or gives it up as the peer did not. An alarm that
// was set again meanwhile does not count, nor one of a call that has just ended.
func (d *Dialog) due(ctx context.Context, round int) {
	d.mu.Lock()
	stale, ours := round != d.timer.round || d.ending.By != "", d.timer.ours
	d.mu.Unlock()
	switch {
	case stale:
	case ours:
		d.keepUp(ctx)
	default:
		d.expire(ctx)
	}
}

// expire ends a call that the peer has not refreshed.
func (d *Dialog) expire(ctx context.Context) {
	if !d.finish(Expired, Reason{Text: "session not refreshed"}) {
		return
	}
	d.e.log.InfoContext(ctx, "session expired", "call_id", d.id.callID)
	if err := d.sendBye(ctx, Reason{Q850: 102, Text: "Session expired"}); err != nil {
		d.e.log.WarnContext(ctx, "expired call not hung up", "call_id", d.id.callID, "err", err)
	}
}

// keepUp refreshes the session. A peer that refuses is there all the same: it is
// asked again, and nobody is hung up on for it.
func (d *Dialog) keepUp(ctx context.Context) {
	err := d.touch(ctx)
	if err == nil || d.over() {
		return
	}
	d.e.log.WarnContext(ctx, "session not refreshed", "call_id", d.id.callID, "err", err)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wake(ctx, d.timer.interval/8)
}

// touch refreshes by UPDATE where the peer takes it, else by a re-INVITE with
// the session as it is.
func (d *Dialog) touch(ctx context.Context) error {
	d.mu.Lock()
	update, said := d.timer.update, d.said
	d.mu.Unlock()
	if !update && said != nil {
		return d.repeat(ctx, said)
	}
	err := d.update(ctx)
	var r *RefusedError
	if errors.As(err, &r) && (r.Code == 405 || r.Code == 501) && said != nil {
		d.mu.Lock()
		d.timer.update = false
		d.mu.Unlock()
		return d.repeat(ctx, said)
	}
	return err
}

// repeat offers again what we said last. An answer that differs from the peer's
// latest description is passed on.
func (d *Dialog) repeat(ctx context.Context, said []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 64*sipmsg.T1)
	defer cancel()
	before := string(d.RemoteSDP())
	answer, err := d.ReInvite(ctx, said)
	if err != nil {
		return err
	}
	if answer != nil && string(answer) != before && d.handlers.Answered != nil {
		d.handlers.Answered(answer)
	}
	return nil
}

// update sends an UPDATE without an offer.
func (d *Dialog) update(ctx context.Context) error {
	req := d.next(sipmsg.UPDATE)
	req.AppendHeader(d.e.allow())
	d.renew(req)
	var tries rounds
	for {
		res, err := d.e.exchange(ctx, req)
		if err != nil {
			return d.failed(ctx, "update", err)
		}
		if res.IsSuccess() {
			d.mu.Lock()
			d.refresh(res)
			d.agree(req, res)
			d.mu.Unlock()
			d.arm(ctx)
			return nil
		}
		if req = d.again(&tries, req, res); req == nil {
			return d.failed(ctx, "update", refusedBy(res, d.cred))
		}
	}
}

// again is a request within the dialog to be sent once more, with what it was
// refused for mended; nil when nothing can be done.
func (d *Dialog) again(tries *rounds, req *sipmsg.Request, res *sipmsg.Response) *sipmsg.Request {
	next := tries.next(req, res, d.cred)
	if next == nil {
		return nil
	}
	d.skip(next)
	d.e.via(next, "")
	return next
}

// failed ends the call when the peer does not know it any more (RFC 3261
// section 12.2.1.2), and passes the error on.
func (d *Dialog) failed(ctx context.Context, what string, err error) error {
	var r *RefusedError
	gone := errors.As(err, &r) && (r.Code == 408 || r.Code == 481) || errors.Is(err, ErrNoResponse)
	if gone && d.finish(Vanished, Reason{Text: what + " not answered"}) {
		d.e.wire.Go(func() { d.dismiss(context.WithoutCancel(ctx), Reason{}) })
	}
	return fmt.Errorf("%s of call %s: %w", what, d.id.callID, err)
}
