package twin

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"careline/sip/dialog"
	"careline/sip/sdp"
	"careline/sip/session"
)

// handset is somebody on the line by SIP. It is a Party.
type handset struct {
	p      *Phones
	sess   *session.Session
	number string // that was called; "" is none

	mu    sync.Mutex
	local sdp.Local
	ask   chan struct{} // to hang up
	once  sync.Once
	over  chan struct{}
}

// newHandset opens the sound of a call.
func (p *Phones) newHandset(ctx context.Context) (*handset, error) {
	sess, err := session.Open(ctx, p.ports, p.clock, session.Options{Log: p.o.Log})
	if err != nil {
		return nil, fmt.Errorf("open the sound of a call: %w", err)
	}
	return &handset{
		p: p, sess: sess, ask: make(chan struct{}), over: make(chan struct{}),
		local: sdp.Local{Addr: sess.LocalAddr(), ID: rand.Uint64() >> 1, Version: 1},
	}, nil
}

func (h *handset) offer() []byte { return sdp.Offer(h.local).Marshal() }

// accept takes the answer to the offer.
func (h *handset) accept(answer []byte) error {
	d, err := sdp.Parse(answer)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	agreed, err := sdp.Accept(d, h.local)
	if err != nil {
		return err
	}
	h.sess.SetRemote(session.RemoteOf(agreed))
	return nil
}

// answer answers an offer.
func (h *handset) answer(offer []byte) ([]byte, error) {
	d, err := sdp.Parse(offer)
	if err != nil {
		return nil, fmt.Errorf("read the offer: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	ours, agreed, err := sdp.Answer(d, h.local)
	if err != nil {
		return nil, err
	}
	h.local.Version++
	h.sess.SetRemote(session.RemoteOf(agreed))
	return ours.Marshal(), nil
}

func (h *handset) handlers() dialog.Handlers {
	return dialog.Handlers{Offer: func(_ context.Context, offer []byte) ([]byte, error) {
		if offer == nil {
			return h.offer(), nil
		}
		return h.answer(offer)
	}}
}

// begin lets the call live until somebody ends it.
func (h *handset) begin(ctx context.Context, dlg *dialog.Dialog) {
	ctx = context.WithoutCancel(ctx)
	h.p.lines.Go(func() {
		select {
		case <-dlg.Done():
			last, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
			h.sess.Drain(last) // a key that was pressed just before counts
			cancel()
		case <-h.ask:
		case <-h.sess.Lost():
		}
		close(h.over)
		bye, cancel := context.WithTimeout(ctx, 4*time.Second)
		defer cancel()
		if err := dlg.Bye(bye, dialog.Reason{Q850: 16}); err != nil {
			h.p.o.Log.Debug("hang-up not confirmed", "err", err)
		}
		h.sess.Close()
	})
}

// Hangup ends the call now.
func (h *handset) Hangup() { h.once.Do(func() { close(h.ask) }) }

// Done is closed when the call is over.
func (h *handset) Done() <-chan struct{} { return h.over }

// AnsweredBy is what machine detection finds out.
func (h *handset) AnsweredBy() (by string, known, greeted time.Duration) {
	if h.p.o.Machine != nil && h.number != "" {
		by = h.p.o.Machine(h.number)
	}
	if by = cmp.Or(by, "human"); by == "human" {
		return by, time.Second, 0
	}
	return by, 4 * time.Second, 8 * time.Second
}

// Join lets the two hear each other.
func (h *handset) Join(ctx context.Context, other Party) error {
	o, ok := other.(*handset)
	if !ok {
		return fmt.Errorf("join a call of another line: %w", ErrHungUp)
	}
	defer session.Bridge(h.sess, o.sess)()
	select {
	case <-h.over:
	case <-o.over:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}
