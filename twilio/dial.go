package twilio

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
)

// Twilio's bounds for how long somebody is rung, in seconds.
const (
	shortestRing = 5
	longestRing  = 600
)

// outside is somebody outside whom a flow has called for a caller.
type outside struct {
	spec ivr.DialSpec
	seq  int    // of the step
	own  string // the number of ours that the call has
}

// dial writes the verb by which Twilio calls somebody outside and joins the two.
// It is nil where the flow names another trunk than the call's: the node that
// runs the queues does that.
func (c *Carrier) dial(ctx context.Context, t *trunk, rec call.Record, o outside) (*dialVerb, error) {
	if o.spec.Trunk != "" && o.spec.Trunk != t.Name {
		return nil, nil //nolint:nilnil // it is somebody else's
	}
	n, err := phone.Parse(o.spec.Number, c.opt.Region)
	if err != nil {
		return nil, fmt.Errorf("dial somebody outside: %w", err)
	}
	talk := talkOf(rec, o.seq, time.Now())
	talk.Number, talk.Trunk, talk.Leg = n, t.Name, campaigns.Leg{Carrier: Name, Target: string(n)}
	if why := c.mayDial(ctx, t, talk); why != "" {
		talk.Outcome, talk.EndedAt = string(ivr.Failed), time.Now()
		c.book(ctx, talk)
		return nil, fmt.Errorf("dial …%s: %s", last(string(n)), why)
	}
	c.book(ctx, talk)
	return &dialVerb{
		Timeout: min(max(wholeSeconds(o.spec.Ring), shortestRing), longestRing), Limit: wholeSeconds(t.TimeLimit), CallerID: t.shown(o.own),
		Action: c.stepURL(t, rec, o.seq, kindDialed) + "&number=" + t.seal.close(sealNumber, []byte(n)), Method: "POST",
		Nouns: []any{numberNoun{Number: string(n)}},
	}, nil
}

// sealNumber is the purpose of a number that is sealed into a URL.
const sealNumber = "number"

// last is what is logged of a number.
func last(n string) string { return n[max(0, len(n)-3):] }

// shown is the number that somebody outside sees: the one that the call has, if
// it is the trunk's, else the trunk's first.
func (t *trunk) shown(own string) string {
	n, err := phone.Parse(own, "")
	if err == nil && slices.Contains(t.Numbers, n) {
		return string(n)
	}
	return string(t.own())
}

// own is the trunk's first number; empty where it has none.
func (t *trunk) own() phone.Number {
	if len(t.Numbers) > 0 {
		return t.Numbers[0]
	}
	return ""
}

// talkOf is the talk of a step that dials. Its ids are made of the call's and the
// step's, so that any node knows them.
func talkOf(rec call.Record, seq int, from time.Time) call.Talk {
	id := func(what string) string {
		return uuid.NewSHA1(uuid.NameSpaceURL, []byte(what+" "+rec.ID+" "+strconv.Itoa(seq))).String()
	}
	return call.Talk{
		ID: id("talk"), CallID: rec.ID, AgentCall: id("call"), Campaign: rec.Campaign, Contact: rec.Contact, WaitedFrom: from,
	}
}

// mayDial says why somebody may not be called; once for a talk, however often the
// document is written.
func (c *Carrier) mayDial(ctx context.Context, t *trunk, talk call.Talk) string {
	if why := t.Allow.Refuses(talk.Number); why != "" {
		return why
	}
	return c.dials.once(talk.ID, func() string {
		if c.opt.MayDial == nil {
			return ""
		}
		return c.opt.MayDial(ctx, talk.AgentCall, t.Name, talk.Number)
	})
}

// mostDials is how many verdicts are remembered.
const mostDials = 4096

// dials remembers which calls to the outside were permitted. The zero value is
// ready to use.
type dials struct {
	mu  sync.Mutex
	why map[string]string
}

func (d *dials) once(id string, ask func() string) string {
	d.mu.Lock()
	why, known := d.why[id]
	d.mu.Unlock()
	if known {
		return why
	}
	why = ask()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.why == nil || len(d.why) >= mostDials {
		d.why = make(map[string]string)
	}
	d.why[id] = why
	return why
}

// book keeps a talk. What cannot be kept is logged; the caller does not wait for
// it in vain.
func (c *Carrier) book(ctx context.Context, talk call.Talk) {
	if c.opt.Talks == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stepTime)
	defer cancel()
	if err := c.opt.Talks.SaveTalk(ctx, talk); err != nil {
		c.log.Error("talk not stored", "call_id", talk.CallID, "err", err)
	}
}

// cameOf are the events of Twilio's words for how a call to somebody outside has
// ended.
var cameOf = map[string]ivr.EventKind{
	"completed": ivr.Connected, "answered": ivr.Connected, "busy": ivr.Busy, "no-answer": ivr.TimedOut,
	"failed": ivr.Failed, "canceled": ivr.Failed,
}

// dialed takes what came of a call to somebody outside.
func (c *Carrier) dialed(ctx context.Context, r *request) reply {
	now := time.Now()
	kind, known := cameOf[r.get("DialCallStatus")]
	if !known {
		return status(http.StatusBadRequest, "DialCallStatus is none that is known")
	}
	rec, err := c.moved(ctx, r.id, -1, ivr.Event{})
	if err != nil {
		return c.respond(ctx, r, turn{seq: r.seq, ev: ivr.Event{Kind: kind, At: now}, err: err})
	}
	if rec.Seq == r.seq { // nobody has told before
		c.book(ctx, c.ended(r, rec, kind, now))
	}
	if r.over() {
		return document(hangupVerb{})
	}
	return c.advance(ctx, r, r.seq, ivr.Event{Kind: kind, At: now})
}

// ended is the talk of a call to somebody outside that is over.
func (c *Carrier) ended(r *request, rec call.Record, kind ivr.EventKind, now time.Time) call.Talk {
	talk := talkOf(rec, rec.Seq, now)
	lasted := time.Duration(number(r.get("DialCallDuration"))) * time.Second
	talk.Trunk, talk.Outcome, talk.EndedAt, talk.WaitedFrom = r.t.Name, string(kind), now, now.Add(-lasted)
	if n, err := r.t.seal.open(sealNumber, r.query.Get("number")); err == nil {
		talk.Number = phone.Number(n)
	}
	talk.Leg = campaigns.Leg{Carrier: Name, CallID: r.get("DialCallSid"), Target: string(talk.Number)}
	if kind == ivr.Connected {
		talk.JoinedAt = now.Add(-lasted)
	}
	return talk
}

// dialEnded ends the talk of a call that is over while it dials, of which Twilio
// reports nothing more.
func (c *Carrier) dialEnded(ctx context.Context, r *request, rec call.Record) {
	n := len(rec.Actions)
	if n == 0 || rec.Actions[n-1].Kind != ivr.Dial || c.opt.Talks == nil {
		return
	}
	if trunk := rec.Actions[n-1].Dial.Trunk; trunk != "" && trunk != r.t.Name {
		return
	}
	c.book(ctx, c.ended(r, rec, ivr.HungUp, time.Now()))
}
