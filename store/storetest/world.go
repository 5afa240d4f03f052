package storetest

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
	"careline/store"
)

// surveyFlow is the flow of every campaign here.
const surveyFlow = `
flow: survey
outbound: true
languages: [en]
start: satisfied
nodes:
  satisfied:
    gather: {num_digits: 1, timeout: 5s, tries: 1}
    say: {en: "Press 1 if you are satisfied, 2 if not."}
    result: satisfied
    on: {"1": bye, "2": bye, noinput: bye, nomatch: bye}
  bye:
    say: {en: "Goodbye."}
    next: end
`

const (
	theNode  = "a"
	theList  = "customers"
	callerID = phone.Number("+8610")
)

// world is a database with a list and a campaign that runs over it.
type world struct {
	*testing.T
	url string
	s   *store.Store
	now time.Time
	c   campaigns.Campaign
}

// newWorld makes a world with n customers. change may alter the campaign.
func newWorld(t *testing.T, url func(testing.TB) string, n int, change func(*campaigns.Definition)) *world {
	t.Helper()
	w := &world{T: t, url: url(t), now: time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)}
	w.s = w.open(store.Options{Node: theNode, DIDs: map[string]string{"10086": "survey", "10087": "nobody wrote it"}})
	_, err := w.s.AddFlow(t.Context(), "survey.yaml", []byte(surveyFlow), w.now)
	w.ok("add a flow", err)
	_, err = w.s.ImportCustomers(t.Context(), theList, customers(n), store.ImportOptions{Now: w.now})
	w.ok("import", err)
	w.c = w.campaign("survey", change)
	w.renew(w.s, theNode)
	return w
}

// customers are n people, none like another.
func customers(n int) []campaigns.Customer {
	all := make([]campaigns.Customer, n)
	for i := range all {
		all[i] = campaigns.Customer{
			Key: fmt.Sprintf("c%05d", i), Number: number(i), Name: "Customer " + strconv.Itoa(i), Language: "en",
			Segment: "gold", Manager: "anna", Zone: "Asia/Shanghai", Attributes: map[string]string{"balance": "12.30"},
		}
	}
	return all
}

// number is that of the i-th customer.
func number(i int) phone.Number { return phone.Number(fmt.Sprintf("+86138%08d", i)) }

func (w *world) ok(what string, err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%s: %v", what, err)
	}
}

// open opens the world's database once more, as another process would.
func (w *world) open(o store.Options) *store.Store {
	w.Helper()
	s, err := store.Open(w.Context(), w.url, o)
	w.ok("open the store", err)
	w.Cleanup(func() { s.Close() })
	return s
}

// again opens it as the next run of the node, after a crash.
func (w *world) again() *store.Store {
	w.Helper()
	s := w.open(store.Options{Node: theNode})
	w.renew(s, theNode)
	return s
}

func (w *world) renew(s *store.Store, node string) {
	w.Helper()
	_, err := s.Renew(w.Context(), node, w.now)
	w.ok("renew the lease of "+node, err)
}

// campaign creates and starts one.
func (w *world) campaign(name string, change func(*campaigns.Definition)) campaigns.Campaign {
	w.Helper()
	d := campaigns.Definition{
		Name: name, Flow: "survey", List: theList, Mode: campaigns.Agentless, Trunks: []string{"carrier"},
		CallerID: callerID, MaxAttempts: 3, Complete: []string{"satisfied"},
		Success: map[string][]string{"satisfied": {"1"}},
		Retry: map[campaigns.Disposition][]time.Duration{
			campaigns.Busy: {10 * time.Minute}, campaigns.NoAnswer: {time.Hour},
		},
	}
	if change != nil {
		change(&d)
	}
	c, err := w.s.CreateCampaign(w.Context(), d, w.now)
	w.ok("create a campaign", err)
	c, err = w.s.Start(w.Context(), c.ID, w.now)
	w.ok("start it", err)
	return c
}

// claim leases contacts of the world's campaign.
func (w *world) claim(limit int) []campaigns.Contact {
	w.Helper()
	claims, err := w.s.Claim(w.Context(), theNode, w.c.ID, limit, w.now)
	w.ok("claim", err)
	return claims.Contacts
}

