package twilio

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"time"

	"careline/call"
)

// The bounds of a webhook.
const (
	mostBody   = 64 << 10         // bytes
	readTime   = 10 * time.Second // for the body
	answerTime = 14 * time.Second // for the whole; Twilio gives up after 15 s
	mostSeq    = 1 << 20
)

var (
	callSIDs = regexp.MustCompile(`^CA[0-9a-fA-F]{32}$`)
	callIDs  = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
)

// request is one webhook, known to be Twilio's.
type request struct {
	t      *trunk
	id     string // our call's; empty of an inbound call's first webhook
	seq    int    // of a step's
	kind   string // of a step's: what has happened
	sid    string // Twilio's name of the call
	params url.Values
	query  url.Values // of the URL, which we have written
	log    *slog.Logger
}

// get is a parameter's value.
func (r *request) get(name string) string { return r.params.Get(name) }

// over tells whether the call had ended when Twilio made the request.
func (r *request) over() bool { return phaseOf(r.get("CallStatus")) == call.Over }

// own is the number of ours that the call has.
func (r *request) own() string {
	if r.get("Direction") == "inbound" {
		return r.get("To")
	}
	return r.get("From")
}

// reply is what Twilio is answered: a document, or a status alone.
type reply struct {
	verbs []any
	code  int    // 0 where there are verbs
	why   string // of a status that refuses
}

// document is a reply of verbs; without any it is an empty document, at whose end
// the call ends.
func document(verbs ...any) reply { return reply{verbs: verbs} }

// status is a reply without a document.
func status(code int, why string) reply { return reply{code: code, why: why} }

// hookFunc answers a webhook.
type hookFunc func(ctx context.Context, r *request) reply

// Handler answers Twilio's requests: webhooks, which Twilio has signed, and those
// for our audio, which we have. It is to be mounted where the configured URLs
// lead to; what a proxy leaves before /twilio/ is passed over.
func (c *Carrier) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/twilio/{trunk}/media/{name}", c.sound)
	mux.HandleFunc("/twilio/{trunk}/probe", c.probed)
	for pattern, do := range map[string]hookFunc{
		"voice":                         c.voice,
		"voice/status":                  c.voiceStatus,
		"calls/{id}/answer":             c.answer,
		"calls/{id}/steps/{seq}/{kind}": c.step,
		"calls/{id}/status":             c.callStatus,
		"calls/{id}/amd":                c.detected,
		"calls/{id}/fallback":           c.fallback,
		"calls/{id}/wait":               c.wait,
	} {
		mux.HandleFunc("/twilio/{trunk}/"+pattern, func(w http.ResponseWriter, r *http.Request) { c.take(w, r, do) })
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = c.stripped(r)
		if path.Clean(r.URL.Path) != r.URL.Path {
			http.NotFound(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// stripped takes the base URL's own path off a request that a proxy has left it
// on.
func (c *Carrier) stripped(r *http.Request) *http.Request {
	for _, base := range []string{c.public, c.queues} {
		u, err := url.Parse(base)
		if err != nil || u.Path == "" || u.Path == "/" {
			continue
		}
		out := r
		http.StripPrefix(u.Path, http.HandlerFunc(func(_ http.ResponseWriter, s *http.Request) { out = s })).ServeHTTP(nothing{}, r)
		if out != r {
			return out
		}
	}
	return r
}

// nothing takes no answer.
type nothing struct{}

func (nothing) Header() http.Header         { return http.Header{} }
func (nothing) Write(b []byte) (int, error) { return len(b), nil }
func (nothing) WriteHeader(int)             {}

// take reads one webhook, sees to it that it is Twilio's, and answers it.
func (c *Carrier) take(w http.ResponseWriter, r *http.Request, do hookFunc) {
	t, params, ok := c.genuine(w, r)
	if !ok {
		return
	}
	hook, wrong := c.read(t, r, params)
	if wrong != "" {
		http.Error(w, wrong, http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	c.write(w, hook, do(ctx, hook))
}

// genuine reads a request that has to be signed by the token of its trunk, and
// its parameters. One that is not is answered.
func (c *Carrier) genuine(w http.ResponseWriter, r *http.Request) (t *trunk, params url.Values, ok bool) {
	t = c.trunks[r.PathValue("trunk")]
	switch {
	case t == nil:
		http.NotFound(w, r)
		return nil, nil, false
	case r.Method != http.MethodPost && r.Method != http.MethodGet:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "webhooks come by POST or GET", http.StatusMethodNotAllowed)
		return nil, nil, false
	case c.guard.shuts(source(r), time.Now()):
		http.Error(w, "too many requests without a good signature", http.StatusTooManyRequests)
		return nil, nil, false
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTime)) // where the server can
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBody))
	if err != nil {
		unread(w, err)
		return nil, nil, false
	}
	params, err = signed(t.Token, []string{c.public, c.queues}, r, body)
	if err == nil && !t.knows(params.Get("AccountSid")) {
		err = errAccount
	}
	if err != nil {
		c.refuse(w, r, t, err)
		return nil, nil, false
	}
	c.guard.good(source(r), time.Now())
	return t, params, true
}

// unread answers a request whose body could not be read.
func unread(w http.ResponseWriter, err error) {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		http.Error(w, "the body is too long", http.StatusRequestEntityTooLarge)
		return
	}
	http.Error(w, "the body could not be read", http.StatusBadRequest)
}

// read takes what every webhook says; wrong says what is wrong with it.
func (c *Carrier) read(t *trunk, r *http.Request, params url.Values) (hook *request, wrong string) {
	hook = &request{
		t: t, id: r.PathValue("id"), kind: r.PathValue("kind"), sid: params.Get("CallSid"),
		params: params, query: r.URL.Query(),
	}
	if !callSIDs.MatchString(hook.sid) {
		return nil, "CallSid is none"
	}
	if hook.id != "" && !callIDs.MatchString(hook.id) {
		return nil, "no call is named so"
	}
	if seq := r.PathValue("seq"); seq != "" {
		n, err := strconv.Atoi(seq)
		if err != nil || n < 0 || n > mostSeq {
			return nil, "no step has such a number"
		}
		hook.seq = n
	}
	hook.log = c.log.With("trunk", t.Name, "call_id", hook.id, "sid", hook.sid)
	return hook, ""
}

// write answers a webhook.
func (c *Carrier) write(w http.ResponseWriter, hook *request, r reply) {
	if r.code != 0 {
		if r.code < http.StatusBadRequest {
			w.WriteHeader(r.code)
			return
		}
		hook.log.Warn("webhook refused", "status", r.code, "why", r.why)
		http.Error(w, r.why, r.code)
		return
	}
	text, err := marshal(r.verbs)
	if err != nil {
		hook.log.Error("document not written", "err", err)
		http.Error(w, "no document", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text)
}
