package twilio_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"careline/agents"
	"careline/call"
	"careline/ivr"
	"careline/phone"
	"careline/sim/people"
	twin "careline/sim/twilio"
	"careline/sip"
	"careline/speech"
	"careline/store"
	"careline/switchboard"
	"careline/twilio"
)

// Whom the world is made of.
const (
	worldCaller  = "+442079460555"
	worldNumber  = "+442079460900"
	worldMobile  = "+442079460666" // mina's
	worldVoice   = "twilio"
	worldAccount = "AC0123456789abcdef0123456789abcdef"
	worldToken   = "worldsecret"
)

// worldFlow has callers wait for an agent at once.
const worldFlow = `
flow: line
languages: [en]
start: agent
farewell: goodbye
nodes:
  agent:
    enqueue: {queue: care, max_wait: 20s, music: hold}
    on: {connected: goodbye, timeout: sorry, full: busy, failed: sorry}
  sorry:
    say: {en: Sorry.}
    next: goodbye
  busy:
    say: {en: Nobody is there.}
    next: goodbye
  goodbye:
    say: {en: Goodbye.}
    next: end
`

// world is a whole service with its agents, and the twin of Twilio with people
// on its line: all by real SIP and HTTP.
type world struct {
	testing.TB
	store   *store.Store
	desk    *call.Desk
	driver  *sip.Driver
	board   *switchboard.Switchboard
	carrier *twilio.Carrier
	twin    *twin.Twin
	net     *people.Network

	mu   sync.Mutex
	node http.Handler // that answers webhooks
	stop func()       // ends the node

	again func()
	cut   *atomic.Bool // nothing is sent to Twilio by this run
}

// worldOptions change a world.
type worldOptions struct {
	agents []agents.Agent
	phones map[string]string
	people people.Options
	change func(*twilio.Options)
}

func newWorld(t testing.TB, o worldOptions) *world {
	t.Helper()
	w := &world{TB: t}
	web := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		node := w.node
		w.mu.Unlock()
		node.ServeHTTP(rw, r)
	}))
	t.Cleanup(web.Close)
	w.network(o, web.URL)
	w.begin(o, web.URL)
	t.Cleanup(func() { w.stop() })
	w.again = func() { // as after a crash: the first run tells Twilio nothing any more, and hears nothing
		w.cut.Store(true)
		t.Cleanup(w.stop)
		w.serve(o, web.URL)
	}
	return w
}

// network begins the telephone network and the twin.
func (w *world) network(o worldOptions, public string) {
	w.Helper()
	for _, text := range []string{"Sorry.", "Nobody is there.", "Goodbye.", "Take it?", "hold"} {
		clip := voice{}.say(text)
		b := people.Prompt{Label: text, Samples: clip.PCM()}
		if text == "Take it?" {
			b.Choices = map[people.Persona]people.Choices{people.Complies: {"1": 1}}
		}
		o.people.Book = append(o.people.Book, b)
	}
	o.people.Behaviour = people.Behaviour{RingMin: 10 * time.Millisecond, ThinkMin: 50 * time.Millisecond, EarlyMedia: -1, LongestCall: time.Minute}
	o.people.Challenge = &people.Credentials{User: worldVoice, Password: "word"}
	var err error
	w.net, err = people.New(o.people)
	w.ok("make people", err)
	line, err := twin.NewPhones(twin.PhonesOptions{Carrier: w.net.Addr(), User: worldVoice, Password: "word"})
	w.ok("make a line", err)
	w.net.SetService(line.Addr().String())
	w.twin, err = twin.New(twin.Options{Line: line, Accounts: []twin.Account{{
		SID: worldAccount, Token: worldToken, CallsPerSecond: 100,
		Numbers: []twin.Number{{
			Number: worldNumber, VoiceURL: public + "/twilio/t/voice", StatusCallback: public + "/twilio/t/voice/status",
		}},
	}}})
	w.ok("make a twin", err)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = w.net.Run(ctx) })
	running.Go(func() { _ = w.twin.Run(ctx) })
	w.Cleanup(func() {
		for _, v := range w.twin.Violations() {
			w.Errorf("Twilio would not take it: %v", v)
		}
		stop()
		running.Wait()
	})
}

// begin begins the service.
func (w *world) begin(o worldOptions, public string) {
	w.Helper()
	var err error
	w.store, err = store.Open(w.Context(), filepath.Join(w.TempDir(), "careline.db"), store.Options{Node: "a", DIDs: map[string]string{worldNumber: "line"}})
	w.ok("open the store", err)
	w.Cleanup(func() { w.store.Close() })
	_, err = w.store.Renew(w.Context(), "a", time.Now())
	w.ok("renew the lease", err)
	_, err = w.store.AddFlow(w.Context(), "line.yaml", []byte(worldFlow), time.Now())
	w.ok("add the flow", err)
	w.desk = call.NewDesk(w.store, w.store, call.Options{})
	w.serve(o, public)
}

