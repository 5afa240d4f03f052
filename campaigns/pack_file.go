package campaigns

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"careline/internal/strict"
	"careline/phone"
)

// The bounds of what a pack may ask.
const (
	longPack  = 10 * 366 * 24 * time.Hour
	mostTries = 1000
)

// ParsePack reads a pack of rules strictly. name is used in errors, which give
// file:line of everything that is wrong.
func ParsePack(name string, text []byte) (*Pack, error) {
	root, err := strict.Document(text, maxText)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r := packReader{parser: parser{Reader: strict.Reader{File: name}}, pack: &Pack{}}
	r.Mapping(root, "a pack", r.keys())
	if len(r.Errs) == 0 {
		r.whole(root)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return r.pack, nil
}

// packReader reads one pack.
type packReader struct {
	parser
	pack *Pack
}

func (r *packReader) keys() []strict.Field {
	return []strict.Field{
		{"pack", strict.Text(&r.pack.ID)},
		{"title", strict.Text(&r.pack.Title)},
		{"regions", strict.Texts(&r.pack.Regions)},
		{"holidays", names(&r.pack.Holidays)},
		{"rules", r.each("a rule", func(n *yaml.Node) { r.rule(n) })},
	}
}

// each returns a reader of a list.
func (r *packReader) each(what string, read func(*yaml.Node)) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
			return fmt.Errorf("is no list of which each entry is %s", what)
		}
		for _, item := range n.Content {
			read(item)
		}
		return nil
	}
}

func (r *packReader) rule(n *yaml.Node) {
	var rule PackRule
	before := len(r.Errs)
	r.Mapping(n, "a rule", slices.Concat(r.told(&rule), r.asked(&rule)))
	if len(r.Errs) > before {
		return
	}
	if err := rule.check(); err != nil {
		r.Fail(n, "rule "+rule.ID, err)
	}
	rule.sign()
	r.pack.Rules = append(r.pack.Rules, rule)
}

// told are the keys of what a rule says to people.
func (r *packReader) told(rule *PackRule) []strict.Field {
	moments := []Moment{AtDialing, AtAnswer, AtCreate, Reminder}
	return []strict.Field{
		{"id", strict.Text(&rule.ID)},
		{"text", strict.Text(&rule.Text)},
		{"source", strict.Text(&rule.Source)},
		{"enforced", some(&rule.Enforced, "a moment", moments)},
		{"left", strict.Text(&rule.Left)},
		{"settings", strict.Texts(&rule.Settings)},
	}
}

// asked are the keys of what a rule asks of machines.
func (r *packReader) asked(rule *PackRule) []strict.Field {
	return []strict.Field{
		{"purposes", some(&rule.Purposes, "a purpose", Purposes())},
		{"voice", oneOf(&rule.Voice, "a voice", []Voice{Prerecorded, ByAgent})},
		{"hours", func(n *yaml.Node) error {
			rule.Hours = &phone.Hours{}
			r.Mapping(n, "hours", window(&rule.Hours.Days, &rule.Hours.From, &rule.Hours.To))
			return rule.Hours.Check()
		}},
		{"min_ring", strict.Span(&rule.MinRing, shortRing, longRing)},
		{"most", r.each("a frequency", func(n *yaml.Node) { rule.Most = append(rule.Most, r.frequency(n)) })},
		{"consent", r.each("a consent", func(n *yaml.Node) { rule.Consent = append(rule.Consent, r.consent(n)) })},
		{"abandon", func(n *yaml.Node) error {
			rule.Abandon = r.abandonment(n)
			return nil
		}},
		{"recall", func(n *yaml.Node) error {
			rule.Recall = &Recall{}
			r.Mapping(n, "recall", []strict.Field{
				{"wait", strict.Span(&rule.Recall.Wait, time.Minute, longPack)},
				{"unless_reserved", truth(&rule.Recall.UnlessReserved)},
			})
			return nil
		}},
		{"opt_out", func(n *yaml.Node) error {
			rule.OptOut = &OptOutNeed{}
			r.Mapping(n, "opt_out", []strict.Field{
				{"within", strict.Span(&rule.OptOut.Within, time.Second, time.Minute)},
				{"purposes", some(&rule.OptOut.Purposes, "a purpose", Purposes())},
			})
			return nil
		}},
		{"keep", strict.Span(&rule.Keep, time.Hour, longPack)},
	}
}

