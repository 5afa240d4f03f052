package ivr

import (
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// dial calls somebody else and joins the caller with them.
type dial struct {
	spec DialSpec
	attr string // the contact's attribute that names the number; empty where the flow does
	on   map[EventKind]string
}

// DialSpec asks for a call to somebody else, whom the caller is joined with. The
// number is the flow's or the contact's, never one that the caller has keyed.
type DialSpec struct {
	Number string        `json:"number"`          // as it is written, in national or international format
	Trunk  string        `json:"trunk,omitempty"` // empty: the one that the call came or went by
	Ring   time.Duration `json:"ring"`            // then TimedOut
	Refer  bool          `json:"refer,omitempty"` // have the carrier take the caller over where it can: then the call ends here
	Music  string        `json:"music,omitempty"` // the name of a clip, while it rings
}

// dialed are the ways that a dial ends.
var dialed = []EventKind{Connected, Busy, TimedOut, Failed}

// What a dial node may say, and what holds where it says nothing.
const (
	MaxRing     = 2 * time.Minute
	defaultRing = 30 * time.Second
)

var dialablePattern = regexp.MustCompile(`^\+?[0-9][0-9 ()./-]{0,30}$`)

func (p *parser) dial(n *node, body []field) kind {
	fs := p.fields(n, body, "dial", "on")
	k := &dial{on: map[EventKind]string{}}
	p.dialSpec(k, n, fs)
	on := p.mapping(p.need(fs, "on"), "on of node "+n.name, string(Connected), string(Busy), string(TimedOut), string(Failed))
	for _, ev := range dialed {
		k.on[ev] = p.to(n, on, string(ev), false)
	}
	return k
}

func (p *parser) dialSpec(k *dial, n *node, in fields) {
	what := func(key string) string { return key + " of node " + n.name }
	fs := p.mapping(in.get("dial"), "dial of node "+n.name, "number", "trunk", "ring", "refer", "music")
	p.dialNumber(k, n, p.need(fs, "number"))
	for key, to := range map[string]*string{"trunk": &k.spec.Trunk, "music": &k.spec.Music} {
		if v := fs.get(key); v != nil {
			*to = p.name(v, what(key))
		}
	}
	k.spec.Ring = p.span(fs.get("ring"), what("ring"), MaxRing, defaultRing)
	k.spec.Refer = p.flag(fs.get("refer"), what("refer"), false)
}

// dialNumber reads whom a dial node calls: a number, or the contact's attribute
// that holds one.
func (p *parser) dialNumber(k *dial, n *node, v *yaml.Node) {
	if v == nil {
		return
	}
	what := "number of node " + n.name
	s, ok := p.scalar(v, what)
	switch {
	case !ok:
	case strings.HasPrefix(s, contactPrefix):
		if k.attr = p.attribute(v, what); k.attr != "" {
			n.reads = append(n.reads, k.attr)
		}
	case !dialablePattern.MatchString(s):
		p.problem(at(v), `write a number in quotes, as "+442079460000", or a column of the list, as contact.branch`, "%s is %q, which is no telephone number", what, clip(s))
	default:
		k.spec.Number = s
	}
}

func (k *dial) waits() bool { return true }

func (k *dial) enter(w *walk) string {
	spec := k.spec
	if k.attr != "" {
		if spec.Number = w.state.Attrs[k.attr]; !dialablePattern.MatchString(spec.Number) {
			return k.on[Failed]
		}
	}
	w.do(Action{Kind: Dial, Dial: &spec})
	return ""
}

func (k *dial) resume(_ *walk, ev Event) string {
	if to, ok := k.on[ev.Kind]; ok {
		return to
	}
	return k.on[Failed]
}
