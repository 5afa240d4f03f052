package twin

import (
	"fmt"
	"slices"

	"careline/sim/twilio/spec"
)

// clause is what a violation is against.
type clause struct {
	code int
	page string
}

// response is the clause of documents as a whole.
func response() clause { return of("Response", 0) }

// of is the clause of an element.
func of(element string, code int) clause {
	row, _ := spec.Verb(element)
	return clause{code, row.Page}
}

// mistake is the clause of an error.
func mistake(code int) clause {
	row, _ := spec.Error(code)
	return clause{code, row.Page}
}

// bad notes a violation of a document that cannot be executed.
func (t *Twin) bad(c *call, d *document, code int, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	t.violateIn(c, d, mistake(code), "%s", what)
	return &trouble{code: code, what: what}
}

// violateIn notes a violation of a document that is executed all the same.
func (t *Twin) violateIn(c *call, d *document, against clause, format string, args ...any) {
	where := d.url
	if where == "" {
		where = "given by REST"
	}
	t.violate(Violation{Call: c.SID, Where: "TwiML " + where, What: fmt.Sprintf(format, args...), Code: against.code, Doc: against.page})
}

// examine checks an element and all in it by the table, and takes out what
// Twilio ignores: elements, attributes and values that it does not know there.
func (t *Twin) examine(c *call, d *document, n *node) {
	row, _ := spec.Verb(n.name)
	t.examineAttributes(c, d, n)
	against := clause{12200, row.Page}
	switch {
	case (row.Body == spec.Empty || row.Body == spec.Nested) && n.text != "":
		t.violateIn(c, d, against, "%s has text: %q", n.name, n.text)
	case row.Body == spec.TextOnly && n.text == "":
		t.violateIn(c, d, against, "%s is empty", n.name)
	}
	n.kids = slices.DeleteFunc(n.kids, func(kid *node) bool {
		if !t.mayNest(c, d, n, kid) {
			return true
		}
		t.examine(c, d, kid)
		return false
	})
	t.examineMore(c, d, n)
}

// mayNest tells whether an element is executed where it stands.
func (t *Twin) mayNest(c *call, d *document, n, kid *node) bool {
	only, some := spec.OnlyIn(d.kind)
	inner, known := spec.Verb(kid.name)
	switch {
	case !known:
		t.violateIn(c, d, mistake(12200), "there is no element %s", kid.name)
	case !spec.Nests(n.name, kid.name):
		t.violateIn(c, d, of(kid.name, 12200), "%s may not stand in %s", kid.name, n.name)
	case n.name == "Response" && some && !slices.Contains(only, kid.name):
		t.violateIn(c, d, of(kid.name, 12200), "%s may not stand in the document of %s", kid.name, d.kind)
	case inner.Use == spec.Known:
		t.violateIn(c, d, of(kid.name, 0), "%s is something that the twin does not play", kid.name)
	default:
		return true
	}
	return false
}

func (t *Twin) examineAttributes(c *call, d *document, n *node) {
	for name, value := range n.attrs {
		row, known := spec.Attribute(n.name, name)
		if slices.Contains(undone[n.name], name) && value != row.Default && value != "false" {
			t.violateIn(c, d, clause{0, row.Page}, "%s %s is something that the twin does not do", n.name, name)
		}
		if !known {
			t.violateIn(c, d, mistake(12200), "%s has no attribute %s", n.name, name)
			delete(n.attrs, name)
			continue
		}
		if why := wrong(row.Values, value); why != "" && (value != "" || !emptyMeans(n.name, name)) {
			t.violateIn(c, d, clause{12200, row.Page}, "%s %s %s", n.name, name, why)
			delete(n.attrs, name)
		}
	}
}

// undone are attributes that Twilio has and the twin pays no heed to.
var undone = map[string][]string{
	"Gather": {"speechTimeout", "speechModel", "hints", "partialResultCallback", "enhanced", "bargeIn", "maxSpeechTime", "debug"},
	"Record": {"transcribe", "transcribeCallback", "recordingConfigurationId"},
	"Dial": {
		"hangupOnStar", "record", "recordingStatusCallback", "recordingConfigurationId", "referUrl", "events", "passports",
	},
	"Number":  {"sendDigits", "byoc"},
	"Enqueue": {"workflowSid"},
}

// emptyMeans tells whether an empty attribute says something.
func emptyMeans(element, attribute string) bool {
	return element == "Gather" && attribute == "finishOnKey" || element == "Enqueue" && attribute == "waitUrl"
}

// examineMore checks what the table cannot say of one attribute alone.
func (t *Twin) examineMore(c *call, d *document, n *node) {
	if d.url == "" {
		t.examineURLs(c, d, n)
	}
	switch n.name {
	case "Play":
		if (n.text == "") == (n.attrs["digits"] == "") {
			t.violateIn(c, d, of("Play", 12200), "Play needs one of a URL and digits")
		}
	case "Gather":
		t.examineGather(c, d, n)
	case "Say":
		t.examineSay(c, d, n)
	case "Enqueue":
		if len([]rune(n.text)) > bound("queue name") {
			t.violateIn(c, d, mistake(14205), "the name of the queue is too long")
		}
	case "Dial":
		if len(n.kids) == 0 && n.text == "" {
			t.violateIn(c, d, of("Dial", 12200), "Dial calls nobody")
		}
		if len(n.kids) > bound("nouns") {
			t.violateIn(c, d, mistake(13250), "Dial has more than 10 nouns")
		}
	}
}

// examineURLs checks a document that REST has brought: it has no URL of its own
// that others could be relative to.
func (t *Twin) examineURLs(c *call, d *document, n *node) {
	for name, value := range n.attrs {
		row, _ := spec.Attribute(n.name, name)
		if row.Values.Kind == spec.URL && value != "" && wrong(spec.Values{Kind: spec.AbsoluteURL}, value) != "" {
			t.violateIn(c, d, mistake(15004), "%s %s is %q, not absolute in a document given by REST", n.name, name, value)
		}
	}
	if row, _ := spec.Attribute("Record", "action"); n.name == "Record" && n.attrs["action"] == "" {
		t.violateIn(c, d, clause{11100, row.Page}, "Record has no action in a document given by REST")
	}
}

func (t *Twin) examineGather(c *call, d *document, n *node) {
	for _, kid := range n.kids {
		if kid.attrs["digits"] != "" {
			t.violateIn(c, d, mistake(13320), "Play with digits may not stand in Gather")
		}
	}
	if in := n.attrs["input"]; in != "" && in != "dtmf" {
		t.violateIn(c, d, of("Gather", 0), "Gather input %s is something that the twin does not hear", in)
	}
}

func (t *Twin) examineSay(c *call, d *document, n *node) {
	most := "say basic"
	switch voice := n.attrs["voice"]; {
	case len(voice) > 6 && voice[:6] == "Polly.":
		most = "say polly"
	case len(voice) > 7 && voice[:7] == "Google.":
		most = "say google"
	}
	if len([]rune(n.text)) > bound(most) {
		t.violateIn(c, d, mistake(13521), "Say has more than %d characters", bound(most))
	}
	if n.text == "" && len(n.kids) == 0 {
		t.violateIn(c, d, mistake(13520), "Say is empty")
	}
}

// bound is one of Twilio's limits by its name.
func bound(name string) int {
	row, _ := spec.Limit(name)
	return row.Value
}
