package main

import (
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestConfigErrorsNameTheKey(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"unknown key", "nodes: x", `line 1: nodes is not known; did you mean node?`},
		{"unknown key of a trunk", "trunks:\n- name: a\n  pasword: x", "line 3: trunks[0].pasword is not known; did you mean password?"},
		{"key that is like none", "sip: {tls: {colour: blue}}", "line 1: sip.tls.colour is not known; the README lists the keys"},
		{"the second of a line", "trunks: [{name: a, address: 127.0.0.1, keepalive: 1}]", `line 1: trunks[0].keepalive: "1" is not a length of time`},
		{"a long one", "sip: {tls: {require_client: certificate}}", `line 1: sip.tls.require_client: "certifi..." is not true or false`},
		{"time without a unit", "sip: {rtp_rest: 30}", `line 1: sip.rtp_rest: "30" is not a length of time, as 30s`},
		{"text for a number", "trunks: [{name: a, address: b, max_calls: many}]", `line 1: trunks[0].max_calls: "many" is not a whole number`},
		{"one in place of a list", "trunks: [{name: a, address: b, allow: '+44'}]", `line 1: trunks[0].allow: "+44" is not a list`},
		{"keys in place of a list", "trunks: {name: a, address: b}", "line 1: trunks: what is there is not a list"},
		{"no keys at all", "hello", `line 1: the file: "hello" is not keys with values`},
		{"no YAML", "sip: {listen", "line 1 is not written as YAML: "},
		{"no host", "trunks: [{name: a, address: 'sip:carrier.example'}]", `trunks[0].address: "sip:carrier.example" is no host`},
		{"no port", "trunks: [{name: a, address: 'carrier.example:99999'}]", `trunks[0].address: "99999" is no port`},
		{"source", "trunks: [{name: a, address: b, sources: [10.0.0.0/40]}]", `trunks[0].sources: "10.0.0.0/40" is no address`},
		{"region", "region: England", `region: "England" is no country in two letters`},
		{"agent without a trunk", "agents: [{name: lina, team: care, number: '+8613800138000'}]", "agents[0].trunk: is needed to call the agent's number"},
		{"agent by no trunk", "agents: [{name: lina, team: care, number: '+8613800138000', trunk: a}]", `agents[0].trunk: there is no trunk "a"`},
		{"agent where the trunk does not go", "trunks: [{name: a, address: b}]\nagents: [{name: lina, team: care, number: '+8613800138000', trunk: a}]", "agents[0].number: trunk a does not permit +8613800138000"},
		{"agent by two ways", "agents: [{name: lina, team: care, number: '+8613800138000', trunk: a, password: x}]", "agents[0].password: is of no use"},
		{"agent by no number", "agents: [{name: lina, team: care, number: 'home', trunk: a}]", `agents[0].number: "home" is no number in international format`},
		{"trunk of a phone", "agents: [{name: lina, team: care, password: x, trunk: a}]", "agents[0].trunk: is for an agent who is called by a number"},
		{"telephone that answers by itself", "agents: [{name: lina, team: care, number: '+8613800138000', trunk: a, auto_answer: true}]", "agents[0].auto_answer: only a registered phone"},
		{"region of a trunk", "trunks: [{name: a, address: b, region: XX}]", `trunks[0].region: "XX" is no country`},
		{"trunks of one name", "trunks: [{name: a, address: b}, {name: a, address: c}]", `trunks[1].name: "a" is the name of trunks[0] already`},
		{"password of nobody", "trunks: [{name: a, address: b, password: x}]", "trunks[0].password: is of no use without a username"},
		{"carrier asked all the time", "trunks: [{name: a, address: b, keepalive: 1ms}]", "trunks[0].keepalive: 1ms is less than 1s"},
		{"external twice", "sip: {external: [203.0.113.10, 203.0.113.11]}", "sip.external: 203.0.113.10 and 203.0.113.11 are of one kind"},
		{"external", "sip: {external: my host}", `sip.external: "my host" is no IP address`},
		{"drain", "drain: -3s", "drain: -3s is below 0"},
		{"number of two flows", "dids: [{number: '1', flow: a}, {number: '1', flow: b}]", `dids[1].number: "1" is that of dids[0] already`},
		{"expires too short", "trunks: [{name: a, address: b, register: true, username: c, expires: 3s}]", "trunks[0].expires: 3s is not a time from 1m"},
		{"fewer calls than none", "trunks: [{name: a, address: b, max_calls: -1}]", "trunks[0].max_calls: -1 is below 0"},
		{"address", "sip: {listen: everywhere}", `sip.listen: "everywhere" is no ip:port`},
		{"ports", "sip: {rtp: 10000}", `sip.rtp: "10000" is no range of ports`},
		{"ports the wrong way round", "sip: {rtp: 20000-10000}", "is no range of ports"},
		{"session too short", "sip: {session_expires: 1m}", "sip.session_expires: 1m0s is less than 1m30s"},
		{"fewer setups than none", "sip: {most_setups: -1}", "sip.most_setups: -1 is below 0"},
		{"how long messages are kept", "sip: {keep_traces: a week}", `sip.keep_traces: "a week" is no length of time, as 7d`},
		{"how long callers' messages are kept", "recordings: {keep: long}", `recordings.keep: "long" is no length of time, as 7d`},
		{"not long enough to listen", "recordings: {keep: 5m}", "recordings.keep: 5m is less than an hour"},
		{"fewer than none", "recordings: {most_megabytes: -1}", "recordings.most_megabytes: -1 is below 0"},
		{"how many are kept", "sip: {most_traces: -1}", "sip.most_traces: -1 is below 0"},
		{"tls address", "sip: {tls: {listen: '5061', certificate: a, key: b}}", `sip.tls.listen: "5061" is no ip:port`},
		{"tls without a certificate", "sip: {tls: {listen: '0.0.0.0:5061'}}", "sip.tls.certificate: is needed to listen"},
		{"certificate without its key", "sip: {tls: {certificate: a}}", "sip.tls: certificate and key are needed together"},
		{"clients nobody can check", "sip: {tls: {require_client: true}}", "sip.tls.ca: is needed"},
		{"inner network", "sip: {local: [inside]}", `sip.local: "inside" is no prefix`},
		{"zone", "zone: Atlantis", "zone: "},
		{"trunk without an address", "trunks: [{name: a}]", "trunks[0].address: is empty"},
		{"trunk of another kind", "trunks: [{name: a, kind: fax, address: b}]", `trunks[0].kind: "fax" is not known`},
		{"encryption of a trunk", "trunks: [{name: a, address: b, srtp: maybe}]", `trunks[0].srtp: "maybe" is none of off, optional, required`},
		{"encryption of phones", "sip: {phones_srtp: yes}", `sip.phones_srtp: "yes" is none of off, optional, required`},
		{"rest of ports", "sip: {rtp_rest: 1h}", "sip.rtp_rest: 1h0m0s is over 10m"},
		{"codec", "trunks: [{name: a, address: b, codecs: [opus]}]", "trunks[0].codecs: "},
		{"allow-list", `trunks: [{name: a, address: b, allow: ["x"]}]`, "trunks[0].allow: "},
		{"transport", "trunks: [{name: a, address: b, transport: sctp}]", `trunks[0].transport: "sctp" is not known`},
		{"domain", `trunks: [{name: a, address: b, domain: "x>\r\nVia: y"}]`, "trunks[0].domain: "},
		{"register without a user", "trunks: [{name: a, address: b, register: true}]", "trunks[0].register: needs a username"},
		{"expires without register", "trunks: [{name: a, address: b, expires: 10m}]", "trunks[0].expires: "},
		{"caller ids", "trunks: [{name: a, address: b, caller_ids: ['0207']}]", "trunks[0].caller_ids: "},
		{"privacy", "trunks: [{name: a, address: b, privacy: all}]", `trunks[0].privacy: "all" is not known`},
		{"identity", "trunks: [{name: a, address: b, identity: pai}]", `trunks[0].identity: "pai" is not known`},
		{"identity to strangers", "trunks: [{name: a, address: b, identity: asserted}]", "trunks[0].identity: asserted needs trusted: true"},
		{"diversion", "trunks: [{name: a, address: b, diversion: me}]", "trunks[0].diversion: "},
		{"header of ours", "trunks: [{name: a, address: b, headers: {Via: x}}]", "trunks[0].headers: header Via: is set by careline itself"},
		{"format", "trunks: [{name: a, address: b, rewrite: {format: roman}}]", `trunks[0].rewrite.format: "roman" is not known`},
		{"format without a region", "trunks: [{name: a, address: b, rewrite: {format: national}}]", "trunks[0].rewrite.format: national needs a region"},
		{"rule of two kinds", "trunks: [{name: a, address: b, rewrite: {callee: [{prefix: a, match: b}]}}]", "trunks[0].rewrite.callee[0]: write either prefix or match"},
		{"pattern", "trunks: [{name: a, address: b, rewrite: {incoming_caller: [{match: '('}]}}]", "trunks[0].rewrite.incoming_caller[0]: pattern"},
		{"digest", "sip: {auth: [sha1]}", "sip.auth: "},
		{"cap below 0", "trunks: [{name: a, address: b, caps: {calls: -1}}]", "trunks[0].caps.calls: -1 is below 0"},
		{"spend without a price", "trunks: [{name: a, address: b, caps: {spend: 10}}]", "trunks[0].caps.spend: needs caps.price"},
		{"price of no prefix", "trunks: [{name: a, address: b, caps: {prices: {'44': 1}}}]", "trunks[0].caps.prices: "},
		{"did", "dids: [{number: '1861'}]", "dids[0]: number and flow are both needed"},
		{"no account", twilioTrunk("account_sid: ''"), "trunks[0].account_sid: is needed"},
		{"a key in the place of the account", twilioTrunk("account_sid: SK1"), `trunks[0].account_sid: "SK1" is no account of Twilio's`},
		{"a token in the place of the account", twilioTrunk("account_sid: 3c1ef00dcafe"), "trunks[0].account_sid: what is written (not shown, as it may be a secret) is no account"},
		{"no token", twilioTrunk("auth_token: ''"), "trunks[0].auth_token: is empty"},
		{"a key without its secret", twilioTrunk("api_key: SK00000000000000000000000000000000"), "trunks[0].api_key: is needed together with api_secret"},
		{"no key", twilioTrunk("api_key: x, api_secret: y"), "trunks[0].api_key: what is written (not shown, as it may be a secret) is no key of Twilio's"},
		{"machine detection", twilioTrunk("machine_detection: always"), `trunks[0].machine_detection: "always" is not known`},
		{"time limit", twilioTrunk("time_limit: 25h"), "trunks[0].time_limit: 25h0m0s is not a time from 1m to 24h"},
		{"voice of no language", twilioTrunk("voices: {'': Polly.Amy}"), "trunks[0].voices: "},
		{"API in the clear", twilioTrunk("api: 'http://api.example.com'"), `trunks[0].api: "http://api.example.com" is not encrypted`},
		{"keys of SIP", twilioTrunk("address: a, register: true, trusted: true"), "trunks[0].address, register, trusted: only trunks of kind sip have that"},
		{"keys of Twilio", "trunks: [{name: a, address: b, auth_token: x, time_limit: 1m}]", "trunks[0].auth_token, time_limit: only trunks of kind twilio have that"},
		{"faster than the account", twilioTrunk("calls_per_second: 5"), "trunks[0].calls_per_second: account AC00000000000000000000000000000000 would be asked for 5 calls a second in all, and Twilio grants it 1"},
		{"faster together", twilioTrunk("calls_per_second: 3, account_calls_per_second: 5", "name: c, calls_per_second: 3"), "trunks[0].calls_per_second: account AC00000000000000000000000000000000 would be asked for 6 calls a second in all, and Twilio grants it 5"},
		{"two limits of one account", twilioTrunk("account_calls_per_second: 5", "name: c, account_calls_per_second: 4"), "trunks[1].account_calls_per_second: 4 is not what trunks[0] says of the same account, 5"},
		{"two tokens of one account", twilioTrunk("account_calls_per_second: 5", "name: c, auth_token: u"), "trunks[1].auth_token: is not that of trunks[0]"},
		{"no public URL", strings.Replace(twilioTrunk(""), "public_url", "queues_url", 1), "webhooks.public_url: is needed by trunk a"},
		{"public URL in the clear", "webhooks: {public_url: 'http://calls.example.com'}", `webhooks.public_url: "http://calls.example.com" is not encrypted`},
		{"public URL of no host", "webhooks: {public_url: calls.example.com}", `webhooks.public_url: "calls.example.com" is no URL`},
		{"public URL with a query", "webhooks: {public_url: 'https://calls.example.com/?a=b'}", "must be a scheme, a host and perhaps a path alone"},
		{"public URL with an underscore", "webhooks: {public_url: 'https://my_calls.example.com'}", "has an underscore"},
		{"queues elsewhere", "webhooks: {queues_url: 'ftp://calls.example.com'}", `webhooks.queues_url: "ftp://calls.example.com" is no URL`},
		{"where webhooks are listened for", "webhooks: {listen: '8080'}", `webhooks.listen: "8080" is no ip:port`},
		{"our address by SIP", "webhooks: {sip: 'calls.example.com:5061'}", `webhooks.sip: "calls.example.com:5061" is no address of ours`},
		{"our address by a strange way", "webhooks: {sip: 'sip:calls.example.com;transport=ws'}", `webhooks.sip: transport "ws" is not known`},
		{"proof", "webhooks: {proof: 1ms}", "webhooks.proof: 1ms is not a time from 1s to 1h"},
		{"where callers come from", "webhooks: {sip_sources: [twilio]}", `webhooks.sip_sources[0]: "twilio" is no address or prefix`},
		{"transfers by Twilio", twilioTrunk("") + "transfer: {trunk: a}", "transfer.trunk: a is of kind twilio: set webhooks.sip"},
		{"name that stands in URLs", twilioTrunk("name: my trunk"), `trunks[0].name: "my trunk" stands in URLs`},
		{"no numbers", twilioTrunk("caller_ids: []"), "trunks[0].caller_ids: is empty"},
		{"two APIs", twilioTrunk("account_calls_per_second: 2", "name: c, api: https://api.dublin.ie1.twilio.com"), "trunks[1].api: is not that of trunks[0]"},
		{"agent without a password", "agents: [{name: lina, team: care}]", "agents[0].password: is empty"},
		{"queue nobody serves", "queues: [{name: care, team: care}]", `queues[0].team: nobody is in team "care"`},
	} {
		_, err := parseConfig("careline.yaml", []byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "careline.yaml: ") {
			t.Errorf("%s: %v; want careline.yaml: ... %s", tt.name, err, tt.want)
		}
	}
}

