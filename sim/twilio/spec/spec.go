package spec

import "slices"

// Source is where a row was read.
type Source struct {
	Page        string // of Twilio's documentation
	Unconfirmed string // what the page does not confirm, and where it is from; empty when all stands there
}

// from is a row that its page confirms.
func from(page string) Source { return Source{Page: page} }

// unsure is a row of which the page does not say all.
func unsure(page, doubt string) Source { return Source{Page: page, Unconfirmed: doubt} }

// Values says what an attribute or a parameter may be.
type Values struct {
	Kind     Kind
	Min, Max int      // of an Integer; of a text the longest; a Max of 0 is no bound
	Allowed  []string // words of OneOf, SomeOf and Repeated; the characters of Keys; the prefix of a SID
	OrEmpty  bool     // the empty text says something as well
}

// orEmpty lets values be the empty text too.
func (v Values) orEmpty() Values {
	v.OrEmpty = true
	return v
}

// Kind is a kind of value.
type Kind string

// Kinds of values.
const (
	Text        Kind = "text"
	Integer     Kind = "integer"
	Boolean     Kind = "boolean"      // true or false
	OneOf       Kind = "one of"       // a word
	SomeOf      Kind = "some of"      // words with blanks between
	Repeated    Kind = "repeated"     // words, a key each
	Keys        Kind = "keys"         // characters of the set
	URL         Kind = "url"          // absolute, or relative to the document
	AbsoluteURL Kind = "absolute url" // of a host without underscores
	SID         Kind = "sid"          // the prefix and 32 hexadecimal digits
	Endpoint    Kind = "endpoint"     // a number in E.164, a SIP URI or client:NAME
	Date        Kind = "date"         // YYYY-MM-DD, as documented; twilio-go sends RFC 3339
)

func text(most int) Values            { return Values{Kind: Text, Max: most} }
func integer(least, most int) Values  { return Values{Kind: Integer, Min: least, Max: most} }
func oneOf(words ...string) Values    { return Values{Kind: OneOf, Allowed: words} }
func someOf(words ...string) Values   { return Values{Kind: SomeOf, Allowed: words} }
func repeated(words ...string) Values { return Values{Kind: Repeated, Allowed: words} }
func keys(set string, most int) Values {
	return Values{Kind: Keys, Max: most, Allowed: []string{set}}
}
func sid(prefix string) Values { return Values{Kind: SID, Allowed: []string{prefix}} }

// Values that many rows share.
var (
	aURL        = Values{Kind: URL}
	absoluteURL = Values{Kind: AbsoluteURL}
	method      = oneOf("GET", "POST")
	boolean     = Values{Kind: Boolean}
	endpoint    = Values{Kind: Endpoint}
	aDate       = Values{Kind: Date}
	tones       = keys("0123456789ABCDwW#*", 0)
	progress    = []string{"initiated", "ringing", "answered", "completed"}
	recorded    = []string{"in-progress", "completed", "absent"}
)

// Verb returns a verb or noun of TwiML.
func Verb(name string) (Element, bool) {
	return find(Elements, func(e Element) bool { return e.Name == name })
}

// Nests tells whether an element may stand directly in another.
func Nests(outer, inner string) bool {
	e, ok := Verb(inner)
	return ok && slices.Contains(e.Within, outer)
}

// Attribute returns an attribute of a verb or noun.
func Attribute(element, name string) (AttributeRow, bool) {
	return find(Attributes, func(a AttributeRow) bool { return a.Element == element && a.Name == name })
}

// Request returns a request of the REST API by the table's name for it.
func Request(name string) (Resource, bool) {
	return find(Resources, func(r Resource) bool { return r.Name == name })
}

// Parameter returns a parameter of a request.
func Parameter(request, name string) (ParameterRow, bool) {
	return find(Parameters, func(p ParameterRow) bool { return p.Request == request && p.Name == name })
}

// ParametersOf returns all parameters of a request.
func ParametersOf(request string) []ParameterRow {
	return filter(Parameters, func(p ParameterRow) bool { return p.Request == request })
}

// Error returns an answer of the REST API, or what the debugger notes, by code.
func Error(code int) (ErrorRow, bool) {
	return find(Errors, func(e ErrorRow) bool { return e.Code == code })
}

// SentBy returns what a webhook bears besides what the webhooks of its base do.
func SentBy(hook string) []HookRow {
	return filter(Sent, func(h HookRow) bool { return h.Hook == hook })
}

// Limit returns a bound by name.
func Limit(name string) (LimitRow, bool) {
	return find(Limits, func(l LimitRow) bool { return l.Name == name })
}

func find[R any](rows []R, is func(R) bool) (R, bool) {
	if i := slices.IndexFunc(rows, is); i >= 0 {
		return rows[i], true
	}
	var none R
	return none, false
}

func filter[R any](rows []R, is func(R) bool) []R {
	var some []R
	for _, r := range rows {
		if is(r) {
			some = append(some, r)
		}
	}
	return some
}
