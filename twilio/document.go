package twilio

import (
	"encoding/xml"
	"errors"
	"time"

	"careline/call"
	"careline/ivr"
)

// response is a document: what Twilio shall do, in order.
type response struct {
	XMLName xml.Name `xml:"Response"`
	Verbs   []any
}

// The verbs and nouns that documents are made of.
type (
	playVerb struct {
		XMLName xml.Name `xml:"Play"`
		URL     string   `xml:",chardata"`
	}
	sayVerb struct {
		XMLName  xml.Name `xml:"Say"`
		Voice    string   `xml:"voice,attr,omitempty"`
		Language string   `xml:"language,attr,omitempty"`
		Text     string   `xml:",chardata"`
	}
	gatherVerb struct {
		XMLName     xml.Name `xml:"Gather"`
		Input       string   `xml:"input,attr"`
		NumDigits   int      `xml:"numDigits,attr"`
		Timeout     int      `xml:"timeout,attr"`     // seconds
		FinishOnKey string   `xml:"finishOnKey,attr"` // empty: none; without the attribute it were #
		Empty       bool     `xml:"actionOnEmptyResult,attr"`
		Action      string   `xml:"action,attr"`
		Method      string   `xml:"method,attr"`
		Prompt      []any
	}
	dialVerb struct {
		XMLName  xml.Name `xml:"Dial"`
		Timeout  int      `xml:"timeout,attr,omitempty"`   // seconds of ringing
		Limit    int      `xml:"timeLimit,attr,omitempty"` // seconds
		CallerID string   `xml:"callerId,attr,omitempty"`
		Action   string   `xml:"action,attr,omitempty"`
		Method   string   `xml:"method,attr,omitempty"`
		Nouns    []any
	}
	numberNoun struct {
		XMLName xml.Name `xml:"Number"`
		URL     string   `xml:"url,attr,omitempty"` // whose document whoever answers hears first
		Method  string   `xml:"method,attr,omitempty"`
		Number  string   `xml:",chardata"`
	}
	sipNoun struct {
		XMLName xml.Name `xml:"Sip"`
		URI     string   `xml:",chardata"`
	}
	enqueueVerb struct {
		XMLName xml.Name `xml:"Enqueue"`
		WaitURL string   `xml:"waitUrl,attr"`
		Action  string   `xml:"action,attr,omitempty"`
		Method  string   `xml:"method,attr,omitempty"`
		Name    string   `xml:",chardata"`
	}
	redirectVerb struct {
		XMLName xml.Name `xml:"Redirect"`
		Method  string   `xml:"method,attr"`
		URL     string   `xml:",chardata"`
	}
	pauseVerb struct {
		XMLName xml.Name `xml:"Pause"`
		Length  int      `xml:"length,attr"` // seconds
	}
	rejectVerb struct {
		XMLName xml.Name `xml:"Reject"`
		Reason  string   `xml:"reason,attr,omitempty"`
	}
	hangupVerb struct {
		XMLName xml.Name `xml:"Hangup"`
	}
)

// toURL sends the call to another document.
func toURL(address string) redirectVerb { return redirectVerb{Method: "POST", URL: address} }

// marshal writes a document.
func marshal(verbs []any) ([]byte, error) {
	text, err := xml.Marshal(response{Verbs: verbs})
	return append([]byte(xml.Header), text...), err
}

// errNothingToSay is a prompt that neither a voice of Twilio's nor our own audio
// can say.
var errNothingToSay = errors.New("nobody can say it")

// writer writes the document of one step of one call.
type writer struct {
	t    *trunk
	rec  call.Record
	own  string                                                                   // the number of ours that the call has
	url  func(seq int, kind string) string                                        // by which an event comes
	park func(seq int) string                                                     // by which the caller comes to the node that runs the queues
	say  func(p *ivr.Prompt) ([]any, error)                                       // the verbs of a prompt
	dial func(spec ivr.DialSpec, seq int, own string) (dial *dialVerb, err error) // to somebody outside; nil where the queue's node does it
	kept bool                                                                     // messages are
}

// document writes what the line shall do in a step. What cannot be done is an
// error, beside a document that says so to the flow.
func (w writer) document() ([]any, error) {
	var verbs []any
	for _, a := range w.rec.Actions {
		more, over, err := w.action(a)
		if err != nil {
			return append(verbs, toURL(w.url(w.rec.Seq, kindFailed))), err
		}
		if verbs = append(verbs, more...); over {
			return verbs, nil
		}
	}
	if len(w.rec.Actions) == 0 {
		return []any{hangupVerb{}}, nil
	}
	return append(verbs, toURL(w.url(w.rec.Seq, kindPlayed))), nil
}

// action writes one action; over says that nothing can follow.
func (w writer) action(a ivr.Action) (verbs []any, over bool, err error) {
	switch a.Kind {
	case ivr.Play:
		verbs, err = w.say(a.Prompt)
		return verbs, false, err
	case ivr.Gather:
		verbs, err = w.gather(a)
		return verbs, true, err
	case ivr.Enqueue:
		return []any{toURL(w.park(w.rec.Seq))}, true, nil
	case ivr.Dial:
		verbs, err = w.connect(*a.Dial)
		return verbs, true, err
	case ivr.Hangup:
		return []any{hangupVerb{}}, true, nil
	case ivr.Record:
		verbs, err = w.record(a)
		return verbs, true, err
	case ivr.Answer, ivr.OptOut, ivr.Callback: // the service has done it
	}
	return nil, false, nil
}

// connect connects the caller with somebody outside, or has them come to the
// node that does.
func (w writer) connect(spec ivr.DialSpec) ([]any, error) {
	d, err := w.dial(spec, w.rec.Seq, w.own)
	if err != nil || d == nil {
		return []any{toURL(w.park(w.rec.Seq))}, err
	}
	return []any{*d}, nil
}

// gather asks for keys. A prompt that a key may cut short is within, any other
// before. Twilio has one timer for the first key and for each that follows: the
// longer of the flow's is taken, so that nobody is cut off.
func (w writer) gather(a ivr.Action) ([]any, error) {
	prompt, err := w.say(a.Prompt)
	if err != nil {
		return nil, err
	}
	spec := *a.Gather
	wait := spec.Timeout
	if spec.MaxDigits > 1 {
		wait = max(wait, spec.InterDigit)
	}
	g := gatherVerb{
		Input: "dtmf", NumDigits: max(spec.MaxDigits, spec.MinDigits, 1), Timeout: wholeSeconds(wait), FinishOnKey: spec.FinishOnKey,
		Empty: true, Action: w.url(w.rec.Seq, kindKeys), Method: "POST",
	}
	if spec.BargeIn {
		g.Prompt = prompt
		return []any{g}, nil
	}
	return append(prompt, g), nil
}

// wholeSeconds is a span in whole seconds, rounded up; at least one.
func wholeSeconds(d time.Duration) int { return max(int((d+time.Second-1)/time.Second), 1) }

// speaks tells whether a document says something at once.
func speaks(verbs []any) bool {
	if len(verbs) == 0 {
		return false
	}
	switch v := verbs[0].(type) {
	case playVerb, sayVerb:
		return true
	case gatherVerb:
		return len(v.Prompt) > 0
	default:
		return false
	}
}
