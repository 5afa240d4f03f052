package twilio_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
	"careline/store"
	"careline/twilio"
)

// callFlow is what people who are called hear, and machines.
const callFlow = `
flow: calling
outbound: true
languages: [en]
start: ask
machine: leave
nodes:
  ask:
    gather: {num_digits: 1, timeout: 5s, tries: 1}
    say: {en: Press a key.}
    result: ask
    on: {"1": stop, "2": thanks, "3": agent, noinput: thanks, nomatch: thanks}
  agent:
    enqueue: {queue: care, max_wait: 60s}
    on: {connected: thanks, timeout: thanks, full: thanks, failed: thanks}
  stop:
    optout: {scope: all}
    next: thanks
  thanks:
    say: {en: Thank you.}
    next: end
  leave:
    say: {en: Please call us back.}
    next: end
`

// placed is a node with a call that was placed by an attempt.
type placed struct {
	*hooks
	id  campaigns.AttemptID
	url string // of the call's webhooks
}

func newPlaced(t *testing.T, change func(*twilio.Options)) *placed {
	t.Helper()
	p := &placed{hooks: newHooks(t, change)}
	now := time.Now()
	_, err := p.store.AddFlow(t.Context(), "calling.yaml", []byte(callFlow), now)
	p.ok("add a flow", err)
	_, err = p.store.ImportCustomers(t.Context(), "list", []campaigns.Customer{{Key: "c1", Number: hookCaller, Language: "en"}}, store.ImportOptions{Now: now})
	p.ok("import", err)
	c, err := p.store.CreateCampaign(t.Context(), campaigns.Definition{
		Name: "calling", Flow: "calling", List: "list", Mode: campaigns.Agentless, Trunks: []string{"t"}, CallerID: hookNumber, MaxAttempts: 1,
	}, now)
	p.ok("create a campaign", err)
	_, err = p.store.Start(t.Context(), c.ID, now)
	p.ok("start it", err)
	claims, err := p.store.Claim(t.Context(), "a", c.ID, 1, now)
	if err != nil || len(claims.Contacts) != 1 {
		t.Fatalf("Claim = %v, %v", claims, err)
	}
	contact := claims.Contacts[0]
	a, v, err := p.store.BeginAttempt(t.Context(), campaigns.Begin{Allowed: true, Attempt: campaigns.Attempt{
		ID: campaigns.AttemptID(uuid.Must(uuid.NewV7()).String()), Campaign: c.ID, Contact: contact.ID, Number: contact.Number, FlowHash: c.FlowHash,
		CallerID: hookNumber, Trunk: "t", Node: "a", Try: 1, Leg: campaigns.Leg{Carrier: twilio.Name, Target: hookCaller},
	}}, now)
	if err != nil || !v.Allowed {
		t.Fatalf("BeginAttempt = %+v, %v", v, err)
	}
	p.id, p.url = a.ID, hookPublic+"/twilio/t/calls/"+string(a.ID)
	return p
}

// outboundForm are the parameters of a placed call's webhooks.
func outboundForm(pairs ...string) url.Values {
	return form(append([]string{"From", hookNumber, "To", hookCaller, "Direction", "outbound-api"}, pairs...)...)
}

func (p *placed) post(address string, pairs ...string) *httptest.ResponseRecorder {
	p.Helper()
	return p.ask(p.handler, address, outboundForm(pairs...))
}

// record is the call as it is kept.
func (p *placed) record() (call.Record, error) { return p.store.LoadCall(p.Context(), string(p.id)) }

const (
	askDocument   = "Press a key."
	leaveDocument = "Please call us back."
)

// Who answers, and what becomes of it by the campaign's wish.
func TestAnswered(t *testing.T) {
	for _, tt := range []struct {
		by, machine string
		hears       string // nothing: the call is ended
		ending      call.Ending
	}{
		{"", "", askDocument, ""},
		{"human", "flow", askDocument, ""},
		{"unknown", "hang_up", askDocument, ""},
		{"machine_start", "off", askDocument, ""},
		{"machine_start", "hang_up", "", call.ByService},
		{"machine_end_beep", "flow", leaveDocument, ""},
		{"machine_end_silence", "flow", leaveDocument, ""},
		{"machine_end_other", "flow", leaveDocument, ""},
		{"fax", "flow", "", call.ByService},
		{"fax", "hang_up", "", call.ByService},
	} {
		p := newPlaced(t, nil)
		for range 2 {
			doc := p.read(p.post(p.url+"/answer?machine="+tt.machine, "AnsweredBy", tt.by))
			said, _ := doc.find("Say")
			if said.Text != tt.hears {
				t.Errorf("%s, machine %s: hears %q; want %q", tt.by, tt.machine, said.Text, tt.hears)
			}
		}
		rec, err := p.record()
		if err != nil || rec.Ending != tt.ending || rec.Customer.Key != "c1" || rec.Direction != call.Outbound {
			t.Errorf("%s, machine %s: kept %+v, %v; want it ended %q", tt.by, tt.machine, rec, err, tt.ending)
		}
		facts, err := p.store.Facts(t.Context(), []string{string(p.id)})
		if err != nil || len(facts) != 1 || facts[0].AnsweredBy != tt.by || facts[0].Name != hookSID || facts[0].AnsweredAt.IsZero() {
			t.Errorf("%s: facts %+v, %v", tt.by, facts, err)
		}
	}
}

