package twilio_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// office stands in for Twilio's REST API, and speaks its JSON over real HTTP.
type office struct {
	mu      sync.Mutex
	posts   []url.Values              // that asked for a call
	changes []url.Values              // that changed one
	asked   []string                  // all requests, as method and path
	calls   map[string]map[string]any // by SID, as they are written
	urls    map[string][]string       // by SID: what was requested for a call

	// create answers a request for a call, in place of taking it.
	create func(w http.ResponseWriter, sid string)
	// change is told of a change and says the call's status after it.
	change func(sid, status string) string
	other  http.Handler // answers all else
}

func newOffice() *office {
	return &office{
		calls: make(map[string]map[string]any), urls: make(map[string][]string),
		create: func(http.ResponseWriter, string) {}, change: func(_, status string) string { return status }, other: http.NotFoundHandler(),
	}
}

func (a *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	a.mu.Lock()
	a.asked = append(a.asked, r.Method+" "+r.URL.Path)
	a.mu.Unlock()
	user, password, _ := r.BasicAuth()
	path, ours := strings.CutPrefix(r.URL.Path, "/2010-04-01/Accounts/"+account+"/Calls")
	switch {
	case (user != account || password != token) && (user != key || password != "secret"):
		refuse(w, http.StatusUnauthorized, 20003, "Authenticate")
	case !ours:
		a.other.ServeHTTP(w, r)
	case path == ".json" && r.Method == http.MethodPost:
		a.place(w, r.PostForm)
	case path == ".json":
		a.list(w)
	case strings.HasSuffix(path, "/Events.json"):
		a.events(w, strings.TrimSuffix(path[1:], "/Events.json"))
	default:
		a.one(w, r, strings.TrimSuffix(path[1:], ".json"))
	}
}

func (a *office) place(w http.ResponseWriter, form url.Values) {
	a.mu.Lock()
	a.posts = append(a.posts, form)
	sid := fmt.Sprintf("CA%032x", len(a.posts))
	a.calls[sid] = map[string]any{
		"sid": sid, "status": "queued", "to": form.Get("To"), "from": form.Get("From"), "direction": "outbound-api",
		"date_created": time.Now().UTC().Format(time.RFC1123Z), "queue_time": "0", "account_sid": account,
	}
	a.mu.Unlock()
	if a.create(w, sid); w.Header().Get("Content-Type") == "" {
		a.write(w, http.StatusCreated, sid)
	}
}

// set changes what the API says of a call.
func (a *office) set(sid string, kv ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := 0; i < len(kv); i += 2 {
		a.calls[sid][kv[i].(string)] = kv[i+1]
	}
}

func (a *office) one(w http.ResponseWriter, r *http.Request, sid string) {
	if r.Method == http.MethodPost {
		a.mu.Lock()
		a.changes = append(a.changes, r.PostForm)
		a.mu.Unlock()
		if s := r.PostForm.Get("Status"); s != "" {
			a.set(sid, "status", a.change(sid, s))
		}
	}
	a.write(w, http.StatusOK, sid)
}

func (a *office) write(w http.ResponseWriter, status int, sid string) {
	a.mu.Lock()
	body := maps.Clone(a.calls[sid])
	a.mu.Unlock()
	if body == nil {
		refuse(w, http.StatusNotFound, 20404, "The requested resource was not found")
		return
	}
	answer(w, status, body)
}

func (a *office) list(w http.ResponseWriter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []map[string]any
	for _, sid := range slices.Backward(slices.Sorted(maps.Keys(a.calls))) {
		all = append(all, a.calls[sid])
	}
	answer(w, http.StatusOK, map[string]any{"calls": all})
}

func (a *office) events(w http.ResponseWriter, sid string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []map[string]any
	for _, u := range a.urls[sid] {
		all = append(all, map[string]any{"request": map[string]any{"url": u, "method": "POST"}})
	}
	answer(w, http.StatusOK, map[string]any{"events": all})
}

// placed returns the requests for calls.
func (a *office) placed() []url.Values {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.posts)
}

// changed returns the changes of calls.
func (a *office) changed() []url.Values {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.changes)
}

// count returns how many requests began with that method and path.
func (a *office) count(prefix string) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.asked {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status, code int, message string) {
	answer(w, status, map[string]any{"code": code, "message": message, "status": status, "more_info": "https://www.twilio.com/docs/errors/"})
}

// pipes is a listener within the process, so that virtual time can pass.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.done:
		return nil, errors.New("connection refused")
	}
}

// transport returns a way to the handler that works in virtual time.
func transport(t *testing.T, h http.Handler) (*http.Transport, *pipes) {
	t.Helper()
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	srv := &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	go func() { _ = srv.Serve(p) }()
	tr := &http.Transport{DialContext: p.dial}
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		_ = p.Close()
		_ = srv.Close()
	})
	return tr, p
}
