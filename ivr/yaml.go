package ivr

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// pos is a place in a flow file.
type pos struct{ line, column int }

func at(n *yaml.Node) pos { return pos{n.Line, n.Column} }

// reader reads YAML strictly and collects what is wrong with it.
type reader struct {
	file  string
	found Problems
}

func (r *reader) problem(p pos, hint, format string, args ...any) {
	r.found = append(r.found, Problem{
		File: r.file, Line: p.line, Column: p.column,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (r *reader) warn(p pos, hint, format string, args ...any) {
	r.problem(p, hint, format, args...)
	r.found[len(r.found)-1].Warning = true
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// document returns the root of the only document in text, or nil.
func (r *reader) document(text []byte) *yaml.Node {
	start := pos{1, 1}
	if len(text) > MaxFileBytes {
		r.problem(start, "", "the file has %d bytes; at most %d are read", len(text), MaxFileBytes)
		return nil
	}
	if !utf8.Valid(text) {
		r.problem(start, "", "the file is not UTF-8")
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		r.problem(start, "", "the file is empty")
		return nil
	} else if err != nil {
		r.syntax(err)
		return nil
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		r.problem(start, "", "the file holds more than one document")
	}
	return doc.Content[0]
}

// syntax reports that the text is not YAML at all.
func (r *reader) syntax(err error) {
	message, line := err.Error(), 1
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		message = message[len(m[0]):]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	r.problem(pos{line, 1}, "", "not YAML: %s", message)
}

// field is one entry of a mapping.
type field struct {
	name       string
	key, value *yaml.Node
}

// entries returns a mapping's entries in the order of the file.
func (r *reader) entries(n *yaml.Node, what string) []field {
	if n.Kind != yaml.MappingNode {
		r.problem(at(n), "", "%s wants keys and values, not %s", what, kindOf(n))
		return nil
	}
	var all []field
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			r.problem(at(key), "", "%s has a key that is not a plain word", what)
			continue
		}
		if seen[key.Value] {
			r.problem(at(key), "", "%s has %q twice", what, key.Value)
			continue
		}
		seen[key.Value] = true
		all = append(all, field{key.Value, key, value})
	}
	return all
}

// fields are the entries of a mapping whose keys are known.
type fields struct {
	at     pos
	what   string
	values map[string]*yaml.Node
}

// get returns the value of a key, or nil.
func (fs fields) get(key string) *yaml.Node { return fs.values[key] }

// mapping reads a mapping that may have the known keys and no others.
func (r *reader) mapping(n *yaml.Node, what string, known ...string) fields {
	if n == nil {
		return fields{}
	}
	entries := r.entries(n, what)
	if n.Kind != yaml.MappingNode {
		return fields{at: at(n), what: what}
	}
	return r.known(entries, fields{at: at(n), what: what}, known)
}

// known adds entries whose keys may only be the known ones to fs.
func (r *reader) known(entries []field, fs fields, known []string) fields {
	fs.values = map[string]*yaml.Node{}
	for _, e := range entries {
		if !slices.Contains(known, e.name) {
			r.problem(at(e.key), suggest(e.name, known), "%s has an unknown key %q", fs.what, clip(e.name))
			continue
		}
		fs.values[e.name] = e.value
	}
	return fs
}

// need returns the value of a key that must be there, or nil.
func (r *reader) need(fs fields, key string) *yaml.Node {
	n := fs.values[key]
	if n == nil && fs.values != nil {
		r.problem(fs.at, "", "%s lacks %q", fs.what, key)
	}
	return n
}

// scalar returns what a plain value says, or false.
func (r *reader) scalar(n *yaml.Node, what string) (string, bool) {
	if n == nil {
		return "", false
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Tag == "!!binary" {
		r.problem(at(n), "", "%s wants a plain value, not %s", what, kindOf(n))
		return "", false
	}
	return n.Value, true
}

var (
	namePattern = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
	wordPattern = regexp.MustCompile(`^[\p{L}\p{N}_-]+$`)
)

// name reads a name that the flow, a machine or a table goes by.
func (r *reader) name(n *yaml.Node, what string) string {
	s, ok := r.scalar(n, what)
	if ok && (len(s) > MaxNameLen || !namePattern.MatchString(s)) {
		r.problem(at(n), fmt.Sprintf("a letter, then letters, digits, - or _, all lower case, at most %d", MaxNameLen),
			"%s is %q, which is not a name", what, clip(s))
		return ""
	}
	return s
}

// word reads a value or category: one word of any language.
func (r *reader) word(n *yaml.Node, what string) string {
	s, ok := r.scalar(n, what)
	if ok && (len(s) > MaxNameLen || !wordPattern.MatchString(s)) {
		r.problem(at(n), fmt.Sprintf("letters, digits, - or _, at most %d bytes", MaxNameLen), "%s is %q, which is not a word", what, clip(s))
		return ""
	}
	return s
}

// choice reads one of a few words.
func (r *reader) choice(n *yaml.Node, what string, words ...string) string {
	s, ok := r.scalar(n, what)
	if ok && !slices.Contains(words, s) {
		r.problem(at(n), suggest(s, words), "%s is %q", what, clip(s))
		return ""
	}
	return s
}

// text reads words for people.
func (r *reader) text(n *yaml.Node, what string, most int) string {
	s, ok := r.scalar(n, what)
	if !ok {
		return ""
	}
	s = strings.TrimSpace(s)
	if s == "" {
		r.problem(at(n), "", "%s is empty", what)
	}
	if l := utf8.RuneCountInString(s); l > most {
		r.problem(at(n), "", "%s has %d characters; at most %d are read", what, l, most)
	}
	return s
}

// whole reads a whole number between 1 and high; absent it is what is given.
func (r *reader) whole(n *yaml.Node, what string, high, absent int) int {
	s, ok := r.scalar(n, what)
	if !ok {
		return absent
	}
	v, err := strconv.Atoi(s)
	if err != nil || v < 1 || v > high {
		r.problem(at(n), "", "%s is %q; it must be a whole number from 1 to %d", what, clip(s), high)
		return absent
	}
	return v
}

// span reads a duration between MinTimeout and high; absent it is what is given.
func (r *reader) span(n *yaml.Node, what string, high, absent time.Duration) time.Duration {
	s, ok := r.scalar(n, what)
	if !ok {
		return absent
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		r.problem(at(n), "write a number and a unit, as 5s or 500ms or 1m", "%s is %q, which is not a duration", what, clip(s))
		return absent
	}
	if d < MinTimeout || d > high {
		r.problem(at(n), "", "%s is %v; it must be from %v to %v", what, d, MinTimeout, high)
		return absent
	}
	return d
}

// flag reads true or false; absent it is what is given.
func (r *reader) flag(n *yaml.Node, what string, absent bool) bool {
	switch r.choice(n, what, "true", "false") {
	case "true":
		return true
	case "false":
		return false
	default:
		return absent
	}
}

// kindOf says in words what a YAML node is.
func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys and values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.AliasNode:
		return "an alias"
	case n.Tag == "!!null":
		return "nothing"
	default:
		return fmt.Sprintf("%q", clip(n.Value))
	}
}

// clip keeps what is quoted in a message short.
func clip(s string) string {
	if runes := []rune(s); len(runes) > MaxNameLen {
		return string(runes[:MaxNameLen]) + "…"
	}
	return s
}