// Calls that nobody has asked for, or that nobody waits for any more.
func TestAnsweredInVain(t *testing.T) {
	const hangup = `<Response><Hangup/></Response>`
	p := newPlaced(t, nil)
	same(t, "never placed", p.read(p.post(hookPublic+"/twilio/t/calls/"+uuid.NewString()+"/answer")), hangup)

	p.post(p.url + "/answer")
	second := outboundForm("CallSid", "CAffffffffffffffffffffffffffffffff")
	same(t, "second call of one attempt", p.read(p.ask(p.handler, p.url+"/answer", second)), hangup)
	if w := p.ask(p.handler, p.url+"/status", outboundForm("CallSid", second.Get("CallSid"), "CallStatus", "completed")); w.Code != http.StatusNoContent {
		t.Errorf("its end answered %d; want 204", w.Code)
	}
	if rec, err := p.record(); err != nil || rec.Ending != "" {
		t.Errorf("the first call: %v, ended %q; want it going on", err, rec.Ending)
	}

	p = newPlaced(t, nil)
	p.ok("end the attempt", p.store.EndAttempt(t.Context(), campaigns.End{Attempt: p.id, Disposition: campaigns.NotKnown, At: time.Now()}))
	same(t, "attempt that has ended", p.read(p.post(p.url+"/answer")), hangup)
	if _, err := p.record(); err == nil {
		t.Error("a call was opened whose attempt had ended")
	}
}

