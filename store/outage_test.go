package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
	"careline/store"
	"careline/store/storetest"
)

const askFlow = `
flow: ask
languages: [en]
start: ask
nodes:
  ask:
    gather: {num_digits: 1, timeout: 5s, tries: 1}
    say: {en: "Press a key."}
    result: key
    on: {"1": end, noinput: end, nomatch: end}
`

// short is the patience of stores whose database goes away.
const short = 300 * time.Millisecond

// outage is a store whose database can be made to stop answering.
type outage struct {
	t        *testing.T
	url      string
	journal  string
	patience time.Duration
	s        *store.Store
	now      time.Time
	c        campaigns.Campaign
	down     func() // the database stops answering
	up       func() // it answers again
}

func (o *outage) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *outage) open() {
	o.t.Helper()
	s, err := store.Open(o.t.Context(), o.url, store.Options{
		Node: "a", Journal: o.journal, JournalBytes: 1 << 20, Patience: o.patience,
	})
	o.ok(err)
	o.s = s
	o.t.Cleanup(func() { s.Close() })
	_, err = s.Renew(o.t.Context(), "a", o.now)
	o.ok(err)
}

func newOutage(t *testing.T, url string, patience time.Duration) *outage {
	t.Helper()
	o := &outage{t: t, url: url, patience: patience, journal: journalFile(t), now: time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)}
	o.open()
	_, err := o.s.AddFlow(t.Context(), "ask.yaml", []byte(askFlow), o.now)
	o.ok(err)
	var list []campaigns.Customer
	for i := range 20 {
		list = append(list, campaigns.Customer{Number: phone.Number(fmt.Sprintf("+861380000%04d", i))})
	}
	_, err = o.s.ImportCustomers(t.Context(), "people", list, store.ImportOptions{Now: o.now})
	o.ok(err)
	o.c, err = o.s.CreateCampaign(t.Context(), campaigns.Definition{
		Name: "ask", Flow: "ask", List: "people", CallerID: "+8610", Trunks: []string{"t"}, Complete: []string{"key"},
	}, o.now)
	o.ok(err)
	_, err = o.s.Start(t.Context(), o.c.ID, o.now)
	o.ok(err)
	return o
}

// scenarios are what happens while a database does not answer.
var scenarios = map[string]func(*outage){
	"calls go on":             (*outage).callsGoOn,
	"the process dies":        (*outage).processDies,
	"an attempt is beginning": (*outage).attemptBegins,
}

func TestLockedSQLite(t *testing.T) {
	for name, test := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutage(t, file(t), short)
			other, err := sqlx.Open("sqlite", "file:"+o.url+"?_txlock=immediate")
			o.ok(err)
			t.Cleanup(func() { other.Close() })
			var tx *sqlx.Tx
			o.down = func() { tx, err = other.Beginx(); o.ok(err) }
			o.up = func() { o.ok(tx.Rollback()) }
			t.Cleanup(func() { tx.Rollback() })
			test(o)
		})
	}
}

func TestFrozenPostgres(t *testing.T) {
	t.Parallel()
	server := storetest.StartPostgres(t)
	for name, test := range scenarios {
		t.Run(name, func(t *testing.T) {
			o := newOutage(t, server.Database(t), short)
			o.down, o.up = func() { server.Freeze(t) }, func() { server.Thaw(t) }
			test(o)
		})
	}
}

func TestKilledPostgres(t *testing.T) {
	t.Parallel()
	server := storetest.StartPostgres(t)
	for name, test := range scenarios {
		t.Run(name, func(t *testing.T) {
			o := newOutage(t, server.Database(t), short)
			o.down, o.up = func() { server.Stop(t) }, func() { server.Start(t) }
			test(o)
		})
	}
}

func (o *outage) claim(n int) []campaigns.Contact {
	o.t.Helper()
	claims, err := o.s.Claim(o.t.Context(), "a", o.c.ID, n, o.now)
	o.ok(err)
	return claims.Contacts
}

func begin(c campaigns.Contact) campaigns.Begin {
	return campaigns.Begin{Allowed: true, Attempt: campaigns.Attempt{
		ID: campaigns.AttemptID("attempt on " + c.ID), Campaign: c.Campaign, Contact: c.ID, Number: c.Number, CallerID: "10086", Node: "a", Try: 1,
	}}
}

// talk begins an attempt that is answered.
func (o *outage) talk(c campaigns.Contact) call.Record {
	o.t.Helper()
	a, v, err := o.s.BeginAttempt(o.t.Context(), begin(c), o.now)
	o.ok(err)
	if !v.Allowed {
		o.t.Fatalf("BeginAttempt was refused: %+v", v)
	}
	r := record(a, o.c)
	o.ok(o.s.MarkAttempt(o.t.Context(), a.ID, true, campaigns.Leg{}, o.now))
	o.ok(o.s.OpenCall(o.t.Context(), r))
	return r
}

func record(a campaigns.Attempt, c campaigns.Campaign) call.Record {
	return call.Record{
		Info:      call.Info{ID: string(a.ID), Campaign: a.Campaign, Contact: a.Contact},
		Direction: call.Outbound, FlowHash: c.FlowHash, AnsweredAt: a.BegunAt,
	}
}

