package twilio

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"careline/call"
	"careline/ivr"
)

// The kinds of a step's webhook: what has happened.
const (
	kindKeys    = "keys"    // a gather has ended
	kindPlayed  = "played"  // all was heard
	kindFailed  = "failed"  // the line could not do what was asked
	kindDialed  = "dialed"  // the call to somebody outside is over
	kindAgain   = "again"   // what is sealed in the URL; the answer to it was not there in time
	kindNow     = "now"     // nothing: the document of the latest step is asked for
	kindEnqueue = "enqueue" // the caller has come to the node that runs the queues
	kindQueued  = "queued:" // before an event's kind: what has come of the queue
)

// How long a caller waits for a step, and how often.
const (
	stepTime  = 5 * time.Second  // until the caller is told to wait
	stepLimit = 30 * time.Second // for a step that nobody waits for any more
	mostWaits = 12               // documents that tell a caller to wait, for one step
	mostTries = 3                // for a step that fails
)

// sealEvent is the purpose of an event that is sealed into a URL.
const sealEvent = "event"

// step answers a webhook that reports what a step has come to.
func (c *Carrier) step(ctx context.Context, r *request) reply {
	switch r.kind {
	case kindEnqueue:
		return c.enqueue(ctx, r)
	case kindNow:
		return c.advance(ctx, r, -1, ivr.Event{})
	case kindAgain:
		ev, err := r.sealed()
		if err != nil {
			return status(http.StatusBadRequest, "the event is not ours")
		}
		return c.advance(ctx, r, r.seq, ev)
	case kindDialed:
		return c.dialed(ctx, r)
	case kindRecording:
		return c.recording(ctx, r)
	}
	if waits := c.waits()[r.kind]; waits != nil {
		return waits(ctx, r)
	}
	ev, ok := r.event()
	if !ok {
		return status(http.StatusNotFound, "no step ends so")
	}
	return c.advance(ctx, r, r.seq, ev)
}

// event is what a webhook reports; false where that is nothing. A gather of a
// call that is over reports the keys that were pressed, or nothing at all.
func (r *request) event() (ivr.Event, bool) {
	ev := ivr.Event{At: time.Now()}
	switch {
	case r.kind == kindKeys:
		ev.Kind, ev.Keys = ivr.Keys, keysOf(r.get("Digits"))
		if r.over() && ev.Keys == "" {
			ev.Kind = ivr.HungUp
		}
	case r.kind == kindPlayed:
		ev.Kind = ivr.Played
	case r.kind == kindFailed:
		ev.Kind = ivr.Failed
	case r.kind == kindRecorded, r.kind == kindSilent:
		return r.message(), true
	case strings.HasPrefix(r.kind, kindQueued):
		ev.Kind = ivr.EventKind(strings.TrimPrefix(r.kind, kindQueued))
		switch ev.Kind {
		case ivr.Connected, ivr.TimedOut, ivr.Full, ivr.Failed, ivr.Busy, ivr.Machine:
		default:
			return ev, false
		}
	default:
		return ev, false
	}
	return ev, true
}

// keysOf leaves what a telephone's keys are.
func keysOf(digits string) string {
	keys := strings.Map(func(k rune) rune {
		if strings.ContainsRune("0123456789*#", k) {
			return k
		}
		return -1
	}, digits)
	return keys[:min(len(keys), ivr.MaxDigits)]
}

// advance hands an event to the call's flow and answers with the document of the
// step that follows. Repeated and late requests are given that of the latest step.
func (c *Carrier) advance(ctx context.Context, r *request, seq int, ev ivr.Event) reply {
	if ev.Kind == ivr.HungUp { // the status callback ends the call
		return document(hangupVerb{})
	}
	rec, err := c.moved(ctx, r.id, seq, ev)
	return c.respond(ctx, r, turn{seq: seq, ev: ev, rec: rec, err: err})
}

// turn is what an event has come to.
type turn struct {
	seq  int
	ev   ivr.Event
	back string // the URL to be asked again, where no step of the call can be named yet
	rec  call.Record
	err  error
}

// errSlow is a step that is under way and takes long.
var errSlow = errors.New("the step takes long")

// respond writes the document that a turn has led to.
func (c *Carrier) respond(ctx context.Context, r *request, t turn) reply {
	switch {
	case t.err == nil:
		return c.proceed(ctx, r, t.rec)
	case errors.Is(t.err, call.ErrNoCall):
		return status(http.StatusNotFound, "there is no such call")
	case errors.Is(t.err, call.ErrOver):
		return document(hangupVerb{})
	case errors.Is(t.err, call.ErrStale):
		r.log.Warn("webhook of a step that is to come", "seq", t.seq, "err", t.err)
		return status(http.StatusServiceUnavailable, "the call has not come so far")
	}
	return c.later(ctx, r, t)
}

// proceed writes the document of the step that a call is at.
func (c *Carrier) proceed(ctx context.Context, r *request, rec call.Record) reply {
	if rec.Ending != "" || r.over() {
		return document(hangupVerb{})
	}
	verbs, err := c.writer(ctx, r, rec).document()
	if err != nil {
		r.log.Error("a step cannot be done", "seq", rec.Seq, "err", err)
	}
	if speaks(verbs) {
		c.witness(rec.ID).Speaks(time.Now())
	}
	return document(verbs...)
}

