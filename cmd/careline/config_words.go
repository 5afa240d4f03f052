package main

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// What the YAML library says of keys and values that do not fit.
var (
	unknownKey = regexp.MustCompile(`^line (\d+): field (.*) not found in type (.*)$`)
	wrongValue = regexp.MustCompile("^line (\\d+): cannot unmarshal \\S+(?: `(.*)`)? into (.*)$")
	badYAML    = regexp.MustCompile(`^yaml: (line \d+): (.*)$`)
)

// inWords says what the YAML library found wrong in the words of the file: the
// line, the key's path, what is there and what should be.
func inWords(err error, text []byte) error {
	var bad *yaml.TypeError
	if !errors.As(err, &bad) {
		if m := badYAML.FindStringSubmatch(err.Error()); m != nil {
			return fmt.Errorf("%s is not written as YAML: %s", m[1], m[2])
		}
		return err
	}
	var root yaml.Node
	if broken := yaml.Unmarshal(text, &root); broken != nil {
		return err
	}
	list := make([]error, 0, len(bad.Errors))
	for _, e := range bad.Errors {
		list = append(list, errors.New(reworded(e, &root)))
	}
	return errors.Join(list...)
}

// reworded is one of the library's sentences, in ours.
func reworded(sentence string, root *yaml.Node) string {
	if m := unknownKey.FindStringSubmatch(sentence); m != nil {
		line, _ := strconv.Atoi(m[1])
		advice := "the README lists the keys"
		if near := meant(m[2], keysOf(reflect.TypeFor[config]())[m[3]]); near != "" {
			advice = "did you mean " + near + "?"
		}
		return fmt.Sprintf("line %d: %s is not known; %s", line, pathTo(root, line, m[2]), advice)
	}
	if m := wrongValue.FindStringSubmatch(sentence); m != nil {
		line, _ := strconv.Atoi(m[1])
		is := "what is there"
		if m[2] != "" {
			is = strconv.Quote(m[2])
		}
		return fmt.Sprintf("line %d: %s: %s is not %s", line, pathTo(root, line, m[2]), is, wanted(m[3]))
	}
	return sentence
}

// wanted is what a value of a Go type is called.
func wanted(kind string) string {
	switch {
	case kind == "time.Duration":
		return "a length of time, as 30s, 5m or 1h"
	case kind == "bool":
		return "true or false"
	case kind == "string":
		return "one word or text"
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"):
		return "a whole number"
	case strings.HasPrefix(kind, "float"):
		return "a number"
	case strings.HasPrefix(kind, "[]"), kind == "phone.Prefixes":
		return "a list, as [one, another]"
	default:
		return "keys with values, as {key: value}"
	}
}

// pathTo is the path of the key on a line that is, or whose value begins with, a
// text.
func pathTo(root *yaml.Node, line int, text string) string {
	found := ""
	walk(root, "", func(path string, key, value *yaml.Node) {
		is := key != nil && key.Line == line && key.Value == text ||
			value.Line == line && value.Kind == yaml.ScalarNode && text != "" && quoted(value.Value) == text ||
			value.Line == line && value.Kind != yaml.ScalarNode && text == "" && path != ""
		if is && found == "" {
			found = path
		}
	})
	if found == "" {
		return "the file"
	}
	return found
}

// quoted is a value as the library's sentences have it.
func quoted(value string) string {
	if len(value) > 10 {
		return value[:7] + "..."
	}
	return value
}

// walk visits all values of a document with their paths.
func walk(n *yaml.Node, path string, visit func(path string, key, value *yaml.Node)) {
	switch n.Kind {
	case yaml.ScalarNode, yaml.AliasNode: // there is nothing below
	case yaml.DocumentNode:
		for _, c := range n.Content {
			walk(c, path, visit)
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			at := fmt.Sprintf("%s[%d]", path, i)
			visit(at, nil, c)
			walk(c, at, visit)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			at := strings.TrimPrefix(path+"."+n.Content[i].Value, ".")
			visit(at, n.Content[i], n.Content[i+1])
			walk(n.Content[i+1], at, visit)
		}
	}
}

// keysOf are the keys of a struct, and of all that it holds, by the struct's
// name.
func keysOf(t reflect.Type) map[string][]string {
	keys := make(map[string][]string)
	eachKey(t, "", func(in reflect.Type, path string) {
		keys[in.String()] = append(keys[in.String()], path[strings.LastIndex(path, ".")+1:])
	})
	return keys
}

// eachKey visits the path of each key that a struct is read from; lists have
// [] in it.
func eachKey(t reflect.Type, path string, visit func(in reflect.Type, path string)) {
	eachField(t, func(f reflect.StructField, name string) {
		at := strings.TrimPrefix(path+"."+name, ".")
		visit(t, at)
		inner := f.Type
		for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Pointer {
			if inner.Kind() == reflect.Slice && inner.Elem().Kind() == reflect.Struct {
				at += "[]"
			}
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			eachKey(inner, at, visit)
		}
	})
}

// eachField visits the fields of a struct that have a key, and those of structs
// written inline.
func eachField(t reflect.Type, visit func(f reflect.StructField, name string)) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			eachField(f.Type, visit)
		case name != "":
			visit(f, name)
		}
	}
}

// meant is the key that a misspelt one was meant to be; empty: none is near.
func meant(word string, keys []string) string {
	best, least := "", 1+len(word)/3
	for _, k := range keys {
		if d := distance(strings.ToLower(word), k); d <= least {
			best, least = k, d-1
		}
	}
	return best
}

// distance counts the letters to put in, take out or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
