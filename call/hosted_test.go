package call_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"careline/call"
	"careline/ivr"
)

// parted is the line of a call that lives at a carrier.
type parted struct {
	t       *testing.T
	over    chan struct{} // closed when the call is
	trouble error         // of Wait; nil: none
	hangups int
	lasts   time.Duration // that the carrier takes to end a call that is hung up
}

var _ call.Hosted = (*parted)(nil)

func (l *parted) Start(context.Context, []ivr.Action) error {
	l.t.Error("something was started on a line that is not here")
	return nil
}

func (l *parted) Next(context.Context) (ivr.Event, error) {
	l.t.Error("an event was waited for on a line that is not here")
	return hungUp, nil
}

func (l *parted) Hangup(context.Context) {
	if l.hangups++; l.lasts > 0 {
		time.AfterFunc(l.lasts, func() { close(l.over) })
	}
}

func (l *parted) Wait(ctx context.Context) error {
	if l.trouble != nil {
		return l.trouble
	}
	select {
	case <-l.over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A call that lives at a carrier is waited for, and neither opened nor closed.
func TestConverseOnAHostedLine(t *testing.T) {
	for _, tt := range []struct {
		name    string
		ends    time.Duration // by itself; 0: never
		told    time.Duration // when the service is told to end; 0: never
		lasts   time.Duration // that the carrier then takes
		trouble error
		took    time.Duration
		hangups int
		err     error
	}{
		{"ends", time.Minute, 0, 0, nil, time.Minute, 0, nil},
		{"is hung up", 0, time.Minute, time.Second, nil, time.Minute + time.Second, 1, nil},
		{"does not end", 0, time.Minute, time.Hour, nil, time.Minute + 10*time.Second, 1, context.DeadlineExceeded},
		{"is lost", 0, 0, 0, errLine, 0, 1, errLine},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKeeper()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				l := &parted{t: t, over: make(chan struct{}), lasts: tt.lasts, trouble: tt.trouble}
				if tt.ends > 0 {
					time.AfterFunc(tt.ends, func() { close(l.over) })
				}
				if tt.told > 0 {
					time.AfterFunc(tt.told, cancel)
				}
				d := call.NewDesk(k, directoryOf(), call.Options{})
				start := time.Now()
				err := d.Converse(ctx, l, outbound(example(t, "contract-expiry")))
				if took := time.Since(start); !errors.Is(err, tt.err) || took != tt.took || l.hangups != tt.hangups {
					t.Errorf("Converse = %v after %v with %d hang-ups; want %v after %v with %d", err, took, l.hangups, tt.err, tt.took, tt.hangups)
				}
				if len(k.calls) != 0 || d.Live() != 0 {
					t.Errorf("%d calls opened, %d held; want none: others do that", len(k.calls), d.Live())
				}
			})
		})
	}
}

// A call is opened once, moved by whichever node is asked, and closed once.
func TestOpenAndClose(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	nodes := []*call.Desk{
		call.NewDesk(k, directoryOf(f), call.Options{}),
		call.NewDesk(k, directoryOf(f), call.Options{}),
	}
	rec := outbound(f)
	for _, d := range nodes {
		if err := d.Open(t.Context(), rec); err != nil || d.Live() != 0 {
			t.Fatalf("Open = %v, %d held; want none", err, d.Live())
		}
		ask(t, d, rec.ID, request{0, answered, offer})
	}
	ask(t, nodes[1], rec.ID, request{1, key("1"), rating})
	if err := nodes[0].Open(t.Context(), rec); err != nil || k.record(t, rec.ID).Seq != 2 {
		t.Errorf("Open again = %v, the call is at %d; want it as it stood", err, k.record(t, rec.ID).Seq)
	}
	end := time.UnixMilli(1e12).UTC()
	for i, e := range []call.Ending{call.ByCaller, call.Broken} {
		if err := nodes[i].Close(t.Context(), rec.ID, e, end.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if r := k.record(t, rec.ID); r.Ending != call.ByCaller || !r.EndedAt.Equal(end) {
		t.Errorf("the call ended as %s at %v; want its first end", r.Ending, r.EndedAt)
	}
}

func TestOpenWithoutALineFails(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	if err := call.NewDesk(k, directoryOf(), call.Options{}).Open(t.Context(), outbound(f)); err == nil || len(k.calls) != 0 {
		t.Errorf("Open without its flow = %v with %d calls kept; want an error", err, len(k.calls))
	}
	k.open = errDisk
	if err := call.NewDesk(k, directoryOf(f), call.Options{}).Open(t.Context(), outbound(f)); !errors.Is(err, errDisk) {
		t.Errorf("Open = %v; want the keeper's trouble", err)
	}
}

// Of a call that is closed the keys are taken that its last step has asked for:
// the report of the end may overtake that of them. All else changes nothing.
func TestAdvanceAClosedCall(t *testing.T) {
	k, f := newKeeper(), example(t, "contract-expiry")
	d := call.NewDesk(k, directoryOf(f), call.Options{})
	rec := outbound(f)
	if err := d.Open(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	ask(t, d, rec.ID, request{0, answered, offer})
	if err := d.Close(t.Context(), rec.ID, call.ByCaller, time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, late := range []struct {
		seq int
		ev  ivr.Event
	}{{1, timedOut}, {1, played}, {1, hungUp}, {2, key("1")}, {5, played}} {
		if _, err := d.Advance(t.Context(), rec.ID, late.seq, late.ev); !errors.Is(err, call.ErrOver) {
			t.Errorf("Advance(%d, %s) of a closed call = %v; want ErrOver", late.seq, late.ev.Kind, err)
		}
	}
	if k.commits != 1 {
		t.Errorf("%d commits; want none since the end", k.commits-1)
	}
	ask(t, d, rec.ID, request{0, answered, offer}, request{1, key("1"), rating}, request{1, key("2"), rating})
	if got := k.values(rec.ID); len(got) != 1 || got["renew"] != "1" {
		t.Errorf("answers %v; want the key that was pressed before the end", got)
	}
}

const leaveWord = `
flow: leave-word
languages: [en]
start: word
nodes:
  word:
    say: {en: "Please tell us what happened."}
    record: {max: 3m, silence: 5s}
    result: word
    on: {recorded: thanks, silent: thanks, failed: thanks}
  thanks:
    say: {en: "Thank you."}
    next: end
`

// Who has left a message hangs up, so that its report comes with that of the end.
func TestAdvanceAClosedCallByAMessage(t *testing.T) {
	k, f := newKeeper(), parse(t, leaveWord)
	d := call.NewDesk(k, directoryOf(f), call.Options{})
	rec := outbound(f)
	if err := d.Open(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	ask(t, d, rec.ID, request{0, answered, []string{"record word"}})
	if err := d.Close(t.Context(), rec.ID, call.ByCaller, time.Now()); err != nil {
		t.Fatal(err)
	}
	left := ivr.Event{Kind: ivr.Recorded, Message: ivr.Message{ID: "RE1", Length: 5 * time.Second}}
	ask(t, d, rec.ID, request{1, left, thanks})
	if got := k.values(rec.ID); len(got) != 1 {
		t.Errorf("answers %v; want the message", got)
	}
}