// attempt is what the dialer hands in for a contact.
func attempt(c campaigns.Contact) campaigns.Attempt {
	id := newID()
	return campaigns.Attempt{
		ID: campaigns.AttemptID(id), Campaign: c.Campaign, Contact: c.ID, Number: c.Number,
		CallerID: callerID, Trunk: "carrier", Node: theNode, Try: 1,
		Leg: campaigns.Leg{CallID: id + "@careline", FromTag: "from", Branch: "z9hG4bK", Target: "sip:" + string(c.Number)},
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// begin opens an attempt that must be allowed.
func (w *world) begin(c campaigns.Contact) campaigns.Attempt {
	w.Helper()
	a, v, err := w.s.BeginAttempt(w.Context(), campaigns.Begin{Attempt: attempt(c), Allowed: true}, w.now)
	w.ok("begin an attempt", err)
	if !v.Allowed {
		w.Fatalf("BeginAttempt was refused: %+v", v)
	}
	return a
}

// refused opens an attempt that must be refused.
func (w *world) refused(b campaigns.Begin) campaigns.Verdict {
	w.Helper()
	a, v, err := w.s.BeginAttempt(w.Context(), b, w.now)
	w.ok("begin an attempt", err)
	if v.Allowed || a.ID != "" {
		w.Fatalf("BeginAttempt was allowed: %+v", v)
	}
	return v
}

func (w *world) end(a campaigns.Attempt, d campaigns.Disposition) {
	w.Helper()
	w.ok("end an attempt", w.s.EndAttempt(w.Context(), campaigns.End{Attempt: a.ID, Disposition: d, At: w.now}))
}

// answered marks an attempt as answered and opens its call.
func (w *world) answered(a campaigns.Attempt) call.Record {
	w.Helper()
	leg := campaigns.Leg{ToTag: "to", Remote: "sip:them"}
	w.ok("mark an attempt", w.s.MarkAttempt(w.Context(), a.ID, true, leg, w.now))
	return w.opened(call.Record{
		Info:      call.Info{ID: string(a.ID), To: string(a.Number), Campaign: a.Campaign, Contact: a.Contact},
		Direction: call.Outbound, FlowHash: w.c.FlowHash, AnsweredAt: w.now,
	})
}

func (w *world) opened(r call.Record) call.Record {
	w.Helper()
	r.State = ivr.State{Flow: r.FlowHash}
	w.ok("open a call", w.s.OpenCall(w.Context(), r))
	return r
}

// step is a move of a call's flow to seq that records answers, given in pairs.
func step(r call.Record, seq int, at time.Time, pairs ...string) call.Step {
	s := call.Step{
		CallID: r.ID, Was: seq - 1, Seq: seq, At: at,
		State: ivr.State{Flow: r.FlowHash, Node: "step " + strconv.Itoa(seq)},
	}
	for i := 0; i < len(pairs); i += 2 {
		s.Answers = append(s.Answers, campaigns.Answer{
			CallID: r.ID, Campaign: r.Campaign, Contact: r.Contact, Result: pairs[i], Value: pairs[i+1],
			Node: "satisfied", FlowHash: r.FlowHash, At: at,
		})
	}
	return s
}

func (w *world) commit(s call.Step) {
	w.Helper()
	w.ok("commit a step", w.s.CommitStep(w.Context(), s))
}

func (w *world) closed(r call.Record, e call.Ending) {
	w.Helper()
	w.ok("close a call", w.s.CloseCall(w.Context(), r.ID, e, w.now))
}

// contact reads a contact again.
func (w *world) contact(id campaigns.ContactID) campaigns.Contact {
	w.Helper()
	c, err := w.s.Contact(w.Context(), id)
	w.ok("find a contact", err)
	return c
}

// is checks a contact's state.
func (w *world) is(id campaigns.ContactID, want campaigns.ContactState) {
	w.Helper()
	if got := w.contact(id).State; got != want {
		w.Errorf("the contact is %s; want %s", got, want)
	}
}

// adds checks that a campaign's figures add up.
func (w *world) adds(id campaigns.ID) campaigns.Funnel {
	w.Helper()
	f, err := w.s.Funnel(w.Context(), id)
	w.ok("count the campaign", err)
	if err := f.Check(); err != nil {
		w.Errorf("the funnel does not add up: %v", err)
	}
	return f
}
