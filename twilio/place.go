package twilio

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"careline/call"
	"careline/campaigns"
)

// Of a call that is placed.
const (
	ringing  = 30 * time.Second // where the order does not say
	mostRing = longestRing * time.Second
	backlog  = time.Second // that Twilio may keep a call waiting before the trunk is slowed
)

// placing is a call on its way to an answer.
type placing struct {
	*hosted
	c       *Carrier
	order   call.Order
	began   time.Time
	unclear error // why it is not known whether Twilio has taken the call; nil: it has
	ringed  bool  // Progress was told

	document string // that the call begins with; empty: Twilio asks for it
}

// Place places a call and returns its line once it is up. It asks Twilio once:
// where the answer is lost it waits for a proof that the call exists, and gives
// it up as unknown without one.
func (c *Carrier) Place(ctx context.Context, o call.Order) (call.Line, error) {
	o = c.shows(o)
	t, err := c.way(o)
	if err != nil {
		return nil, err
	}
	p := &placing{c: c, order: o, began: time.Now()}
	p.order.Leg.Carrier = Name
	p.hosted = c.enter(&hosted{
		id: o.ID, trunk: t, to: string(o.Number), from: string(o.CallerID), begun: p.began, witness: o.Info.Witness, counted: true,
		ring: min(cmp.Or(o.Ring, ringing), mostRing),
	})
	line, err := p.place(ctx)
	if err != nil {
		c.leave(p.hosted)
		p.log(err)
		return nil, err
	}
	return line, nil
}

func (p *placing) log(err error) {
	f := &call.Failure{}
	errors.As(err, &f)
	p.c.log.Info("call not answered", "call_id", p.id, "to", p.order.Number, "trunk", p.trunk.Name,
		"disposition", string(f.Disposition), "status", f.Evidence.Status, "why", f.Evidence.Text)
}

// notPlaced is a call of which nothing was sent.
func notPlaced(format string, args ...any) *call.Failure {
	return &call.Failure{
		Disposition: campaigns.NotPlaced,
		Evidence:    campaigns.Evidence{Text: fmt.Sprintf(format, args...), Rule: campaigns.ByUs},
	}
}

// way finds the trunk of an order, if the call may go by it, and counts the call.
func (c *Carrier) way(o call.Order) (*trunk, error) {
	t := c.trunks[o.Trunk]
	switch {
	case c.takesNone() && o.Info.Phone == "": // but to agents, for callers who wait
		return nil, notPlaced("the service takes no new calls")
	case t == nil:
		return nil, notPlaced("trunk %q is not configured", o.Trunk)
	case o.ID == "" || c.following(o.ID) != nil:
		return nil, notPlaced("a call by trunk %s needs an id of its own", t.Name)
	case !strings.HasPrefix(string(o.Number), "+"):
		return nil, notPlaced("trunk %s: Twilio calls numbers with a country code alone", t.Name)
	case !t.Allow.Permit(o.Number):
		return nil, notPlaced("trunk %s does not permit the destination: %s", t.Name, t.Allow.Refuses(o.Number))
	case !slices.Contains(t.Numbers, o.CallerID):
		return nil, notPlaced("trunk %s has no such number to show", t.Name)
	}
	if why := t.take(time.Now()); why != "" {
		return nil, notPlaced("trunk %s: %s", t.Name, why)
	}
	return t, nil
}

// run asks Twilio for the call and waits for an answer.
func (p *placing) run(ctx context.Context) (call.Line, error) {
	if ctx.Err() != nil {
		return nil, notPlaced("the service takes no new calls")
	}
	if f := p.turn(ctx); f != nil {
		return nil, f
	}
	// The request is not cut short: its answer would be lost.
	made, err := p.trunk.api.create(context.WithoutCancel(ctx), p.params())
	if f := p.asked(ctx, made, err); f != nil {
		return nil, f
	}
	if err := p.tell(ctx, call.Sent, p.began); err != nil {
		return p.giveUp(ctx, err)
	}
	if p.unclear != nil {
		searching, enough := context.WithCancel(ctx)
		defer enough()
		go p.c.search(searching, p.hosted)
	}
	return p.await(ctx)
}

