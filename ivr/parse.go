package ivr

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// parser builds a flow from its file.
type parser struct {
	reader
	flow        *Flow
	hasCurrency bool // the file names one, be it a good one or not
	startAt     pos
	farewellAt  pos
	machineAt   pos
}

// Parse reads a flow file. name is what problems call the file.
//
// The file is read strictly. When anything is wrong with it the error is a
// Problems that holds all that was found, and errors.Is(err, ErrInvalid).
func Parse(name string, text []byte) (*Flow, error) {
	sum := sha256.Sum256(text)
	p := &parser{
		reader: reader{file: name},
		flow:   &Flow{hash: hex.EncodeToString(sum[:8]), nodes: map[string]*node{}},
	}
	if doc := p.document(text); doc != nil {
		p.head(doc)
		p.check()
	}
	slices.SortStableFunc(p.found, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if slices.ContainsFunc(p.found, func(f Problem) bool { return !f.Warning }) {
		return nil, p.found
	}
	p.flow.warnings = p.found
	return p.flow, nil
}

// head reads the flow's own keys, and then its nodes.
func (p *parser) head(doc *yaml.Node) {
	fs := p.mapping(doc, "the flow", "flow", "description", "outbound", "languages", "currency", "start", "farewell", "machine", "nodes")
	f := p.flow
	f.name = p.name(p.need(fs, "flow"), "flow")
	if v := fs.get("description"); v != nil {
		f.description = p.text(v, "description", MaxTextLen)
	}
	f.outbound = p.flag(fs.get("outbound"), "outbound", false)
	p.languages(p.need(fs, "languages"))
	p.currency(fs.get("currency"))
	if v := p.need(fs, "start"); v != nil {
		f.start, _ = p.scalar(v, "start")
		p.startAt = at(v)
	}
	if v := fs.get("farewell"); v != nil {
		f.farewell, _ = p.scalar(v, "farewell")
		p.farewellAt = at(v)
	}
	if v := fs.get("machine"); v != nil {
		f.machine, _ = p.scalar(v, "machine")
		p.machineAt = at(v)
	}
	p.nodes(p.need(fs, "nodes"))
}

var (
	languagePattern = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`)
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
)

func (p *parser) languages(v *yaml.Node) {
	if v == nil {
		return
	}
	if v.Kind != yaml.SequenceNode || len(v.Content) == 0 {
		p.problem(at(v), "", "languages wants a list, as [zh, en]")
		return
	}
	if len(v.Content) > MaxLanguages {
		p.problem(at(v), "", "the flow has %d languages; at most %d are read", len(v.Content), MaxLanguages)
		return
	}
	for _, n := range v.Content {
		lang, ok := p.scalar(n, "a language")
		switch {
		case !ok:
		case !languagePattern.MatchString(lang):
			p.problem(at(n), "write it as zh, en or pt-BR", "%q is not a language", clip(lang))
		case slices.Contains(p.flow.languages, lang):
			p.problem(at(n), "", "language %s is there twice", lang)
		default:
			p.flow.languages = append(p.flow.languages, lang)
		}
	}
}

func (p *parser) currency(v *yaml.Node) {
	if v == nil {
		return
	}
	p.hasCurrency = true
	s, ok := p.scalar(v, "currency")
	if ok && !currencyPattern.MatchString(s) {
		p.problem(at(v), "three capital letters of ISO 4217, as CNY", "currency is %q", clip(s))
	}
	p.flow.currency = s
}

func (p *parser) nodes(v *yaml.Node) {
	if v == nil {
		return
	}
	entries := p.entries(v, "nodes")
	if v.Kind == yaml.MappingNode && len(entries) == 0 {
		p.problem(at(v), "", "the flow has no nodes")
	}
	if len(entries) > MaxNodes {
		p.problem(at(v), "", "the flow has %d nodes; at most %d are read", len(entries), MaxNodes)
		return
	}
	for _, e := range entries {
		if p.name(e.key, "node") == "" {
			continue
		}
		if e.name == end {
			p.problem(at(e.key), "", "no node may be called %q: it is where conversations go that are through", end)
			continue
		}
		n := &node{name: e.name, at: at(e.key)}
		p.flow.order = append(p.flow.order, e.name)
		p.flow.nodes[e.name] = n
		p.build(n, e.value)
	}
}