func (r *packReader) frequency(n *yaml.Node) (f Frequency) {
	r.Mapping(n, "a frequency", []strict.Field{
		{"scope", oneOf(&f.Scope, "a scope", []Scope{OfCustomer, OfNumber, OfContact})},
		{"counter", oneOf(&f.Counter, "a counter", []Counter{Attempts, Conversations})},
		{"limit", strict.Whole(&f.Limit, 1, mostTries)},
		{"window", strict.Span(&f.Window, time.Minute, longPack)},
		{"unless_consent", truth(&f.UnlessConsent)},
	})
	if f.Scope == "" || f.Counter == "" || f.Limit == 0 || f.Window == 0 {
		r.Fail(n, "most", errors.New("scope, counter, limit and window are needed"))
	}
	return f
}

func (r *packReader) consent(n *yaml.Node) (need ConsentNeed) {
	r.Mapping(n, "a consent", []strict.Field{
		{"level", oneOf(&need.Level, "a consent", []Consent{ExpressConsent, WrittenConsent})},
		{"purposes", some(&need.Purposes, "a purpose", Purposes())},
		{"unless_residential", truth(&need.UnlessResidential)},
	})
	if need.Level == NoConsent {
		r.Fail(n, "consent", errors.New("level is needed"))
	}
	return need
}

func (r *packReader) abandonment(n *yaml.Node) *Abandonment {
	var a Abandonment
	r.Mapping(n, "abandon", []strict.Field{
		{"of", oneOf(&a.Of, "a denominator", []Denominator{LiveAnswers, OfcomACR})},
		{"from", oneOf(&a.From, "a start", []Start{FromAnswer, FromGreetingEnd})},
		{"within", strict.Span(&a.Within, shortRing, longWait)},
		{"window", strict.Span(&a.Window, time.Hour, longPack)},
		{"successive", truth(&a.Successive)},
		{"cap", percent(&a.Cap)},
		{"alarm", percent(&a.Alarm)},
		{"message", strict.Texts(&a.Message)},
	})
	if a.Of == "" || a.From == "" || a.Within == 0 || a.Window == 0 || a.Cap == 0 || a.Alarm == 0 || len(a.Message) == 0 {
		r.Fail(n, "abandon", errors.New("of, from, within, window, cap, alarm and message are needed"))
	}
	return &a
}

// some returns a reader of a list of a few words.
func some[T ~string](into *[]T, what string, words []T) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		items := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			items = n.Content
		}
		list := make([]T, len(items))
		for i, item := range items {
			if err := oneOf(&list[i], what, words)(item); err != nil {
				return err
			}
			if slices.Contains(list[:i], list[i]) {
				return fmt.Errorf("%s is there twice", list[i])
			}
		}
		*into = list
		return nil
	}
}

// check tells whether the rule says enough, and is honest about who keeps it: a
// machine keeps what has figures, people keep what is a reminder.
func (r PackRule) check() error {
	for _, need := range []struct{ key, value string }{{"id", r.ID}, {"text", r.Text}, {"source", r.Source}} {
		if need.value == "" {
			return fmt.Errorf("%s is missing", need.key)
		}
	}
	asks := r.Hours != nil || r.MinRing > 0 || len(r.Most) > 0 || len(r.Consent) > 0 || r.Abandon != nil || r.Recall != nil || r.OptOut != nil
	reminds := slices.Contains(r.Enforced, Reminder)
	switch {
	case len(r.Enforced) == 0:
		return errors.New("enforced is missing")
	case reminds && (len(r.Enforced) > 1 || asks):
		return errors.New("a reminder is enforced by nobody and has no figures")
	case reminds && r.Left == "":
		return errors.New("a reminder says under left what people shall do")
	}
	return nil
}

// sign puts the rule's id and source to all that it asks.
func (r *PackRule) sign() {
	for i := range r.Most {
		r.Most[i].Rule, r.Most[i].Source = r.ID, r.Source
	}
	for i := range r.Consent {
		r.Consent[i].Rule, r.Consent[i].Source = r.ID, r.Source
	}
	if r.Abandon != nil {
		r.Abandon.Rule, r.Abandon.Source = r.ID, r.Source
	}
	if r.Recall != nil {
		r.Recall.Rule, r.Recall.Source = r.ID, r.Source
	}
}

// whole checks what only the pack as a whole can tell.
func (r *packReader) whole(n *yaml.Node) {
	if r.pack.ID == "" || r.pack.ID == none || r.pack.Title == "" || len(r.pack.Rules) == 0 {
		r.Fail(n, "pack", errors.New("pack, title and rules are needed, and none is no name"))
	}
	for i, rule := range r.pack.Rules {
		if slices.ContainsFunc(r.pack.Rules[:i], func(o PackRule) bool { return o.ID == rule.ID }) {
			r.Fail(n, "rule "+rule.ID, errors.New("is there twice"))
		}
	}
	for _, region := range r.pack.Regions {
		if !phone.IsRegion(region) {
			r.Fail(n, "regions", fmt.Errorf("%q is no ISO 3166 code of a country", region))
		}
	}
}
