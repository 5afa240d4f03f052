package ivr

import (
	"regexp"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// record has the caller leave a message.
type record struct {
	spec    RecordSpec
	words   speech
	result  string
	missing string
	on      map[EventKind]string
}

// RecordSpec says how a message is taken. The line owns these timers.
type RecordSpec struct {
	Max         time.Duration `json:"max"`                     // of the message, from the end of the beep
	Silence     time.Duration `json:"silence"`                 // nothing is said for so long, and the message is over
	FinishOnKey string        `json:"finish_on_key,omitempty"` // "#" or "*" ends the message
	Beep        bool          `json:"beep,omitempty"`          // one is heard when it is time to speak
}

// Message is what a caller has said to a record node, as the line or the network
// keeps it.
type Message struct {
	ID      string        `json:"id"`                // what the answer refers to it by: letters, digits, - and _
	Length  time.Duration `json:"length,omitempty"`  // as far as it is known
	File    string        `json:"file,omitempty"`    // in the directory for recordings; empty while it is elsewhere
	Bytes   int64         `json:"bytes,omitempty"`   // of that file
	Carrier string        `json:"carrier,omitempty"` // who has it while File is empty, such as twilio
	Trunk   string        `json:"trunk,omitempty"`   // of that carrier
	URL     string        `json:"url,omitempty"`     // where it is fetched from
}

// Left is the category of every result that is a message.
const Left = "message"

// recorded are the ways that a record node ends.
var recorded = []EventKind{Recorded, Silent, Failed}

// What a record node may say, and what holds where it says nothing.
const (
	MinMessage        = 5 * time.Second
	MaxMessage        = 10 * time.Minute
	MinMessageSilence = 2 * time.Second
	MaxMessageSilence = 30 * time.Second

	defaultMessage = 2 * time.Minute
	defaultSilence = 5 * time.Second
)

// TakesMessages tells whether callers can leave messages.
func (f *Flow) TakesMessages() bool {
	return slices.ContainsFunc(f.Results(), func(r Result) bool { return r.Message })
}

// messagePattern is what a message's id looks like: it names a file, and stands
// in the conversation's state.
var messagePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (p *parser) record(n *node, body []field) kind {
	fs := p.fields(n, body, "record", "say", "result", "if_missing", "next", "on")
	k := &record{words: p.speech(p.need(fs, "say"), "say of node "+n.name), on: map[EventKind]string{}}
	n.says = []speech{k.words}
	p.recordSpec(k, n, fs)
	if k.result = p.name(p.need(fs, "result"), "result of node "+n.name); k.result != "" {
		n.result = &Result{Name: k.result, Nodes: []string{n.name}, Message: true}
	}
	p.recordWays(k, n, fs)
	k.missing = p.missing(n, fs, k.on[Failed])
	return k
}

func (p *parser) recordSpec(k *record, n *node, in fields) {
	what := func(key string) string { return key + " of node " + n.name }
	fs := p.mapping(in.get("record"), "record of node "+n.name, "max", "silence", "finish_on_key", "beep")
	k.spec.Max = p.within(fs.get("max"), what("max"), limits{MinMessage, MaxMessage, defaultMessage})
	k.spec.Silence = p.within(fs.get("silence"), what("silence"), limits{MinMessageSilence, MaxMessageSilence, defaultSilence})
	k.spec.FinishOnKey = "#"
	if v := fs.get("finish_on_key"); v != nil {
		k.spec.FinishOnKey = p.choice(v, what("finish_on_key"), "#", "*")
	}
	k.spec.Beep = p.flag(fs.get("beep"), what("beep"), true)
}

// recordWays reads where a record node goes on to: to one node in any case, or
// by what came of it.
func (p *parser) recordWays(k *record, n *node, fs fields) {
	next, v := fs.get("next"), fs.get("on")
	if next == nil && v == nil {
		p.problem(n.at, `add "next: node", or "on: {recorded: node, silent: node, failed: node}"`, "node %s does not say where it goes on", n.name)
		n.edges = append(n.edges, edge{on: "next", to: end, at: n.at, silent: true})
		return
	}
	if next != nil {
		if v != nil {
			p.problem(at(v), "keep one of them", `node %s has both "next" and "on"`, n.name)
		}
		to := p.edge(n, field{name: "next", value: next}, true)
		for _, ev := range recorded {
			k.on[ev] = to
		}
		return
	}
	on := p.mapping(v, "on of node "+n.name, string(Recorded), string(Silent), string(Failed))
	for _, ev := range recorded {
		k.on[ev] = p.to(n, on, string(ev), ev == Silent)
	}
}

// limits are what a duration may be, and is where the file says nothing.
type limits struct{ low, high, absent time.Duration }

// within reads a duration.
func (r *reader) within(n *yaml.Node, what string, l limits) time.Duration {
	d := r.span(n, what, l.high, l.absent)
	if d < l.low {
		r.problem(at(n), "", "%s is %v; it must be from %v to %v", what, d, l.low, l.high)
		return l.absent
	}
	return d
}

func (k *record) waits() bool { return true }

func (k *record) enter(w *walk) string {
	prompt := w.prompt(k.words)
	if prompt == nil {
		return k.missing
	}
	spec := k.spec
	w.do(Action{Kind: Record, Prompt: prompt, Record: &spec})
	return ""
}

// resume keeps what the message goes by.
func (k *record) resume(w *walk, ev Event) string {
	switch {
	case ev.Kind == Recorded && messagePattern.MatchString(ev.Message.ID):
		m := ev.Message
		w.answer(AnswerSpec{Result: k.result, Value: m.ID, Category: Left, Message: &m})
		return k.on[Recorded]
	case ev.Kind == Silent:
		return k.on[Silent]
	default:
		return k.on[Failed]
	}
}
