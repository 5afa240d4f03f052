package twin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/media"
	"careline/sip/dialog"
	"careline/sip/session"
	"careline/sip/wire"
)

// PhonesOptions describe Phones.
type PhonesOptions struct {
	Listen string // the twin's SIP address, UDP, for carrier and service alike; "" means 127.0.0.1:0
	CA     string // PEM file of the authorities whose TLS certificates are trusted; "" are the system's

	// Carrier is the SIP address, host:port, of the telephone network with the
	// people on it, such as a people.Network's. Its own calls come from there.
	Carrier        string
	User, Password string // for a carrier that asks

	// Machine says what machine detection has to say of a number that answers;
	// nil and "" are human.
	Machine func(number string) string
	// SIP, where set, is asked where a SIP URI of <Sip> leads to, host:port; nil
	// and "" are where the URI says.
	SIP func(uri string) string
	Log *slog.Logger // nil discards
}

// Phones are a telephone line of real SIP and RTP: numbers are called at a
// carrier, SIP addresses where they point to. They are a Line for one Twin, at
// the speed of life.
type Phones struct {
	o     PhonesOptions
	end   *dialog.Endpoint
	clock *media.Clock
	ports *session.Ports

	take func(ctx context.Context, a Arrival) // written by Run before anything is read

	mu    sync.Mutex
	up    bool           // Run does
	lines sync.WaitGroup // calls, and what may become one
}

// NewPhones opens the line's sockets.
func NewPhones(o PhonesOptions) (*Phones, error) {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	p := &Phones{o: o, clock: media.NewClock(media.ClockOptions{})}
	var err error
	p.end, err = dialog.New(dialog.Options{
		Wire:      wire.Options{UDP: o.Listen, Secure: wire.Secure{CA: o.CA}, Log: o.Log},
		UserAgent: "Twilio Gateway", OnInvite: p.onInvite,
	})
	if err != nil {
		return nil, fmt.Errorf("open a telephone line: %w", err)
	}
	if p.ports, err = session.NewPorts(p.end.Addr().Addr().Unmap(), session.PortOptions{Drain: -1}); err != nil {
		return nil, fmt.Errorf("open a telephone line: %w", err)
	}
	return p, nil
}

// Addr is the line's SIP address, where the carrier sends the calls to the
// twin's numbers.
func (p *Phones) Addr() netip.AddrPort { return p.end.Addr() }

// Run serves until ctx ends; then it hangs up what is left.
func (p *Phones) Run(ctx context.Context, take func(ctx context.Context, a Arrival)) error {
	p.take = take
	p.mu.Lock()
	p.up = true
	p.mu.Unlock()
	below, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var parts sync.WaitGroup
	failed := make(chan error, 1)
	parts.Go(func() { failed <- p.end.Run(below) })
	parts.Go(func() { _ = p.clock.Run(below) })
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	p.mu.Lock()
	p.up = false
	p.mu.Unlock()
	p.lines.Wait() // each ends with the call that it is of, and those with ctx
	cancel()
	parts.Wait()
	return err
}

// Dial calls a number by the carrier, or a SIP address.
func (p *Phones) Dial(ctx context.Context, d Dialing) (Party, error) {
	if !p.hold() {
		return nil, &UnansweredError{Status: 503, Text: "the line does not run"}
	}
	defer p.lines.Done()
	h, err := p.newHandset(ctx)
	if err != nil {
		return nil, &UnansweredError{Status: 503, Text: err.Error()}
	}
	dlg, err := p.end.Invite(ctx, p.invite(d, h))
	if err != nil {
		h.sess.Close()
		return nil, unansweredBy(err)
	}
	if err := h.accept(dlg.RemoteSDP()); err != nil {
		h.begin(ctx, dlg)
		h.Hangup()
		return nil, &UnansweredError{Status: 488, Text: err.Error()}
	}
	h.begin(ctx, dlg)
	return h, nil
}

// invite is what a handset asks for: somebody at a SIP address, or, by the
// carrier, at a number.
func (p *Phones) invite(d Dialing, h *handset) dialog.Invite {
	inv := dialog.Invite{
		From: dialog.Party{User: d.From}, Offer: h.offer(), Ring: time.Hour, // the twin's own limit counts
		Credentials: dialog.Credentials{User: d.User, Password: d.Password}, Handlers: h.handlers(),
	}
	if isSIP(d.To) {
		inv.Leg = dialog.NewLeg(d.To)
		if p.o.SIP != nil {
			inv.Route = p.o.SIP(d.To)
		}
	} else {
		inv.Leg = dialog.NewLeg(dialog.URI(d.To, p.o.Carrier))
		inv.Credentials = dialog.Credentials{User: p.o.User, Password: p.o.Password}
		h.number = d.To
	}
	for _, one := range d.Headers {
		inv.Headers = append(inv.Headers, sipmsg.NewHeader(one.Name, one.Value))
	}
	var once sync.Once
	inv.OnRinging = func(context.Context, dialog.Ringing) error {
		once.Do(func() {
			if d.Ringing != nil {
				d.Ringing()
			}
		})
		return nil
	}
	return inv
}

// hold keeps Run from ending while a call may begin. It reports false when Run
// does not run.
func (p *Phones) hold() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.up {
		p.lines.Add(1)
	}
	return p.up
}

// unansweredBy is what the end of an INVITE means.
func unansweredBy(err error) *UnansweredError {
	var r *dialog.RefusedError
	switch {
	case errors.Is(err, dialog.ErrCancelled), errors.Is(err, dialog.ErrNoAnswer):
		return &UnansweredError{Status: 487, Text: "Request Terminated"}
	case !errors.As(err, &r):
		return &UnansweredError{Status: 500, Text: err.Error()}
	case r.Code == 0:
		return &UnansweredError{Status: 408, Text: err.Error()}
	}
	return &UnansweredError{Status: r.Code, Text: r.Reason}
}

// onInvite takes a call from the carrier.
func (p *Phones) onInvite(ctx context.Context, in *dialog.Incoming) {
	if len(in.Offer()) == 0 || !p.hold() {
		_ = in.Refuse(503, "Service Unavailable")
		return
	}
	defer p.lines.Done()
	if err := in.Ring(); err != nil {
		p.o.Log.Debug("ringing not sent", "err", err)
	}
	a := &invited{p: p, in: in}
	p.take(ctx, a)
	a.Reject(503) // where nobody has decided about it
}
