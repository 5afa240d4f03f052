package twin_test

import (
	"net/url"
	"testing"

	twin "careline/sim/twilio"
)

func TestSign(t *testing.T) {
	// The example of usage/security, and what follows from its rules.
	const example = "L/OH5YylLD5NRKLltdqwSvS0BnU="
	params := url.Values{
		"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675310"}, "Digits": {"1234"}, "From": {"+14158675310"}, "To": {"+18005551212"},
	}
	for _, address := range []string{
		"https://example.com/myapp.php?foo=1&bar=2",
		"https://user:word@example.com/myapp.php?foo=1&bar=2",
		"https://example.com:443/myapp.php?foo=1&bar=2",
		"https://example.com:8443/myapp.php?foo=1&bar=2#rc=2&rp=all",
	} {
		if got := twin.Sign("12345", address, params); got != example {
			t.Errorf("%s: %s; want %s", address, got, example)
		}
	}
	for _, address := range []string{"http://example.com/myapp.php?foo=1&bar=2", "https://example.com/myapp.php?foo=1&bar=%32"} {
		if twin.Sign("12345", address, params) == example {
			t.Errorf("%s is signed as another URL", address)
		}
	}
	if twin.Sign("1", "http://a:80/", nil) == twin.Sign("1", "http://a/", nil) {
		t.Error("the port of HTTP does not count")
	}
	one := twin.Sign("1", "https://a/", url.Values{"Event": {"b", "a", "b"}})
	if two := twin.Sign("1", "https://a/", url.Values{"Event": {"a", "b"}}); one != two {
		t.Errorf("repeated keys: %s, %s", one, two)
	}
}