// twilioTrunk is a configuration with trunks of one account of Twilio's, each with
// keys over the usual ones.
func twilioTrunk(keys ...string) string {
	text := "webhooks: {public_url: 'https://calls.example.com'}\ntrunks:\n"
	for _, k := range keys {
		lines := map[string]string{"name": "a", "kind": "twilio", "account_sid": "AC00000000000000000000000000000000", "auth_token": "t", "caller_ids": "['+442079460901']"}
		for pair := range strings.SplitSeq(k, ", ") {
			if name, value, ok := strings.Cut(pair, ": "); ok {
				lines[name] = value
			}
		}
		sign := "-"
		for _, name := range slices.Sorted(maps.Keys(lines)) {
			text += sign + " " + name + ": " + lines[name] + "\n"
			sign = " "
		}
	}
	return text
}

func TestConfigOfTwilio(t *testing.T) {
	c, err := parseConfig("careline.yaml", []byte(twilioTrunk("account_calls_per_second: 2", "name: c")))
	if err != nil {
		t.Fatal(err)
	}
	if c.Trunks[0].CallsPerSecond != 1 || c.Webhooks.Listen != "127.0.0.1:8080" || c.hosted() != "a" || c.Trunks[0].local() {
		t.Errorf("%+v, webhooks %+v; want one call a second, and to listen on loopback", c.Trunks[0], c.Webhooks)
	}
	o, err := c.driverOptions()
	if err != nil || len(o.Trunks) != 0 {
		t.Errorf("SIP has %d trunks, %v; want none", len(o.Trunks), err)
	}
}

