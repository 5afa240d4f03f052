package spec

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sources tells where each row of the table was read, by its name; one that stands
// there twice has a mark behind it.
func sources() map[string]Source {
	all := map[string]Source{}
	note(all, Elements, func(r Element) (string, Source) { return "element " + r.Name, r.Source })
	note(all, Documents, func(r Document) (string, Source) { return "document " + r.Name, r.Source })
	note(all, Attributes, func(r AttributeRow) (string, Source) { return "attribute " + r.Element + " " + r.Name, r.Source })
	note(all, Resources, func(r Resource) (string, Source) { return "request " + r.Name, r.Source })
	note(all, Parameters, func(r ParameterRow) (string, Source) { return "parameter " + r.Request + " " + r.Name, r.Source })
	note(all, Relations, func(r Relation) (string, Source) {
		return "relation " + r.Request + " " + strings.Join(r.Names, " "), r.Source
	})
	note(all, Statuses, func(r Status) (string, Source) { return "status " + r.Name, r.Source })
	note(all, Fields, func(r FieldRow) (string, Source) { return "field " + r.Object + " " + r.Name, r.Source })
	note(all, Errors, func(r ErrorRow) (string, Source) { return "error " + strconv.Itoa(r.Code), r.Source })
	note(all, Hooks, func(r Hook) (string, Source) { return "hook " + r.Name, r.Source })
	note(all, Sent, func(r HookRow) (string, Source) { return "sent " + r.Hook + " " + r.Name, r.Source })
	note(all, Answers, func(r Answer) (string, Source) { return "answer " + r.Name, r.Source })
	note(all, Limits, func(r LimitRow) (string, Source) { return "limit " + r.Name, r.Source })
	note(all, Overrides, func(r Override) (string, Source) { return "override " + r.Key, r.Source })
	note(all, Contents, func(r Content) (string, Source) { return "content " + r.Type, r.Source })
	note(all, Rules, func(r Rule) (string, Source) { return "rule " + r.Says, r.Source })
	note(all, Networks, func(r Network) (string, Source) { return "network " + r.Prefix, r.Source })
	note(all, slices.Concat(URIHeaders, URIParameters, InviteHeaders), func(r HeaderRow) (string, Source) { return "sip " + r.Name, r.Source })
	note(all, Prices, func(r Price) (string, Source) { return "price " + r.Of, r.Source })
	return all
}

func note[R any](all map[string]Source, rows []R, of func(R) (string, Source)) {
	for _, r := range rows {
		name, s := of(r)
		for all[name] != (Source{}) {
			name += "'"
		}
		all[name] = s
	}
}

func TestEachRowNamesItsPage(t *testing.T) {
	all := sources()
	if len(all) < 500 {
		t.Errorf("only %d rows were found", len(all))
	}
	for name, s := range all {
		if strings.HasSuffix(name, "'") {
			t.Errorf("%s stands twice", strings.TrimRight(name, "'"))
		}
		if !strings.HasPrefix(s.Page, docs) || len(s.Page) == len(docs) {
			t.Errorf("%s: %q is no page of Twilio's documentation", name, s.Page)
		}
	}
}

func TestNestingIsClosed(t *testing.T) {
	for _, e := range Elements {
		for _, outer := range e.Within {
			o, ok := Verb(outer)
			if !ok || o.Body == Empty || o.Body == TextOnly || o.Body == MaybeText {
				t.Errorf("%s stands within %q, which holds no elements", e.Name, outer)
			}
			if !Nests(outer, e.Name) {
				t.Errorf("Nests(%q, %q) is false", outer, e.Name)
			}
		}
		if len(e.Within) == 0 && e.Name != "Response" {
			t.Errorf("%s stands nowhere", e.Name)
		}
		if verb := slices.Contains(e.Within, "Response"); verb == (e.After == OfNoMatter) {
			t.Errorf("%s: what comes after it is %q", e.Name, e.After)
		}
	}
	for _, pair := range [][2]string{{"Gather", "Record"}, {"Gather", "Gather"}, {"Say", "Play"}, {"Dial", "Say"}, {"Response", "Number"}, {"Response", "say"}} {
		if Nests(pair[0], pair[1]) {
			t.Errorf("%s may stand in %s", pair[1], pair[0])
		}
	}
}

func TestDocumentsHoldVerbs(t *testing.T) {
	for _, d := range Documents {
		verbs, ok := OnlyIn(d.Name)
		if !ok || len(verbs) == 0 {
			t.Errorf("%s takes nothing", d.Name)
		}
		for _, v := range verbs {
			if !Nests("Response", v) {
				t.Errorf("%s takes %s, which is no verb", d.Name, v)
			}
		}
	}
}

func TestAttributesBelongToElements(t *testing.T) {
	for _, a := range Attributes {
		if _, ok := Verb(a.Element); !ok {
			t.Errorf("%s has attributes but is no element", a.Element)
		}
		if got, ok := Attribute(a.Element, a.Name); !ok || got.Default != a.Default {
			t.Errorf("Attribute(%q, %q) = %v, %t", a.Element, a.Name, got, ok)
		}
		checkValues(t, a.Element+" "+a.Name, a.Values, a.Default)
	}
	for element, name := range map[string]string{"Gather": "finishOnKey", "Enqueue": "waitUrl"} {
		if a, _ := Attribute(element, name); !a.Values.OrEmpty {
			t.Errorf("%s of %s may not be empty", name, element)
		}
	}
	if _, ok := Attribute("Gather", "Timeout"); ok {
		t.Error("attributes are found in the wrong case")
	}
}