// serve begins a run of the node.
func (w *world) serve(o worldOptions, public string) {
	w.Helper()
	var err error
	w.cut = new(atomic.Bool)
	var board *switchboard.Switchboard
	w.driver, err = sip.New(sip.Options{
		Phones: o.phones, Goodbye: time.Second, Speaker: voice{},
		OnPresence: func(_ context.Context, agent string, up bool) { board.SetReachable(agent, up) },
	})
	w.ok("open SIP", err)
	options := twilio.Options{
		Public: public, SIP: "sip:" + w.driver.Addr().String(), Sources: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Book: w.store, Ledger: w.store, Talks: w.store, Desk: w.desk, Legs: w.driver, Words: speech.Words, Region: "GB",
		Speaker: voice{}, Accept: func() ivr.Prompt { return accept },
		API: w.twin.URL(), HTTP: cutting{w.cut}, Look: 50 * time.Millisecond, Settle: 500 * time.Millisecond, Part: time.Second,
		Trunks: []twilio.Trunk{{
			Name: "t", AccountSID: worldAccount, Token: worldToken, Numbers: []phone.Number{worldNumber}, Allow: phone.Prefixes{"+44"}, MaxCalls: 4,
			CallsPerSecond: 100, AccountPerSecond: 100,
		}},
	}
	if o.change != nil {
		o.change(&options)
	}
	w.carrier, err = twilio.New(options)
	w.ok("open Twilio", err)
	board, err = switchboard.New(w.Context(), placers{w.driver, w.carrier}, w.store, switchboard.Options{
		Agents: o.agents, Queues: []agents.Queue{{Name: "care", Team: "care", RingTime: 10 * time.Second, Extension: "301"}},
		Leg: w.carrier.Leg, Region: "GB", Trunk: "t", Accept: func() ivr.Prompt { return accept },
	})
	w.ok("open the switchboard", err)
	w.board = board
	w.carrier.SetQueue(w.board)
	left, err := w.store.LeftInQueues(w.Context(), time.Now())
	w.ok("find who was left", err)
	w.carrier.Requeue(left)
	w.mu.Lock()
	w.node = w.carrier.Handler()
	w.mu.Unlock()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	driver, carrier := w.driver, w.carrier
	running.Go(func() { _ = driver.Run(ctx) })
	running.Go(func() { _ = board.Run(ctx) })
	running.Go(func() { _ = carrier.Run(ctx) })
	w.stop = sync.OnceFunc(func() { stop(); running.Wait() })
}

// cutting is the way to Twilio, unless that is cut.
type cutting struct{ off *atomic.Bool }

func (c cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.off.Load() {
		return nil, errors.New("the way is cut")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// placers place calls by what carries them.
type placers struct {
	driver  *sip.Driver
	carrier *twilio.Carrier
}

func (p placers) Place(ctx context.Context, o call.Order) (call.Line, error) {
	if o.Trunk == "t" {
		return p.carrier.Place(ctx, o)
	}
	return p.driver.Place(ctx, o)
}

func (w *world) ok(what string, err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%s: %v", what, err)
	}
}

// phone registers an agent's phone and has the agent take calls.
func (w *world) phone(o people.PhoneOptions) *people.Phone {
	w.Helper()
	o.Service = w.driver.Addr().String()
	p, err := w.net.Phone(o)
	w.ok("make a phone", err)
	w.ok("register a phone", p.Register(w.Context()))
	w.ready(o.Name)
	return p
}

// ready has an agent take calls.
func (w *world) ready(name string) {
	w.Helper()
	w.board.SetWish(w.Context(), name, agents.Ready, time.Now())
	w.until(name+" is idle", func() bool { return w.presence(name) == agents.Idle })
}

func (w *world) presence(name string) agents.Presence {
	list, _ := w.board.Status(time.Now())
	for _, s := range list {
		if s.Agent == name {
			return s.Presence
		}
	}
	return ""
}

// until waits for something that the world comes to by itself.
func (w *world) until(what string, is func() bool) {
	w.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	for !is() {
		select {
		case <-look.C:
		case <-late.C:
			for _, e := range w.twin.Diary() {
				w.Logf("%s %s %s %s %d %q %s", e.Kind, e.Call, e.URL, e.Status, e.Code, e.Keys, e.Note)
			}
			w.Fatalf("in vain: %s", what)
		}
	}
}

// calling is a call of a person to the service.
type calling struct {
	leg  people.Leg
	err  error
	done chan struct{}
	stop context.CancelFunc
}

func (w *world) call(s people.Script) *calling {
	w.Helper()
	ctx, stop := context.WithCancel(w.Context())
	c := &calling{done: make(chan struct{}), stop: stop}
	go func() {
		defer close(c.done)
		c.leg, c.err = w.net.Call(ctx, worldCaller, worldNumber, s)
	}()
	return c
}

// wait waits for the end of the call.
func (w *world) wait(c *calling) people.Leg {
	w.Helper()
	w.until("the call is over", func() bool {
		select {
		case <-c.done:
			return true
		default:
			return false
		}
	})
	w.ok("call the service", c.err)
	return c.leg
}

// closed waits until the latest call is closed, and returns it with its talks.
func (w *world) closed() (call.Record, []call.Talk) {
	w.Helper()
	var id string
	for _, c := range w.twin.Calls() {
		if c.Parent == "" {
			id = c.SID
		}
	}
	var rec call.Record
	w.until("the call is closed", func() bool {
		var err error
		rec, err = w.store.LoadCall(w.Context(), id)
		return err == nil && rec.Ending != ""
	})
	var talks []call.Talk
	w.until("the talks are over", func() bool {
		var err error
		talks, err = w.store.Talks(w.Context(), time.Time{})
		w.ok("list the talks", err)
		for _, t := range talks {
			if t.EndedAt.IsZero() {
				return false
			}
		}
		return len(talks) > 0
	})
	return rec, talks
}

var (
	lina = worldOptions{agents: []agents.Agent{{Name: "lina", Team: "care"}}, phones: map[string]string{"lina": "secret"}}
	mina = worldOptions{
		agents: []agents.Agent{{Name: "mina", Team: "care", Number: worldMobile, Trunk: "t"}},
		people: people.Options{Subscribers: []people.Subscriber{{Number: worldMobile, Personas: []people.Persona{people.Complies}}}},
	}
)
