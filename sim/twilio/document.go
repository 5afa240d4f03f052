package twin

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"careline/sim/twilio/spec"
)

// node is an element of a document.
type node struct {
	name  string
	attrs map[string]string
	text  string // all of it, without what is around
	kids  []*node
}

// document is TwiML that is ready to be executed.
type document struct {
	url   string // where it is from; "" is REST
	root  *node
	kind  string // a row of documents that take some verbs only, or ""
	sound *Sound // played, in place of root
}

// trouble is an error of the debugger: the fallback is asked, or the call ends.
type trouble struct {
	code int
	what string
}

// Error says what is wrong.
func (e *trouble) Error() string { return fmt.Sprintf("%s (error %d)", e.what, e.code) }

// read makes a document of an answer. What is wrong with it is a violation.
func (t *Twin) read(c *call, a answer, kind string) (*document, error) {
	d := &document{url: a.url, kind: kind}
	as := contentOf(a.header.Get("Content-Type"))
	switch {
	case len(a.body) > mostDocument:
		return nil, t.bad(c, d, 11750, "the document is larger than 64 kB")
	case len(bytes.TrimSpace(a.body)) == 0:
		return nil, t.bad(c, d, 11770, "the document is empty")
	case as == "document":
		return d, t.parse(c, d, a.body)
	case as == "sound":
		t.violateIn(c, d, response(), "the answer is a sound: it is played, then the call ends")
		d.sound = &Sound{URL: a.url}
		return d, nil
	case as == "text":
		t.violateIn(c, d, response(), "the answer is text/plain: it is read out, unless it is TwiML")
		d.sound = &Sound{Text: string(a.body)}
		return d, nil
	}
	return nil, t.bad(c, d, 12300, "the Content-Type %q is not one that Twilio takes", a.header.Get("Content-Type"))
}

// contentOf is what an answer of a type is: document, sound, text or "".
func contentOf(header string) string {
	kind, _, err := mime.ParseMediaType(header)
	if err != nil {
		return ""
	}
	for _, c := range spec.Contents {
		if c.Type == kind || strings.HasSuffix(c.Type, "/") && strings.HasPrefix(kind, c.Type) {
			return c.As
		}
	}
	return ""
}

// parse reads XML into the document and checks it.
func (t *Twin) parse(c *call, d *document, text []byte) error {
	root, err := parseXML(text)
	if err != nil {
		return t.bad(c, d, 12100, "the document cannot be read: %v", err)
	}
	if root.name != "Response" {
		return t.bad(c, d, 12102, "the root element is %s", root.name)
	}
	d.root = root
	t.examine(c, d, root)
	return nil
}

// parseXML reads one element and all that is in it.
func parseXML(text []byte) (*node, error) {
	dec := xml.NewDecoder(bytes.NewReader(text))
	var open []*node
	var root *node
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			if root == nil || len(open) > 0 {
				return nil, errors.New("it has no end")
			}
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			n, err := newNode(e)
			if err != nil {
				return nil, err
			}
			if len(open) > 0 {
				open[len(open)-1].kids = append(open[len(open)-1].kids, n)
			} else if root != nil {
				return nil, errors.New("it has two roots")
			} else {
				root = n
			}
			open = append(open, n)
		case xml.EndElement:
			last := open[len(open)-1]
			last.text = strings.TrimSpace(last.text)
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(e)
			} else if len(bytes.TrimSpace(e)) > 0 {
				return nil, errors.New("there is text beside the root")
			}
		}
	}
}

func newNode(e xml.StartElement) (*node, error) {
	n := &node{name: e.Name.Local, attrs: map[string]string{}}
	for _, a := range e.Attr {
		if _, twice := n.attrs[a.Name.Local]; twice {
			return nil, fmt.Errorf("attribute %s of %s is there twice", a.Name.Local, n.name)
		}
		n.attrs[a.Name.Local] = a.Value
	}
	return n, nil
}
