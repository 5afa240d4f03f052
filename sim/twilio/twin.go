package twin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"careline/sim/diary"
)

// Twin is a twin of Twilio. New makes one; Run has it work.
type Twin struct {
	opt    Options
	listen net.Listener
	diary  *diary.Book[Entry]
	client *http.Client // opt.Client, without redirects of its own

	born     time.Time
	requests atomic.Int64   // of REST
	work     sync.WaitGroup // calls and callbacks

	mu         sync.Mutex
	spawn      func(f func(ctx context.Context)) // while Run does
	accounts   map[string]*account
	calls      []*call // in order of creation
	bySID      map[string]*call
	events     map[string][]exchange // by call
	recordings map[string]*taped     // by sid
	violations []Violation
	presses    []Press
	faults     faulty
	cache      map[string]*cached
	queues     map[string][]*call // by sid, in the order of their arrival
}

// New opens the REST API's socket. Nothing is answered before Run.
func New(o Options) (*Twin, error) {
	o = o.withDefaults()
	if o.Line == nil {
		return nil, errors.New("make a twin of Twilio: it has no telephone line")
	}
	t := &Twin{
		opt: o, born: time.Now(), diary: newDiary(o), accounts: map[string]*account{}, bySID: map[string]*call{}, events: map[string][]exchange{},
		recordings: map[string]*taped{}, faults: newFaulty(o.Faults), cache: map[string]*cached{}, queues: map[string][]*call{},
	}
	client := *o.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.client = &client
	for _, a := range o.Accounts {
		if err := t.open(a); err != nil {
			return nil, fmt.Errorf("make a twin of Twilio: %w", err)
		}
	}
	var err error
	if t.listen, err = net.Listen("tcp", o.Listen); err != nil { //nolint:noctx // an address of this machine is listened on at once
		return nil, fmt.Errorf("listen for the REST API: %w", err)
	}
	return t, nil
}

// URL is the base of the REST API, as http://127.0.0.1:40123.
func (t *Twin) URL() string { return "http://" + t.listen.Addr().String() }

// Run works until ctx ends. Then calls are cut off and nothing more is reported.
// It can run once.
func (t *Twin) Run(ctx context.Context) error {
	live, cut := context.WithCancel(ctx)
	defer cut()
	t.mu.Lock()
	t.spawn = func(f func(ctx context.Context)) { t.work.Go(func() { f(live) }) }
	t.mu.Unlock()
	server := &http.Server{Handler: t, ReadHeaderTimeout: 10 * time.Second}
	var parts sync.WaitGroup
	failed := make(chan error, 2)
	parts.Go(func() { failed <- server.Serve(t.listen) })
	parts.Go(func() { failed <- t.opt.Line.Run(live, t.take) })
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	cut()
	t.mu.Lock()
	t.spawn = nil
	t.mu.Unlock()
	server.Close()
	parts.Wait()
	t.work.Wait()
	t.client.CloseIdleConnections()
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("run a twin of Twilio: %w", err)
	}
	return nil
}

// start begins something that Run waits for. It reports false when Run has
// ended.
func (t *Twin) start(f func(ctx context.Context)) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.spawn == nil {
		return false
	}
	t.spawn(f)
	return true
}

// after waits, and reports false when ctx ends before.
func after(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
