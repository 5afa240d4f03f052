package ivr

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// gather asks for keys.
type gather struct {
	spec       GatherSpec
	tries      int // how often it asks
	ask, again speech
	result     string
	categories map[string]string // by the keys pressed
	on         map[string]string // where each answer leads
	anyKeys    string            // where all others lead; empty where they are no answer
	missing    string
	noinput    string
	nomatch    string
}

// The branches of a gather that no key names.
const (
	onAny     = "any"
	onNoInput = "noinput"
	onNoMatch = "nomatch"
)

func (p *parser) gather(n *node, body []field) kind {
	fs := p.fields(n, body, "gather", "say", "reprompt", "result", "categories", "if_missing", "on")
	k := &gather{on: map[string]string{}}
	p.gatherSpec(k, n, fs)
	k.ask = p.speech(p.need(fs, "say"), "say of node "+n.name)
	k.again = k.ask
	n.says = []speech{k.ask}
	if v := fs.get("reprompt"); v != nil {
		k.again = p.speech(v, "reprompt of node "+n.name)
		n.says = append(n.says, k.again)
	}
	p.branches(k, n, fs)
	k.missing = p.missing(n, fs, k.noinput)
	if v := fs.get("result"); v != nil {
		k.result = p.name(v, "result of node "+n.name)
	}
	p.categories(k, n, fs)
	if k.result != "" {
		n.result = k.outcome(n.name)
	}
	return k
}

// gatherSpec reads how keys are collected.
func (p *parser) gatherSpec(k *gather, n *node, in fields) {
	what := func(key string) string { return key + " of node " + n.name }
	fs := p.mapping(in.get("gather"), "gather of node "+n.name, "num_digits", "min_digits", "max_digits",
		"finish_on_key", "timeout", "inter_digit", "tries", "bargein", "typeahead")
	num := p.whole(fs.get("num_digits"), what("num_digits"), MaxDigits, 0)
	k.spec.MinDigits = p.whole(fs.get("min_digits"), what("min_digits"), MaxDigits, max(num, defaultDigits))
	k.spec.MaxDigits = p.whole(fs.get("max_digits"), what("max_digits"), MaxDigits, max(num, k.spec.MinDigits))
	if fs.get("num_digits") != nil && (fs.get("min_digits") != nil || fs.get("max_digits") != nil) {
		p.problem(at(fs.get("num_digits")), "", "node %s has num_digits beside min_digits or max_digits", n.name)
	}
	if v := fs.get("max_digits"); v != nil && k.spec.MaxDigits < k.spec.MinDigits {
		p.problem(at(v), "", "max_digits of node %s is below min_digits", n.name)
	}
	k.spec.FinishOnKey = p.choice(fs.get("finish_on_key"), what("finish_on_key"), "#", "*")
	k.spec.Timeout = p.span(fs.get("timeout"), what("timeout"), MaxTimeout, defaultTimeout)
	k.spec.InterDigit = p.span(fs.get("inter_digit"), what("inter_digit"), MaxTimeout, defaultInterDigit)
	k.tries = p.whole(fs.get("tries"), what("tries"), MaxTries, defaultTries)
	k.spec.BargeIn = p.flag(fs.get("bargein"), what("bargein"), true)
	k.spec.TypeAhead = p.flag(fs.get("typeahead"), what("typeahead"), false)
	if v := in.get("result"); v != nil && k.spec.TypeAhead {
		p.problem(at(fs.get("typeahead")), "", "node %s has a result and typeahead; an answer counts only when its question was heard", n.name)
	}
}

// branches reads where each answer leads.
func (p *parser) branches(k *gather, n *node, in fields) {
	v := p.need(in, "on")
	if v == nil {
		return
	}
	what := "on of node " + n.name
	fs := fields{at: at(v), what: what}
	if v.Kind == yaml.MappingNode {
		fs.values = map[string]*yaml.Node{}
	}
	answers := 0
	for _, e := range p.entries(v, what) {
		fs.values[e.name] = e.value
		switch e.name {
		case onNoInput, onNoMatch:
			continue
		case onAny:
			k.anyKeys = p.edge(n, e, false)
		default:
			p.branch(k, n, e)
		}
		answers++
	}
	if answers == 0 && fs.values != nil {
		p.problem(at(v), `add the keys that are an answer, as "1" or "1-5" or any`, "%s takes no answer", what)
	}
	k.noinput = p.to(n, fs, onNoInput, true)
	k.nomatch = p.to(n, fs, onNoMatch, false)
}

