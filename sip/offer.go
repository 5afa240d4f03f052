package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"careline/audio"
	"careline/call"
	"careline/sip/dialog"
	"careline/sip/sdp"
	"careline/sip/session"
)

// terms are what the two ends of a call agree on about its sound, from the first
// offer to the last re-INVITE.
type terms struct {
	sess *session.Session
	info chan session.Key // keys by INFO, of a peer that has no events for them

	// transfers that the far end asks for; nil where it may not: who comes by a
	// trunk, as that would place calls for strangers
	referrals chan *call.Referral

	mu     sync.Mutex
	local  sdp.Local
	offers sdp.Local // what our latest offer was made of
	said   []byte    // our latest description
	events bool      // the peer sends keys as events
	secret secrecy
	remote session.Remote // the far end, as was agreed
	idle   bool           // what is agreed on is not in force: another call has the sound
}

func newTerms(sess *session.Session, codecs []audio.Codec, s sdp.Security) *terms {
	t := &terms{sess: sess, info: make(chan session.Key, mostKeys), local: sdp.Local{
		Addr: sess.LocalAddr(), ID: rand.Uint64() >> 1, Version: 1, Security: s,
	}}
	if t.secret.wanted = s; t.secret.on() {
		t.local.Crypto = newKeys()
	}
	for _, c := range codecs {
		t.local.Codecs = append(t.local.Codecs, sdp.Codec(c))
	}
	return t
}

// offer is a description of all that we can do.
func (t *terms) offer() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.offers = t.secret.offering(t.local)
	return t.say(func() []byte {
		t.offers.Version = t.local.Version
		return sdp.Offer(t.offers).Marshal()
	})
}

// say numbers a description: another one than before is a new version (RFC 3264
// section 8). t.mu is held.
func (t *terms) say(describe func() []byte) []byte {
	b := describe()
	if t.said != nil && !bytes.Equal(b, t.said) {
		t.local.Version++
		b = describe()
	}
	t.said = b
	return b
}

// accept takes the answer to our offer.
func (t *terms) accept(answer []byte) error { return t.take(answer, false) }

// preview takes what comes with a ringing phone: the far end is heard, and hears
// silence, without which some send nothing. The answer may be another, and comes
// with the call.
func (t *terms) preview(answer []byte) {
	if len(answer) > 0 {
		_ = t.take(answer, true) // what cannot be used now is looked at again once the call is answered
	}
}

func (t *terms) take(answer []byte, early bool) error {
	d, err := sdp.Parse(answer)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	a, err := sdp.Accept(d, t.offers)
	if err != nil {
		return err
	}
	t.settle(a, early)
	return nil
}

// settle puts what was agreed on in force. t.mu is held.
func (t *terms) settle(a sdp.Agreed, early bool) {
	t.events = a.Keys
	t.secret.settle(a)
	for i := range t.local.Crypto {
		if c := &t.local.Crypto[i]; c.Suite == a.Local.Suite {
			c.Key = a.Local.Key
		}
	}
	r := session.RemoteOf(a)
	r.Early = early
	t.remote = r
	if !t.idle {
		t.sess.SetRemote(r)
	}
}

// answer answers an offer; without one it makes ours.
func (t *terms) answer(offer []byte) ([]byte, error) {
	if len(offer) == 0 {
		return t.offer(), nil
	}
	d, err := sdp.Parse(offer)
	if err != nil {
		return nil, fmt.Errorf("read the offer: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	reply, agreed, err := sdp.Answer(d, t.local)
	if err == nil && t.secret.stale(agreed) {
		t.local.Crypto = newKeys()
		reply, agreed, err = sdp.Answer(d, t.local)
	}
	if err == nil {
		err = t.reaches(session.RemoteOf(agreed).Addr.Addr())
	}
	if err != nil {
		return nil, err
	}
	b := t.say(func() []byte {
		reply.Origin.Version = fmt.Sprint(t.local.Version)
		return reply.Marshal()
	})
	t.settle(agreed, false)
	return b, nil
}

// reaches says why sound cannot go to a far end: its address is of another family
// than ours. Nobody's address, as on hold, is of none.
func (t *terms) reaches(far netip.Addr) error {
	ours := t.local.Addr.Addr()
	if far.IsValid() && ours.IsValid() && !far.IsUnspecified() && far.Unmap().Is4() != ours.Unmap().Is4() {
		return fmt.Errorf("sound for %s: %w", far, errFamily)
	}
	return nil
}

// handlers follow the peer's changes of the session.
func (t *terms) handlers(d *Driver) dialog.Handlers {
	return dialog.Handlers{
		Offer: func(_ context.Context, offer []byte) ([]byte, error) { return t.answer(offer) },
		Answered: func(answer []byte) {
			if err := t.accept(answer); err != nil {
				d.log.Warn("answer to a re-offer not understood", "err", err)
			}
		},
		Key:   func(key byte, _ time.Duration) { t.press(key) },
		Refer: func(ctx context.Context, r *dialog.Referral) { d.referred(ctx, t, r) },
	}
}

// press takes a key that came by INFO. A peer that has events as well sends each
// key both ways.
func (t *terms) press(key byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.events {
		return
	}
	select {
	case t.info <- session.Key{Digit: key, At: time.Now()}:
	default: // nobody asks for keys
	}
}

// statusOf is what refuses an offer: one that cannot be read, or one with
// nothing for us.
func statusOf(err error) (code int, reason string) {
	if errors.Is(err, sdp.ErrMalformed) {
		return 400, "Malformed SDP"
	}
	return 488, "Not Acceptable Here"
}
