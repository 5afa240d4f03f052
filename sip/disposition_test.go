package sip

import (
	"fmt"
	"testing"

	"careline/campaigns"
)

func TestDisposition(t *testing.T) {
	final := func(status, cause int) outcome {
		return outcome{sent: true, status: status, cause: cause}
	}
	for _, tt := range []struct {
		name string
		in   outcome
		want campaigns.Disposition
	}{
		{"nothing sent", outcome{}, campaigns.NotPlaced},
		{"no response at all", outcome{sent: true, unheard: true}, campaigns.NotKnown},
		{"no response at all, given up", outcome{sent: true, unheard: true, gaveUp: true}, campaigns.NotKnown},
		{"100, then silence", outcome{sent: true, gaveUp: true}, campaigns.NotKnown},
		{"rang, cancel unanswered", outcome{sent: true, rang: true, gaveUp: true}, campaigns.NoAnswer},
		{"ring time-out", outcome{sent: true, rang: true, gaveUp: true, status: 487}, campaigns.NoAnswer},
		{"ring time-out, 487 with cause 16", outcome{sent: true, gaveUp: true, status: 487, cause: 16}, campaigns.NoAnswer},
		{"taken back", outcome{sent: true, rang: true, recalled: true, status: 487}, campaigns.Cancelled},
		{"taken back, busy crossed it", outcome{sent: true, recalled: true, status: 486}, campaigns.Busy},
		{"404", final(404, 0), campaigns.InvalidNumber},
		{"410", final(410, 0), campaigns.InvalidNumber},
		{"484", final(484, 0), campaigns.InvalidNumber},
		{"604", final(604, 0), campaigns.InvalidNumber},
		{"480 with cause 1", final(480, 1), campaigns.InvalidNumber},
		{"486", final(486, 0), campaigns.Busy},
		{"600", final(600, 0), campaigns.Busy},
		{"603 with cause 17", final(603, 17), campaigns.Busy},
		{"480", final(480, 0), campaigns.NoAnswer},
		{"408 after ringing", outcome{sent: true, rang: true, status: 408}, campaigns.NoAnswer},
		{"408 before any ringing", final(408, 0), campaigns.Congestion},
		{"480 with cause 19", final(480, 19), campaigns.NoAnswer},
		{"480 with cause 16", final(480, 16), campaigns.NoAnswer},
		{"480 with cause 20", final(480, 20), campaigns.Unreachable},
		{"480 with cause 27", final(480, 27), campaigns.Unreachable},
		{"502", final(502, 0), campaigns.Unreachable},
		{"403", final(403, 0), campaigns.Refused},
		{"603", final(603, 0), campaigns.Refused},
		{"607", final(607, 0), campaigns.Refused},
		{"608", final(608, 0), campaigns.Refused},
		{"480 with cause 21", final(480, 21), campaigns.Refused},
		{"500", final(500, 0), campaigns.Congestion},
		{"503", final(503, 0), campaigns.Congestion},
		{"504", final(504, 0), campaigns.Congestion},
		{"503 with cause 34", final(503, 34), campaigns.Congestion},
		{"404 with cause 42", final(404, 42), campaigns.Congestion},
		{"401 after our digest", final(401, 0), campaigns.Failure},
		{"302", final(302, 0), campaigns.Failure},
		{"415", final(415, 0), campaigns.Failure},
		{"488", final(488, 0), campaigns.Failure},
		{"606", final(606, 0), campaigns.Failure},
		{"500 with cause 88", final(500, 88), campaigns.Failure},
	} {
		if got, _ := tt.in.disposition(); got != tt.want {
			t.Errorf("%s: disposition() = %q; want %q", tt.name, got, tt.want)
		}
	}
}

// What was heard is trusted more than the SIP status, and less than a Q.850
// cause; it tells why nobody answered until we gave up.
func TestDispositionTrust(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   outcome
		want campaigns.Disposition
		rule campaigns.Rule
	}{
		{"cause before all", outcome{sent: true, status: 480, cause: 17, heard: "sit_vacant"}, campaigns.Busy, campaigns.ByCause},
		{"cause 16 says nothing", outcome{sent: true, status: 480, cause: 16, heard: "sit_vacant"}, campaigns.InvalidNumber, campaigns.BySound},
		{"sound before status", outcome{sent: true, status: 480, heard: "busy_tone"}, campaigns.Busy, campaigns.BySound},
		{"sound until we gave up", outcome{sent: true, rang: true, gaveUp: true, status: 487, heard: "announcement_2"}, campaigns.Unreachable, campaigns.BySound},
		{"sound, but taken back", outcome{sent: true, rang: true, recalled: true, status: 487, heard: "announcement_2"}, campaigns.Cancelled, campaigns.ByUs},
		{"an announcement that decides nothing", outcome{sent: true, status: 480, heard: "announcement_12"}, campaigns.NoAnswer, campaigns.ByStatus},
		{"status alone", outcome{sent: true, status: 404}, campaigns.InvalidNumber, campaigns.ByStatus},
		{"no word", outcome{sent: true, unheard: true}, campaigns.NotKnown, campaigns.ByNobody},
	} {
		if got, rule := tt.in.disposition(); got != tt.want || rule != tt.rule {
			t.Errorf("%s: %q by %q; want %q by %q", tt.name, got, rule, tt.want, tt.rule)
		}
	}
}

// No key stands in two rows, which would make one of them void.
func TestTableIsPlain(t *testing.T) {
	seen := make(map[any]campaigns.Disposition)
	note := func(key any, d campaigns.Disposition) {
		if was, twice := seen[key]; twice {
			t.Errorf("%v is both %s and %s", key, was, d)
		}
		seen[key] = d
	}
	for _, r := range table {
		for _, c := range r.causes {
			note("cause "+fmt.Sprint(c), r.disposition)
		}
		for _, h := range r.heard {
			note(h, r.disposition)
		}
		for _, s := range r.statuses {
			note(s, r.disposition)
		}
	}
}
