package main

import (
	"strings"
	"testing"
)

// A campaign that could never count an interview, or would have people who answer
// wait for agents whom nobody keeps free, is not made.
func TestCampaignCreateAsksTheFlow(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	o.write(t, "flows/desk.yaml", `flow: desk
languages: [en]
outbound: true
start: desk
nodes:
  desk: {enqueue: {queue: care}, on: {connected: end, timeout: sorry, full: sorry, failed: sorry}}
  sorry: {say: {en: [hello]}, next: end}
`)
	for _, tt := range []struct{ old, with, want string }{
		{"complete: [renew,", "complete: [renewal,", `complete: flow contract-expiry has no result "renewal"; there are renew, satisfaction`},
		{"success: {renew:", "success: {renewal:", `success: flow contract-expiry has no result "renewal"; there are renew, satisfaction`},
		{`["1"]`, `["7"]`, `success: result renew of flow contract-expiry is never "7"; it is one of `},
		{"flow: contract-expiry", "flow: contact-expiry", `flow: no file under flows in the configuration (`},
		{"name: renewals", "name: renewals\nmachine: flow", "machine: flow contract-expiry says nothing to machines"},
		{"flow: contract-expiry\n", "flow: desk\n", "mode: flow desk begins by sending people to a queue"},
	} {
		text := strings.Replace(campaignFile, tt.old, tt.with, 1)
		if strings.Contains(tt.with, "desk") {
			text = strings.NewReplacer("complete: [renew, satisfaction]\n", "", "success: {renew: [\"1\"]}\n", "").Replace(text)
		}
		code, out, errs := o.types(t, "", "campaign", "create", o.write(t, "wrong.yaml", text))
		if code != exitFailed || !strings.Contains(errs, tt.want) {
			t.Errorf("%s: exit %d, %s%s; want %q", tt.with, code, out, errs, tt.want)
		}
	}
	if out := o.does(t, "campaign", "status"); !strings.Contains(out, "No campaigns yet") {
		t.Errorf("a campaign was made all the same:\n%s", out)
	}
}
