package twin

import (
	"context"
	"net/url"
	"sync"
)

// courier brings the callbacks of one call, one after another. Twilio promises
// no order; the twin keeps it unless a fault says otherwise.
type courier struct {
	mu   sync.Mutex
	bag  []letter
	held []letter // until the next one has been put in
	busy bool
}

// letter is one callback.
type letter struct {
	call        *call
	event       string // initiated, ringing, answered, completed, amd or recording
	method, url string
	params      url.Values
}

// send has a callback delivered, or what the plan makes of it.
func (t *Twin) send(l letter) {
	if l.url == "" {
		return
	}
	p, key := &l.call.posts, l.call.SID+l.event+l.params.Get("SequenceNumber")
	switch t.fault(l.call.SID, l.url+" "+l.event, key, CallbackLost, CallbackTwice, CallbackLate, CallbackSwapped) {
	case CallbackLost:
	case CallbackLate:
		t.start(func(ctx context.Context) {
			if after(ctx, t.late()) {
				t.deliver(ctx, l)
			}
		})
	case CallbackSwapped:
		p.hold(l)
		t.start(func(ctx context.Context) {
			if after(ctx, t.late()) {
				p.put(t) // nothing has followed
			}
		})
	case CallbackTwice:
		p.put(t, l, l)
	default:
		p.put(t, l)
	}
}

func (p *courier) hold(l letter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = append(p.held, l)
}

// put puts letters into the bag, those that were held behind them, and sees to
// it that somebody carries it.
func (p *courier) put(t *Twin, letters ...letter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bag = append(append(p.bag, letters...), p.held...)
	p.held = nil
	if !p.busy && len(p.bag) > 0 {
		p.busy = t.start(func(ctx context.Context) { p.walk(ctx, t) })
	}
}

// walk delivers until the bag is empty.
func (p *courier) walk(ctx context.Context, t *Twin) {
	for {
		p.mu.Lock()
		if len(p.bag) == 0 {
			p.busy = false
			p.mu.Unlock()
			return
		}
		l := p.bag[0]
		p.bag = p.bag[1:]
		p.mu.Unlock()
		t.deliver(ctx, l)
	}
}

// deliver brings one callback. What is answered to it does not matter to the
// call; Twilio's debugger notes 4xx and 5xx.
func (t *Twin) deliver(ctx context.Context, l letter) {
	answer, err := t.request(ctx, l.call, l.method, l.url, l.params)
	e := Entry{
		Kind: KindCallback, Call: l.call.SID, Method: l.method, URL: l.url, Status: l.params.Get("CallStatus"), Code: answer.code, Note: l.event,
	}
	if err != nil {
		e.Note += ": " + err.Error()
	}
	t.write(e)
	if err == nil && answer.code >= 400 {
		t.opt.Log.Warn("callback refused", "call_sid", l.call.SID, "url", l.url, "status", answer.code)
	}
}
