package trace_test

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"careline/sip/trace"
)

// tshark reads a file and returns a line of fields for each packet.
func tshark(t *testing.T, file string, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "tshark", append([]string{"-r", file, "-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"}, args...)...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s(install it with .ci/deps)", err, errs.String())
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// Wireshark's own reader finds every message, repeats included, with its
// addresses and no fault.
func TestPcap(t *testing.T) {
	six := record(trace.Options{}, netip.MustParseAddrPort("[2001:db8::7]:5070"), agent...)
	for i := range six.Messages {
		six.Messages[i].Local = netip.MustParseAddrPort("[2001:db8::1]:5060")
		six.Messages[i].Transport = "TLS"
	}
	file := filepath.Join(t.TempDir(), "call.pcap")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := trace.WritePcap(out, record(trace.Options{}, carrier, customer...), six); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, s := range customer {
		want = append(want, line(s, "192.0.2.1", "198.51.100.7"))
	}
	for _, s := range agent {
		want = append(want, line(s, "2001:db8::1", "2001:db8::7"))
	}
	got := tshark(t, file, "-Y", "sip && !_ws.malformed && udp.checksum.status == 1", "-T", "fields", "-E", "separator= ",
		"-e", "ip.src", "-e", "ipv6.src", "-e", "sip.Method", "-e", "sip.Status-Code")
	for i, l := range got {
		got[i] = strings.Join(strings.Fields(l), " ")
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("tshark reads\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if bad := tshark(t, file, "-Y", "_ws.malformed || ip.checksum.status == 0"); bad[0] != "" {
		t.Errorf("tshark finds faults:\n%s", strings.Join(bad, "\n"))
	}
}

// line is what tshark says of a message.
func line(s seen, us, them string) string {
	from := them
	if s.sent {
		from = us
	}
	f := strings.Fields(s.head)
	if f[0] == "SIP/2.0" {
		return from + " " + f[1]
	}
	return from + " " + f[0]
}
