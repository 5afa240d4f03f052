package ivr

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// piece is one part of what a node says.
type piece struct {
	Piece
	attr string // the contact's attribute that Value comes from; empty where it is fixed
}

// speech is what a node says, by language.
type speech map[string][]piece

// prompt fills speech in. It is nil when an attribute is missing, or is not
// what its piece can speak.
func (sp speech) prompt(lang string, attrs map[string]string) *Prompt {
	pieces := make([]Piece, 0, len(sp[lang]))
	for _, p := range sp[lang] {
		if p.attr != "" {
			p.Value = attrs[p.attr]
		}
		if !p.Kind.speaks(p.Value) {
			return nil
		}
		pieces = append(pieces, p.Piece)
	}
	if len(pieces) == 0 {
		return nil
	}
	return &Prompt{Lang: lang, Pieces: pieces}
}

// each visits every piece in every language.
func (sp speech) each(visit func(piece)) {
	for _, pieces := range sp {
		for _, p := range pieces {
			visit(p)
		}
	}
}

// fixed tells whether nothing of it comes from the contact.
func (sp speech) fixed() bool {
	fixed := true
	sp.each(func(p piece) { fixed = fixed && p.attr == "" })
	return fixed
}

const contactPrefix = "contact."

var (
	attrPattern   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	moneyPattern  = regexp.MustCompile(`^-?[0-9]{1,9}(\.[0-9]{1,2}0*)?$`) // zeros as databases write them
	digitsPattern = regexp.MustCompile(`^[0-9]([ -]?[0-9]){0,31}$`)       // blanks and hyphens as people write them
	numberPattern = regexp.MustCompile(`^-?[0-9]{1,9}$`)
)

// speaks tells whether a piece of this kind can say value.
func (k PieceKind) speaks(value string) bool {
	switch k {
	case Text:
		return value != ""
	case Money:
		return moneyPattern.MatchString(value)
	case Date:
		_, err := time.Parse(time.DateOnly, value)
		return err == nil
	case Digits:
		return digitsPattern.MatchString(value)
	case Number:
		return numberPattern.MatchString(value)
	default:
		return false
	}
}

// example shows what a kind of piece can say.
var example = map[PieceKind]string{
	Money: "23.50", Date: "2026-12-04", Digits: "10086", Number: "12",
}

// speech reads what a node says in each language of the flow.
func (p *parser) speech(v *yaml.Node, what string) speech {
	if v == nil {
		return nil
	}
	sp := speech{}
	for _, e := range p.entries(v, what) {
		if p.speaksLanguage(e, what) {
			sp[e.name] = p.pieces(e.value, what)
		}
	}
	if v.Kind != yaml.MappingNode {
		return sp
	}
	for _, lang := range p.flow.languages {
		if _, ok := sp[lang]; !ok {
			p.problem(at(v), "", "%s lacks language %s", what, lang)
		}
	}
	return sp
}

func (p *parser) speaksLanguage(e field, what string) bool {
	for _, lang := range p.flow.languages {
		if lang == e.name {
			return true
		}
	}
	if len(p.flow.languages) > 0 {
		p.problem(at(e.key), "declared: "+strings.Join(p.flow.languages, ", "),
			"%s has %q, which is not among the flow's languages", what, clip(e.name))
	}
	return false
}

// pieces reads one text, or a list of pieces.
func (p *parser) pieces(v *yaml.Node, what string) []piece {
	parts := []*yaml.Node{v}
	if v.Kind == yaml.SequenceNode {
		parts = v.Content
	}
	if len(parts) == 0 {
		p.problem(at(v), "", "%s is empty", what)
	}
	if len(parts) > MaxPieces {
		p.problem(at(v), "", "%s has %d pieces; at most %d are read", what, len(parts), MaxPieces)
		return nil
	}
	var all []piece
	for _, part := range parts {
		if part.Kind == yaml.MappingNode {
			all = append(all, p.piece(part, what))
			continue
		}
		all = append(all, piece{Piece: Piece{Kind: Text, Value: p.text(part, what, MaxTextLen)}})
	}
	return all
}

// piece reads one value that is spoken, as {date: contact.due}.
func (p *parser) piece(v *yaml.Node, what string) piece {
	what = "a piece of " + what
	fs := p.mapping(v, what, string(Date), string(Money), string(Digits), string(Number))
	if len(v.Content) != 2 {
		p.problem(at(v), "write each in braces of its own, as {date: contact.due}", "%s must have one key", what)
		return piece{}
	}
	for key, value := range fs.values {
		return p.value(PieceKind(key), value, what)
	}
	return piece{}
}

func (p *parser) value(kind PieceKind, v *yaml.Node, what string) piece {
	out := piece{Piece: Piece{Kind: kind}}
	if kind == Money {
		out.Unit = p.flow.currency
		if !p.hasCurrency {
			p.problem(at(v), `add "currency: CNY" or another to the head of the flow`, "%s is money, and the flow names no currency", what)
		}
	}
	s, ok := p.scalar(v, what)
	if !ok {
		return out
	}
	if strings.HasPrefix(s, contactPrefix) {
		out.attr = p.attribute(v, what)
		return out
	}
	if out.Value = s; !kind.speaks(s) {
		p.problem(at(v), fmt.Sprintf("write %scolumn, or a value as %s", contactPrefix, example[kind]), "%s is %q, which is no %s", what, clip(s), kind)
	}
	return out
}

// attribute reads a reference to what is known of the contact.
func (p *parser) attribute(v *yaml.Node, what string) string {
	s, ok := p.scalar(v, what)
	if !ok {
		return ""
	}
	name, found := strings.CutPrefix(s, contactPrefix)
	if !found || len(name) > MaxNameLen || !attrPattern.MatchString(name) {
		p.problem(at(v), "write contact. and a column of the list, as contact.manager", "%s is %q, which does not name what is known of a contact", what, clip(s))
		return ""
	}
	return name
}