// branch reads where one key, some keys or each key of a range lead.
func (p *parser) branch(k *gather, n *node, e field) {
	keys := p.keys(e, "on of node "+n.name)
	to := p.edge(n, e, false)
	for _, key := range keys {
		switch _, twice := k.on[key]; {
		case twice:
			p.problem(at(e.key), "", "on of node %s has %q twice", n.name, key)
		case !k.fits(key):
			p.problem(at(e.key), "", "on of node %s has %q, which its gather cannot yield", n.name, key)
		}
		k.on[key] = to
	}
}

// keys reads the name of some keys: "1", "0#" or each of "1-5".
func (p *parser) keys(e field, what string) []string {
	if low, high, ok := strings.Cut(e.name, "-"); ok && isDigit(low) && isDigit(high) && low < high {
		var all []string
		for d := low[0]; d <= high[0]; d++ {
			all = append(all, string(d))
		}
		return all
	}
	if !isKeys(e.name) {
		hint := `keys are 0-9 * #, a range is written "1-5"`
		if near := nearest(e.name, []string{onAny, onNoInput, onNoMatch}); near != "" {
			hint = suggest(e.name, []string{near})
		}
		p.problem(at(e.key), hint, "%s has %q, which is neither keys nor an event", what, clip(e.name))
		return nil
	}
	return []string{e.name}
}

// categories reads what the answers mean.
func (p *parser) categories(k *gather, n *node, in fields) {
	v := in.get("categories")
	if v == nil {
		return
	}
	if in.get("result") == nil {
		p.problem(at(v), `add "result: name"`, "node %s has categories of no result", n.name)
	}
	what := "categories of node " + n.name
	k.categories = map[string]string{}
	for _, e := range p.entries(v, what) {
		category := p.word(e.value, what)
		for _, key := range p.keys(e, what) {
			if _, twice := k.categories[key]; twice {
				p.problem(at(e.key), "", "%s has %q twice", what, key)
			}
			if k.branch(key) == "" {
				p.problem(at(e.key), "", "%s has %q, which is no answer", what, key)
			}
			k.categories[key] = category
		}
	}
	for _, key := range slices.Sorted(maps.Keys(k.on)) {
		if _, ok := k.categories[key]; !ok {
			p.warn(at(v), "", "%s leave out %q", what, key)
		}
	}
}

// outcome is what the gather can record.
func (k *gather) outcome(node string) *Result {
	r := &Result{Name: k.result, Nodes: []string{node}, Categories: maps.Clone(k.categories)}
	if k.anyKeys == "" {
		r.Values = slices.Sorted(maps.Keys(k.on))
	}
	return r
}

// fits tells whether the gather can yield these keys.
func (k *gather) fits(keys string) bool {
	if len(keys) < k.spec.MinDigits || len(keys) > k.spec.MaxDigits || !isKeys(keys) {
		return false
	}
	return k.spec.FinishOnKey == "" || !strings.Contains(keys, k.spec.FinishOnKey)
}

// branch is where an answer leads; nowhere when it is none.
func (k *gather) branch(keys string) string {
	if to, ok := k.on[keys]; ok {
		return to
	}
	if k.fits(keys) {
		return k.anyKeys
	}
	return ""
}

func (k *gather) waits() bool { return true }

func (k *gather) enter(w *walk) string {
	words := k.ask
	if w.state.Tries > 0 {
		words = k.again
	}
	prompt := w.prompt(words)
	if prompt == nil {
		return k.missing
	}
	w.state.Tries++
	spec := k.spec
	w.do(Action{Kind: Gather, Prompt: prompt, Gather: &spec})
	return ""
}

// resume leaves the question by the keys pressed. Any others, or silence, ask
// again until the tries run out.
func (k *gather) resume(w *walk, ev Event) string {
	keys := ""
	if ev.Kind == Keys {
		keys = ev.Keys
	}
	if to := k.branch(keys); to != "" {
		if k.result != "" {
			w.answer(AnswerSpec{Result: k.result, Value: keys, Category: k.categories[keys]})
		}
		return to
	}
	if w.state.Tries < k.tries {
		return k.enter(w)
	}
	if keys == "" {
		return k.noinput
	}
	return k.nomatch
}

func isDigit(s string) bool { return len(s) == 1 && s[0] >= '0' && s[0] <= '9' }

// isKeys tells whether a telephone can send s.
func isKeys(s string) bool {
	for i := range len(s) {
		if !strings.Contains("0123456789*#", s[i:i+1]) {
			return false
		}
	}
	return s != "" && len(s) <= MaxDigits
}
