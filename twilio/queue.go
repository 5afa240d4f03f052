package twilio

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"careline/call"
	"careline/ivr"
)

// The kinds of webhooks of a caller who is at the node that runs the queues.
const (
	kindLeg    = "leg"    // the document is asked for that connects the caller
	kindLeft   = "left"   // the connection is over, or did not come about
	kindAsked  = "asked"  // an agent has answered by telephone, and is asked whether they take the caller
	kindTaken  = "taken"  // and has pressed a key, or none
	kindParked = "parked" // Twilio's own queue does not keep the caller
)

const (
	atOnce   = 250 * time.Millisecond // for a queue that knows at once what becomes of the caller
	soonTime = 3 * time.Second        // for a queue that is through with a caller whose connection is over
)

// parkName is the name of Twilio's queue that keeps a caller: one of their own,
// out of which nobody else takes them.
func parkName(id string) string { return "careline-" + id[:min(len(id), 40)] }

// enqueue takes a caller who has come to the node that runs the queues, once for
// a step, and keeps them with music.
func (c *Carrier) enqueue(ctx context.Context, r *request) reply {
	s, answer := c.caller(ctx, r)
	if s == nil {
		return answer
	}
	return c.decided(ctx, r, s, atOnce)
}

// caller is who waits at the step that a webhook names: one who is served, or is
// to be from now on. Without one the webhook is answered otherwise.
func (c *Carrier) caller(ctx context.Context, r *request) (*caller, reply) {
	if r.over() {
		return nil, document(hangupVerb{})
	}
	rec, err := c.moved(ctx, r.id, -1, ivr.Event{})
	spec, waits := waitsFor(rec)
	switch {
	case err != nil:
		return nil, c.respond(ctx, r, turn{seq: -1, err: err})
	case rec.Ending != "" || rec.Seq != r.seq || !waits:
		return nil, c.proceed(ctx, r, rec)
	case c.queueOf() == nil:
		return nil, c.advance(ctx, r, r.seq, ivr.Event{Kind: ivr.Failed, At: time.Now()})
	}
	c.catchUp(ctx, rec.ID)
	return c.serve(ctx, r, rec, spec), reply{}
}

// catchUp has the witness of a call of ours know what other nodes were told of it:
// how long the callee may wait depends on that.
func (c *Carrier) catchUp(ctx context.Context, id string) {
	h := c.following(id)
	if h == nil || !h.witness.Awaits() {
		return
	}
	facts, err := c.opt.Book.Facts(ctx, []string{id})
	if err != nil {
		c.log.Warn("other nodes are not heard of", "call_id", id, "err", err)
	}
	for _, f := range facts {
		c.learn(h, f)
	}
	if f, _ := h.state(); !f.AnsweredAt.IsZero() {
		h.witness.Answered(f.AnsweredAt)
		saw(h.witness, f.AnsweredBy, time.Now())
	}
}

// waitsFor is what a call waits for here; false where it does not.
func waitsFor(rec call.Record) (ivr.Action, bool) {
	if len(rec.Actions) == 0 {
		return ivr.Action{}, false
	}
	a := rec.Actions[len(rec.Actions)-1]
	return a, a.Kind == ivr.Enqueue || a.Kind == ivr.Dial
}

// decided goes on with a caller once it is known what becomes of them; until then
// it parks them.
func (c *Carrier) decided(ctx context.Context, r *request, s *caller, most time.Duration) reply {
	defer s.isAsked()()
	patience := time.NewTimer(most)
	defer patience.Stop()
	select {
	case <-s.done:
		if s.dismissed() {
			return c.parkAgain(ctx, r, s)
		}
		s.goesOn()
		return c.advance(ctx, r, r.seq, ivr.Event{Kind: s.outcome(), At: time.Now()})
	case <-patience.C:
	case <-ctx.Done():
	}
	return c.park(r, s)
}

// park keeps a caller with music until they are given another document. What
// stands behind the queue is for a Twilio that does not keep them there.
func (c *Carrier) park(r *request, s *caller) reply {
	s.parking()
	wait := c.queueHook(r.t.Name, "calls", r.id, "wait") + "?" + url.Values{"seq": {seqText(r.seq)}}.Encode()
	return document(
		enqueueVerb{WaitURL: wait, Name: parkName(r.id)},
		toURL(c.queueURL(r.t, r.id, r.seq, kindParked)),
	)
}

// parkAgain keeps a caller whom the queue has let go of, unless their call has moved
// on.
func (c *Carrier) parkAgain(ctx context.Context, r *request, s *caller) reply {
	rec, err := c.moved(ctx, r.id, -1, ivr.Event{})
	if err != nil || rec.Seq != r.seq || rec.Ending != "" {
		return c.respond(ctx, r, turn{seq: -1, rec: rec, err: err})
	}
	return c.park(r, s)
}

