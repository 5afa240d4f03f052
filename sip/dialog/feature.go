package dialog

import (
	"slices"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
)

// extensions are those that a peer may insist on (RFC 3261 section 19.2).
var extensions = []string{"replaces", "timer"}

// known reports whether a request may insist on an extension.
func known(req *sipmsg.Request, tag string) bool {
	tag = strings.ToLower(tag)
	return slices.Contains(extensions, tag) || tag == "100rel" && req.IsInvite()
}

// supported names what we understand beyond RFC 3261, and what else a request
// offers.
func supported(more ...string) sipmsg.Header {
	return sipmsg.NewHeader("Supported", strings.Join(append(more, extensions...), ", "))
}

// supports reports whether the peer understands an extension, or insists on it.
func supports(m sipmsg.Message, tag string) bool {
	return lists(listed(m, "Supported", "k"), tag) || lists(listed(m, "Require"), tag)
}

// lists reports whether a comma-separated list has an element.
func lists(list, want string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(one), want) {
			return true
		}
	}
	return false
}

// listed joins the values of all headers of one name, or of its short form.
func listed(m sipmsg.Message, names ...string) string {
	var values []string
	for _, name := range names {
		for _, h := range m.GetHeaders(name) {
			values = append(values, h.Value())
		}
	}
	return strings.Join(values, ",")
}

// required returns the extensions that a request insists on and that we lack.
func required(req *sipmsg.Request) string {
	var tags []string
	for tag := range strings.SplitSeq(listed(req, "Require"), ",") {
		if tag = strings.TrimSpace(tag); tag != "" && !known(req, tag) {
			tags = append(tags, grammar.Plain(tag, 64))
		}
	}
	return strings.Join(tags, ", ")
}