// asked takes in what became of the request.
func (p *placing) asked(ctx context.Context, made *openapi.ApiV2010Call, err error) *call.Failure {
	var refused *apiError
	switch {
	case err == nil:
		p.trunk.fared(nil, time.Now())
		p.taken(ctx, made)
	case errors.As(err, &refused) && refused.certain():
		p.trunk.fared(refused, time.Now())
		return refused.failure()
	default:
		p.unclear = err
		p.trunk.fared(refused, time.Now())
		if refused != nil {
			p.c.opt.Slowed(p.trunk.Name, refused.status, refused.wait)
		}
		p.c.log.Warn("call may have been placed", "call_id", p.id, "to", p.order.Number, "trunk", p.trunk.Name, "err", err)
	}
	return nil
}

// taken notes that Twilio has the call.
func (p *placing) taken(ctx context.Context, made *openapi.ApiV2010Call) {
	known, _ := p.state()
	f := learnt(known, made, time.Now())
	if _, err := p.c.told(context.WithoutCancel(ctx), f); err != nil {
		p.c.log.Warn("call is known in memory alone", "call_id", p.id, "err", err)
	}
	ms, _ := strconv.Atoi(text(made.QueueTime))
	if waits := time.Duration(ms) * time.Millisecond; waits > backlog {
		p.trunk.rest(time.Now().Add(min(waits, longestRest)), fmt.Sprintf(
			"Twilio keeps calls waiting for %v: the account is asked for more calls per second than it has", waits))
		p.c.opt.Slowed(p.trunk.Name, http.StatusTooManyRequests, waits)
		p.c.log.Warn("calls wait at Twilio: lower calls_per_second of the account's trunks, on all nodes together",
			"trunk", p.trunk.Name, "wait", waits)
	}
}

// tell tells the order's Progress of a stage.
func (p *placing) tell(ctx context.Context, s call.Stage, at time.Time) error {
	if p.order.Progress == nil {
		return nil
	}
	f, _ := p.state()
	leg := p.order.Leg
	leg.CallID = f.Name
	return p.order.Progress(ctx, call.Progress{Stage: s, At: at, Leg: leg})
}

// await waits until somebody answers or the call is over.
func (p *placing) await(ctx context.Context) (call.Line, error) {
	for {
		f, changed := p.state()
		if err := p.rings(ctx, f); err != nil {
			return p.giveUp(ctx, err)
		}
		switch {
		case answered(f):
			return p.up(ctx, f)
		case f.Phase == call.Over:
			return nil, unanswered(f)
		}
		until := time.NewTimer(time.Until(p.deadline(f)))
		select {
		case <-changed:
		case <-until.C:
			if f.Name != "" { // it shall not be dialed when nobody expects it any more
				return p.giveUp(ctx, errNoEnd)
			}
			return nil, unknown(f, p.doubt())
		case <-ctx.Done():
			until.Stop()
			return p.giveUp(ctx, context.Cause(ctx))
		}
		until.Stop()
	}
}

// rings tells that it does, once.
func (p *placing) rings(ctx context.Context, f call.Fact) error {
	if p.ringed || !f.Rang {
		return nil
	}
	p.ringed = true
	return p.tell(ctx, call.Ringing, time.Now())
}

// deadline is when a call of which nothing is heard is given up as unknown.
func (p *placing) deadline(f call.Fact) time.Time {
	at := p.began.Add(p.c.opt.Proof)
	if proven(f) {
		at = at.Add(p.ring)
	}
	return at
}

// proven tells whether Twilio has the call.
func proven(f call.Fact) bool { return f.Name != "" || f.Phase > 0 }

// errNoEnd is why a call is given up that Twilio has taken.
var errNoEnd = errors.New("taken by Twilio, which does not tell how it ended")