// writer writes a call's document.
func (c *Carrier) writer(ctx context.Context, r *request, rec call.Record) writer {
	return writer{
		t: r.t, rec: rec, own: r.own(), kept: c.keeps(),
		url: func(seq int, kind string) string { return c.stepURL(r.t, rec, seq, kind) },
		park: func(seq int) string {
			return c.queueHook(r.t.Name, "calls", rec.ID, "steps", strconv.Itoa(seq), kindEnqueue) + spoke(rec.State.Lang)
		},
		say: func(p *ivr.Prompt) ([]any, error) { return c.say(r.t, p) },
		dial: func(spec ivr.DialSpec, seq int, own string) (*dialVerb, error) {
			return c.dial(ctx, r.t, rec, outside{spec: spec, seq: seq, own: own})
		},
	}
}

// stepURL is where the event is reported that ends a step. It tells the language
// in which an apology would have to be said when nothing else can be known.
func (c *Carrier) stepURL(t *trunk, rec call.Record, seq int, kind string) string {
	return c.hook(t.Name, "calls", rec.ID, "steps", strconv.Itoa(seq), kind) + spoke(rec.State.Lang)
}

// langParam is the parameter of our URLs that tells the language being spoken.
const langParam = "lang"

func spoke(lang string) string { return "?" + url.Values{langParam: {lang}}.Encode() }

// later has the caller wait a second and Twilio ask again, as long as a step
// takes, and a few times for one that fails. After that it apologises.
func (c *Carrier) later(ctx context.Context, r *request, t turn) reply {
	waits, tries := number(r.query.Get("waits")), number(r.query.Get("tries"))
	if errors.Is(t.err, errSlow) {
		waits++
	} else {
		tries++
	}
	if waits > mostWaits || tries > mostTries {
		r.log.Error("step not taken", "seq", t.seq, "err", t.err)
		_ = c.opt.Desk.Close(ctx, r.id, call.Unsaved, time.Now()) // else the status callback does
		return document(c.sorry(r.t, r.lang(t.rec))...)
	}
	r.log.Warn("step not taken yet", "seq", t.seq, "waits", waits, "tries", tries, "err", t.err)
	q := url.Values{"waits": {strconv.Itoa(waits)}, "tries": {strconv.Itoa(tries)}, langParam: {r.lang(t.rec)}}
	return document(pauseVerb{Length: 1}, toURL(c.againURL(r, t, q)))
}

// againURL is where Twilio is to ask again for what a turn comes to.
func (c *Carrier) againURL(r *request, t turn, q url.Values) string {
	if t.back != "" {
		if m := r.query.Get(machineParam); m != "" {
			q.Set(machineParam, m)
		}
		return t.back + "?" + q.Encode()
	}
	step := func(seq int, kind string) string {
		return c.hook(r.t.Name, "calls", r.id, "steps", strconv.Itoa(seq), kind) + "?" + q.Encode()
	}
	text, err := json.Marshal(t.ev)
	if err != nil || t.seq < 0 {
		return step(0, kindNow)
	}
	q.Set("event", r.t.seal.close(sealedAs(r.id, t.seq), text))
	return step(t.seq, kindAgain)
}

// lang is the language of a call, as far as it is known.
func (r *request) lang(rec call.Record) string {
	return cmp.Or(r.query.Get(langParam), rec.State.Lang, rec.Customer.Language)
}

// sealedAs is the purpose of an event that is sealed for this call and step.
func sealedAs(id string, seq int) string { return fmt.Sprintf("%s %s %d", sealEvent, id, seq) }

// sealed is the event in the URL.
func (r *request) sealed() (ev ivr.Event, err error) {
	text, err := r.t.seal.open(sealedAs(r.id, r.seq), r.query.Get("event"))
	if err != nil {
		return ev, err
	}
	if err = json.Unmarshal(text, &ev); err != nil {
		return ev, fmt.Errorf("read an event: %w", err)
	}
	return ev, nil
}

// number reads a number that we have written into a URL.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > mostSeq {
		return 0
	}
	return n
}

// moved has the desk move a call, and waits a while: errSlow says that it goes on
// without the caller. One step of a call is taken once at a time, however many
// requests ask for it.
func (c *Carrier) moved(ctx context.Context, id string, seq int, ev ivr.Event) (call.Record, error) {
	rec, err := c.moves.do(ctx, moveKey{id, seq}, func(ctx context.Context) (call.Record, error) {
		return c.opt.Desk.Move(ctx, id, seq, ev)
	})
	if err == nil {
		c.callerMoved(id, rec.Seq)
	}
	return rec, err
}

// moves are the steps under way. The zero value is ready to use.
type moves struct {
	mu  sync.Mutex
	now map[moveKey]*moving
}

type moveKey struct {
	id  string
	seq int
}

// moving is a step under way.
type moving struct {
	done chan struct{}
	rec  call.Record
	err  error
}

// do begins a step, or joins it, and waits for it.
func (m *moves) do(ctx context.Context, key moveKey, step func(context.Context) (call.Record, error)) (call.Record, error) {
	under, begun := m.begin(key)
	if begun {
		lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), stepLimit)
		go func() {
			defer cancel()
			under.rec, under.err = step(lasting)
			m.mu.Lock()
			delete(m.now, key)
			m.mu.Unlock()
			close(under.done)
		}()
	}
	patience := time.NewTimer(stepTime)
	defer patience.Stop()
	select {
	case <-under.done:
		return under.rec, under.err
	case <-patience.C:
		return call.Record{}, errSlow
	case <-ctx.Done():
		return call.Record{}, errSlow
	}
}

func (m *moves) begin(key moveKey) (under *moving, begun bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if under = m.now[key]; under != nil {
		return under, false
	}
	if m.now == nil {
		m.now = make(map[moveKey]*moving)
	}
	under = &moving{done: make(chan struct{})}
	m.now[key] = under
	return under, true
}
