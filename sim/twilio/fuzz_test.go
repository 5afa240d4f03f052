package twin_test

import (
	"testing"

	twin "careline/sim/twilio"
)

func FuzzParseXML(f *testing.F) {
	for _, text := range []string{
		`<?xml version="1.0" encoding="UTF-8"?><Response><Say voice="man">a &amp; b</Say><!-- no --></Response>`,
		`<Response><Gather/></Response>x`, `<Response a="1" a="2"/>`, `<a></b>`, `</a>`, ``, `<a><b>`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if root, err := twin.ParseXML(text); err == nil && root == "" {
			t.Errorf("%q has a root without a name", text)
		}
	})
}

func FuzzOverrides(f *testing.F) {
	for _, s := range []string{"https://a/#rc=2&rp=all", "#rc=9", "x#ct=1&rc=", "x#%", "#rp=,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if n, err := twin.Overrides(address); n < 0 || n > 5 || err != nil && n != 1 {
			t.Errorf("%q: %d retries, %v", address, n, err)
		}
	})
}