// held keeps a caller whom Twilio's own queue does not keep.
func (c *Carrier) held(ctx context.Context, r *request) reply {
	s, answer := c.caller(ctx, r)
	if s == nil {
		return answer
	}
	s.isParked()
	again := toURL(c.queueURL(r.t, r.id, r.seq, kindParked))
	return document(append(c.waitMusic(ctx, r.t, s.music), again)...)
}

// wait gives a caller who waits their music. Who is not served here, as after a
// restart, is from now on.
func (c *Carrier) wait(ctx context.Context, r *request) reply {
	r.seq = number(r.query.Get("seq"))
	s := c.served(r.id, r.seq)
	if s == nil && !c.settled.Load() {
		return document(pauseVerb{Length: 1})
	}
	if s == nil {
		var answer reply
		if s, answer = c.caller(ctx, r); s == nil {
			return meanwhile(answer)
		}
	}
	s.isParked()
	return document(c.waitMusic(ctx, r.t, s.music)...)
}

// meanwhile is what a caller is given in Twilio's queue whose call has moved on:
// that document comes, or has come, another way. A call that is over ends.
func meanwhile(answer reply) reply {
	if len(answer.verbs) == 1 && answer.verbs[0] == any(hangupVerb{}) {
		return answer
	}
	return document(pauseVerb{Length: 1})
}

// leg gives the document that connects a caller; music where they are not to be
// connected any more.
func (c *Carrier) leg(ctx context.Context, r *request) reply {
	s := c.served(r.id, r.seq)
	if s == nil {
		return c.enqueue(ctx, r)
	}
	if d, ok := s.connection(); ok && !r.over() {
		return document(d)
	}
	return c.decided(ctx, r, s, atOnce)
}

// unlinked takes the end of a caller's connection, and goes on as the queue says. One
// that this process knows nothing of was made before a restart: who has talked
// goes on, who has not waits again.
func (c *Carrier) unlinked(ctx context.Context, r *request) reply {
	kind, known := cameOf[r.get("DialCallStatus")]
	if !known {
		return status(http.StatusBadRequest, "DialCallStatus is none that is known")
	}
	s := c.served(r.id, r.seq)
	switch {
	case s != nil:
		s.parted(kind)
	case kind == ivr.Connected && r.get("DialBridged") != "false" && !r.over():
		return c.advance(ctx, r, r.seq, ivr.Event{Kind: kind, At: time.Now()})
	}
	if r.over() {
		return document(hangupVerb{})
	}
	if s == nil {
		return c.enqueue(ctx, r)
	}
	if s.isTalked() {
		return c.decided(ctx, r, s, soonTime)
	}
	return c.decided(ctx, r, s, atOnce)
}

// asked asks somebody who has answered an agent's telephone to take the caller by
// the key 1: a voice mail box is not to.
func (c *Carrier) asked(_ context.Context, r *request) reply {
	s := c.served(r.id, r.seq)
	if s == nil {
		return document(hangupVerb{})
	}
	prompt, err := c.say(r.t, c.acceptance())
	if err != nil {
		r.log.Warn("an agent is asked nothing", "err", err)
	}
	return document(gatherVerb{
		Input: "dtmf", NumDigits: 1, Timeout: acceptTime, Empty: true, Action: c.queueURL(r.t, r.id, r.seq, kindTaken), Method: "POST", Prompt: prompt,
	})
}

// acceptTime is how long an agent has to take a caller after they were asked, in
// seconds.
const acceptTime = 8

// taken connects an agent who takes the caller.
func (c *Carrier) taken(_ context.Context, r *request) reply {
	s := c.served(r.id, r.seq)
	if s == nil || r.get("Digits") != "1" || !s.accepted() {
		return document(hangupVerb{})
	}
	return document() // at whose end Twilio connects the two
}

// waits are the webhooks of a caller who is at the node that runs the queues.
func (c *Carrier) waits() map[string]hookFunc {
	return map[string]hookFunc{kindLeg: c.leg, kindLeft: c.unlinked, kindAsked: c.asked, kindTaken: c.taken, kindParked: c.held}
}

// acceptance is what an agent is asked; nothing where nobody says.
func (c *Carrier) acceptance() *ivr.Prompt {
	if c.opt.Accept == nil {
		return nil
	}
	p := c.opt.Accept()
	return &p
}

// queueURL is where something is reported of a caller who is at the node that
// runs the queues.
func (c *Carrier) queueURL(t *trunk, id string, seq int, kind string) string {
	return c.queueHook(t.Name, "calls", id, "steps", seqText(seq), kind)
}
