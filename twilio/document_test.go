package twilio_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/audio"
	"careline/call"
	"careline/ivr"
	"careline/phone"
	"careline/twilio"
)

// callURL is where a call's webhooks go.
const callURL = hookPublic + "/twilio/t/calls/" + hookSID

// same compares documents, whatever the order of attributes.
func same(t *testing.T, what string, got tag, want string) {
	t.Helper()
	if diff := cmp.Diff(parseTag(t, want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

const voicePath = "/twilio/t/voice"

// Each step of a conversation is one document, whose URLs name the step.
func TestDocuments(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys []string // pressed, one step after the other
		want string
	}{
		{"gather that a key cuts short", nil, `<Response>
			<Say voice="Polly.Amy">Welcome &amp; hello.</Say>
			<Gather input="dtmf" numDigits="1" timeout="5" finishOnKey="" actionOnEmptyResult="true" action="` + callURL + `/steps/1/keys?lang=en" method="POST">
				<Say voice="Polly.Amy">Press a key.</Say>
			</Gather></Response>`},
		{"gather whose prompt is heard first", []string{"1"}, `<Response>
			<Say voice="Polly.Amy">Your account number.</Say>
			<Gather input="dtmf" numDigits="8" timeout="5" finishOnKey="#" actionOnEmptyResult="true" action="` + callURL + `/steps/2/keys?lang=en" method="POST"/>
			</Response>`},
		{"asked again", []string{"1", ""}, `<Response>
			<Say voice="Polly.Amy">Once more.</Say>
			<Gather input="dtmf" numDigits="8" timeout="5" finishOnKey="#" actionOnEmptyResult="true" action="` + callURL + `/steps/3/keys?lang=en" method="POST"/>
			</Response>`},
		{"words that are filled in, and nothing is asked", []string{"4"}, `<Response>
			<Say voice="Polly.Amy">You owe twenty three pounds and fifty pence by December fourth code one zero five</Say>
			<Redirect method="POST">` + callURL + `/steps/2/played?lang=en</Redirect></Response>`},
		{"queue", []string{"2"}, `<Response><Redirect method="POST">https://queues.example.com/twilio/t/calls/` + hookSID + `/steps/2/enqueue?lang=en</Redirect></Response>`},
		{"hang-up", []string{""}, `<Response><Say voice="Polly.Amy">Goodbye.</Say><Hangup/></Response>`},
		{"destination that is not permitted", []string{"5"}, `<Response><Redirect method="POST">` + callURL + `/steps/2/failed?lang=en</Redirect></Response>`},
	} {
		h := newHooks(t, nil)
		doc := h.document(voicePath)
		for _, keys := range tt.keys {
			doc = h.document(doc.next(), "Digits", keys)
		}
		same(t, tt.name, doc, tt.want)
	}
}

func TestDialDocument(t *testing.T) {
	h := newHooks(t, nil)
	doc := h.document(h.document(voicePath).next(), "Digits", "3")
	action, _, _ := strings.Cut(doc.next(), "?")
	if strings.Contains(doc.next(), "7946") {
		t.Errorf("the URL %s tells the number", doc.next())
	}
	doc.Tags[0].Attrs["action"] = action
	same(t, "dial", doc, `<Response>
		<Dial timeout="20" timeLimit="7200" callerId="`+hookNumber+`" action="`+callURL+`/steps/2/dialed" method="POST"><Number>+442079460777</Number></Dial></Response>`)
	talks := h.talks()
	if len(talks) != 1 || talks[0].Number != "+442079460777" || talks[0].Trunk != "t" || !talks[0].EndedAt.IsZero() || talks[0].CallID != hookSID {
		t.Errorf("talks = %+v; want one under way", talks)
	}
}

func (h *hooks) talks() []call.Talk {
	h.Helper()
	talks, err := h.store.Talks(h.Context(), time.Time{})
	h.ok("list talks", err)
	return talks
}

// What came of a dial leads on in the flow, and stands in the books.
func TestDialed(t *testing.T) {
	for _, tt := range []struct {
		status, outcome, says string
		joined                bool
	}{
		{"completed", "connected", "Goodbye.", true},
		{"answered", "connected", "Goodbye.", true},
		{"busy", "busy", "Sorry.", false},
		{"no-answer", "timeout", "Sorry.", false},
		{"failed", "failed", "Sorry.", false},
		{"canceled", "failed", "Sorry.", false},
	} {
		h := newHooks(t, nil)
		dialing := h.document(h.document(voicePath).next(), "Digits", "3").next()
		for range 2 { // a repeated one changes nothing
			doc := h.document(dialing, "DialCallStatus", tt.status, "DialCallSid", "CA1", "DialCallDuration", "7")
			if got := doc.Tags[0].Text; got != tt.says {
				t.Errorf("%s: the caller hears %q; want %q", tt.status, got, tt.says)
			}
		}
		talks := h.talks()
		if len(talks) != 1 || talks[0].Outcome != tt.outcome || talks[0].EndedAt.IsZero() || talks[0].JoinedAt.IsZero() == tt.joined || talks[0].Leg.CallID != "CA1" {
			t.Errorf("%s: talks = %+v; want one that ended as %s", tt.status, talks, tt.outcome)
		}
		if tt.joined && talks[0].EndedAt.Sub(talks[0].JoinedAt) != 7*time.Second {
			t.Errorf("%s: talked for %v; want 7s", tt.status, talks[0].EndedAt.Sub(talks[0].JoinedAt))
		}
	}
}

// The caller hangs up while they talk to somebody outside, and Twilio tells only
// that the call is over.
func TestDialAbandoned(t *testing.T) {
	h := newHooks(t, nil)
	h.document(h.document(voicePath).next(), "Digits", "3")
	h.finish(voicePath+"/status", "completed")
	if talks := h.talks(); len(talks) != 1 || talks[0].Outcome != "hungup" || talks[0].EndedAt.IsZero() {
		t.Errorf("talks = %+v; want one that the caller has ended", talks)
	}
}

// The service may forbid a call to the outside; it is asked once, however often
// the document is asked for.
func TestDialForbidden(t *testing.T) {
	asked := 0
	h := newHooks(t, func(o *twilio.Options) {
		o.MayDial = func(_ context.Context, id, trunk string, n phone.Number) string {
			asked++
			if id == "" || trunk != "t" || n != "+442079460777" {
				t.Errorf("asked for %q by %q to %s", id, trunk, string(n))
			}
			return "the day is used up"
		}
	})
	menu := h.document(voicePath).next()
	for range 2 {
		doc := h.document(menu, "Digits", "3")
		same(t, "forbidden", doc, `<Response><Redirect method="POST">`+callURL+`/steps/2/failed?lang=en</Redirect></Response>`)
	}
	if doc := h.document(callURL + "/steps/2/failed"); doc.Tags[0].Text != "Sorry." || asked != 1 {
		t.Errorf("the caller hears %q, asked %d times; want Sorry. and once", doc.Tags[0].Text, asked)
	}
}

// A prompt whose recording is missing leads to where a failed step does.
func TestMissingPrompt(t *testing.T) {
	h := newHooks(t, func(o *twilio.Options) { o.Trunks[0].Voices, o.Speaker = nil, mute{} })
	same(t, "missing", h.document(voicePath), `<Response><Redirect method="POST">`+callURL+`/steps/1/failed?lang=en</Redirect></Response>`)
}

type mute struct{}

func (mute) Clips(ivr.Prompt) ([]*audio.Clip, error) { return nil, errors.New("no recording") }
func (mute) Clip(string) (*audio.Clip, error)        { return nil, errors.New("no recording") }

// finish reports how far a call has come.
func (h *hooks) finish(path, status string, pairs ...string) {
	h.Helper()
	w := h.ask(h.handler, path, form(append([]string{"CallStatus", status}, pairs...)...))
	if w.Code != http.StatusNoContent {
		h.Errorf("status %s answered %d %s; want 204", status, w.Code, w.Body)
	}
}

// A language without a voice of Twilio's, and words that only the flow knows.
func TestVoices(t *testing.T) {
	h := newHooks(t, func(o *twilio.Options) {
		o.Trunks[0].Voices, o.Words = map[string]string{"en": "woman"}, nil
	})
	doc := h.document(h.document(voicePath).next(), "Digits", "4")
	same(t, "as written", doc, `<Response><Say voice="woman" language="en-US">You owe 23.50 GBP by 2026-12-04 code 1 0 5</Say>
		<Redirect method="POST">`+callURL+`/steps/2/played?lang=en</Redirect></Response>`)
}
