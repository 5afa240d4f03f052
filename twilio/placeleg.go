package twilio

import (
	"cmp"
	"context"
	"errors"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"careline/call"
	"careline/campaigns"
)

// Of a call that is placed for somebody, so that its sound has to come here.
const (
	longestWait = 90 * time.Second // for an answer
	legGrace    = 15 * time.Second // from the answer until the sound is here
)

// errNoLine is a leg that is no line.
var errNoLine = errors.New("the leg is no line")

// place places the call: its line is one of Twilio's, or of this node where the
// call is for somebody who is here, or is to be.
func (p *placing) place(ctx context.Context) (call.Line, error) {
	if p.order.Serves == "" {
		return p.run(ctx)
	}
	return p.placeLeg(ctx)
}

// placeLeg places a call whose document sends its sound here at once, by a secret
// that opens the door once, and returns the leg.
func (p *placing) placeLeg(ctx context.Context) (call.Line, error) {
	if p.c.opt.Legs == nil || p.c.opt.SIP == "" {
		return nil, notPlaced("trunk %s: %v", p.trunk.Name, errNoSound)
	}
	expecting, enough := context.WithCancel(context.WithoutCancel(ctx))
	defer enough()
	token := newToken()
	info := p.order.Info
	info.ID, info.Trunk = p.id, p.trunk.Name
	arrived, err := p.c.opt.Legs.ExpectLeg(expecting, call.Expected{
		Secret: token, From: p.c.opt.Sources, Within: p.ring + legGrace, Serves: p.order.Serves, Info: info,
	})
	if err != nil {
		return nil, notPlaced("trunk %s: %v", p.trunk.Name, err)
	}
	text, err := marshal([]any{dialVerb{
		Timeout: legRing, Limit: wholeSeconds(p.trunk.TimeLimit), CallerID: p.from, Nouns: []any{sipNoun{URI: p.c.address(token)}},
	}})
	if err != nil {
		return nil, notPlaced("trunk %s: %v", p.trunk.Name, err)
	}
	p.document = string(text)
	came := make(chan call.Leg, 1)
	go func() { came <- p.comes(expecting, arrived) }()
	if _, err = p.run(ctx); err != nil {
		enough()
		if leg := <-came; leg != nil {
			leg.Hangup(context.WithoutCancel(ctx))
		}
		return nil, err
	}
	return p.joinable(ctx, came)
}

// comes returns the leg once it is here, which shows that somebody has answered;
// nil where it does not come.
func (p *placing) comes(ctx context.Context, arrived <-chan call.Leg) call.Leg {
	leg, ok := <-arrived
	if !ok {
		return nil
	}
	now := time.Now()
	if _, err := p.c.told(ctx, call.Fact{ID: p.id, Trunk: p.trunk.Name, Phase: call.Talking, AnsweredAt: now}); err != nil {
		p.c.log.Warn("answer is known in memory alone", "call_id", p.id, "err", err)
	}
	return leg
}

// joinable is the line of a call that was answered, once its sound is here.
func (p *placing) joinable(ctx context.Context, came <-chan call.Leg) (call.Line, error) {
	late := time.NewTimer(legGrace)
	defer late.Stop()
	err := errNoLeg
	select {
	case leg := <-came:
		line, ok := leg.(call.Line)
		if ok {
			go p.outlives(context.WithoutCancel(ctx), leg)
			return line, nil
		}
		err = cmp.Or(err, errNoLine)
	case <-late.C:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	p.c.end(context.WithoutCancel(ctx), p.hosted)
	return nil, &call.Failure{
		Disposition: campaigns.Failure, Sent: true, Rang: true, Evidence: campaigns.Evidence{Status: 200, Text: err.Error(), Rule: campaigns.ByUs},
	}
}

// outlives sees to it that a call at Twilio ends with its leg.
func (p *placing) outlives(ctx context.Context, leg call.Leg) {
	<-leg.Done()
	late := time.NewTimer(soonTime)
	defer late.Stop()
	for {
		f, changed := p.state()
		if f.Phase == call.Over {
			return
		}
		select {
		case <-changed:
			continue
		case <-late.C:
		}
		p.c.end(ctx, p.hosted)
		p.c.leave(p.hosted)
		return
	}
}

// shows is the number that the callee is shown: of a call for somebody who is here
// the trunk's, where the order does not say.
func (c *Carrier) shows(o call.Order) call.Order {
	if t := c.trunks[o.Trunk]; t != nil && o.Serves != "" {
		o.CallerID = cmp.Or(o.CallerID, t.own())
		o.Ring = min(cmp.Or(o.Ring, ringing), longestWait)
	}
	return o
}

// endLeft ends a call that an earlier run had placed for somebody who was there:
// nobody hears it any more.
func (c *Carrier) endLeft(ctx context.Context, a campaigns.Attempt) {
	t, name := c.trunks[a.Trunk], a.Leg.CallID
	if t != nil {
		defer t.adopt(-1)
	}
	facts, err := c.opt.Book.Facts(ctx, []string{string(a.ID)})
	for _, f := range facts {
		name = cmp.Or(f.Name, name)
	}
	if t == nil || name == "" {
		c.log.Warn("call of an earlier run not ended, as Twilio's name of it is not known", "call_id", string(a.ID), "trunk", a.Trunk, "err", err)
		return
	}
	_, err = t.api.change(ctx, name, (&openapi.UpdateCallParams{}).SetStatus(statusCompleted))
	if err != nil && !isOver(err) {
		c.log.Warn("call of an earlier run not ended", "call_id", string(a.ID), "trunk", a.Trunk, "err", err)
		return
	}
	c.log.Info("call of an earlier run ended", "call_id", string(a.ID), "trunk", a.Trunk)
}
