package twilio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
	"careline/twilio"
)

const (
	account = "AC00000000000000000000000000000001"
	token   = "0123456789abcdef0123456789abcdef"
	key     = "SK00000000000000000000000000000001"
	public  = "https://careline.example.com"
	ours    = phone.Number("+14155550100")
	theirs  = phone.Number("+14155550199")
	attempt = "0198f3a0-0000-7000-8000-000000000001"
)

// book keeps facts in memory, as the store does on disk.
type book struct {
	mu    sync.Mutex
	facts map[string]call.Fact
	ended map[campaigns.AttemptID]bool
	fails error
}

func (b *book) SaveFact(_ context.Context, f call.Fact) (call.Fact, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails != nil {
		return call.Fact{}, b.fails
	}
	b.facts[f.ID] = b.facts[f.ID].With(f)
	return b.facts[f.ID], nil
}

func (b *book) Facts(_ context.Context, ids []string) (all []call.Fact, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		if f, known := b.facts[id]; known {
			all = append(all, f)
		}
	}
	return all, b.fails
}

func (b *book) OpenHosted(context.Context) (open []call.Fact, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.facts {
		if f.Phase != call.Over {
			open = append(open, f)
		}
	}
	return open, b.fails
}

func (b *book) CallOf(_ context.Context, id campaigns.AttemptID) (call.Record, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	rec := call.Record{Info: call.Info{ID: string(id)}, Direction: call.Outbound}
	if b.ended[id] {
		rec.EndedAt = time.Now()
	}
	return rec, nil
}

// ledger notes what becomes of attempts.
type ledger struct {
	mu    sync.Mutex
	marks []string
	ends  []campaigns.End
	fails []error // of EndAttempt, one after another
}

func (l *ledger) MarkAttempt(_ context.Context, _ campaigns.AttemptID, up bool, leg campaigns.Leg, _ time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.marks = append(l.marks, fmt.Sprint(up, " ", leg.CallID))
	return nil
}

func (l *ledger) EndAttempt(_ context.Context, e campaigns.End) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.fails) > 0 {
		err := l.fails[0]
		l.fails = l.fails[1:]
		return err
	}
	l.ends = append(l.ends, e)
	return nil
}

func (l *ledger) ended() []campaigns.End {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.ends)
}

// drawer is a desk whose conversations never move.
type drawer struct {
	mu     sync.Mutex
	opened map[string]call.Record
	fails  int // closings that fail first
}

func (d *drawer) Open(_ context.Context, rec call.Record) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, open := d.opened[rec.ID]; !open {
		d.opened[rec.ID] = rec
	}
	return nil
}

func (d *drawer) Route(_ context.Context, info call.Info) (call.Record, error) {
	return call.Record{Info: info, Direction: call.Inbound}, nil
}

func (d *drawer) Move(_ context.Context, id string, _ int, _ ivr.Event) (call.Record, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	rec, open := d.opened[id]
	if !open {
		return call.Record{}, call.ErrNoCall
	}
	return rec, nil
}

func (d *drawer) Close(_ context.Context, id string, e call.Ending, at time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fails > 0 {
		d.fails--
		return errors.New("disk full")
	}
	rec := d.opened[id]
	if rec.Ending == "" {
		rec.Ending, rec.EndedAt = e, at
	}
	d.opened[id] = rec
	return nil
}

func (d *drawer) ending(id string) call.Ending {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.opened[id].Ending
}

// rig is a Carrier at work, in virtual time.
type rig struct {
	t       *testing.T
	api     *office
	pipes   *pipes
	book    *book
	ledger  *ledger
	desk    *drawer
	carrier *twilio.Carrier
	log     *bytes.Buffer
	stop    context.CancelFunc
	ran     chan error
}

