package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"careline/sip"
)

// That callees would hear an apology is told before anybody is called.
func TestMuteFlowsAreToldOf(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	const warning = "Warning: one text of flow mute has no recording"
	if out := o.does(t, "campaign", "create", o.write(t, "renewals.yaml", campaignFile)); strings.Contains(out, "no recording") {
		t.Errorf("create warns of a flow that has its recordings: %s", out)
	}
	file := configured(t, 0o600, fmt.Sprintf("region: GB\nsip: {listen: '127.0.0.1:%d', rtp: 42120-42159}\nflows: [flows]\ntrunks: [{name: carrier, address: '127.0.0.1:9', allow: ['+44']}]\n", freePort(t)))
	flows := filepath.Join(filepath.Dir(file), "flows")
	if err := os.Mkdir(flows, 0o755); err != nil {
		t.Fatal(err)
	}
	flow := strings.Replace(houseFlows["mute"], "flow: mute", "flow: mute\noutbound: true", 1)
	if err := os.WriteFile(filepath.Join(flows, "mute.yaml"), []byte(flow), 0o600); err != nil {
		t.Fatal(err)
	}
	o.config = file
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	definition := strings.NewReplacer("contract-expiry", "mute", "complete: [renew, satisfaction]\nsuccess: {renew: [\"1\"]}\n", "").Replace(campaignFile)
	if out := o.does(t, "campaign", "create", o.write(t, "mute.yaml", definition)); !strings.Contains(out, warning) {
		t.Errorf("create says %q; want %q", out, warning)
	}
	if d, _ := diagnose(t, file); !d.says(sip.Bad, "flows", "one text of flow mute", "careline prompts render") {
		t.Errorf("doctor does not tell of the flow: %+v", d.Findings)
	}
}
