package twilio_test

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // it is what Twilio signs with
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"careline/call"
	"careline/ivr"
	"careline/phone"
	"careline/speech"
	"careline/store"
	"careline/twilio"
)

// Who asks, and for what.
const (
	hookAccount = "AC0123456789abcdef0123456789abcdef"
	hookSID     = "CA0123456789abcdef0123456789abcdef"
	hookToken   = "secret"
	hookPublic  = "https://careline.example.com"
	hookNumber  = "+442079460999"
	hookCaller  = "+442079460123"
)

// hookFlow has a step of every kind.
const hookFlow = `
flow: everything
languages: [en]
currency: GBP
start: welcome
farewell: goodbye
nodes:
  welcome:
    say: {en: Welcome & hello.}
    next: menu
  menu:
    gather: {num_digits: 1, timeout: 4500ms, tries: 1, bargein: true}
    say: {en: Press a key.}
    result: menu
    on: {"1": account, "2": agent, "3": outside, "4": heard, "5": forbidden, noinput: goodbye, nomatch: goodbye}
  account:
    gather: {min_digits: 4, max_digits: 8, finish_on_key: "#", timeout: 3s, inter_digit: 5s, tries: 2, bargein: false}
    say: {en: Your account number.}
    reprompt: {en: Once more.}
    result: account
    on: {any: heard, noinput: goodbye, nomatch: goodbye}
  heard:
    say: {en: [You owe, {money: "23.50"}, by, {date: "2026-12-04"}, code, {digits: "105"}]}
    result: heard
    next: goodbye
  agent:
    enqueue: {queue: care, max_wait: 60s, music: hold}
    on: {connected: goodbye, timeout: goodbye, full: goodbye, failed: sorry}
  outside:
    dial: {number: "+44 20 7946 0777", ring: 20s}
    on: {connected: goodbye, busy: sorry, timeout: sorry, failed: sorry}
  forbidden:
    dial: {number: "+33 1 99 00 00 00", ring: 20s}
    on: {connected: goodbye, busy: sorry, timeout: sorry, failed: sorry}
  sorry:
    say: {en: Sorry.}
    next: goodbye
  goodbye:
    say: {en: Goodbye.}
    next: end
`

// hooks is a node that answers webhooks, on a database of its own.
type hooks struct {
	testing.TB
	opt     twilio.Options
	store   *store.Store
	handler http.Handler
	carrier *twilio.Carrier
}

// newHooks makes one whose number is answered by hookFlow.
func newHooks(t testing.TB, change func(*twilio.Options)) *hooks {
	t.Helper()
	h := &hooks{TB: t}
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "careline.db"), store.Options{Node: "a", DIDs: map[string]string{hookNumber: "everything"}})
	h.ok("open the store", err)
	t.Cleanup(func() { s.Close() })
	h.store = s
	_, err = s.Renew(t.Context(), "a", time.Now())
	h.ok("renew the lease", err)
	_, err = s.AddFlow(t.Context(), "everything.yaml", []byte(hookFlow), time.Now())
	h.ok("add the flow", err)
	h.opt = twilio.Options{
		Public: hookPublic, Queues: "https://queues.example.com", Book: s, Ledger: s, Talks: s, Words: speech.Words, Region: "GB",
		Desk: call.NewDesk(s, s, call.Options{}),
		Trunks: []twilio.Trunk{{
			Name: "t", AccountSID: hookAccount, Token: hookToken, Numbers: []phone.Number{hookNumber}, Allow: phone.Prefixes{"+44"}, MaxCalls: 1,
			Voices: map[string]string{"en": "Polly.Amy"},
		}},
		Apology: func(lang string) ivr.Prompt {
			return ivr.Prompt{Lang: lang, Pieces: []ivr.Piece{{Kind: ivr.Text, Value: "An error."}}}
		},
	}
	if change != nil {
		change(&h.opt)
	}
	h.handler, h.carrier = h.node()
	return h
}

// node is another process on the same database.
func (h *hooks) node() (http.Handler, *twilio.Carrier) {
	h.Helper()
	c, err := twilio.New(h.opt)
	h.ok("make a carrier", err)
	return c.Handler(), c
}

func (h *hooks) ok(what string, err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%s: %v", what, err)
	}
}

// signature is what Twilio sends, written down once more.
func signature(token, address string, form url.Values) string {
	var keys []string
	for k := range form {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	text := address
	for _, k := range keys {
		values := slices.Clone(form[k])
		slices.Sort(values)
		for i, v := range values {
			if i == 0 || v != values[i-1] {
				text += k + v
			}
		}
	}
	mac := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(mac, text)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// form are a webhook's parameters: those that all have, and pairs of others.
func form(pairs ...string) url.Values {
	f := url.Values{
		"AccountSid": {hookAccount}, "CallSid": {hookSID}, "From": {hookCaller}, "To": {hookNumber}, "Direction": {"inbound"}, "CallStatus": {"in-progress"},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// ask posts a webhook, signed, to a path or to a URL of a document.
func (h *hooks) ask(to http.Handler, address string, f url.Values) *httptest.ResponseRecorder {
	h.Helper()
	if strings.HasPrefix(address, "/") {
		address = hookPublic + address
	}
	r := httptest.NewRequestWithContext(h.Context(), http.MethodPost, address, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("X-Twilio-Signature", signature(hookToken, address, f))
	w := httptest.NewRecorder()
	to.ServeHTTP(w, r)
	return w
}

// document posts a webhook and reads the document that answers it.
func (h *hooks) document(address string, pairs ...string) tag {
	h.Helper()
	return h.read(h.ask(h.handler, address, form(pairs...)))
}

func (h *hooks) read(w *httptest.ResponseRecorder) tag {
	h.Helper()
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") {
		h.Fatalf("answered %d %s: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	return parseTag(h, w.Body.String())
}

// tag is an element of a document.
type tag struct {
	Name  string
	Attrs map[string]string
	Text  string
	Tags  []tag
}

func parseTag(t testing.TB, text string) tag {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	root := tag{}
	stack := []*tag{&root}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("no XML: %v\n%s", err, text)
		}
		top := stack[len(stack)-1]
		switch e := token.(type) {
		case xml.StartElement:
			n := tag{Name: e.Name.Local}
			for _, a := range e.Attr {
				if n.Attrs == nil {
					n.Attrs = map[string]string{}
				}
				n.Attrs[a.Name.Local] = a.Value
			}
			top.Tags = append(top.Tags, n)
			stack = append(stack, &top.Tags[len(top.Tags)-1])
		case xml.EndElement:
			top.Text = strings.TrimSpace(top.Text)
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.Text += string(e)
		}
	}
	if len(root.Tags) != 1 || root.Tags[0].Name != "Response" {
		t.Fatalf("no document: %s", text)
	}
	return root.Tags[0]
}

// find returns the first element of a name, wherever it is.
func (g tag) find(name string) (tag, bool) {
	for _, c := range g.Tags {
		if c.Name == name {
			return c, true
		}
		if in, ok := c.find(name); ok {
			return in, true
		}
	}
	return tag{}, false
}

// next is the URL by which a document's event comes.
func (g tag) next() string {
	for _, name := range []string{"Gather", "Dial"} {
		if v, ok := g.find(name); ok {
			return v.Attrs["action"]
		}
	}
	v, _ := g.find("Redirect")
	return v.Text
}
