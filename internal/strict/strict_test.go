package strict_test

import (
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"careline/internal/strict"
)

// shop is what the tests read.
type shop struct {
	name  string
	tags  []string
	seats int
	rate  float64
	wait  time.Duration
}

func read(text string) (shop, error) {
	var s shop
	root, err := strict.Document([]byte(text), 200)
	if err != nil {
		return s, err
	}
	r := strict.Reader{File: "shop.yaml"}
	r.Mapping(root, "a shop", []strict.Field{
		{"name", strict.Text(&s.name)},
		{"tags", strict.Texts(&s.tags)},
		{"seats", strict.Whole(&s.seats, 1, 50_000)},
		{"rate", strict.Number(&s.rate, 0, 1)},
		{"wait", strict.Span(&s.wait, time.Second, 48*time.Hour)},
		{"hours", func(n *yaml.Node) error {
			return strict.Pairs(n, func(_ string, v *yaml.Node) error {
				return strict.Each(v, func(item *yaml.Node) error { return strict.Text(new(string))(item) })
			})
		}},
	})
	return s, r.Err()
}

func TestReads(t *testing.T) {
	s, err := read("name: Corner\ntags: [a, b]\nseats: 22_171\nrate: 0.25\nwait: 2d\nhours: {mon: [9, 17]}\n")
	if err != nil {
		t.Fatal(err)
	}
	if s.name != "Corner" || len(s.tags) != 2 || s.seats != 22171 || s.rate != 0.25 || s.wait != 48*time.Hour {
		t.Errorf("read %+v", s)
	}
}

func TestSaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "the file is empty"},
		{"a: 1\n---\nb: 2\n", "more than one YAML document"},
		{strings.Repeat("#", 201), "longer than 200 bytes"},
		{"- 1\n", "shop.yaml:1: a shop: not a list of keys and values"},
		{"\ntitle: x\n", "shop.yaml:2: title: no such key in a shop; there are name, tags, seats, rate, wait, hours"},
		{"name: x\nname: y\n", "shop.yaml:2: name: is already on line 1"},
		{"name:\n", "shop.yaml:1: name: needs a value"},
		{"tags: [a, null]\n", "shop.yaml:1: tags: needs a value"},
		{"seats: 0\n", `"0" is not a whole number from 1 to 50000`},
		{"seats: [1]\n", "is not a whole number"},
		{"rate: 1.1\n", `"1.1" is not a number from 0 to 1`},
		{"rate: .nan\n", "is not a number"},
		{"wait: 3d\n", "is not a time like 30s"},
		{"hours: [1]\n", "shop.yaml:1: hours: not a list of keys and values"},
		{"hours: {mon: 9}\n", "hours: mon: not a list"},
		{"hours: {mon: [9], mon: [8]}\n", "mon is there twice"},
	} {
		if _, err := read(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v; want %q", tt.text, err, tt.want)
		}
	}
	if _, err := read("seats: 0\nrate: 2\n"); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("two mistakes: %v; want both", err)
	}
}