func newRig(t *testing.T, set func(o *twilio.Options)) *rig {
	t.Helper()
	r := &rig{
		t: t, api: newOffice(), ledger: &ledger{}, log: &bytes.Buffer{}, ran: make(chan error, 1),
		book: &book{facts: make(map[string]call.Fact), ended: make(map[campaigns.AttemptID]bool)},
		desk: &drawer{opened: make(map[string]call.Record)},
	}
	tr, p := transport(t, r.api)
	r.pipes = p
	o := twilio.Options{
		Public: public, API: "http://api.example.com", HTTP: tr, Book: r.book, Ledger: r.ledger, Desk: r.desk,
		Log:    slog.New(slog.NewJSONHandler(&lockedWriter{w: r.log}, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Trunks: []twilio.Trunk{usual()},
	}
	if set != nil {
		set(&o)
	}
	c, err := twilio.New(o)
	if err != nil {
		t.Fatalf("New = %v", err)
	}
	r.carrier = c
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	go func() { r.ran <- c.Run(ctx) }()
	t.Cleanup(r.end)
	return r
}

// end ends the Carrier and waits until it has.
func (r *rig) end() {
	r.stop()
	if err := <-r.ran; err != nil {
		r.t.Errorf("Run = %v", err)
	}
	r.ran <- nil
}

// usual is a trunk as the tests have it.
func usual() twilio.Trunk {
	return twilio.Trunk{
		Name: "us", AccountSID: account, Token: token, Numbers: []phone.Number{ours}, Allow: phone.Prefixes{"+1"}, MaxCalls: 10,
	}
}

type lockedWriter struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// String is what was written until now.
func (l *lockedWriter) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.String()
}

// order asks for the usual call.
func order(stages *[]call.Progress) call.Order {
	var mu sync.Mutex
	return call.Order{
		ID: attempt, Number: theirs, Trunk: "us", CallerID: ours, Leg: campaigns.Leg{Carrier: twilio.Name, Target: string(theirs)}, Ring: 25 * time.Second,
		Progress: func(_ context.Context, p call.Progress) error {
			mu.Lock()
			defer mu.Unlock()
			if stages != nil {
				*stages = append(*stages, p)
			}
			return nil
		},
	}
}

// result is what Place returned.
type result struct {
	line call.Line
	err  error
}

// place begins to place a call.
func (r *rig) place(ctx context.Context, o call.Order) <-chan result {
	done := make(chan result, 1)
	go func() {
		line, err := r.carrier.Place(ctx, o)
		done <- result{line, err}
	}()
	return done
}

// answered places the usual call, which is answered and begins its conversation.
func (r *rig) answered() call.Hosted {
	r.t.Helper()
	done := r.place(r.t.Context(), order(nil))
	synctest.Wait()
	r.status(sid, "in-progress")
	got := <-done
	if got.err != nil {
		r.t.Fatalf("Place = %v", got.err)
	}
	_ = r.desk.Open(r.t.Context(), call.Record{Info: call.Info{ID: attempt}})
	return got.line.(call.Hosted)
}

// callback has Twilio tell of a call, and returns what it is answered.
func (r *rig) callback(id, sid, what string, form url.Values) *httptest.ResponseRecorder {
	address := public + "/twilio/us/calls/" + id + "/" + what
	form = maps.Clone(form)
	if form == nil {
		form = url.Values{}
	}
	form.Set("AccountSid", account)
	form.Set("CallSid", sid)
	req := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", signature(token, address, form))
	w := httptest.NewRecorder()
	r.carrier.Handler().ServeHTTP(w, req)
	return w
}

// status is a status callback.
func (r *rig) status(sid, word string, more ...string) {
	form := url.Values{"CallStatus": {word}, "Timestamp": {time.Now().UTC().Format(time.RFC1123Z)}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	if w := r.callback(attempt, sid, "status", form); w.Code != http.StatusNoContent && w.Code != http.StatusOK {
		r.t.Errorf("status callback %s was answered %d: %s", word, w.Code, w.Body)
	}
}

// failed is the failure that a Place came to.
func failed(t *testing.T, got result) *call.Failure {
	t.Helper()
	var f *call.Failure
	if !errors.As(got.err, &f) {
		t.Fatalf("Place = %v, %v; want a failure", got.line, got.err)
	}
	return f
}
