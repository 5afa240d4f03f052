package dialog

import (
	"fmt"
	"net/url"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
)

// Party is one end of a call as From and To name it.
type Party struct {
	Display string // shown beside the number; any text
	User    string // a number or name
	Host    string // empty is the endpoint's own host in From, the target's in To
}

// partyOf reads a party as a header names it.
func partyOf(display string, u *sipmsg.Uri) Party {
	return Party{Display: grammar.Plain(grammar.Unescaped(display), 128), User: userOf(u), Host: u.Host}
}

// userOf returns the user of a SIP URI, or the number of a tel URI, without
// parameters.
func userOf(u *sipmsg.Uri) string {
	user := u.User
	if u.Raw() != "" {
		user = u.Raw()
	}
	user, _, _ = strings.Cut(user, ";")
	if plain, err := url.PathUnescape(user); err == nil {
		return plain
	}
	return user
}

// assertedIdentity reads the first P-Asserted-Identity that has a user.
func assertedIdentity(m sipmsg.Message) Party { return firstParty(m, "P-Asserted-Identity") }

// firstParty reads the first value of a header that has a user.
func firstParty(m sipmsg.Message, name string) Party {
	for _, h := range m.GetHeaders(name) {
		for _, value := range grammar.SplitQuoted(h.Value(), ',') {
			var u sipmsg.Uri
			display, err := sipmsg.ParseAddressValue(strings.TrimSpace(value), &u, nil)
			if p := partyOf(display, &u); err == nil && p.User != "" {
				return p
			}
		}
	}
	return Party{}
}

// parseURI reads a request URI, naming it in the error without its user.
func parseURI(s string) (u sipmsg.Uri, err error) {
	if strings.ContainsAny(s, "\r\n \t<>") {
		return u, fmt.Errorf("request uri has a character that is not allowed")
	}
	if err := sipmsg.ParseUri(s, &u); err != nil {
		return u, fmt.Errorf("request uri: %w", err)
	}
	if u.Scheme != "sip" && u.Scheme != "sips" || u.Host == "" || u.Wildcard {
		return u, fmt.Errorf("request uri must be sip:user@host or sips:user@host, is of scheme %q with host %q", u.Scheme, u.Host)
	}
	return u, nil
}
