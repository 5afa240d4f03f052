package dialer_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/dialer"
	"careline/ivr"
)

// cloud is a carrier that hosts the calls that it places.
type cloud struct {
	t     *testing.T
	lasts time.Duration // that a call does, unless it is hung up; 0: for ever
}

func (c cloud) Place(ctx context.Context, o call.Order) (call.Line, error) {
	if !o.Leg.Hosted() {
		c.t.Errorf("leg %+v; want one at a carrier", o.Leg)
	}
	leg := o.Leg
	leg.CallID = "CA1"
	for _, s := range []call.Stage{call.Sent, call.Ringing, call.Up} {
		if err := o.Progress(ctx, call.Progress{Stage: s, At: time.Now(), Leg: leg}); err != nil {
			return nil, err
		}
	}
	l := &cloudLine{over: make(chan struct{}), witness: o.Info.Witness}
	if c.lasts > 0 {
		time.AfterFunc(c.lasts, func() { close(l.over) })
	}
	return l, nil
}

// cloudLine is a call that is moved elsewhere.
type cloudLine struct {
	over    chan struct{}
	witness *call.Witness
}

func (l *cloudLine) Start(context.Context, []ivr.Action) error { return call.ErrHungUp }
func (l *cloudLine) Next(context.Context) (ivr.Event, error)   { return ivr.Event{}, call.ErrHungUp }
func (l *cloudLine) Hangup(context.Context)                    { close(l.over) }

func (l *cloudLine) Wait(ctx context.Context) error {
	l.witness.Is(campaigns.MachineParty)
	select {
	case <-l.over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hosts runs a test with a dialer whose calls live at a carrier.
func hosts(t *testing.T, lasts time.Duration, test func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, ledger: newLedger(t)}
		r.replaceBy(cloud{t: t, lasts: lasts}, call.NewDesk(nil, nil, call.Options{}))
		test(r)
	})
}

// TestHostedCalls: a call that lives at a carrier is over when its line says so,
// and its attempt is ended then as any other.
func TestHostedCalls(t *testing.T) {
	hosts(t, 40*time.Second, func(r *rig) {
		d := definition()
		d.Machine = campaigns.MachineFlow
		r.ledger.start(d, 3)
		r.run()
		r.after(39 * time.Second)
		for _, a := range r.ledger.rows() {
			if a.AnsweredAt.IsZero() || !a.EndedAt.IsZero() || a.Leg.CallID != "CA1" || !a.Leg.Hosted() {
				t.Errorf("%+v after 39 s; want it answered, under its carrier's name", a)
			}
		}
		r.after(2 * time.Second)
		r.end()
		for _, a := range r.ledger.rows() {
			if a.Disposition != campaigns.Answered || a.Reception.Party != campaigns.MachineParty {
				t.Errorf("ended as %s, received by %q; want it answered by a machine", a.Disposition, a.Reception.Party)
			}
		}
		r.ledger.check()
	})
}

// TestDrainEndsHostedCalls by hanging them up when its time is over.
func TestDrainEndsHostedCalls(t *testing.T) {
	hosts(t, 0, func(r *rig) {
		r.ledger.start(definition(), 3)
		r.run()
		r.after(5 * time.Second)
		start := time.Now()
		r.end()
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("the end took %v; want the time to drain", took)
		}
		for _, a := range r.ledger.rows() {
			if a.Disposition != campaigns.Answered || a.Evidence.Text != "" {
				t.Errorf("ended as %s %q; want it answered", a.Disposition, a.Evidence.Text)
			}
		}
		r.ledger.check()
	})
}

// TestPushbackByItself slows a trunk of which no call has ended.
func TestPushbackByItself(t *testing.T) {
	dials(t, always(answers), func(r *rig) {
		r.ledger.start(definition(), 100)
		r.build(dialer.Options{})
		r.dialer.Pushback("main", 503, 10*time.Second)
		r.dialer.Pushback("spare", 503, 10*time.Second)
		r.run()
		r.after(9 * time.Second)
		if n := len(r.carrier.Dialed()); n != 0 {
			t.Errorf("%d calls while both carriers rest; want none", n)
		}
		r.after(2 * time.Second)
		if len(r.carrier.Dialed()) == 0 {
			t.Error("no calls afterwards")
		}
		r.end()
	})
}
