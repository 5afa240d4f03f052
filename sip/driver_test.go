package sip_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/agents"
	"careline/audio"
	"careline/call"
	"careline/ivr"
	"careline/phone"
	"careline/sip"
)

// TestMain shortens the timers of SIP, so that who never answers is given up
// within seconds.
func TestMain(m *testing.M) {
	sipmsg.SetTimers(50*time.Millisecond, 400*time.Millisecond, 500*time.Millisecond)
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // they wait for sound, not for the processor
	os.Exit(m.Run())
}

// voice says prompts of one piece by its word.
type voice map[string]*audio.Clip

func (v voice) Clips(p ivr.Prompt) ([]*audio.Clip, error) {
	var clips []*audio.Clip
	for _, piece := range p.Pieces {
		c, err := v.Clip(piece.Value)
		if err != nil {
			return nil, err
		}
		clips = append(clips, c)
	}
	return clips, nil
}

func (v voice) Clip(name string) (*audio.Clip, error) {
	if c := v[name]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("no recording of %q", name)
}

// say is a prompt.
func say(word string) *ivr.Prompt {
	return &ivr.Prompt{Lang: "en", Pieces: []ivr.Piece{{Kind: ivr.Text, Value: word}}}
}

// noise is a clip that is like no other.
func noise(seed uint64, d time.Duration) *audio.Clip {
	r := rand.New(rand.NewPCG(seed, 0))
	pcm := make([]int16, audio.Samples(d))
	for i := range pcm {
		pcm[i] = int16(r.IntN(8000) - 4000)
	}
	return audio.NewClip(pcm)
}

// house is a driver at work, with a carrier whose trunk it has.
type house struct {
	*sip.Driver
	t        *testing.T
	addr     string
	carrier  *farEnd
	voice    voice
	calls    chan *taken // from the trunk
	codes    chan *taken // from phones
	presence chan string // "li up", "li down"
	end      func()      // ends Run
}

// taken is an inbound call. Its handler waits until the test is over, or done.
type taken struct {
	call.Incoming
	done chan struct{}
	once sync.Once
}

func (c *taken) finish() { c.once.Do(func() { close(c.done) }) }

func newHouse(t *testing.T, change func(*sip.Options)) *house {
	t.Helper()
	return newHouseFor(t, newFarEnd(t), change)
}

// newHouseFor is a house with that carrier.
func newHouseFor(t *testing.T, carrier *farEnd, change func(*sip.Options)) *house {
	t.Helper()
	h := &house{
		t: t, carrier: carrier,
		voice: voice{"welcome": noise(1, 600*time.Millisecond), "menu": noise(2, 600*time.Millisecond), "sorry": noise(3, 300*time.Millisecond), "hold": noise(4, 500*time.Millisecond)},
		calls: make(chan *taken, 8), codes: make(chan *taken, 8), presence: make(chan string, 32),
	}
	take := func(to chan *taken) func(context.Context, call.Incoming) {
		return func(ctx context.Context, in call.Incoming) {
			c := &taken{Incoming: in, done: make(chan struct{})}
			to <- c
			select {
			case <-c.done:
			case <-ctx.Done():
			}
		}
	}
	o := sip.Options{
		Trunks:  []sip.Trunk{{Name: "east", Address: h.carrier.addr, Allow: phone.Prefixes{"+86"}, MaxCalls: 4}},
		Phones:  map[string]string{"li": "secret", "wang": "geheim"},
		Speaker: h.voice,
		OnCall:  take(h.calls),
		OnPhone: take(h.codes),
		OnPresence: func(_ context.Context, agent string, up bool) {
			h.presence <- agent + map[bool]string{true: " up", false: " down"}[up]
		},
		Goodbye: 500 * time.Millisecond,
	}
	if change != nil {
		change(&o)
	}
	d, err := sip.New(o)
	if err != nil {
		t.Fatal(err)
	}
	h.Driver, h.addr = d, d.Addr().String()
	h.run()
	return h
}

func (h *house) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- h.Run(ctx) }()
	h.end = sync.OnceFunc(func() {
		cancel()
		if err := <-ran; err != nil {
			h.t.Errorf("Run: %v", err)
		}
	})
	h.t.Cleanup(h.end)
}

// next waits for the next of a channel.
func next[T any](t *testing.T, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(10 * time.Second):
		t.Fatalf("no %s came", what)
		panic("not reached")
	}
}

// answered has the carrier call in, and answers.
func (h *house) answered(t *testing.T) (*farCall, *sip.Line) {
	t.Helper()
	type dialed struct {
		c      *farCall
		status int
	}
	up := make(chan dialed, 1)
	go func() {
		c, status := h.carrier.dial(t, h.addr, "10086", "+8613800138000")
		up <- dialed{c, status}
	}()
	in := next(t, "call", h.calls)
	line, err := in.Answer(t.Context(), in.Info())
	if err != nil {
		t.Fatal(err)
	}
	d := next(t, "answer", up)
	if d.status != 200 {
		t.Fatalf("INVITE answered %d; want 200", d.status)
	}
	t.Cleanup(in.finish)
	return d.c, line.(*sip.Line)
}

// do runs the actions of one step and returns the event that ends it.
func do(t *testing.T, l call.Line, actions ...ivr.Action) ivr.Event {
	t.Helper()
	start(t, l, actions...)
	return event(t, l)
}

func start(t *testing.T, l call.Line, actions ...ivr.Action) {
	t.Helper()
	if err := l.Start(t.Context(), actions); err != nil {
		t.Fatal(err)
	}
}

func event(t *testing.T, l call.Line) ivr.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ev, err := l.Next(ctx)
	if err != nil {
		t.Fatalf("Next: %v", err)
	}
	return ev
}

// want checks an event.
func want(t *testing.T, got ivr.Event, kind ivr.EventKind, keys string) {
	t.Helper()
	if got.Kind != kind || got.Keys != keys || got.At.IsZero() {
		t.Errorf("event %s %q at %v; want %s %q", got.Kind, got.Keys, got.At, kind, keys)
	}
}

// failed checks how a call was not answered.
func failed(t *testing.T, err error) *call.Failure {
	t.Helper()
	var f *call.Failure
	if !errors.As(err, &f) {
		t.Fatalf("Place = %v; want a *call.Failure", err)
	}
	return f
}

// memory keeps bindings as a store does.
type memory struct {
	mu   sync.Mutex
	kept map[string]agents.Binding
}

func (m *memory) SaveBinding(_ context.Context, b agents.Binding) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[b.Agent+" "+b.Contact] = b
	return nil
}

func (m *memory) RemoveBinding(_ context.Context, agent, contact string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, agent+" "+contact)
	return nil
}

func (m *memory) LoadBindings(_ context.Context, now time.Time) ([]agents.Binding, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var live []agents.Binding
	for _, b := range m.kept {
		if b.Expires.After(now) {
			live = append(live, b)
		}
	}
	return live, nil
}
