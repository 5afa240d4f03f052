package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"careline/call"
	"careline/sip"
	"careline/store"
)

// diagnose runs doctor on a configuration.
func diagnose(t *testing.T, file string) (d diagnosis, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), []string{"doctor", "--json", "--config", file}, streams{out: &out, err: &errs})
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatalf("doctor printed %s%s: %v", out.String(), errs.String(), err)
	}
	if d.Good != (code == exitDone) {
		t.Errorf("good is %v, and the exit code %d", d.Good, code)
	}
	return d, code
}

// configured writes a configuration of text, in a folder of its own.
func configured(t *testing.T, mode os.FileMode, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "careline.yaml")
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	return file
}

// says tells whether a finding of the mark has all the words.
func (d diagnosis) says(mark sip.Mark, words ...string) bool {
	return slices.ContainsFunc(d.Findings, func(f sip.Finding) bool {
		line := f.Step + " " + f.Text + " " + f.Advice
		missing := func(w string) bool { return !strings.Contains(line, w) }
		return f.Mark == mark && !slices.ContainsFunc(words, missing)
	})
}

// freePort is a port of this machine that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).Port
}

func TestDoctorFindsNothingWrong(t *testing.T) {
	t.Parallel()
	file := configured(t, 0o600, fmt.Sprintf(`
sip: {listen: "127.0.0.1:%d", rtp: "42000-42039", record: made/later}
trunks: [{name: east, address: "127.0.0.1:5080", allow: ["+44"], caps: {calls: 100}}]
agents: [{name: lina, team: care, password: 7d7e4c2a91b34f0c}]
`, freePort(t)))
	d, code := diagnose(t, file)
	if code != exitDone {
		t.Errorf("doctor found %+v; want nothing wrong", d.Findings)
	}
	if !d.says(sip.Good, "disk", "recordings", "GB free in "+filepath.Dir(file)) {
		t.Errorf("doctor does not tell where recordings go: %+v", d.Findings)
	}
	for _, want := range []opening{
		{"strangers", "udp and tcp 127.0.0.1", "register a phone"},
		{"phones", "registered", "no number outside"},
		{"trunk east", "127.0.0.1:5080", "no number outside"},
		{"the service", "by trunk east", "call +44; 3 ranges known for fraud in there are closed; at most 100 calls a day"},
	} {
		if !slices.ContainsFunc(d.Open, func(o opening) bool {
			return o.Who == want.Who && strings.Contains(o.Where, want.Where) && strings.Contains(o.May, want.May)
		}) {
			t.Errorf("what is open is %+v; want %+v", d.Open, want)
		}
	}
}

func TestDoctorFindsFaults(t *testing.T) {
	t.Parallel()
	taken, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	d, code := diagnose(t, configured(t, 0o644, fmt.Sprintf(`
sip: {listen: %q, tcp: false, phones_srtp: required, rtp: "42040-42079", announcements: nodir}
trunks:
  - {name: east, address: 203.0.113.1, allow: ["+44", "+4470"], srtp: optional, sources: [0.0.0.0/0, 198.51.0.0/16]}
agents:
  - {name: lina, team: care, password: change-me-1}
  - {name: wang, team: care, password: wang-secret-99}
flows: [nowhere]
dids: [{number: "1861", flow: vanished}]
`, taken.LocalAddr())))
	if code != exitFailed {
		t.Errorf("doctor ended with %d; want %d", code, exitFailed)
	}
	for _, words := range [][]string{
		{"passwords", "agents[0]", "is the example's"},
		{"passwords", "agents[1]", "has the agent's name"},
		{"configuration", "everybody on this machine may read it", "chmod o= "},
		{"sip.listen", "is in use, and not by this service"},
		{"sip.listen", "this machine alone"},
		{"sip.phones_srtp", "in the clear"},
		{"trunk east", "in the clear", "transport: tls"},
		{"trunk east", "everybody may call in", "0.0.0.0/0"},
		{"flows", "nowhere", "there is no such directory"},
		{"announcements", "no such file or directory"},
	} {
		if !d.says(sip.Bad, words...) {
			t.Errorf("doctor does not find fault with %q: %+v", words, d.Findings)
		}
	}
	for _, words := range [][]string{{"198.51.0.0/16", "wide"}, {"+4470 (personal numbers of the United Kingdom)"}, {"database", "does not exist yet"}, {"flows", "flow vanished of 1861"}, {"trunk east", "caller_ids is empty"}} {
		if !d.says(sip.Note, words...) {
			t.Errorf("doctor does not note %q: %+v", words, d.Findings)
		}
	}
}

func TestDoctorReadsNoBadConfiguration(t *testing.T) {
	t.Parallel()
	d, code := diagnose(t, configured(t, 0o600, "trunks: [{name: a}]"))
	if code != exitFailed || !d.says(sip.Bad, "configuration", "trunks[0].address") || len(d.Open) != 0 {
		t.Errorf("doctor = %+v, %d; want that the address is missing", d, code)
	}
}

// What a service has noted is told beside it, while it runs.
func TestDoctorBesideTheService(t *testing.T) {
	t.Parallel()
	file := configured(t, 0o600, fmt.Sprintf(`
sip: {listen: "127.0.0.1:%d", rtp: "42080-42119"}
trunks: [{name: east, address: "127.0.0.1:9", allow: ["+44"], caps: {spend: 5, price: 0.1}}]
`, freePort(t)))
	s, err := store.Open(t.Context(), filepath.Join(filepath.Dir(file), "careline.db"), store.Options{Node: "careline"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	if _, err := s.Renew(t.Context(), "careline", now); err != nil {
		t.Fatal(err)
	}
	for _, a := range []call.Alarm{
		{Kind: call.AlarmBlocked, Subject: "+441632960001", Text: "refused with 608", At: now},
	} {
		if err := s.RaiseAlarm(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SaveBan(t.Context(), call.Ban{Source: "192.0.2.7", Since: now, Until: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveTrunk(t.Context(), store.Trunk{Node: "careline", Name: "east", Why: "no answer to OPTIONS", Since: now}, now); err != nil {
		t.Fatal(err)
	}
	d, _ := diagnose(t, file)
	for _, want := range []struct {
		mark  sip.Mark
		words []string
	}{
		{sip.Good, []string{"service", "node careline runs"}},
		{sip.Good, []string{"clock", "off the database's"}},
		{sip.Good, []string{"trunk east", "today: 0 calls, 0 minutes, 0.00 spent (of 5.00)"}},
		{sip.Bad, []string{"trunk east", "no answer to OPTIONS", "careline trunk test east"}},
		{sip.Bad, []string{"alarm", "caller_blocked +441632960001"}},
		{sip.Note, []string{"ban", "192.0.2.7", "careline guard unban 192.0.2.7"}},
		{sip.Skipped, []string{"sip.rtp"}},
		{sip.Bad, []string{"sip.listen", "is free though the service runs"}},
	} {
		if !d.says(want.mark, want.words...) {
			t.Errorf("doctor does not say %s %q: %+v", want.mark, want.words, d.Findings)
		}
	}
}

func TestWeakness(t *testing.T) {
	for password, weak := range map[string]bool{
		"change-me-7": true, "lina2026xyz!": true, "password1!": true, "abc": true, "11111111111": true, "aaaaaaaaaaaa": true,
		"12345678901234": true, "7d7e4c2a91b34f0c": false, "correct horse battery": false,
	} {
		if got := weakness("lina", password); (got != "") != weak {
			t.Errorf("weakness of %q = %q", password, got)
		}
	}
}