// doubt is why it is not known how the call ended.
func (p *placing) doubt() string {
	if p.unclear == nil {
		return errNoEnd.Error()
	}
	return fmt.Sprintf("nothing proved within %v that the call exists: %v", p.c.opt.Proof, p.unclear)
}

// up makes the line of a call that was answered.
func (p *placing) up(ctx context.Context, f call.Fact) (call.Line, error) {
	l := &Line{c: p.c, h: p.hosted}
	if err := p.tell(ctx, call.Up, f.AnsweredAt); err != nil {
		l.Hangup(context.WithoutCancel(ctx))
		return nil, &call.Failure{
			Disposition: campaigns.Cancelled, Sent: true, Rang: true,
			Evidence: campaigns.Evidence{Status: 200, Text: err.Error(), Rule: campaigns.ByUs},
		}
	}
	p.witness.Answered(cmp.Or(f.AnsweredAt, time.Now()))
	p.c.log.Info("call answered", "call_id", p.id, "to", p.order.Number, "trunk", p.trunk.Name)
	return l, nil
}

// giveUp cancels the call, waits for its end and says what it was. Somebody may
// have answered all the same: then it is a line, which is over or about to be.
func (p *placing) giveUp(ctx context.Context, why error) (call.Line, error) {
	f := p.c.end(context.WithoutCancel(ctx), p.hosted)
	switch {
	case answered(f):
		return p.up(context.WithoutCancel(ctx), f)
	case f.Phase != call.Over:
		return nil, unknown(f, fmt.Sprintf("given up (%v), and its end was not heard of", why))
	}
	failure := unanswered(f)
	if failure.Disposition == campaigns.Cancelled {
		failure.Evidence.Text = why.Error()
	}
	return nil, failure
}

// params asks for the call.
func (p *placing) params() *openapi.CreateCallParams {
	machine := "?" + url.Values{machineParam: {string(p.witness.Machine())}}.Encode()
	hook := func(what string) string { return p.c.hook(p.trunk.Name, "calls", p.id, what) + machine }
	q := (&openapi.CreateCallParams{}).SetTo(p.to).SetFrom(p.from)
	if p.document == "" {
		q.SetUrl(hook("answer")).SetMethod("POST").SetFallbackUrl(hook("fallback")).SetFallbackMethod("POST")
	} else {
		q.SetTwiml(p.document)
	}
	q.SetStatusCallback(hook("status")).SetStatusCallbackMethod("POST")
	q.SetStatusCallbackEvent([]string{"initiated", "ringing", "answered", "completed"})
	q.SetTimeout(max(wholeSeconds(p.ring), shortestRing)).SetTimeLimit(wholeSeconds(p.trunk.TimeLimit))
	p.detect(q, hook)
	return q
}

// detect asks for machine detection, where somebody wants to know.
func (p *placing) detect(q *openapi.CreateCallParams, hook func(string) string) {
	switch p.witness.Machine() {
	case campaigns.MachineHangUp:
		q.SetMachineDetection("Enable")
	case campaigns.MachineFlow:
		q.SetMachineDetection("DetectMessageEnd")
	default:
		return
	}
	d := p.trunk.Detecting
	if d.Way == DetectAsync {
		q.SetAsyncAmd("true").SetAsyncAmdStatusCallback(hook("amd")).SetAsyncAmdStatusCallbackMethod("POST")
	}
	for _, v := range []struct {
		is, unit time.Duration
		set      func(int) *openapi.CreateCallParams
	}{
		{d.Timeout, time.Second, q.SetMachineDetectionTimeout},
		{d.Speech, time.Millisecond, q.SetMachineDetectionSpeechThreshold},
		{d.SpeechEnd, time.Millisecond, q.SetMachineDetectionSpeechEndThreshold},
		{d.Silence, time.Millisecond, q.SetMachineDetectionSilenceTimeout},
	} {
		if v.is != 0 {
			v.set(int(v.is / v.unit))
		}
	}
}
