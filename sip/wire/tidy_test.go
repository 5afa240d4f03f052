package wire

import "testing"

func TestTidy(t *testing.T) {
	for in, want := range map[string]string{
		"A sip:b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=1\r\n\r\nx : y":                                           "",
		"A sip:b SIP/2.0\r\nServer: a / b\r\n\r\n":                                                              "",
		"A sip:b SIP/2.0\r\nVia : SIP  /   2.0\r\n /UDP\r\n\t h ; branch = 1 , SIP / 2.0 / TCP  i\r\n\r\nx ; y": "A sip:b SIP/2.0\r\nVia:SIP/2.0/UDP h;branch=1,SIP/2.0/TCP i\r\n\r\nx ; y",
		"A sip:b SIP/2.0\r\nt: \"a ; \\\" = \"  <sip:b ; c> ; tag = 1\r\n\r\n":                                  "A sip:b SIP/2.0\r\nt:\"a ; \\\" = \" <sip:b ; c>;tag=1\r\n\r\n",
		"A sip:b SIP/2.0\r\nX:\r\n y\r\nTo:\r\n\r\n":                                                            "A sip:b SIP/2.0\r\nX: y\r\nTo:\r\n\r\n",
		"A sip:b SIP/2.0\r\nVia : h":                                                                            "",
		"\r\n \r\n\r\n":                                                                                         "",
	} {
		if want == "" {
			want = in
		}
		if got := string(tidy([]byte(in))); got != want {
			t.Errorf("tidy(%q) =\n%q; want\n%q", in, got, want)
		}
	}
}

func FuzzTidy(f *testing.F) {
	f.Add([]byte("A sip:b SIP/2.0\r\nVia : SIP  /   2.0\r\n /UDP\r\n\t h ; branch = 1 , SIP / 2.0 / TCP  i\r\n\r\nx ; y"))
	f.Fuzz(func(t *testing.T, b []byte) {
		once := tidy(b)
		if twice := tidy(once); string(twice) != string(once) {
			t.Errorf("%q is tidied to %q and then to %q", b, once, twice)
		}
		if len(once) > len(b) {
			t.Errorf("%q gets longer: %q", b, once)
		}
	})
}
