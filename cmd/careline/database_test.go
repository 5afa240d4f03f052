package main

import (
	"bytes"
	"strings"
	"testing"
)

// A number that nothing would answer, and flows that are not there, are told of
// before anybody calls.
func TestServeMissesFlows(t *testing.T) {
	t.Parallel()
	const listen = "sip: {listen: '127.0.0.1:0'}\n"
	for text, want := range map[string]string{
		"dids: [{number: '1861', flow: remainder}]": `dids[0].flow: there is no flow "remainder"`,
		"flows: [nowhere]":                          "flows[0]: stat ",
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), []string{"serve", "--config", configured(t, 0o600, listen+text)}, streams{out: &out, err: &errs})
		if code != exitFailed || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: serve ended with %d: %s; want %s", text, code, errs.String(), want)
		}
	}
}
