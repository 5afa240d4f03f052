package twilio

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // it is what Twilio signs with
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// signatureHeader bears a request's signature.
const signatureHeader = "X-Twilio-Signature"

// bodySum is the query parameter that bears the checksum of a body that is no
// form, in hexadecimal digits.
const bodySum = "bodySHA256"

// Reasons to believe that a request is not Twilio's.
var (
	errUnsigned = errors.New("no signature")
	errForged   = errors.New("the signature is not Twilio's, or of another URL than the configured one")
	errBody     = errors.New("the body is not the one that was signed")
	errForm     = errors.New("the body is no form")
)

// sign returns what Twilio sends with a request: the URL and, of a form that was
// posted, each key in byte order with each of its values, signed by the account's
// token. A value that comes twice counts once, and the values of a key are in
// byte order, as Twilio's own libraries have it; its pages do not say.
func sign(token, address string, posted url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	for _, key := range slices.Sorted(maps.Keys(posted)) {
		for _, value := range slices.Compact(slices.Sorted(slices.Values(posted[key]))) {
			mac.Write([]byte(key))
			mac.Write([]byte(value))
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signed tells whether a request is Twilio's, and reads its parameters: those of
// its form, or of its query where it is no POST. Nothing of the answer depends on
// how much of the signature is right.
func signed(token string, bases []string, r *http.Request, body []byte) (url.Values, error) {
	sent := r.Header.Values(signatureHeader)
	if len(sent) != 1 || sent[0] == "" {
		return nil, errUnsigned
	}
	posted, params, err := read(r, body)
	if err != nil {
		return nil, err
	}
	genuine := false
	for _, address := range addresses(bases, r.URL) {
		if hmac.Equal([]byte(sent[0]), []byte(sign(token, address, posted))) {
			genuine = true
		}
	}
	if !genuine {
		return nil, errForged
	}
	return params, nil
}

// read returns the form that was posted, which is signed with the URL, and the
// request's parameters. A body that is no form must have the checksum that the
// URL names, and is not read.
func read(r *http.Request, body []byte) (posted, params url.Values, err error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, nil, errForm
	}
	if want := query.Get(bodySum); want != "" {
		sum := sha256.Sum256(body)
		if !hmac.Equal([]byte(strings.ToLower(want)), []byte(hex.EncodeToString(sum[:]))) {
			return nil, nil, errBody
		}
		return nil, query, nil
	}
	if r.Method != http.MethodPost {
		return nil, query, nil
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") && len(body) > 0 {
		return nil, nil, errForm
	}
	if posted, err = url.ParseQuery(string(body)); err != nil {
		return nil, nil, errForm
	}
	return posted, posted, nil
}

// addresses are the URLs by which Twilio may have made a request that has come
// here by proxies: the path and the query as they have arrived, behind each base
// URL that Twilio knows us by, with and without the port, since Twilio is not of
// one mind about it.
func addresses(bases []string, asked *url.URL) []string {
	var all []string
	for _, base := range bases {
		u, err := url.Parse(base)
		if err != nil {
			continue
		}
		path := strings.TrimPrefix(asked.EscapedPath(), strings.TrimRight(u.EscapedPath(), "/")) // a proxy may have left it
		rest := strings.TrimRight(u.EscapedPath(), "/") + path
		if asked.RawQuery != "" || asked.ForceQuery {
			rest += "?" + asked.RawQuery
		}
		for _, host := range hosts(u) {
			all = append(all, u.Scheme+"://"+host+rest)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// hosts are the ways to write a URL's host.
func hosts(u *url.URL) []string {
	usual := map[string]string{"https": "443", "http": "80"}[u.Scheme]
	bare := u.Hostname()
	if strings.Contains(bare, ":") {
		bare = "[" + bare + "]"
	}
	port := u.Port()
	if port == "" {
		port = usual
	}
	return []string{u.Host, bare, net.JoinHostPort(u.Hostname(), port)}
}
