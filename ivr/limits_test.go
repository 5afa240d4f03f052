package ivr_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"careline/ivr"
)

func TestLimits(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"bytes", "# " + strings.Repeat("x", ivr.MaxFileBytes), "bytes; at most"},
		{"nodes", chain(ivr.MaxNodes+1, "say: {en: Hello.}"), "nodes; at most"},
		{"pieces", chain(1, "say: {en: ["+strings.Repeat("a,", ivr.MaxPieces+1)+"]}"), "pieces; at most"},
		{"characters", chain(1, "say: {en: "+strings.Repeat("字", ivr.MaxTextLen+1)+"}"), "characters; at most"},
		{"results", chain(ivr.MaxResults+1, "set: {result: r%d, value: x}"), "results; at most"},
		{"attributes", chain(ivr.MaxAttributes+1, "say: {en: [{digits: contact.a%d}]}"), "attributes of the contact; at most"},
		{"a name", chain(1, "set: {result: "+strings.Repeat("r", ivr.MaxNameLen+1)+", value: x}"), "is not a name"},
		{"languages", strings.Replace(chain(1, "say: {en: Hello.}"), "[en]", "[aa, bb, cc, dd, ee, ff, gg, hh, ii]", 1), "languages; at most"},
	} {
		_, err := ivr.Parse(tt.name, []byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("too many %s: Parse = %.200v; want %q", tt.name, err, tt.want)
		}
	}
}

// What is at the limit is taken.
func TestAtTheLimit(t *testing.T) {
	for _, text := range []string{
		chain(ivr.MaxNodes, "say: {en: Hello.}"),
		chain(1, "say: {en: ["+strings.Repeat("a,", ivr.MaxPieces)+"]}"),
		chain(1, "say: {en: "+strings.Repeat("字", ivr.MaxTextLen)+"}"),
		chain(ivr.MaxResults, "set: {result: r%d, value: x}"),
		chain(ivr.MaxAttributes, "say: {en: [{digits: contact.a%d}]}"),
	} {
		f, err := ivr.Parse("limit", []byte(text))
		if err != nil {
			t.Errorf("Parse(%.100q) = %v; want it taken", text, err)
			continue
		}
		if s, _ := f.Step(f.Begin(ivr.Party{}), ivr.Event{Kind: ivr.Answered}); !s.Over {
			t.Errorf("%.100q does not end by itself", text)
		}
	}
}

// chain is a flow of n nodes that follow each other. Each has the body given,
// in which %d is its number.
func chain(n int, body string) string {
	var b strings.Builder
	b.WriteString("flow: chain\nlanguages: [en]\nstart: n1\nnodes:\n")
	for i := 1; i <= n; i++ {
		next := fmt.Sprintf("n%d", i+1)
		if i == n {
			next = "end"
		}
		fmt.Fprintf(&b, "  n%d:\n    %s\n    next: %s\n", i, strings.ReplaceAll(body, "%d", fmt.Sprint(i)), next)
	}
	return b.String()
}

func TestProblems(t *testing.T) {
	_, err := ivr.Parse("dir/file.yaml", read(t, "testdata/bad/sense-unreachable.yaml"))
	var all ivr.Problems
	var first ivr.Problem
	if !errors.Is(err, ivr.ErrInvalid) || !errors.As(err, &all) || !errors.As(err, &first) {
		t.Fatalf("Parse = %v; want Problems that are ErrInvalid", err)
	}
	if len(all) != 2 || first.File != "dir/file.yaml" || first.Line != 8 || first.Column != 3 || first.Warning {
		t.Errorf("Problems = %+v; want two, the first at 8:3 of dir/file.yaml", all)
	}
	if w := (ivr.Problem{Warning: true}); errors.Is(w, ivr.ErrInvalid) {
		t.Error("a warning is ErrInvalid; want it not to be")
	}
}
