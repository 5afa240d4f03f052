package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"careline/sip"
)

func TestDoctorLooksAtWebhooks(t *testing.T) {
	t.Parallel()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("0123456789abcdef0123456789abcdef"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(token, 0o644); err != nil { // whatever the umask
		t.Fatal(err)
	}
	port := freePort(t)
	text := fmt.Sprintf(`
sip: {listen: "127.0.0.1:%d", rtp: "42100-42139"}
webhooks: {listen: "0.0.0.0:%d", public_url: "http://127.0.0.1:8080", sip_sources: [0.0.0.0/0]}
trunks: [{name: cloud, kind: twilio, caller_ids: ['+442079460901'], account_sid: AC00000000000000000000000000000000, auth_token: "file:%s", api_key: SK00000000000000000000000000000000, api_secret: env:CARELINE_TEST_NOTHING}]
agents: [{name: lina, team: care, password: 7d7e4c2a91b34f0c}]
queues: [{name: care, team: care}]
`, port, port, token)
	d, code := diagnose(t, configured(t, 0o600, text))
	for _, want := range []struct {
		mark  sip.Mark
		words []string
	}{
		{sip.Bad, []string{"trunks[0].auth_token", "everybody on this machine may read it"}},
		{sip.Bad, []string{"trunks[0].api_secret", "the environment has no CARELINE_TEST_NOTHING"}},
		{sip.Note, []string{"webhooks.listen", "in the clear"}},
		{sip.Note, []string{"webhooks.public_url", "nobody but this machine can reach it"}},
		{sip.Note, []string{"webhooks.sip", "is empty"}},
		{sip.Bad, []string{"webhooks", "everybody may call in", "0.0.0.0/0"}},
	} {
		if !d.says(want.mark, want.words...) {
			t.Errorf("no %s with %q in %+v", want.mark, want.words, d.Findings)
		}
	}
	if code != exitFailed {
		t.Errorf("exit %d; want %d", code, exitFailed)
	}
	opens := fmt.Sprint(d.Open)
	if !strings.Contains(opens, "by signed requests") || strings.Contains(opens, "0123456789abcdef") {
		t.Errorf("open is %s; want that requests are signed, and no secret", opens)
	}
}

// What Twilio is told of our SIP address has to be what is listened for.
func TestDoctorLooksAtWhereCallersAreBrought(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		sip, at string
		mark    sip.Mark
		want    string
	}{
		{"", "sip:calls.example.com:5061;transport=tls", sip.Bad, "nothing listens for that"},
		{", tcp: false", "sip:calls.example.com:5060;transport=tcp", sip.Bad, "sip.tcp is off"},
		{"", "sip:calls.example.com:5060", sip.Note, "from this machine alone"},
	} {
		text := fmt.Sprintf("sip: {listen: '127.0.0.1:%d'%s}\n", freePort(t), tt.sip) + strings.Replace(twilioTrunk(""), "webhooks: {", "webhooks: {sip: '"+tt.at+"', ", 1)
		if d, _ := diagnose(t, configured(t, 0o600, text)); !d.says(tt.mark, "webhooks.sip", tt.want) {
			t.Errorf("%s%s: no %s with %q in %+v", tt.at, tt.sip, tt.mark, tt.want, d.Findings)
		}
	}
}
