package call_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/examples"
	"careline/ivr"
	"careline/phone"
)

// errDisk is a keeper's trouble.
var errDisk = errors.New("disk on fire")

// keeper keeps calls in memory, with compare-and-set, and written as JSON as
// any real one would.
type keeper struct {
	commit func(n int) error // the n-th commit, from 1, fails before anything is stored
	losing func(n int) error // likewise, after all was stored
	open   error             // of OpenCall
	shut   error             // of CloseCall
	slow   time.Duration     // a commit takes so long

	mu      sync.Mutex
	calls   map[string][]byte
	kept    kept
	commits int
}

// kept is what callers said.
type kept struct {
	Answers   map[string]campaigns.Answer // by call and result
	OptOuts   []call.OptOut
	Callbacks []call.CallbackNote

	Recordings []call.Recording
}

func newKeeper() *keeper {
	return &keeper{calls: map[string][]byte{}, kept: kept{Answers: map[string]campaigns.Answer{}}}
}

func (k *keeper) OpenCall(_ context.Context, r call.Record) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.open != nil {
		return k.open
	}
	if k.calls[r.ID] != nil {
		return nil
	}
	return k.write(r)
}

func (k *keeper) LoadCall(_ context.Context, id string) (call.Record, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.read(id)
}

func (k *keeper) CommitStep(ctx context.Context, s call.Step) error {
	if k.slow > 0 {
		select {
		case <-time.After(k.slow):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.commits++
	if k.commit != nil {
		if err := k.commit(k.commits); err != nil {
			return err
		}
	}
	r, err := k.read(s.CallID)
	if err != nil {
		return err
	}
	if r.Seq != s.Was {
		return fmt.Errorf("it is at %d: %w", r.Seq, call.ErrStale)
	}
	r.Seq, r.State, r.Actions = s.Seq, s.State, s.Actions
	for _, a := range s.Answers {
		k.kept.Answers[a.CallID+" "+a.Result] = a
	}
	k.kept.OptOuts = append(k.kept.OptOuts, s.OptOuts...)
	k.kept.Callbacks = append(k.kept.Callbacks, s.Callbacks...)
	k.kept.Recordings = append(k.kept.Recordings, s.Recordings...)
	if err := k.write(r); err != nil || k.losing == nil {
		return err
	}
	return k.losing(k.commits)
}

func (k *keeper) CloseCall(_ context.Context, id string, e call.Ending, at time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.shut != nil {
		return k.shut
	}
	r, err := k.read(id)
	if err != nil || r.Ending != "" {
		return err
	}
	r.Ending, r.EndedAt = e, at
	return k.write(r)
}

func (k *keeper) write(r call.Record) error {
	text, err := json.Marshal(r)
	k.calls[r.ID] = text
	return err
}

func (k *keeper) read(id string) (r call.Record, err error) {
	if k.calls[id] == nil {
		return r, fmt.Errorf("read call %s: %w", id, call.ErrNoCall)
	}
	return r, json.Unmarshal(k.calls[id], &r)
}

// mustRead returns a call that is kept.
func (k *keeper) mustRead(id string) call.Record {
	r, _ := k.LoadCall(context.Background(), id)
	return r
}

// record returns a call as it is kept.
func (k *keeper) record(t *testing.T, id string) call.Record {
	t.Helper()
	r, err := k.LoadCall(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// values are a call's answers, by result.
func (k *keeper) values(id string) map[string]string {
	k.mu.Lock()
	defer k.mu.Unlock()
	values := map[string]string{}
	for _, a := range k.kept.Answers {
		if a.CallID == id {
			values[a.Result] = a.Value
		}
	}
	return values
}

// holds reports what of a step's service actions is not kept.
func (k *keeper) holds(r call.Record, actions []ivr.Action) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, a := range actions {
		ok := true
		switch a.Kind { //nolint:exhaustive // the line's are no concern of the keeper
		case ivr.Answer:
			ok = k.kept.Answers[r.ID+" "+a.Answer.Result].Value == a.Answer.Value
		case ivr.OptOut:
			ok = slices.ContainsFunc(k.kept.OptOuts, func(o call.OptOut) bool { return o.CallID == r.ID })
		case ivr.Callback:
			ok = slices.ContainsFunc(k.kept.Callbacks, func(n call.CallbackNote) bool { return n.Reason == a.Reason })
		}
		if !ok {
			return fmt.Errorf("%s of node %s is not kept", a.Kind, a.Node)
		}
	}
	return nil
}

// once is trouble at the n-th time alone.
func once(n int, err error) func(int) error {
	return func(i int) error {
		if i == n {
			return err
		}
		return nil
	}
}

// always is trouble that does not go away.
func always(err error) func(int) error { return func(int) error { return err } }

// directory knows flows by their hashes, and one answer to every number.
type directory struct {
	mu    sync.Mutex
	flows map[string]*ivr.Flow
	lost  error // of Flow
	route call.Route
	none  error // of Route
}

func directoryOf(flows ...*ivr.Flow) *directory {
	d := &directory{flows: map[string]*ivr.Flow{}}
	for _, f := range flows {
		d.flows[f.Hash()] = f
	}
	return d
}

func (d *directory) Route(context.Context, string, phone.Number) (call.Route, error) {
	return d.route, d.none
}

func (d *directory) Flow(_ context.Context, hash string) (*ivr.Flow, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.flows[hash]; f != nil {
		return f, d.lost
	}
	return nil, cmp.Or(d.lost, errors.New("no such flow"))
}

// lose makes the directory unable to find anything.
func (d *directory) lose(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lost = err
}

// example is a flow that is delivered with the product.
func example(tb testing.TB, name string) *ivr.Flow {
	tb.Helper()
	text, err := fs.ReadFile(examples.FS(), "flows/"+name+".yaml")
	if err != nil {
		tb.Fatal(err)
	}
	return parse(tb, string(text))
}

func parse(tb testing.TB, text string) *ivr.Flow {
	tb.Helper()
	f, err := ivr.Parse("test.yaml", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// outbound is an answered call to a fictional customer.
func outbound(f *ivr.Flow) call.Record {
	return call.Record{
		Info: call.Info{
			ID: "call-1", To: "+8613800001111", Trunk: "main", Campaign: "winter", Contact: "contact-1",
			Customer: campaigns.Customer{
				Key: "7", Number: "+8613800001111", Language: "en", Manager: "lin",
				Attributes: map[string]string{"due": "2026-12-04", "balance": "23.50", "contract_end": "2026-12-31"},
			},
		},
		Direction: call.Outbound, FlowHash: f.Hash(), AnsweredAt: time.Now(),
	}
}