func keyStep(r call.Record, seq int, key string, at time.Time) call.Step {
	return call.Step{
		CallID: r.ID, Was: seq - 1, Seq: seq, At: at, State: ivr.State{Flow: r.FlowHash, Tries: seq},
		Answers: []campaigns.Answer{{CallID: r.ID, Campaign: r.Campaign, Contact: r.Contact, Result: "key", Value: key, At: at}},
	}
}

// settles waits until the journal is empty.
func (o *outage) settles() {
	o.t.Helper()
	wait(o.t, "the journal is written into the database", func() bool { return o.s.Journaled() == 0 })
}

// wait asks again and again until something is so.
func wait(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !is() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("in vain: %s", what)
		}
	}
}

func (o *outage) funnel() campaigns.Funnel {
	o.t.Helper()
	f, err := o.s.Funnel(o.t.Context(), o.c.ID)
	o.ok(err)
	o.ok(f.Check())
	return f
}

// callsGoOn: calls in progress go on while the database is away, no new ones
// begin, and it catches up by itself.
func (o *outage) callsGoOn() {
	t := o.t
	claimed := o.claim(10)
	first, second := o.talk(claimed[0]), o.talk(claimed[1])
	o.ok(o.s.CommitStep(t.Context(), keyStep(first, 1, "1", o.now)))
	o.down()
	o.ok(o.s.CommitStep(t.Context(), keyStep(first, 2, "2", o.now.Add(time.Second))))
	o.ok(o.s.CommitStep(t.Context(), keyStep(second, 1, "7", o.now.Add(time.Second))))
	o.ok(o.s.CommitStep(t.Context(), keyStep(first, 3, "3", o.now.Add(2*time.Second))))
	fresh := call.Record{Info: call.Info{ID: "fresh"}, Direction: call.Inbound, FlowHash: o.c.FlowHash, AnsweredAt: o.now}
	o.ok(o.s.OpenCall(t.Context(), fresh))
	o.ok(o.s.CommitStep(t.Context(), keyStep(fresh, 1, "1", o.now)))
	if r, err := o.s.LoadCall(t.Context(), "fresh"); err != nil || r.Seq != 1 || r.State.Tries != 1 {
		t.Errorf("LoadCall of what only the journal knows = %+v, %v; want step 1", r, err)
	}
	if o.s.Journaled() != 5 {
		t.Errorf("%d writes are in the journal; want 5", o.s.Journaled())
	}
	if _, _, err := o.s.BeginAttempt(t.Context(), begin(claimed[2]), o.now); !errors.Is(err, store.ErrJournaling) {
		t.Errorf("BeginAttempt while the database is away = %v; want ErrJournaling", err)
	}
	o.ok(o.s.EndAttempt(t.Context(), campaigns.End{Attempt: campaigns.AttemptID(first.ID), Disposition: campaigns.Answered, At: o.now}))
	o.ok(o.s.CloseCall(t.Context(), first.ID, call.ByFlow, o.now))
	o.up()
	o.settles()
	o.ok(o.s.CommitStep(t.Context(), keyStep(second, 2, "8", o.now.Add(3*time.Second))))
	f := o.funnel()
	if f.Answers["key"]["3"] != 1 || f.Answers["key"]["8"] != 1 || f.ByState[campaigns.Completed] != 1 || f.Open != 1 {
		t.Errorf("funnel = %+v; want the last answers 3 and 8, one complete, one open", f)
	}
	r, err := o.s.LoadCall(t.Context(), first.ID)
	if err != nil || r.Seq != 3 || r.Ending != call.ByFlow {
		t.Errorf("LoadCall = step %d, ended %q, %v; want step 3, ended by the flow", r.Seq, r.Ending, err)
	}
	_, err = o.s.Renew(t.Context(), "a", o.now)
	o.ok(err)
	o.talk(claimed[2])
}

// processDies: what only the journal took is there after a restart.
func (o *outage) processDies() {
	t := o.t
	r := o.talk(o.claim(1)[0])
	o.down()
	o.ok(o.s.CommitStep(t.Context(), keyStep(r, 1, "5", o.now)))
	ended := make(chan error, 1)
	go func() { ended <- o.s.Close() }()
	o.up()
	if err := <-ended; err != nil {
		t.Fatalf("Close: %v", err)
	}
	o.open()
	if left, err := o.s.Recover(t.Context(), "a", o.now); err != nil || len(left) != 1 {
		t.Errorf("Recover = %v, %v; want one attempt", left, err)
	}
	if f := o.funnel(); f.Answers["key"]["5"] != 1 || f.ByState[campaigns.Completed] != 1 {
		t.Errorf("funnel = %+v; want the answer, and one complete", f)
	}
}

// attemptBegins: an attempt whose commit was not confirmed is not left open,
// whether it was committed or not.
func (o *outage) attemptBegins() {
	t := o.t
	c := o.claim(1)[0]
	o.down()
	if _, _, err := o.s.BeginAttempt(t.Context(), begin(c), o.now); err == nil {
		t.Fatal("BeginAttempt succeeded without a database")
	}
	o.up()
	o.settles()
	f := o.funnel()
	if f.Open != 0 || f.Attempts != f.ByDisposition[campaigns.NotPlaced] {
		t.Errorf("funnel = %+v; want no attempt, or one that was not placed", f)
	}
	got, err := o.s.Contact(t.Context(), c.ID)
	if err != nil || got.State != campaigns.Pending {
		t.Errorf("the contact = %+v, %v; want it pending", got, err)
	}
}
