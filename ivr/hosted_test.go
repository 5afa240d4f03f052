package ivr_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"careline/ivr"
)

const hostedFlow = `
flow: f
languages: [en]
start: early
nodes:
  early:
    gather: {num_digits: 1, timeout: 5s, typeahead: true}
    say: {en: a}
    on: {"1": timers, noinput: half, nomatch: end}
  timers:
    gather: {min_digits: 4, max_digits: 6, timeout: 8s, inter_digit: 2500ms}
    say: {en: a}
    on: {any: same, noinput: end, nomatch: end}
  half:
    gather: {num_digits: 1, timeout: 2500ms}
    say: {en: a}
    on: {"1": out, noinput: end, nomatch: end}
  same:
    gather: {min_digits: 4, max_digits: 6, timeout: 4s, inter_digit: 4s}
    say: {en: a}
    on: {any: plain, noinput: end, nomatch: end}
  out:
    dial: {number: "+442079460000", ring: 3s, refer: true, music: hold}
    on: {connected: end, busy: end, timeout: end, failed: end}
  plain:
    dial: {number: "+442079460000", ring: 20s, trunk: other, music: hold}
    on: {connected: message, busy: end, timeout: end, failed: end}
  message:
    record: {max: 3m, silence: 2500ms}
    say: {en: a}
    result: message
    on: {recorded: end, silent: end, failed: end}
`

func TestHostedWarnings(t *testing.T) {
	f, err := ivr.Parse("f.yaml", []byte(hostedFlow))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"f.yaml:6:3: warning: node early takes keys that are pressed before it asks, and by Twilio these are lost (have nobody rely on typeahead)",
		"f.yaml:10:3: warning: node timers waits 8s for the first key and 2.5s for each that follows, and Twilio waits 8s for any (write 8s for both)",
		"f.yaml:14:3: warning: node half waits 2.5s for a key, and Twilio waits 3s (write whole seconds)",
		"f.yaml:22:3: warning: node out has the carrier take the caller over, and Twilio joins the two instead: both calls go on, and cost",
		"f.yaml:22:3: warning: node out plays hold while it rings, and by Twilio the caller hears it ring (leave music away)",
		"f.yaml:22:3: warning: node out rings for 3s, and Twilio for 5s (write 5s)",
		"f.yaml:28:3: warning: node message ends after a silence of 2.5s, and by Twilio of 3s (write whole seconds)",
	}
	if diff := cmp.Diff(want, strings.Split(f.HostedWarnings("f.yaml").Error(), "\n")); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}
