package twilio_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
	twin "careline/sim/twilio"
	"careline/twilio"
)

// Whatever goes wrong between us and Twilio, a call is placed once at most, what
// the callee has pressed is kept, and the attempt ends as the call did, or as
// unknown where nothing tells that there was one.
func TestFaults(t *testing.T) {
	create, callback, fetch := "POST /2010-04-01/Accounts/"+hookAccount+"/Calls.json", "/status", "/twilio/"
	answered := campaigns.Answered
	for _, tt := range []struct {
		name  string
		fault twin.FaultKind
		on    string
		times int
		want  campaigns.Disposition
	}{
		{"none", "", "", 0, answered},
		{"too many", twin.TooMany, create, 1, campaigns.Congestion},
		{"unavailable", twin.Unavailable, create, 1, campaigns.Congestion},
		{"internal", twin.Internal, create, 1, campaigns.NotKnown},
		{"internal of a gateway", twin.InternalBare, create, 1, campaigns.NotKnown},
		{"unavailable by a gateway", twin.UnavailableBare, create, 1, campaigns.NotKnown},
		{"connection lost", twin.ConnectionReset, create, 1, campaigns.NotKnown},
		{"internal, done", twin.InternalDone, create, 1, answered},
		{"unavailable, done", twin.UnavailableDone, create, 1, answered},
		{"answer lost", twin.AnswerLost, create, 1, answered},
		{"answer late", twin.SlowAnswer, create, 1, answered},
		{"callbacks lost", twin.CallbackLost, callback, -1, answered},
		{"callbacks twice", twin.CallbackTwice, callback, -1, answered},
		{"callbacks late", twin.CallbackLate, callback, -1, answered},
		{"callbacks swapped", twin.CallbackSwapped, callback, -1, answered},
		{"requests twice", twin.FetchTwice, fetch, -1, answered},
		{"requests twice at once", twin.FetchTwiceAtOnce, fetch, -1, answered},
		{"requests late", twin.FetchLate, fetch, 2, answered},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var faults twin.Faults
			if faults.Late = 500 * time.Millisecond; tt.fault != "" {
				faults.List = []twin.Fault{{Kind: tt.fault, On: tt.on, Times: tt.times}}
			}
			f := newFaulty(t, faults)
			line, err := f.carrier.Place(t.Context(), call.Order{
				ID: string(f.id), Number: hookCaller, CallerID: hookNumber, Trunk: "t", Leg: campaigns.Leg{Carrier: twilio.Name, Target: hookCaller},
			})
			got, calls := answered, len(f.twin.Calls())
			var failure *call.Failure
			if errors.As(err, &failure) {
				got = failure.Disposition
			}
			if got != tt.want {
				t.Fatalf("the call ended as %s (%v); want %s", got, err, tt.want)
			}
			if want := map[bool]int{true: 1}[got == answered]; calls != want {
				t.Errorf("Twilio has %d calls; want %d", calls, want)
			}
			if got == answered {
				f.hears(line.(call.Hosted))
			}
			if tt.fault != "" && !slices.ContainsFunc(f.twin.Diary(), func(e twin.Entry) bool { return e.Kind == twin.KindFault }) {
				t.Error("nothing went wrong")
			}
		})
	}
}

// faulty is a node with an attempt whose call is placed by the twin of Twilio.
type faulty struct {
	*placed
	twin *twin.Twin
}

func newFaulty(t *testing.T, faults twin.Faults) *faulty {
	t.Helper()
	f := &faulty{}
	var mu sync.Mutex
	mu.Lock()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := f.handler
		mu.Unlock()
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	const speed = 20
	var err error
	f.twin, err = twin.New(twin.Options{
		Accounts: []twin.Account{{SID: hookAccount, Token: hookToken, Numbers: []twin.Number{{Number: hookNumber}}, CallsPerSecond: 100}},
		Line: twin.NewScripts(twin.ScriptOptions{Speed: speed, Person: func(string, int) twin.Script {
			return twin.Script{Rings: time.Second, Answer: 4 * time.Second, Keys: []string{"1"}}
		}}),
		Speed: speed, Faults: faults,
	})
	if err != nil {
		t.Fatal(err)
	}
	f.placed = newPlaced(t, func(o *twilio.Options) {
		o.Public, o.Queues, o.API = web.URL, web.URL, f.twin.URL()
		o.Answer, o.Proof, o.Look, o.Quiet, o.Part = 300*time.Millisecond, 3*time.Second, 100*time.Millisecond, time.Second, time.Second
		o.Trunks[0].Allow = phone.Prefixes{"+44"}
	})
	mu.Unlock()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = f.carrier.Run(ctx) })
	running.Go(func() { _ = f.twin.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		for _, v := range f.twin.Violations() {
			t.Errorf("Twilio would not take it: %v", v)
		}
	})
	return f
}

// hears waits for the end of the call, and looks at what is kept of it.
func (f *faulty) hears(line call.Hosted) {
	f.Helper()
	if err := line.Wait(f.Context()); err != nil {
		f.Errorf("Wait = %v", err)
	}
	rec, err := f.record()
	if err != nil || rec.Ending != call.ByFlow || !rec.State.Over {
		f.Errorf("kept is %+v, %v; want the flow through", rec, err)
	}
	if presses := f.twin.Presses(); len(presses) != 1 {
		f.Errorf("pressed %v; want one key", presses)
	}
	if calls := f.twin.Calls(); len(calls) != 1 {
		f.Errorf("Twilio has %d calls", len(calls))
	}
}
