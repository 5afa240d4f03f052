package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	exampleFlows   = "../../examples/flows/"
	examplePrompts = "../../examples/prompts"
	badFlows       = "../../ivr/testdata/bad/"
)

// runFlow runs a flow command as main does.
func runFlow(t *testing.T, in string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), append([]string{"flow"}, args...), streams{in: strings.NewReader(in), out: &o, err: &e})
	return code, o.String(), e.String()
}

func TestFlowCheck(t *testing.T) {
	for _, tt := range []struct {
		name      string
		args      []string
		code      int
		out, errs string // parts of them
	}{
		{"good", []string{exampleFlows + "vip-line.yaml"}, exitDone, "flow vip-line is valid", ""},
		{"can be said", []string{"--prompts", examplePrompts, exampleFlows + "contract-expiry.yaml"}, exitDone, "is valid", ""},
		{"cannot be said", []string{"--prompts", examplePrompts, "../../ivr/testdata/kinds.yaml"}, exitFailed, `kinds.yaml:17:1: en: no recording of "Press star."`, "1 of 1"},
		{"bad", []string{exampleFlows + "vip-line.yaml", badFlows + "sense-targets.yaml"}, exitFailed, `sense-targets.yaml:3:8: start names "helo"`, "1 of 2 flow files"},
		{"doubtful", []string{"../../ivr/testdata/doubtful/outbound.yaml"}, exitDone, "warning: an outbound flow offers no way to opt out", ""},
		{"otherwise by Twilio", []string{"--carrier=twilio", "../../ivr/testdata/kinds.yaml"}, exitDone, "and by Twilio these are lost", ""},
		{"carrier that there is not", []string{"--carrier=smoke", exampleFlows + "vip-line.yaml"}, exitUsage, "", "smoke"},
		{"not there", []string{"nowhere.yaml"}, exitFailed, "", "nowhere.yaml"},
		{"nothing to check", nil, exitUsage, "", "Try: careline --help"},
	} {
		code, out, errs := runFlow(t, "", append([]string{"check"}, tt.args...)...)
		if code != tt.code || !strings.Contains(out, tt.out) || !strings.Contains(errs, tt.errs) {
			t.Errorf("%s: exit %d with %q and %q; want %d with %q and %q", tt.name, code, out, errs, tt.code, tt.out, tt.errs)
		}
	}
}

func TestFlowCheckJSON(t *testing.T) {
	code, out, _ := runFlow(t, "", "check", "--json", exampleFlows+"vip-line.yaml", badFlows+"sense-unreachable.yaml")
	var got struct{ Files []checked }
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitFailed || len(got.Files) != 2 {
		t.Fatalf("exit %d with %q, %v; want %d with two files", code, out, err, exitFailed)
	}
	good, bad := got.Files[0], got.Files[1]
	if !good.Valid || good.Flow != "vip-line" || len(good.Hash) != 16 || len(good.Problems) != 0 {
		t.Errorf("of the good file it says %+v", good)
	}
	if bad.Valid || bad.Flow != "" || len(bad.Problems) != 2 || bad.Problems[0].Line != 8 {
		t.Errorf("of the bad file it says %+v", bad)
	}
}

func TestFlowRun(t *testing.T) {
	_, out, errs := runFlow(t, "1\nx\n2\n\n\n", "run", exampleFlows+"suspension-reminder.yaml",
		"--lang", "en", "--contact", "due=2026-12-04", "--contact", "balance=23.50", "--contact", "colour=red")
	want := `You are calling suspension-reminder. Press keys 0-9 * #; Enter alone is silence; h hangs up.
It does not read contact.colour.
Not known of you: manager (add --contact manager=...).

Hello, this is the customer service centre of Daystar Mobile. Your phone bill has not been paid. Please pay by [December fourth] After that day, your outgoing calls will stop. To check your balance, use our app or visit a branch. You can pay with a recharge card, in the app, or at a branch.
  * heard: yes
To hear this again, press 1. For your balance, press 2. To speak to an agent, press 0. If you never want a call from us again, press 9. To finish, just hang up.
> 1
  * choice: 1 (again)
Hello, this is the customer service centre of Daystar Mobile. Your phone bill has not been paid. Please pay by [December fourth] After that day, your outgoing calls will stop. To check your balance, use our app or visit a branch. You can pay with a recharge card, in the app, or at a branch.
  * heard: yes
To hear this again, press 1. For your balance, press 2. To speak to an agent, press 0. If you never want a call from us again, press 9. To finish, just hang up.
> x
  * "x": a telephone has the keys 0-9 * #; Enter alone is silence, h hangs up
> 2
  * choice: 2 (balance)
Your balance is [twenty three yuan fifty]
To hear this again, press 1. For your balance, press 2. To speak to an agent, press 0. If you never want a call from us again, press 9. To finish, just hang up.
> 
Please choose. To hear this again, press 1. For your balance, 2. For an agent, 0. To stop all calls, 9.
> 
Thank you. Goodbye.

The flow hung up.
  heard: yes
  choice: 2 (balance)
`
	if diff := cmp.Diff(want, out); diff != "" || errs != "" {
		t.Errorf("conversation (-want +got):\n%s%s", diff, errs)
	}
}