func TestConfigListensOnLoopbackUntilSomebodyShallCall(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "127.0.0.1:5060"},
		{"trunks: [{name: a, address: 203.0.113.1}]", "0.0.0.0:5060"},
		{"agents: [{name: lina, password: x}]", "0.0.0.0:5060"},
		{"sip: {listen: '127.0.0.1:5070'}\ntrunks: [{name: a, address: 203.0.113.1}]", "127.0.0.1:5070"},
	} {
		c, err := parseConfig("careline.yaml", []byte(tt.text))
		if err != nil || c.SIP.Listen != tt.want {
			t.Errorf("%q listens on %s, %v; want %s", tt.text, c.SIP.Listen, err, tt.want)
		}
	}
}

func TestSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CARELINE_TEST_PASSWORD", "from the environment")
	for in, want := range map[secret]string{
		"plain":                      "plain",
		"env:CARELINE_TEST_PASSWORD": "from the environment",
		secret("file:" + file):       "from a file",
	} {
		if got, err := in.reveal(); got != want || err != nil {
			t.Errorf("reveal(%q) = %q, %v; want %q", string(in), got, err, want)
		}
	}
	for _, in := range []secret{"env:CARELINE_TEST_NOTHING", "file:/nowhere/at/all"} {
		if _, err := in.reveal(); err == nil {
			t.Errorf("reveal(%q) = nil; want an error", string(in))
		}
	}
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("configured", "password", secret("plain"))
	if strings.Contains(b.String(), "plain") {
		t.Errorf("the log shows the password: %s", b.String())
	}
}

func TestExampleConfigurationsAreValid(t *testing.T) {
	for _, path := range []string{"../../examples/careline.yaml", "../../examples/demo/careline.yaml"} {
		c, err := loadConfig(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if _, err := c.driverOptions(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestRedactURL(t *testing.T) {
	for in, want := range map[string]string{
		"careline.db":                         "careline.db",
		"postgres://careline:secret@db/calls": "postgres://careline:xxxxx@db/calls",
		"postgres://careline@db/calls":        "postgres://careline@db/calls",
	} {
		if got := redactURL(in); got != want {
			t.Errorf("redactURL(%q) = %q; want %q", in, got, want)
		}
	}
}