// api is Twilio's, as far as updates of a call go.
type api struct {
	mu      sync.Mutex
	updates []url.Values
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := r.ParseForm(); err == nil && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/Calls/"+hookSID+".json") {
		a.updates = append(a.updates, r.PostForm)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"sid":"` + hookSID + `","status":"in-progress"}`))
}

// A verdict that comes while the flow speaks gives the call another document, or
// ends it, once.
func TestDetectedLate(t *testing.T) {
	for _, tt := range []struct {
		by, machine string
		hears       string // of a document that the call is sent to
		ended       bool
	}{
		{"human", "flow", "", false},
		{"unknown", "hang_up", "", false},
		{"machine_end_beep", "flow", leaveDocument, false},
		{"machine_start", "hang_up", "", true},
		{"fax", "flow", "", true},
	} {
		far := &api{}
		server := httptest.NewServer(far)
		p := newPlaced(t, func(o *twilio.Options) { o.API = server.URL })
		p.post(p.url + "/answer")
		for range 2 {
			verdict := url.Values{"AccountSid": {hookAccount}, "CallSid": {hookSID}, "AnsweredBy": {tt.by}, "MachineDetectionDuration": {"3000"}}
			if w := p.ask(p.handler, p.url+"/amd?machine="+tt.machine, verdict); w.Code != http.StatusNoContent {
				t.Errorf("%s answered %d %s; want 204", tt.by, w.Code, w.Body)
			}
		}
		server.Close()
		rec, err := p.record()
		p.ok("load the call", err)
		switch {
		case tt.hears != "":
			if len(far.updates) != 1 || rec.Seq != 2 {
				t.Fatalf("%s: updates %v, at step %d; want one, and 2", tt.by, far.updates, rec.Seq)
			}
			doc := p.read(p.post(far.updates[0].Get("Url")))
			if said, _ := doc.find("Say"); said.Text != tt.hears {
				t.Errorf("%s: hears %q; want %q", tt.by, said.Text, tt.hears)
			}
		case tt.ended:
			if len(far.updates) != 1 || far.updates[0].Get("Status") != "completed" || rec.Ending != call.ByService {
				t.Errorf("%s: updates %v, ended %q; want it ended by us", tt.by, far.updates, rec.Ending)
			}
		default:
			if len(far.updates) != 0 || rec.Seq != 1 || rec.Ending != "" {
				t.Errorf("%s: updates %v, at step %d, ended %q; want it going on", tt.by, far.updates, rec.Seq, rec.Ending)
			}
		}
	}
}

// What was told of a call that nobody answered is kept, and no call opened.
func TestUnanswered(t *testing.T) {
	for _, status := range []string{"busy", "no-answer", "failed", "canceled"} {
		p := newPlaced(t, nil)
		for _, s := range []string{"ringing", status, "initiated", status} {
			if w := p.post(p.url+"/status", "CallStatus", s, "SipResponseCode", "487"); w.Code != http.StatusNoContent {
				t.Errorf("%s answered %d; want 204", s, w.Code)
			}
		}
		facts, err := p.store.Facts(t.Context(), []string{string(p.id)})
		if err != nil || len(facts) != 1 || facts[0].Status != status || facts[0].Phase != call.Over || facts[0].Code != 487 || !facts[0].Rang || !facts[0].AnsweredAt.IsZero() {
			t.Errorf("%s: facts %+v, %v", status, facts, err)
		}
		if _, err := p.record(); err == nil {
			t.Errorf("%s: a call was opened", status)
		}
	}
}

// An inbound call is routed by its number; the caller's may be withheld.
func TestInbound(t *testing.T) {
	for _, tt := range []struct {
		from string
		want phone.Number
	}{
		{hookCaller, hookCaller},
		{"+266696687", ""},
		{"anonymous", ""},
		{"Anonymous", ""},
		{"", ""},
		{"sip:anna@example.com", ""},
		{"client:anna", ""},
		{"+1", ""},
	} {
		h := newHooks(t, nil)
		h.document(voicePath, "From", tt.from, "StirVerstat", "TN-Validation-Passed-A")
		if r := h.record(); r.From != tt.want || r.To != hookNumber || r.Trunk != "t" || r.Direction != call.Inbound || r.AnsweredAt.IsZero() {
			t.Errorf("from %q: kept %+v; want it from %q", tt.from, r.Info, string(tt.want))
		}
	}
	h := newHooks(t, nil)
	same(t, "number that nothing answers", h.document(voicePath, "To", "+442079460998"), `<Response><Reject></Reject></Response>`)
	h.carrier.Drain()
	same(t, "service that ends", h.document(voicePath), `<Response><Reject reason="busy"></Reject></Response>`)
}

// Somebody on a campaign's list who calls back gets its flow.
func TestInboundContact(t *testing.T) {
	p := newPlaced(t, nil)
	p.ok("end the attempt", p.store.EndAttempt(t.Context(), campaigns.End{Attempt: p.id, Disposition: campaigns.NoAnswer, At: time.Now()}))
	doc := p.document(voicePath)
	if said, _ := doc.find("Say"); said.Text != askDocument {
		t.Errorf("hears %q; want the campaign's flow", said.Text)
	}
	rec, err := p.store.LoadCall(t.Context(), hookSID)
	if err != nil || rec.Customer.Key != "c1" || rec.Campaign == "" {
		t.Errorf("kept %+v, %v; want the contact", rec.Info, err)
	}
}

// Somebody has answered, and the first webhook did not reach us: the conversation
// begins by the fallback.
func TestAnsweredByFallback(t *testing.T) {
	p := newPlaced(t, nil)
	doc := p.read(p.post(p.url+"/fallback?machine=off", "ErrorCode", "11205", "ErrorUrl", p.url+"/answer?machine=off"))
	if said, _ := doc.find("Say"); said.Text != askDocument {
		t.Errorf("hears %+v; want %q", doc, askDocument)
	}
	if rec, err := p.record(); err != nil || rec.Seq != 1 {
		t.Errorf("kept at step %d, %v; want 1", rec.Seq, err)
	}
}

// noting is a queue that notes until when callees may wait, and who they are.
type noting struct {
	call.Queue
	until chan time.Time
	party chan campaigns.Party
}

func (q noting) Serve(_ context.Context, w call.Waiting, _ ivr.EnqueueSpec) ivr.EventKind {
	until, _ := w.Witness.Deadline()
	q.until <- until
	q.party <- w.Witness.Reception().Party
	return ivr.TimedOut
}

// The node that has placed a call knows what another one was told of the answer
// as soon as the callee comes to the queue.
func TestCalleeComesFromAnotherNode(t *testing.T) {
	queue := noting{until: make(chan time.Time, 1), party: make(chan campaigns.Party, 1)}
	placed := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"sid":"` + hookSID + `","status":"queued"}`))
	}))
	t.Cleanup(server.Close)
	p := newPlaced(t, func(o *twilio.Options) { o.API, o.Queue = server.URL, queue })
	ctx, giveUp := context.WithCancel(t.Context())
	witness := call.NewWitness(call.WitnessOptions{Agents: true, Machine: campaigns.MachineHangUp})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = p.carrier.Place(ctx, call.Order{
			ID: string(p.id), Number: hookCaller, Trunk: "t", CallerID: hookNumber, Info: call.Info{Witness: witness},
			Progress: func(_ context.Context, p call.Progress) error {
				if p.Stage == call.Sent {
					close(placed)
				}
				return nil
			},
		})
	}()
	<-placed
	other, _ := p.node()
	doc := p.read(p.ask(other, p.url+"/answer?machine=hang_up", outboundForm("AnsweredBy", "human")))
	doc = p.read(p.ask(other, doc.next(), outboundForm("Digits", "3")))
	p.post(doc.next())
	if until := <-queue.until; until.IsZero() {
		t.Error("it is not known when they have answered")
	}
	if got := <-queue.party; got != campaigns.HumanParty {
		t.Errorf("%q has answered; want a person", got)
	}
	giveUp()
	<-done
}