// What is typed decides how a conversation goes, and how it ends.
func TestFlowRunEndings(t *testing.T) {
	complaint := exampleFlows + "complaint-line.yaml"
	renew, vip, kinds := exampleFlows+"contract-expiry.yaml", exampleFlows+"vip-line.yaml", "../../ivr/testdata/kinds.yaml"
	for _, tt := range []struct{ name, file, in, want string }{
		{"an agent, then the survey", renew, "0\nc\n5\n", "satisfaction: 5 (satisfied)\n"},
		{"never again", renew, "9\n", "  * no more calls (all)\n"},
		{"hangs up at the question", renew, "h\n", "\nYou hung up at offer.\n"},
		{"hangs up in the queue", vip, "h\n", "\nYou hung up at manager.\n"},
		{"nobody comes", vip, "what\nt\n", "  * to be called back: called the VIP line and reached nobody\n"},
		{"queue is full", vip, "full\n", "\nThe flow hung up.\n"},
		{"input ends", renew, "", "\nYou hung up at offer.\n"},
		{"last line without end", renew, "2\n3", "satisfaction: 3 (neutral)\n"},
		{"more keys than asked for", renew, "12\n1\n", "renew: 1 (yes)\n"},
		{"a message", complaint, "\nwhat\nm\n", "  * you may speak for at most 3m0s; # or 5s of silence ends it\n"},
		{"what the message goes by", complaint, "\nm\n", "\n  complaint: message-1\n"},
		{"nothing is said", complaint, "\ns\n", "  * to be called back: called the complaint line outside hours\n"},
		{"hangs up instead", complaint, "\nh\n", "\nYou hung up at message.\n"},
		{"a finishing key", kinds, "0000#99\n", "\nGoodbye.\n"},
	} {
		code, out, errs := runFlow(t, tt.in, "run", tt.file, "--contact", "card=1234", "--lang", "en")
		if code != exitDone || errs != "" || !strings.Contains(out, tt.want) {
			t.Errorf("%s: exit %d, %q, with:\n%s\nwant %q", tt.name, code, errs, out, tt.want)
		}
	}
}

func TestFlowRunKnownAgent(t *testing.T) {
	_, out, _ := runFlow(t, "c\n", "run", exampleFlows+"vip-line.yaml", "--contact", "manager=wang", "--lang", "fr")
	for _, want := range []string{"It speaks zh, en.", "您好", "for 15s it rings at wang alone"} {
		if !strings.Contains(out, want) {
			t.Errorf("the conversation lacks %q:\n%s", want, out)
		}
	}
}

func TestFlowRunRefuses(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		errs string
	}{
		{[]string{badFlows + "sense-rounds.yaml"}, exitFailed, "Check it with: careline flow check"},
		{[]string{"nowhere.yaml"}, exitFailed, "nowhere.yaml"},
		{[]string{exampleFlows + "vip-line.yaml", "--contact", "manager"}, exitUsage, "manager"},
	} {
		code, _, errs := runFlow(t, "", append([]string{"run"}, tt.args...)...)
		if code != tt.code || !strings.Contains(errs, tt.errs) {
			t.Errorf("flow run %v: exit %d with %q; want %d with %q", tt.args, code, errs, tt.code, tt.errs)
		}
	}
}
