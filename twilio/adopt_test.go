package twilio_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"careline/call"
	"careline/campaigns"
	"careline/twilio"
)

// orphan is an attempt that a node has left behind.
func orphan() campaigns.Attempt {
	return campaigns.Attempt{
		ID: attempt, Contact: "contact", Number: theirs, CallerID: ours, Trunk: "us", BegunAt: time.Now().Add(-time.Minute),
		Leg: campaigns.Leg{Carrier: twilio.Name, Target: string(theirs)},
	}
}

// goes is a call at Twilio that nobody sees to.
func (r *rig) goes(status string, kv ...any) {
	r.api.mu.Lock()
	r.api.calls[sid] = map[string]any{
		"sid": sid, "status": status, "to": string(theirs), "from": string(ours), "direction": "outbound-api",
		"date_created": time.Now().Add(-time.Minute).UTC().Format(time.RFC1123Z),
	}
	r.api.mu.Unlock()
	r.api.set(sid, kv...)
}

func (r *rig) known(f call.Fact) {
	f.ID, f.Name, f.Trunk = attempt, sid, "us"
	_, _ = r.book.SaveFact(r.t.Context(), f)
}

// ends waits for the end of the attempt.
func (r *rig) ends(within time.Duration) campaigns.End {
	r.t.Helper()
	time.Sleep(within)
	synctest.Wait()
	ends := r.ledger.ended()
	if len(ends) != 1 {
		r.t.Fatalf("%d ends after %v; want one\n%s", len(ends), within, r.log)
	}
	return ends[0]
}

func TestAdopt(t *testing.T) {
	for _, tt := range []struct {
		name   string
		set    func(r *rig)
		within time.Duration
		want   campaigns.End
		marks  []string
		ending call.Ending
	}{
		{
			"over before, as others heard",
			func(r *rig) { r.known(call.Fact{Phase: call.Over, Status: "busy", Code: 486, EndedAt: time.Now()}) },
			time.Millisecond,
			campaigns.End{Disposition: campaigns.Busy, Evidence: campaigns.Evidence{Status: 486}},
			nil,
			"",
		},
		{
			"over before, as only the API knows",
			func(r *rig) {
				r.known(call.Fact{Phase: call.Dialing})
				r.goes("no-answer")
			},
			time.Millisecond,
			campaigns.End{Disposition: campaigns.NoAnswer, Evidence: campaigns.Evidence{Status: 480}},
			nil,
			"",
		},
		{
			"goes on, and somebody answers",
			func(r *rig) {
				r.known(call.Fact{Phase: call.Alerting, Rang: true})
				r.goes("ringing")
				time.AfterFunc(10*time.Second, func() {
					r.known(call.Fact{Phase: call.Talking, AnsweredAt: time.Now(), AnsweredBy: "human"})
					_ = r.desk.Open(r.t.Context(), call.Record{Info: call.Info{ID: attempt}})
				})
				time.AfterFunc(50*time.Second, func() { r.status(sid, "completed", "CallDuration", "40") })
			},
			51 * time.Second,
			campaigns.End{
				Disposition: campaigns.Answered, Evidence: campaigns.Evidence{Status: 200},
				Reception: campaigns.Reception{Party: campaigns.HumanParty},
			},
			[]string{"false " + sid, "true " + sid},
			call.ByCaller,
		},
		{
			"goes on unanswered, and its end is told to nobody",
			func(r *rig) {
				r.known(call.Fact{Phase: call.Alerting, Rang: true})
				r.goes("ringing")
				time.AfterFunc(10*time.Second, func() { r.api.set(sid, "status", "no-answer") })
			},
			50 * time.Second,
			campaigns.End{Disposition: campaigns.NoAnswer, Evidence: campaigns.Evidence{Status: 480}},
			[]string{"false " + sid},
			"",
		},
		{
			"nothing proves that it exists",
			func(*rig) {},
			9 * time.Minute,
			campaigns.End{Disposition: campaigns.NotKnown},
			nil,
			"",
		},
		{
			"proven by its events",
			func(r *rig) {
				r.goes("busy")
				r.api.urls[sid] = []string{public + "/twilio/us/calls/" + attempt + "/status"}
			},
			10 * time.Second,
			campaigns.End{Disposition: campaigns.Busy, Evidence: campaigns.Evidence{Status: 486}},
			nil,
			"",
		},
		{
			"the ledger is away for a while",
			func(r *rig) {
				r.ledger.fails = []error{errors.New("away"), errors.New("away")}
				r.known(call.Fact{Phase: call.Over, Status: "failed", Code: 404, EndedAt: time.Now()})
			},
			4 * time.Second,
			campaigns.End{Disposition: campaigns.InvalidNumber, Evidence: campaigns.Evidence{Status: 404}},
			nil,
			"",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				tt.set(r)
				r.carrier.Adopt(t.Context(), []campaigns.Attempt{orphan(), {ID: "sip", Trunk: "main"}})
				got := r.ends(tt.within)
				tt.want.Attempt = attempt
				rest := cmp.Options{cmpopts.IgnoreFields(campaigns.End{}, "At"), cmpopts.IgnoreFields(campaigns.Evidence{}, "Text", "Rule")}
				if diff := cmp.Diff(tt.want, got, rest); diff != "" {
					t.Errorf("ended (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.marks, r.ledger.marks); diff != "" {
					t.Errorf("marks (-want +got):\n%s", diff)
				}
				if e := r.desk.ending(attempt); e != tt.ending {
					t.Errorf("the call was closed as %q; want %q", e, tt.ending)
				}
				if len(r.api.placed()) != 0 {
					t.Error("a call was placed")
				}
			})
		})
	}
}

