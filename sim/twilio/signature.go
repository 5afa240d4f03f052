package twin

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// signatureHeader bears what Sign returns.
const signatureHeader = "X-Twilio-Signature"

// Sign signs a webhook as https://www.twilio.com/docs/usage/security has it: the
// URL as it is requested, then each parameter of a POST in the order of their
// names, name and value without anything between; HMAC-SHA1 with the auth
// token, base64. Of a repeated parameter each value counts once, in order, as
// Twilio's libraries check it. params is nil for a GET.
func Sign(token, address string, params url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(signedURL(address)))
	for _, name := range slices.Sorted(maps.Keys(params)) {
		values := slices.Clone(params[name])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			mac.Write([]byte(name + v))
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signedURL is the part of an address that is signed: without user and fragment,
// and by HTTPS without the port.
func signedURL(address string) string {
	address, _, _ = strings.Cut(address, "#")
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, path := rest[:end], rest[end:]
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host = host[at+1:]
	}
	if colon := strings.LastIndexByte(host, ':'); scheme == "https" && colon > strings.LastIndexByte(host, ']') {
		host = host[:colon]
	}
	return scheme + "://" + host + path
}
