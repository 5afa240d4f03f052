package twilio_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/ivr"
	"careline/twilio"
)

// What Twilio could not bring, or could not use.
func TestFallback(t *testing.T) {
	h := newHooks(t, nil)
	menu := h.document(voicePath)
	const fallback = callURL + "/fallback"
	doc := h.document(fallback, "ErrorCode", "11200", "ErrorUrl", callURL+"/answer")
	if diff := cmp.Diff(menu.Tags[1], doc.Tags[1]); diff != "" {
		t.Errorf("after an answer that was not there in time (-want +got):\n%s", diff)
	}
	doc = h.document(fallback, "ErrorCode", "11205", "ErrorUrl", menu.next(), "Digits", "1")
	if doc.Tags[0].Text != "Your account number." {
		t.Errorf("after keys that did not come: %+v", doc)
	}
	doc = h.document(fallback, "ErrorCode", "11200", "ErrorUrl", doc.next())
	if doc.Tags[0].Text != "Your account number." || h.record().Seq != 2 {
		t.Errorf("after keys that nobody knows: %+v, at %d", doc, h.record().Seq)
	}
	const sorry = `<Response><Say voice="Polly.Amy">An error.</Say><Hangup/></Response>`
	same(t, "a document that Twilio cannot read", h.document(fallback, "ErrorCode", "12100", "ErrorUrl", menu.next()), sorry)
	same(t, "a call that is not there", h.document(hookPublic+"/twilio/t/calls/unknown/fallback?lang=en", "ErrorCode", "11200"), sorry)
	same(t, "no code", h.document(fallback), sorry)
}

// The node that runs the queues does not answer: the caller is sent there a few
// times more, and then the queue counts as one that nobody serves.
func TestFallbackOfTheQueue(t *testing.T) {
	h := newHooks(t, nil)
	menu := h.document(voicePath)
	doc := h.document(menu.next(), "Digits", "2")
	for n := range 3 {
		doc = h.document(callURL+"/fallback", "ErrorCode", "11200", "ErrorUrl", doc.next())
		if len(doc.Tags) != 2 || doc.Tags[0].Name != "Pause" || !strings.HasPrefix(doc.next(), "https://queues.example.com/twilio/t/calls/"+hookSID+"/steps/2/enqueue?") {
			t.Fatalf("after %d failures: %+v; want a pause, and the queue once more", n+1, doc)
		}
	}
	doc = h.document(callURL+"/fallback", "ErrorCode", "11200", "ErrorUrl", doc.next())
	if said, _ := doc.find("Say"); said.Text != "Sorry." || h.record().Seq != 3 {
		t.Errorf("after the last one: %+v, at %d; want what follows a queue that failed", doc, h.record().Seq)
	}
}

// The end of a caller's talk that the node of the queues could not be told of is
// the end all the same; one that did not come about is no talk.
func TestFallbackOfATalk(t *testing.T) {
	for bridged, want := range map[string]string{"true": "Goodbye.", "false": ""} {
		h := newHooks(t, nil)
		menu := h.document(voicePath)
		h.document(menu.next(), "Digits", "2")
		left := "https://queues.example.com/twilio/t/calls/" + hookSID + "/steps/2/left"
		doc := h.document(callURL+"/fallback", "ErrorCode", "11200", "ErrorUrl", left, "DialCallStatus", "completed", "DialBridged", bridged)
		if said, _ := doc.find("Say"); said.Text != want {
			t.Errorf("bridged %s: %+v; want %q to be said", bridged, doc, want)
		}
	}
}

// Whoever is in Twilio's queue yet though their call is over is not kept there.
func TestWaitOfACallThatIsOver(t *testing.T) {
	h := newHooks(t, func(o *twilio.Options) { o.Settle = time.Nanosecond })
	h.works(t)
	menu := h.document(voicePath)
	h.document(menu.next(), "Digits", "2")
	h.ok("close the call", h.opt.Desk.Close(t.Context(), hookSID, call.ByService, time.Now()))
	late := time.After(10 * time.Second)
	for {
		if doc := h.document(callURL + "/wait?seq=2"); doc.Tags[0].Name == "Hangup" {
			return
		}
		select {
		case <-late:
			t.Fatal("the call goes on")
		default:
		}
	}
}

// letting is a queue that serves until it is told to let go.
type letting struct {
	call.Queue
	serves chan struct{}
}

func (l letting) Serve(ctx context.Context, _ call.Waiting, _ ivr.EnqueueSpec) ivr.EventKind {
	close(l.serves)
	<-ctx.Done()
	return ivr.HungUp
}

// A caller who comes as the service ends has not talked with anybody: they are
// kept for the next run.
func TestCallerComesAtTheEnd(t *testing.T) {
	queue := letting{serves: make(chan struct{})}
	h := newHooks(t, func(o *twilio.Options) { o.Queue, o.Look = queue, time.Hour })
	menu := h.document(voicePath)
	doc := h.document(menu.next(), "Digits", "2")
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		<-queue.serves
		stop()
		_ = h.carrier.Run(ctx)
	}()
	doc = h.document(doc.next())
	if doc.Tags[0].Name != "Enqueue" || h.record().Seq != 2 {
		t.Errorf("answered %+v, at %d; want the caller kept", doc, h.record().Seq)
	}
}