// An attempt that has been ended by others meanwhile is left so.
func TestAdoptEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.ledger.fails = []error{campaigns.ErrEnded}
		r.known(call.Fact{Phase: call.Over, Status: "busy", EndedAt: time.Now()})
		r.carrier.Adopt(t.Context(), []campaigns.Attempt{orphan()})
		time.Sleep(time.Minute)
		if ends := r.ledger.ended(); len(ends) != 0 || len(r.ledger.fails) != 0 {
			t.Errorf("ended %v; want the end tried once", ends)
		}
	})
}

// When the service ends, an adopted call does, and its attempt.
func TestAdoptStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.known(call.Fact{Phase: call.Talking, AnsweredAt: time.Now()})
		r.goes("in-progress")
		r.carrier.Adopt(t.Context(), []campaigns.Attempt{orphan()})
		time.Sleep(10 * time.Second)
		r.end()
		if ends := r.ledger.ended(); len(ends) != 1 || ends[0].Disposition != campaigns.Answered {
			t.Errorf("ended %v; want it answered", ends)
		}
		if n := len(r.api.changed()); n != 1 {
			t.Errorf("%d changes; want the call hung up", n)
		}
	})
}

// A call that came in is seen to its end by whoever has it, also when Twilio's
// word of that is lost.
func TestAttends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.goes("in-progress")
		_ = r.desk.Open(t.Context(), call.Record{Info: call.Info{ID: sid}})
		_, _ = r.book.SaveFact(t.Context(), call.Fact{ID: sid, Name: sid, Trunk: "us", Phase: call.Talking, AnsweredAt: time.Now()})
		time.Sleep(3 * time.Minute)
		if e := r.desk.ending(sid); e != "" {
			t.Fatalf("closed as %q while it goes on", e)
		}
		r.api.set(sid, "status", "completed", "duration", "200")
		time.Sleep(2 * time.Minute)
		if e := r.desk.ending(sid); e != call.ByCaller {
			t.Errorf("closed as %q", e)
		}
	})
}

// A call that an earlier run had placed for somebody who was there takes no line
// of its trunk once it is ended.
func TestAdoptOfNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.known(call.Fact{Phase: call.Talking})
		r.goes("in-progress")
		left := orphan()
		left.Contact = ""
		r.carrier.Adopt(t.Context(), []campaigns.Attempt{left})
		synctest.Wait()
		if s := r.carrier.Trunks()[0]; s.Calls != 0 || s.Adopted != 0 || len(r.api.changed()) != 1 {
			t.Errorf("the trunk stands as %+v after %d changes; want no calls after one", s, len(r.api.changed()))
		}
	})
}
