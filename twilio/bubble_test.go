package twilio_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
	"careline/twilio"
)

// desk is a desk of which some steps take long, or fail.
type desk struct {
	twilio.Desk
	mu   sync.Mutex
	hold func(seq int) error
}

func (d *desk) Move(ctx context.Context, id string, seq int, ev ivr.Event) (call.Record, error) {
	if seq >= 0 {
		d.mu.Lock()
		hold := d.hold
		d.mu.Unlock()
		if hold != nil {
			if err := hold(seq); err != nil {
				return call.Record{}, err
			}
		}
	}
	return d.Desk.Move(ctx, id, seq, ev)
}

// memory is a desk's keeper for one call, so that a test may be in a bubble.
type memory struct {
	call.Keeper
	mu      sync.Mutex
	rec     call.Record
	commits int
}

func (m *memory) OpenCall(_ context.Context, r call.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rec.ID == "" {
		m.rec = r
	}
	return nil
}

func (m *memory) LoadCall(context.Context, string) (call.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rec.ID == "" {
		return call.Record{}, call.ErrNoCall
	}
	return m.rec, nil
}

func (m *memory) CommitStep(_ context.Context, s call.Step) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rec.Seq != s.Was {
		return call.ErrStale
	}
	m.commits++
	m.rec.Seq, m.rec.State, m.rec.Actions = s.Seq, s.State, s.Actions
	return nil
}

func (m *memory) CloseCall(_ context.Context, _ string, e call.Ending, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rec.Ending == "" {
		m.rec.Ending = e
	}
	return nil
}

func (m *memory) SaveFact(_ context.Context, f call.Fact) (call.Fact, error) { return f, nil }

func (m *memory) Facts(context.Context, []string) ([]call.Fact, error) { return nil, nil }

func (m *memory) OpenHosted(context.Context) ([]call.Fact, error) { return nil, nil }

func (m *memory) CallOf(context.Context, campaigns.AttemptID) (call.Record, error) {
	return call.Record{}, call.ErrNoCall
}

// everywhere is where one flow answers every number.
type everywhere struct{ flow *ivr.Flow }

func (e everywhere) Route(context.Context, string, phone.Number) (call.Route, error) {
	return call.Route{FlowHash: e.flow.Hash()}, nil
}

func (e everywhere) Flow(context.Context, string) (*ivr.Flow, error) { return e.flow, nil }

// use has every number answered by a flow, on a node in memory.
func (h *hooks) use(f *ivr.Flow) (*desk, *memory) {
	m := &memory{}
	d := &desk{Desk: call.NewDesk(m, everywhere{f}, call.Options{})}
	h.opt.Book, h.opt.Desk = m, d
	return d, m
}

// bubble is a node in memory.
func bubble(t testing.TB) (*hooks, *desk, *memory) {
	t.Helper()
	f, err := ivr.Parse("everything.yaml", []byte(hookFlow))
	if err != nil {
		t.Fatal(err)
	}
	h := &hooks{TB: t, opt: twilio.Options{
		Public: hookPublic,
		Trunks: []twilio.Trunk{{Name: "t", AccountSID: hookAccount, Token: hookToken, Voices: map[string]string{"en": "Polly.Amy"}}},
		Apology: func(lang string) ivr.Prompt {
			return ivr.Prompt{Lang: lang, Pieces: []ivr.Piece{{Kind: ivr.Text, Value: "An error."}}}
		},
	}}
	d, m := h.use(f)
	h.handler, h.carrier = h.node()
	return h, d, m
}
