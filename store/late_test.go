package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/store"
)

// entry is what the journal holds of a write.
func entry(t *testing.T, kind string, op any) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"kind": kind, "op": op})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestLateCall: another node took ours for gone and settled the contact, while
// the whole call was in our journal. What was said counts once it is there.
func TestLateCall(t *testing.T) {
	for name, disp := range map[string]campaigns.Disposition{
		"answered": campaigns.Answered, // when the attempt is recovered
		"unknown":  campaigns.NotKnown,
	} {
		t.Run(name, func(t *testing.T) {
			o := newOutage(t, file(t), short)
			a, _, err := o.s.BeginAttempt(t.Context(), begin(o.claim(1)[0]), o.now)
			o.ok(err)
			if disp == campaigns.Answered {
				o.ok(o.s.MarkAttempt(t.Context(), a.ID, true, campaigns.Leg{}, o.now))
			}
			o.ok(o.s.Close())
			other, err := store.Open(t.Context(), o.url, store.Options{Node: "b"})
			o.ok(err)
			defer other.Close()
			_, err = other.Renew(t.Context(), "b", o.now)
			o.ok(err)
			left, err := other.Recover(t.Context(), "b", o.now)
			if err != nil || len(left) != 1 {
				t.Fatalf("Recover = %v, %v; want one attempt", left, err)
			}
			j := openJournal(t, o.journal)
			r := record(a, o.c)
			end := campaigns.End{Attempt: a.ID, Disposition: campaigns.Answered, At: o.now}
			o.ok(j.Append(entry(t, "open_call", map[string]any{"record": r, "owner": "a@gone"})))
			o.ok(j.Append(entry(t, "commit_step", keyStep(r, 1, "1", o.now.Add(time.Second)))))
			o.ok(j.Append(entry(t, "close_call", map[string]any{"id": r.ID, "ending": call.ByFlow, "at": o.now})))
			o.ok(j.Append(entry(t, "end_attempt", end)))
			o.ok(j.Close())
			o.open()
			f := o.funnel()
			if f.ByState[campaigns.Completed] != 1 || f.ByDisposition[campaigns.Answered] != 1 || f.Completed != 1 {
				t.Errorf("funnel = %+v; want one complete, one answered", f)
			}
		})
	}
}