func TestParametersBelongToRequests(t *testing.T) {
	for _, p := range Parameters {
		if _, ok := Request(p.Request); !ok {
			t.Errorf("%s has parameters but is no request", p.Request)
		}
		if _, ok := Parameter(p.Request, p.Name); !ok {
			t.Errorf("Parameter(%q, %q) finds nothing", p.Request, p.Name)
		}
		checkValues(t, p.Request+" "+p.Name, p.Values, p.Default)
	}
	for _, r := range Relations {
		for _, name := range r.Names {
			if _, ok := Parameter(r.Request, name); !ok {
				t.Errorf("a relation of %s names %s, which it has not", r.Request, name)
			}
		}
	}
	if got := len(ParametersOf("UpdateCall")); got != 9 {
		t.Errorf("UpdateCall has %d parameters, want the 9 of the page", got)
	}
}

// checkValues says what is wrong with values and the default among them.
func checkValues(t *testing.T, of string, v Values, standard string) {
	t.Helper()
	words := v.Kind == OneOf || v.Kind == SomeOf || v.Kind == Repeated
	switch {
	case v.Kind == "":
		t.Errorf("%s has no kind", of)
	case (words || v.Kind == Keys || v.Kind == SID) == (len(v.Allowed) == 0):
		t.Errorf("%s is %s and allows %q", of, v.Kind, v.Allowed)
	case v.Max != 0 && v.Max < v.Min:
		t.Errorf("%s is %d to %d", of, v.Min, v.Max)
	case standard == "":
	case words && !slices.Contains(v.Allowed, standard) && !strings.Contains(standard, " "):
		if standard != "the carrier's" {
			t.Errorf("%s: the default %q is not allowed", of, standard)
		}
	case v.Kind == Integer:
		if n, err := strconv.Atoi(standard); err != nil || n < v.Min || v.Max != 0 && n > v.Max {
			t.Errorf("%s: the default %q is out of %d to %d", of, standard, v.Min, v.Max)
		}
	case v.Kind == Boolean && standard != "true" && standard != "false":
		t.Errorf("%s: the default is %q", of, standard)
	}
}

func TestErrorsAreFoundByCode(t *testing.T) {
	for _, e := range Errors {
		got, ok := Error(e.Code)
		if !ok || got.Title != e.Title || e.Title == "" || e.Level == "" {
			t.Errorf("Error(%d) = %+v, %t", e.Code, got, ok)
		}
		if e.Status != 0 && (e.Status < 400 || e.Status > 599) {
			t.Errorf("%d answers with %d", e.Code, e.Status)
		}
	}
	for code, status := range map[int]int{20003: 401, 20404: 404, 20429: 429, 21211: 400, 21220: 400, 12200: 0} {
		if e, ok := Error(code); !ok || e.Status != status {
			t.Errorf("%d answers with %d, want %d", code, e.Status, status)
		}
	}
}

func TestWebhooksRestOnEachOther(t *testing.T) {
	named := func(name string) bool {
		return slices.ContainsFunc(Hooks, func(h Hook) bool { return h.Name == name })
	}
	for _, h := range Hooks {
		if h.Base != "" && !named(h.Base) {
			t.Errorf("%s rests on %q, which is no webhook", h.Name, h.Base)
		}
		if len(SentBy(h.Name)) == 0 {
			t.Errorf("%s bears nothing", h.Name)
		}
	}
	for _, s := range Sent {
		if !named(s.Hook) {
			t.Errorf("%s is borne by %q, which is no webhook", s.Name, s.Hook)
		}
	}
	for _, s := range Statuses {
		if s.Event != "" && !slices.Contains(progress, s.Event) {
			t.Errorf("%s comes with %q, which is no event", s.Name, s.Event)
		}
		if s.Terminal != (s.Event == "completed") {
			t.Errorf("%s ends a call: %t, by the event %q", s.Name, s.Terminal, s.Event)
		}
	}
}

func TestLimitsAreNamed(t *testing.T) {
	for _, l := range Limits {
		if got, ok := Limit(l.Name); !ok || got.Value != l.Value || l.Value <= 0 || l.Unit == "" {
			t.Errorf("Limit(%q) = %+v, %t", l.Name, got, ok)
		}
	}
	for _, o := range Overrides {
		checkValues(t, "#"+o.Key, o.Values, o.Default)
	}
}

func TestNetworksAreMasked(t *testing.T) {
	for _, n := range Networks {
		p, err := netip.ParsePrefix(n.Prefix)
		if err != nil || p != p.Masked() {
			t.Errorf("%s: %v, %v", n.Prefix, p, err)
		}
	}
}

// The page on security works an example through; the rules of the table give
// its signature.
func TestTheExampleOfTheSignature(t *testing.T) {
	mac := hmac.New(sha1.New, []byte("12345"))
	mac.Write([]byte("https://example.com/myapp.php?foo=1&bar=2"))
	for _, p := range []string{"CallSidCA1234567890ABCDE", "Caller+14158675310", "Digits1234", "From+14158675310", "To+18005551212"} {
		mac.Write([]byte(p))
	}
	if got, want := base64.StdEncoding.EncodeToString(mac.Sum(nil)), "L/OH5YylLD5NRKLltdqwSvS0BnU="; got != want {
		t.Errorf("the signature is %s, want %s", got, want)
	}
}
